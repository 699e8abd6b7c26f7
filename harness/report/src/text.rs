//! Text for a terminal: escaped, and coloured only where that is wanted.

use crosscheck_results::Verdict;
pub use crosscheck_text::printable_line as clean;
use std::borrow::Cow;

/// The lines of a text, each escaped. A line that the runner of a CI job would take for a command, such as `::error::text`, is escaped
/// as well: these lines are printed by themselves.
pub fn clean_lines(text: &str) -> impl Iterator<Item = Cow<'_, str>> {
    text.split('\n')
        .map(|l| without_command(clean(l.strip_suffix('\r').unwrap_or(l))))
}

/// The line with its first character escaped, if it is a command to the runner of a CI job. Runners ignore blanks in front.
fn without_command(line: Cow<'_, str>) -> Cow<'_, str> {
    let command = line.trim_start();
    match command.chars().next() {
        Some(first) if command.starts_with("::") || command.starts_with("##") => {
            let rest = &command[first.len_utf8()..];
            Cow::Owned(format!("{}{rest}", first.escape_unicode()))
        }
        _ => line,
    }
}

/// An argument as a POSIX shell takes it back.
#[must_use]
pub fn quoted(argument: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | ':' | '@' | '=' | '+' | ',');
    if !argument.is_empty() && argument.chars().all(plain) {
        return argument.to_owned();
    }
    format!("'{}'", argument.replace('\'', "'\\''"))
}

/// Colour, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Plain text.
    Plain,
    /// ANSI colours.
    Colour,
}

impl Style {
    /// Colour where it is wanted: the output is a terminal and `NO_COLOR` is not set to anything.
    #[must_use]
    pub fn detect(is_terminal: bool) -> Self {
        let no_color = std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|v| v == "dumb");
        if is_terminal && !no_color && !dumb {
            Self::Colour
        } else {
            Self::Plain
        }
    }

    fn paint(self, code: &str, text: &str) -> String {
        match self {
            Self::Plain => text.to_owned(),
            Self::Colour => format!("\x1b[{code}m{text}\x1b[0m"),
        }
    }

    /// For headings.
    #[must_use]
    pub fn bold(self, text: &str) -> String {
        self.paint("1", text)
    }

    /// For what is beside the point.
    #[must_use]
    pub fn dim(self, text: &str) -> String {
        self.paint("2", text)
    }

    /// For what was expected.
    #[must_use]
    pub fn red(self, text: &str) -> String {
        self.paint("31", text)
    }

    /// For what came.
    #[must_use]
    pub fn green(self, text: &str) -> String {
        self.paint("32", text)
    }

    /// A verdict in its colour.
    #[must_use]
    pub fn verdict(self, verdict: Verdict) -> String {
        self.verdict_text(verdict, verdict.as_str())
    }

    /// Any text in the colour of a verdict.
    #[must_use]
    pub fn verdict_text(self, verdict: Verdict, text: &str) -> String {
        let code = match verdict {
            Verdict::Broken => "1;35",
            Verdict::OverGrant => "1;31",
            Verdict::OverDeny => "31",
            Verdict::Wire | Verdict::Hygiene => "33",
            Verdict::Advice => "36",
            Verdict::NotJudged => "35",
            Verdict::Allowed | Verdict::Pass => "32",
            Verdict::NotApplicable => "2",
        };
        self.paint(code, text)
    }
}

#[cfg(test)]
mod tests {
    use super::clean_lines;

    #[test]
    fn no_line_is_a_command_to_the_runner_of_a_job() {
        let lines: Vec<_> = clean_lines("a::b\n::error::x\n  ##[error]x\r\n\u{1b}[31m").collect();
        assert_eq!(lines, ["a::b", "\\u{3a}:error::x", "\\u{23}#[error]x", "\\u{1b}[31m"]);
    }
}
