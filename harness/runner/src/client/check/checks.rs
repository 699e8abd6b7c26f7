//! The checks, one table.

/// A check.
pub(super) struct Check {
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    pub(super) what: What,
}

/// What a check does with an adapter that is ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// Looks at its first line.
    Ready,
    /// A fetch whose outcome every client must have.
    Must(&'static str),
    /// A fetch that must fail in every client.
    MustFail(&'static str),
    /// A fetch whose outcome is the client's own affair.
    Any(&'static str),
    /// Several fetches at once.
    Several,
    /// Browsers are forgotten.
    Reset,
    /// Keys that this version does not have.
    UnknownKeys,
    /// Its stdin is closed.
    End,
}

pub(super) const CHECKS: [Check; 10] = [
    Check {
        name: "ready",
        title: "the first line says that it is ready, and what it is",
        what: What::Ready,
    },
    Check {
        name: "simple",
        title: "a page reads an answer of its own origin, through the proxy",
        what: What::Must("simple"),
    },
    Check {
        name: "https",
        title: "the same over https, with a certificate of the authority",
        what: What::Must("https"),
    },
    Check {
        name: "refused",
        title: "an answer that CORS refuses has an outcome",
        what: What::Any("refused"),
    },
    Check {
        name: "cut",
        title: "a connection that closes without an answer is an error",
        what: What::MustFail("cut"),
    },
    Check {
        name: "preflighted",
        title: "a request that is preflighted has an outcome",
        what: What::Any("preflighted"),
    },
    Check {
        name: "several",
        title: "of several fetches in flight each gets its own answer",
        what: What::Several,
    },
    Check {
        name: "reset",
        title: "a browser can be forgotten, one that never was as well",
        what: What::Reset,
    },
    Check {
        name: "unknown-keys",
        title: "keys that it does not know are passed over",
        what: What::UnknownKeys,
    },
    Check {
        name: "end",
        title: "it ends when its stdin is closed",
        what: What::End,
    },
];
