//! The command that runs one case again.

use crate::text::quoted;
use crosscheck_results::{CaseId, Header, SERVED_CLIENT};

/// The command of this program that runs a case of a subject again, for a shell.
pub(crate) fn command(header: &Header, id: &CaseId) -> String {
    let subject = &header.subject;
    let mut command = vec!["crosscheck".to_owned()];
    let repeat = header.repeat.iter().map(|argument| quoted(argument));
    // A subject that is a URL was probed at that address; no name of a subject has a colon.
    if subject.contains("://") {
        command.extend(["probe".to_owned(), quoted(subject), quoted(id.as_str())]);
        command.extend(repeat);
    } else if subject == SERVED_CLIENT {
        // Its own tests run the case.
        command.push("serve-cases".to_owned());
        command.extend(repeat);
        command.push(quoted(id.as_str()));
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

#[cfg(test)]
mod tests {
    use super::command;
    use crosscheck_results::Header;

    #[test]
    fn the_command_depends_on_the_subject() {
        for (role, subject, expected) in [
            ("server", "nginx", "crosscheck run --cases own 'a#b' --server nginx"),
            ("client", "servo", "crosscheck run --cases own 'a#b' --client servo"),
            ("client", "client", "crosscheck serve-cases --cases own 'a#b'"),
            (
                "server",
                "http://localhost:1/",
                "crosscheck probe http://localhost:1/ 'a#b' --cases own",
            ),
        ] {
            let header = Header {
                subject: subject.to_owned(),
                role: role.to_owned(),
                repeat: vec!["--cases".to_owned(), "own".to_owned()],
                ..Header::default()
            };
            assert_eq!(command(&header, &"a#b".into()), expected);
        }
    }
}
