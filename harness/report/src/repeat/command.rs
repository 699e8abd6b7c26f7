//! The command that runs one case again.

use crate::text::quoted;
use crosscheck_results::{CaseId, Header};

/// The command of this program that runs a case of a subject again, for a shell.
pub(crate) fn command(header: &Header, id: &CaseId) -> String {
    let subject = &header.subject;
    let mut command = vec!["crosscheck".to_owned()];
    let repeat = header.repeat.iter().map(|argument| quoted(argument));
    // A subject that is a URL was probed at that address; no name of a subject has a colon.
    if subject.contains("://") {
        command.extend(["probe".to_owned(), quoted(subject), quoted(id.as_str())]);
        command.extend(repeat);
    } else {
        let flag = if header.role == "client" {
            "--client"
        } else {
            "--server"
        };
        command.push("run".to_owned());
        command.extend(repeat);
        command.extend([quoted(id.as_str()), flag.to_owned(), quoted(subject)]);
    }
    command.join(" ")
}
