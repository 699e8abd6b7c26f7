//! The formats of reports that CI systems read. A new format is a new module, and a line in the table of this one.

use crate::places::Places;
use crate::standard::Requirements;
use crate::{annotations, badge, junit, markdown, sarif};
use crosscheck_results::Run;
use crosscheck_text::closest;
use std::fmt;
use std::io::{self, Write};
use std::path::PathBuf;
use std::str::FromStr;
use thiserror::Error;

/// Makes the enum and its words from one table.
macro_rules! formats {
    ($($variant:ident = $word:literal, $meaning:literal;)+) => {
        /// The format of a report for a program.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum ReportFormat {
            $(#[doc = $meaning] $variant,)+
        }

        impl ReportFormat {
            /// All formats.
            pub const ALL: [Self; [$($word),+].len()] = [$(Self::$variant),+];

            /// The word as it is written.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }
    };
}

formats! {
    Junit = "junit", "JUnit XML, for reports of tests.";
    Sarif = "sarif", "SARIF 2.1.0, for code scanning.";
    Markdown = "markdown", "A summary in Markdown.";
    Github = "github", "Workflow commands of GitHub, which become annotations.";
    Badge = "badge", "JSON for an endpoint badge of shields.io.";
}

/// What reports refer to, besides the results.
#[derive(Clone, Copy, Debug)]
pub struct ReportContext<'a> {
    /// The requirements that steps link to.
    pub requirements: &'a Requirements,
    /// Where findings are in the user's repository.
    pub places: &'a Places,
}

impl ReportFormat {
    /// Writes the report of all runs.
    ///
    /// # Errors
    /// If `out` fails.
    pub fn write(self, out: &mut dyn Write, runs: &[Run], context: ReportContext<'_>) -> io::Result<()> {
        match self {
            Self::Junit => junit::write(out, runs),
            Self::Sarif => sarif::write(out, runs, context.requirements, context.places),
            Self::Markdown => markdown::write(out, runs),
            Self::Github => annotations::write(out, runs, context.places),
            Self::Badge => writeln!(out, "{}", badge::badge(runs)),
        }
    }
}

impl fmt::Display for ReportFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Where a report goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReportTarget {
    /// Standard output, written as `-`.
    Stdout,
    /// A file.
    File(PathBuf),
}

/// A report to write: `FORMAT=FILE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportSpec {
    /// The format.
    pub format: ReportFormat,
    /// Where it goes.
    pub target: ReportTarget,
}

/// Why a text names no report.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ReportSpecError {
    /// It has no `=`, or nothing on one side of it.
    #[error("`{0}` does not name a format and a file")]
    Form(String),
    /// There is no such format.
    #[error("there is no format `{word}` of reports{}", suggestion(*.closest))]
    Format {
        /// What is written.
        word: String,
        /// The format that is most like it.
        closest: Option<&'static str>,
    },
}

fn suggestion(closest: Option<&str>) -> String {
    closest
        .map(|word| format!("; did you mean `{word}`?"))
        .unwrap_or_default()
}

impl FromStr for ReportSpec {
    type Err = ReportSpecError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = text
            .split_once('=')
            .filter(|(format, file)| !format.is_empty() && !file.is_empty());
        let (word, file) = parts.ok_or_else(|| ReportSpecError::Form(text.to_owned()))?;
        let format = ReportFormat::ALL.into_iter().find(|f| f.as_str() == word);
        let format = format.ok_or_else(|| ReportSpecError::Format {
            word: word.to_owned(),
            closest: closest(word, ReportFormat::ALL.iter().map(|f| f.as_str())),
        })?;
        let target = match file {
            "-" => ReportTarget::Stdout,
            file => ReportTarget::File(PathBuf::from(file)),
        };
        Ok(Self { format, target })
    }
}

#[cfg(test)]
mod tests {
    use super::{ReportFormat, ReportSpec, ReportSpecError, ReportTarget};

    #[test]
    fn a_report_is_named_by_its_format_and_its_file() {
        let spec = |format, target| Ok(ReportSpec { format, target });
        let file = |path: &str| ReportTarget::File(path.into());
        for format in ReportFormat::ALL {
            assert_eq!(format!("{format}=a").parse(), spec(format, file("a")));
        }
        for (text, expected) in [
            ("github=-", spec(ReportFormat::Github, ReportTarget::Stdout)),
            ("junit=a=b", spec(ReportFormat::Junit, file("a=b"))),
            ("sarif=./-", spec(ReportFormat::Sarif, file("./-"))),
            ("junit", Err(ReportSpecError::Form("junit".into()))),
            ("junit=", Err(ReportSpecError::Form("junit=".into()))),
            ("=a", Err(ReportSpecError::Form("=a".into()))),
            (
                "junits=a",
                Err(ReportSpecError::Format {
                    word: "junits".into(),
                    closest: Some("junit"),
                }),
            ),
        ] {
            assert_eq!(text.parse::<ReportSpec>(), expected, "{text}");
        }
    }
}
