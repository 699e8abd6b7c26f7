//! The servers of a run that are already running: their policies, cases and secrets.

use crate::args::Run as Args;
use crate::commands::probing::{ProbeSettings, Setup};
use crate::commands::request_headers::{hide_headers, hide_url};
use crate::corpus::selects;
use crate::exit::Failure;
use crosscheck_corpus::{Case, Filter};
use crosscheck_runner::run::{AddressCases, Addresses};
use crosscheck_runner::subject::{Subject, SubjectSpec, Subjects};
use crosscheck_text::Redactor;
use std::sync::Arc;

/// Hides the values of the headers that the user added, and the secrets of the servers that are already running.
pub(super) fn redactor(args: &Args, known: &Subjects) -> Redactor {
    if args.show_secrets {
        return Redactor::default();
    }
    let addresses: Vec<_> = known.usable.values().filter_map(Subject::address).collect();
    // Other servers are the harness's own, and have no secrets.
    let mut redactor = if addresses.is_empty() {
        Redactor::default()
    } else {
        Redactor::by_name()
    };
    for address in addresses {
        hide_url(address.url.expose().as_str(), &mut redactor);
    }
    hide_headers(&args.headers, &mut redactor);
    redactor
}

/// All cases of those servers among the subjects.
pub(super) fn all(
    args: &Args,
    timeout: f64,
    known: &Subjects,
    subjects: &[SubjectSpec],
    redactor: &Redactor,
) -> Result<Addresses, Failure> {
    let mut addresses = Addresses::new();
    for spec in subjects {
        let Some(address) = known.usable.get(&spec.name).and_then(Subject::address) else {
            continue;
        };
        if let Some(version) = &spec.version {
            return Err(Failure::message(
                format!(
                    "{} is already running, so version {version} cannot be installed",
                    spec.name
                ),
                format!("write --server {}", spec.name),
            ));
        }
        let settings = ProbeSettings {
            headers: &args.headers,
            timeout,
            authorities: address.authorities.as_deref(),
            allow_unsafe: address.allow_unsafe,
            rate: f64::from(address.rate),
        };
        let probing = Setup::of(&address.policy, &settings, redactor)?.probing(&address.url);
        let cases = probing.cases();
        addresses.insert(spec.name.clone(), AddressCases { probing, cases });
    }
    Ok(addresses)
}

/// The cases of all those servers.
pub(super) fn cases(addresses: &Addresses) -> impl Iterator<Item = &Arc<Case>> + Clone {
    addresses.values().flat_map(|address| &address.cases)
}

/// Leaves only the cases that the filters select.
pub(super) fn select(filters: &[Filter], addresses: &mut Addresses) {
    for address in addresses.values_mut() {
        address.cases.retain(|case| selects(filters, case));
    }
}
