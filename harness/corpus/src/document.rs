//! YAML with places, for files that are no cases: the same tree, the same words for faults.

pub use crate::load::{At, Entry, Fault, Faults, Fields, Kind, Node, Value, short};

use crate::diagnostic::{Diagnostic, Severity};
use crate::load;

/// Reads one document, within the bounds of a case file; `None` for an empty one, and for one that is no YAML.
pub fn parse<'s>(faults: &Faults, text: &'s str) -> Option<Node<'s>> {
    let mut found = Vec::new();
    let parsed = load::parse(text, &mut found);
    faults.extend(found);
    parsed.unwrap_or_else(|fault| {
        faults.extend(vec![fault]);
        None
    })
}

/// The faults of a file as diagnostics, in the order of the file.
#[must_use]
pub fn diagnostics(severity: Severity, faults: Faults, file: &str) -> Vec<Diagnostic> {
    load::diagnostics(severity, faults, file)
}

/// Reads the text of a file whose document `read` turns into a value. `help` is what to write into an empty file.
///
/// # Errors
/// Returns every fault, in the order of the file.
pub fn read<T>(
    text: &str,
    file: &str,
    help: &str,
    read: impl FnOnce(&Faults, &Node<'_>) -> Option<T>,
) -> Result<T, Vec<Diagnostic>> {
    let faults = Faults::default();
    let value = parse(&faults, text).and_then(|root| read(&faults, &root));
    let found = diagnostics(Severity::Load, faults, file);
    match value {
        Some(value) if found.is_empty() => Ok(value),
        _ if found.is_empty() => Err(vec![Diagnostic::of_file(
            Severity::Load,
            file,
            "the file is empty",
            help,
        )]),
        _ => Err(found),
    }
}
