//! Seeded bugs. With the feature `seeded-bugs`, the environment variable `CROSSCHECK_SEEDED_BUG` switches one known bug on. Its target
//! must find it from an empty corpus.

/// A seeded bug and the number of executions within which its target finds it.
#[derive(Clone, Copy, Debug)]
pub struct SeededBug {
    /// The target.
    pub target: &'static str,
    /// The value of `CROSSCHECK_SEEDED_BUG`.
    pub name: &'static str,
    /// The most executions that the target may need.
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
        name: "duplicate-key-unreported",
        within: 100_000,
    },
    SeededBug {
        target: "case_file",
        name: "unknown-key-unreported",
        within: 100_000,
    },
    SeededBug {
        target: "case_file",
        name: "line-off-by-one",
        within: 100_000,
    },
    SeededBug {
        target: "servers",
        name: "look-alike-allowed",
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

/// Returns whether that bug is switched on. Without the feature, the result is always false.
#[must_use]
pub fn is_on(name: &str) -> bool {
    active() == Some(name)
}

/// Returns the bug that is switched on.
#[must_use]
pub fn active() -> Option<&'static str> {
    #[cfg(feature = "seeded-bugs")]
    {
        use std::sync::OnceLock;
        static ACTIVE: OnceLock<Option<&'static str>> = OnceLock::new();
        *ACTIVE.get_or_init(|| {
            let requested = std::env::var("CROSSCHECK_SEEDED_BUG").ok()?;
            BUGS.iter().map(|b| b.name).find(|name| *name == requested)
        })
    }
    #[cfg(not(feature = "seeded-bugs"))]
    {
        None
    }
}
