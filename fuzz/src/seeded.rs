//! Seeded bugs: with the feature `seeded-bugs`, the environment variable `CROSSCHECK_SEEDED_BUG` switches one known bug on, and
//! the target it belongs to must find it from an empty corpus.

/// A seeded bug and the number of executions within which its target finds it.
#[derive(Clone, Copy, Debug)]
pub struct SeededBug {
    /// The target.
    pub target: &'static str,
    /// The value of `CROSSCHECK_SEEDED_BUG`.
    pub name: &'static str,
    /// The most executions.
    pub within: u32,
}

/// Every seeded bug.
pub const BUGS: &[SeededBug] = &[
    SeededBug {
        target: "header_list",
        name: "empty-item-refused",
        within: 100_000,
    },
    SeededBug {
        target: "header_list",
        name: "items-case-folded",
        within: 100_000,
    },
    SeededBug {
        target: "header_list",
        name: "vertical-tab-trimmed",
        within: 100_000,
    },
    SeededBug {
        target: "fetch",
        name: "CORS check: ACAO is not the serialized origin",
        within: 100_000,
    },
    SeededBug {
        target: "fetch",
        name: "preflight response: method listed",
        within: 200_000,
    },
    SeededBug {
        target: "fetch",
        name: "CORS check: ACAC is true",
        within: 200_000,
    },
    SeededBug {
        target: "case_file",
        name: "duplicate-key-untold",
        within: 100_000,
    },
    SeededBug {
        target: "case_file",
        name: "unknown-key-untold",
        within: 100_000,
    },
    SeededBug {
        target: "case_file",
        name: "line-off-by-one",
        within: 100_000,
    },
    SeededBug {
        target: "servers",
        name: "look-alike-let-in",
        within: 100_000,
    },
    SeededBug {
        target: "servers",
        name: "any-reflected-with-credentials",
        within: 100_000,
    },
    SeededBug {
        target: "servers",
        name: "method-case-folded",
        within: 100_000,
    },
];

/// Whether that bug is switched on. Always false without the feature.
#[must_use]
pub fn is_on(name: &str) -> bool {
    active() == Some(name)
}

/// The bug that is switched on.
#[must_use]
pub fn active() -> Option<&'static str> {
    #[cfg(feature = "seeded-bugs")]
    {
        use std::sync::OnceLock;
        static ACTIVE: OnceLock<Option<&'static str>> = OnceLock::new();
        *ACTIVE.get_or_init(|| {
            let wanted = std::env::var("CROSSCHECK_SEEDED_BUG").ok()?;
            BUGS.iter().map(|b| b.name).find(|name| *name == wanted)
        })
    }
    #[cfg(not(feature = "seeded-bugs"))]
    {
        None
    }
}
