//! The clients that the tests run on.

use crate::servers::crosscheck;
use anyhow::Result;

/// The browser engines of the tests.
pub(crate) const ENGINES: [&str; 3] = ["chromium", "firefox", "webkit"];
/// The engines from PyPI. They run a few cases in a test run, since a small part shows that they are driven.
pub(crate) const PACKAGED: [&str; 2] = ["servo", "lightpanda"];
/// The other clients of the tests.
pub(crate) const EMULATORS: [&str; 3] = ["jsdom", "happy-dom", "undici"];
/// The cases of a test run: the CORS check, tainting, the Origin header and the preflight itself. `cargo xtask nightly` runs the
/// whole corpus.
const SMOKE: [&str; 4] = [
    "cors-check/*",
    "redirect-taint/*",
    "origin-header/*",
    "preflight-request/*",
];

/// The cases of the engines from packages: the CORS check and a preflight.
const FEW: [&str; 2] = ["cors-check/credentials#*", "preflight-request/shape#*"];

/// Runs those cases on all these clients.
pub(crate) fn run() -> Result<()> {
    let mut arguments = vec!["run", "--details", "3"];
    arguments.extend(SMOKE);
    for client in ENGINES.iter().chain(&EMULATORS) {
        arguments.extend(["--client", client]);
    }
    crosscheck(&arguments)?;
    let mut arguments = vec!["run", "--details", "3"];
    arguments.extend(FEW);
    for client in PACKAGED {
        arguments.extend(["--client", client]);
    }
    crosscheck(&arguments)
}
