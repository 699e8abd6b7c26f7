//! A test-only switch: with the feature `invert` a test inverts one branch of the model and checks that a case fails.

/// Evaluates a condition that a test may invert by its name. Without the feature `invert` it is the condition itself.
#[macro_export]
#[doc(hidden)]
macro_rules! branch {
    ($name:literal, $condition:expr) => {{
        #[cfg(feature = "invert")]
        {
            const _: () = assert!($crate::invert::is_listed($name), "name the branch in invert::BRANCHES");
            ($condition) ^ $crate::invert::is_inverted($name)
        }
        #[cfg(not(feature = "invert"))]
        {
            $condition
        }
    }};
}

#[cfg(feature = "invert")]
pub use enabled::{is_inverted, is_listed, with_inverted};

/// Every branch of the model that a test can invert.
#[cfg(feature = "invert")]
pub const BRANCHES: &[&str] = &[
    "extract: an empty element is skipped",
    "extract: an item is a token",
    "method: safelisted",
    "safelist: value longer than 128 bytes",
    "safelist: unsafe byte in accept",
    "safelist: byte of a language",
    "safelist: unsafe byte in content-type",
    "safelist: content-type does not parse",
    "safelist: content-type essence",
    "safelist: range form",
    "safelist: range starts",
    "safelist: range order",
    "safelist: other names",
    "unsafe names: total above 1024",
    "CORS check: ACAO is absent",
    "CORS check: credentials mode is not include, for the wildcard",
    "CORS check: ACAO is the wildcard",
    "CORS check: ACAO is not the serialized origin",
    "CORS check: credentials mode is not include",
    "CORS check: ACAC is true",
    "preflight response: CORS check passes",
    "preflight response: ok status",
    "preflight response: ACAM or ACAH fails to parse",
    "preflight response: ACAM absent and forced flag",
    "preflight response: method listed",
    "preflight response: method safelisted",
    "preflight response: method wildcard without include",
    "preflight response: Authorization listed",
    "preflight response: header listed",
    "preflight response: header wildcard without include",
    "tainting: same origin",
    "tainting: still basic",
    "tainting: data URL",
    "tainting: navigate or websocket",
    "tainting: same-origin mode",
    "tainting: no-cors mode",
    "tainting: no-cors with redirect mode not follow",
    "tainting: scheme is not HTTP(S)",
    "tainting: forced preflight",
    "tainting: unsafe-request flag",
    "tainting: unsafe header names",
    "redirect-taint: new URL is foreign to the one left",
    "redirect-taint: requester is foreign to the one left",
    "misread: origins compare without case",
    "misread: any ACAO line counts",
    "misread: an empty ACAO passes",
    "misread: the wildcard covers credentials",
    "misread: ACAO without anything blank",
    "misread: ACAO is a pattern or a list",
    "misread: ACAC without case",
    "misread: any ACAC item counts",
    "misread: ACAC without anything blank",
    "misread: methods compare without case",
    "misread: outer blanks are part of a value",
    "misread: a redirect never taints",
    "misread: every cross-origin request is preflighted",
    "misread: a failed connection is a response",
    "misread: about:blank is not fetched",
    "misread: an absent ACAO passes",
    "misread: a list that does not parse grants",
    "misread: Authorization needs no item",
    "misread: names need no item",
    "misread: an empty list is null",
    "misread: an interim response counts",
    "misread: tainting falls back to basic",
    "scheme fetch: the scheme is not fetched",
    "response: exposed names have the wildcard",
    "network: 304 revalidates",
    "main fetch: bad port",
    "cross-origin resource policy: blocked",
    "redirect: mode error",
    "redirect: bad location",
    "redirect: URL is not HTTP(S)",
    "redirect: limit",
    "redirect: credentials in a cross-origin URL",
    "redirect: credentials in a URL of a tainted chain",
    "redirect: stream body",
    "network: stream over HTTP/1",
    "network: 101 without upgrade",
    "integrity: mismatch",
];

#[cfg(feature = "invert")]
mod enabled {
    use std::cell::Cell;

    thread_local! {
        static INVERTED: Cell<&'static str> = const { Cell::new("") };
    }

    /// Runs `f` with the branch of that name inverted on this thread.
    pub fn with_inverted<R>(branch: &'static str, f: impl FnOnce() -> R) -> R {
        let before = INVERTED.replace(branch);
        let result = f();
        INVERTED.set(before);
        result
    }

    /// Whether that branch is inverted on this thread now.
    #[must_use]
    pub fn is_inverted(branch: &str) -> bool {
        INVERTED.get() == branch
    }

    /// Whether the name is listed in [`super::BRANCHES`]; evaluated by the compiler.
    #[must_use]
    pub const fn is_listed(name: &str) -> bool {
        let mut i = 0;
        while i < super::BRANCHES.len() {
            if same(super::BRANCHES[i].as_bytes(), name.as_bytes()) {
                return true;
            }
            i += 1;
        }
        false
    }

    const fn same(a: &[u8], b: &[u8]) -> bool {
        if a.len() != b.len() {
            return false;
        }
        let mut i = 0;
        while i < a.len() {
            if a[i] != b[i] {
                return false;
            }
            i += 1;
        }
        true
    }
}
