//! What differs between two results files: as text and as JSON.

mod json;
mod text;

pub use json::diff_json;
pub use text::write_diff;

use crosscheck_results::Outline;
use crosscheck_results::diff::Diff;

/// One of two files that are compared.
#[derive(Clone, Copy, Debug)]
pub struct ComparedFile<'f> {
    /// The name, as the user wrote it.
    pub name: &'f str,
    /// Its results.
    pub outlines: &'f [Outline],
}

/// Two files that were compared.
#[derive(Clone, Copy, Debug)]
pub struct Comparison<'f> {
    /// The first file.
    pub before: ComparedFile<'f>,
    /// The second file.
    pub after: ComparedFile<'f>,
    /// What differs.
    pub diff: &'f Diff,
}

/// How many cases are new, changed and fixed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Totals {
    new: usize,
    changed: usize,
    worse: usize,
    fixed: usize,
}

impl Comparison<'_> {
    /// Whether both files have all results of their runs.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        let mut all = self.before.outlines.iter().chain(self.after.outlines);
        all.all(Outline::is_complete)
    }

    fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        for subject in &self.diff.subjects {
            totals.new += subject.new.iter().map(|cause| cause.cases.len()).sum::<usize>();
            totals.fixed += subject.fixed.iter().map(|cause| cause.cases.len()).sum::<usize>();
            for change in &subject.changed {
                totals.changed += change.cases.len();
                totals.worse += if change.is_worse { change.cases.len() } else { 0 };
            }
        }
        totals
    }

    /// What limits the comparison, in sentences.
    fn notes(&self) -> Vec<String> {
        let first = |file: ComparedFile<'_>| file.outlines.first().map(|outline| outline.header.clone());
        let mut notes = Vec::new();
        if let (Some(before), Some(after)) = (first(self.before), first(self.after)) {
            if before.tool != after.tool {
                notes.push(format!(
                    "{} was written by crosscheck {}, {} by {}",
                    self.before.name, before.tool, self.after.name, after.tool
                ));
            }
            if before.corpus != after.corpus {
                notes.push("the files were made with different corpora".to_owned());
            }
        }
        for file in [self.before, self.after] {
            for outline in file.outlines {
                if let Some(why) = incomplete(outline) {
                    notes.push(format!(
                        "{} is incomplete: {}: {why}",
                        file.name, outline.header.subject
                    ));
                }
            }
        }
        for (names, has, lacks) in [
            (&self.diff.only_before, self.before, self.after),
            (&self.diff.only_after, self.after, self.before),
        ] {
            for name in names {
                notes.push(format!(
                    "{name} is in {} only, and is not compared with {}",
                    has.name, lacks.name
                ));
            }
        }
        notes
    }
}

/// Why the results of a subject are incomplete; `None` if they are complete.
fn incomplete(outline: &Outline) -> Option<String> {
    if outline.is_complete() {
        return None;
    }
    if let Some(discrepancy) = outline.discrepancy {
        return Some(discrepancy.to_string());
    }
    if let Some(error) = outline.start_error() {
        return Some(format!(
            "it could not run: {}",
            error.lines().next().unwrap_or_default()
        ));
    }
    let found = outline.cases.len();
    Some(match &outline.footer {
        None => format!(
            "its last line is missing; there are results for {found} of {} cases",
            outline.header.cases
        ),
        Some(footer) => match footer.interrupted {
            Some(by) => format!("interrupted by {} after {found} of {} cases", by.as_str(), footer.cases),
            None => format!("there are results for {found} of {} cases", footer.cases),
        },
    })
}

#[cfg(test)]
mod tests;
