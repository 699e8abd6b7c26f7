//! The files of a folder of baselines.

use crosscheck_corpus::{Diagnostic, Severity};
use crosscheck_text::escape;
use std::io;
use std::path::Path;

/// The names of the files of a folder that have an extension, without it. A file that is probably meant to be one, and that no run
/// reads, is an error.
pub(super) fn names_in(folder: &Path, extension: &str, found: &mut Vec<Diagnostic>) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for file in std::fs::read_dir(folder)? {
        let name = file?.file_name();
        let text = name.to_string_lossy();
        if text.starts_with('.') {
            continue;
        }
        if let Some(subject) = name.to_str().and_then(|name| name.strip_suffix(extension)) {
            names.push(subject.to_owned());
        } else if is_like(&text, extension) {
            let shown = escape(folder.join(&name).as_os_str().as_encoded_bytes()).to_string();
            let message = format!("no run reads this file: its name is not SUBJECT{extension} in UTF-8");
            found.push(Diagnostic::of_file(Severity::Load, &shown, message, "rename it"));
        }
    }
    Ok(names)
}

/// Whether a name ends with the extension in other letters or, for YAML, in its short form.
fn is_like(name: &str, extension: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.ends_with(extension) || (extension == ".yaml" && name.ends_with(".yml"))
}
