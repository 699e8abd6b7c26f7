//! The commands to type after `crosscheck init`.

use super::manifests::Manifest;
use crate::frameworks::{Framework, Language};
use crosscheck_report::quoted;

/// The first run: the cases of one policy.
const FIRST_RUN: &str = "crosscheck run 'policies/one#*'   # one policy, for a first verdict";
/// The run with all cases.
const WHOLE_RUN: &str = "crosscheck run                    # everything";

/// Returns the next commands. `is_isolated` is whether packages of Python would go into a virtual environment.
pub(super) fn next(framework: Framework, manifests: &[Manifest], is_isolated: bool) -> Vec<String> {
    let known = framework.known();
    let mut commands = match known.language {
        Language::Python => {
            let environment = ["python3 -m venv .venv", ". .venv/bin/activate"].map(str::to_owned);
            let environment = environment.into_iter().filter(|_| !is_isolated);
            environment
                .chain(["pip install -r crosscheck/requirements.txt".to_owned()])
                .collect()
        }
        Language::Javascript => {
            let is_missing = |package: &&str| !manifests.iter().any(|manifest| manifest.names(package));
            let missing: Vec<String> = known
                .needs
                .iter()
                .copied()
                .filter(|p| is_missing(p))
                .map(quoted)
                .collect();
            match missing.as_slice() {
                [] => vec!["npm install".to_owned()],
                _ => vec![format!("npm install --save-dev {}", missing.join(" "))],
            }
        }
        Language::Go => {
            let has_module = manifests.iter().any(|manifest| manifest.language == Language::Go);
            let module = (!has_module).then(|| "go mod init example.com/app".to_owned());
            module.into_iter().chain(["go mod tidy".to_owned()]).collect()
        }
        // The `build` of crosscheck.yaml gets the packages.
        Language::Java | Language::Rust => Vec::new(),
    };
    commands.extend([FIRST_RUN, WHOLE_RUN].map(str::to_owned));
    commands
}
