//! The subjects that a command can name. A `subject.yaml` with faults concerns only the commands that need its subject.

use crate::exit::Failure;
use crosscheck::checkout::subjects_folder;
use crosscheck_corpus::{Diagnostic, Sources};
use crosscheck_report::Style;
use crosscheck_runner::subject::{Subject, Subjects};
use std::io::{IsTerminal as _, Write as _};

/// Finds a subject by its name. The faults of an unusable one are written to stderr.
pub(crate) fn find<'k>(known: &'k Subjects, name: &str, help: &str) -> Result<&'k Subject, Failure> {
    if let Some(found) = known.usable.get(name) {
        return Ok(found);
    }
    if let Err(error) = subjects_folder() {
        return Err(Failure::message(
            format!("the subject `{name}` cannot be used: {error}"),
            "name a folder that can be written with XDG_CACHE_HOME",
        ));
    }
    match known.unusable.get(name) {
        Some(faults) => {
            report(faults, &known.sources);
            Err(Failure::message(
                format!("the subject `{name}` cannot be used"),
                "correct the faults of its subject.yaml above; the other subjects can be used",
            ))
        }
        // The subject may be one whose description states another name than its folder.
        None if !known.unusable.is_empty() => {
            let folders: Vec<&str> = known.unusable.keys().map(String::as_str).collect();
            let help = format!(
                "{help}; the subject.yaml of {} cannot be used, and `crosscheck subjects` shows why",
                folders.join(", ")
            );
            Err(Failure::message(format!("there is no subject `{name}`"), help))
        }
        None => Err(Failure::message(format!("there is no subject `{name}`"), help)),
    }
}

/// Reports the faults of every unusable subject on stderr; returns whether there are any.
pub(crate) fn report_unusable(known: &Subjects) -> bool {
    report(known.unusable.values().flatten(), &known.sources);
    !known.unusable.is_empty()
}

/// Reports faults on stderr, with place, excerpt and help.
pub(crate) fn report<'d>(faults: impl IntoIterator<Item = &'d Diagnostic>, sources: &Sources) {
    let stderr = std::io::stderr();
    let colour = Style::detect(stderr.is_terminal()) == Style::Colour;
    let mut err = stderr.lock();
    for fault in faults {
        // If stderr is closed, the fault cannot be reported.
        let _ = writeln!(err, "{}\n", fault.render(sources, colour));
    }
}
