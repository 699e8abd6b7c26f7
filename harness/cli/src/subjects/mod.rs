//! The subjects that the program registers: Rust libraries that it contains.

mod actix_cors;
mod tower_http;

use crate::checkout::subjects_folder;
use crate::project;
use actix_cors::ActixCors;
use crosscheck_adapter_tower_http::Unfit;
use crosscheck_runner::project::FILE;
use crosscheck_runner::subject::{BuiltIn, CapabilityError, DescriptionError, PolicySupport, Subject, Subjects};
use std::collections::BTreeMap;
use std::sync::Arc;
use tower_http::TowerHttp;

/// Returns the subjects that the program registers.
#[must_use]
pub fn registered() -> [BuiltIn; 3] {
    [
        BuiltIn::in_process(
            "tower-http",
            crosscheck_adapter_tower_http::SUBJECT,
            Arc::new(TowerHttp),
        ),
        BuiltIn::behind_adapter("tower-http-process", crosscheck_adapter_tower_http::SUBJECT),
        BuiltIn::in_process(
            "actix-cors",
            crosscheck_adapter_actix_cors::SUBJECT,
            Arc::new(ActixCors),
        ),
    ]
}

/// Returns all subjects: those of the runner, those that the program registers, those of the folder of the adapters, and those of the
/// project in whose folder the command runs; and the descriptions that cannot be used.
#[must_use]
pub fn load() -> Subjects {
    // Without a folder there are only those that the program contains; `known::find` reports why.
    let folder = subjects_folder().unwrap_or_default();
    let mut known = crosscheck_runner::subjects::load(&folder, &registered());
    match project::here() {
        Ok(Some(project)) => project::add(project, &mut known),
        Ok(None) => {}
        Err(error) => {
            known.unusable.insert(FILE.to_owned(), error.faults);
            known.sources.extend(error.sources);
        }
    }
    known
}

/// Returns all subjects.
///
/// # Errors
/// If a file cannot be read or has faults.
pub fn all() -> Result<BTreeMap<String, Subject>, DescriptionError> {
    load().strict()
}

/// Why a library does not serve a configuration, in the words of the runner.
fn support(unfit: &Unfit) -> Result<PolicySupport, CapabilityError> {
    Ok(match unfit {
        Unfit::Refused(words) => PolicySupport::Refused(words.clone()),
        Unfit::Unsupported(capability) => PolicySupport::Unsupported(vec![capability.parse()?]),
    })
}
