//! The table of checks.

/// A check.
pub(super) struct Check {
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    pub(super) what: What,
}

/// What a check does once the adapter is ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// Checks its first line.
    Ready,
    /// Runs a fetch with the same outcome in every client.
    Must(&'static str),
    /// Runs a fetch that must fail in every client.
    MustFail(&'static str),
    /// Runs a fetch whose outcome depends on the client.
    Any(&'static str),
    /// Runs several fetches at once.
    Several,
    /// Resets browsers.
    Reset,
    /// Sends keys that this version of the protocol does not have.
    UnknownKeys,
    /// Closes its stdin.
    End,
}

pub(super) const CHECKS: [Check; 10] = [
    Check {
        name: "ready",
        title: "the first line has `ready`, the client and its version",
        what: What::Ready,
    },
    Check {
        name: "simple",
        title: "a page reads a response of its own origin, through the proxy",
        what: What::Must("simple"),
    },
    Check {
        name: "https",
        title: "the same over https, with a certificate of the authority",
        what: What::Must("https"),
    },
    Check {
        name: "refused",
        title: "a response that CORS blocks has an outcome",
        what: What::Any("refused"),
    },
    Check {
        name: "cut",
        title: "a connection that closes without a response is an error",
        what: What::MustFail("cut"),
    },
    Check {
        name: "preflighted",
        title: "a preflighted request has an outcome",
        what: What::Any("preflighted"),
    },
    Check {
        name: "several",
        title: "each of several concurrent fetches gets its own outcome",
        what: What::Several,
    },
    Check {
        name: "reset",
        title: "a browser can be reset, even one that was never used",
        what: What::Reset,
    },
    Check {
        name: "unknown-keys",
        title: "unknown keys are ignored",
        what: What::UnknownKeys,
    },
    Check {
        name: "end",
        title: "the adapter ends when its stdin is closed",
        what: What::End,
    },
];
