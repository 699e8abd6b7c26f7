//! Prints what package managers run.

use crosscheck_report::{clean, quoted};
use crosscheck_runner::subject::{CommandLine, announce_commands};
use crosscheck_text::Redactor;
use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;
use std::sync::Mutex;

/// Prints each command line of a package manager, and of a `build`, on stderr before it runs.
pub(crate) fn show_commands() {
    announce_commands(|line| {
        // If stderr is closed, it cannot be shown.
        let _ = writeln!(std::io::stderr(), "running: {}", render(line));
    });
}

/// The same for a command that starts a server many times: prints each command line once.
pub(crate) fn show_each_command_once() {
    static SHOWN: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    announce_commands(|line| {
        let text = render(line);
        let is_new = SHOWN.lock().is_ok_and(|mut shown| shown.insert(text.clone()));
        if is_new {
            // If stderr is closed, it cannot be shown.
            let _ = writeln!(std::io::stderr(), "running: {text}");
        }
    });
}

/// The command line as a shell takes it, without secrets.
fn render(line: CommandLine<'_>) -> String {
    let mut words = Vec::new();
    if line.folder != Path::new(".") {
        words.extend(["cd".to_owned(), quoted(&line.folder.to_string_lossy()), "&&".to_owned()]);
    }
    let variables = line.environment.iter();
    words.extend(variables.map(|(name, value)| format!("{name}={}", quoted(value))));
    words.push(quoted(line.program));
    words.extend(line.arguments.iter().map(|argument| quoted(argument)));
    let text = words.join(" ");
    clean(&Redactor::by_name().text(&text)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_line_is_quoted_and_has_no_secrets() {
        let arguments = [
            "install",
            "it's",
            "--index-url=https://me:hunter2@pypi.example/?token=abcdef",
        ];
        let line = CommandLine {
            folder: Path::new("/a b"),
            environment: &[("GOFLAGS", "-mod=mod -buildvcs=false".to_owned())],
            program: "pip",
            arguments: &arguments.map(str::to_owned),
        };
        let rendered = render(line);
        let start = r"cd '/a b' && GOFLAGS='-mod=mod -buildvcs=false' pip install 'it'\''s' ";
        assert!(rendered.starts_with(start), "{rendered}");
        for secret in ["hunter2", "abcdef"] {
            assert!(!rendered.contains(secret), "{rendered}");
        }
    }
}
