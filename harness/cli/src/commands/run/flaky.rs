//! `--repeat`: cases that do not have the same result each time.

use crate::commands::diff::outlines;
use crate::exit::Failure;
use crate::output::Out;
use crosscheck_report::clean;
use crosscheck_results::{CaseId, CaseOutline, Interruption};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

/// The repetitions of a run. The first one is the run itself.
pub(super) struct Repetitions {
    output: PathBuf,
    /// How many there are to be; `None` without `--repeat`.
    count: Option<NonZeroUsize>,
    done: usize,
}

/// The file of a repetition, from 1.
pub(super) fn file(output: &Path, repetition: usize) -> PathBuf {
    if repetition == 1 {
        return output.to_owned();
    }
    let mut name = output.as_os_str().to_owned();
    name.push(format!(".{repetition}"));
    name.into()
}

impl Repetitions {
    pub(super) fn new(output: &Path, count: Option<NonZeroUsize>) -> Self {
        Self {
            output: output.to_owned(),
            count,
            done: 1,
        }
    }

    /// The number of the next repetition, if there is one.
    pub(super) fn next(&mut self) -> Option<usize> {
        let next = self.done + 1;
        (next <= self.count?.get()).then(|| {
            self.done = next;
            next
        })
    }

    /// Compares the results of all repetitions; `None` if the run does not repeat or was interrupted.
    pub(super) fn compare(&self, interrupted: Option<Interruption>) -> Result<Option<Flaky>, Failure> {
        if self.count.is_none() || interrupted.is_some() {
            return Ok(None);
        }
        let files: Vec<PathBuf> = (1..=self.done)
            .map(|repetition| file(&self.output, repetition))
            .collect();
        let mut cases: BTreeMap<(usize, String, CaseId), BTreeMap<Outcome, usize>> = BTreeMap::new();
        for file in &files {
            for (place, outline) in outlines(file)?.into_iter().enumerate() {
                for case in outline.cases {
                    let key = (place, outline.header.subject.clone(), case.id.clone());
                    *cases.entry(key).or_default().entry(Outcome::of(&case)).or_default() += 1;
                }
            }
        }
        let flaky = cases.into_iter().filter_map(|((_, subject, case), mut outcomes)| {
            let missing = files.len().saturating_sub(outcomes.values().sum());
            if missing > 0 {
                outcomes.insert(Outcome::default(), missing);
            }
            let mut outcomes: Vec<_> = outcomes.into_iter().collect();
            outcomes.sort_by_key(|(_, times)| std::cmp::Reverse(*times));
            (outcomes.len() > 1).then_some(FlakyCase {
                subject,
                case,
                outcomes,
            })
        });
        Ok(Some(Flaky {
            cases: flaky.collect(),
            files,
        }))
    }
}

/// What a case had in one repetition. The default is no result.
#[derive(Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Outcome {
    verdict: Option<&'static str>,
    /// The rules or steps that led to it.
    rules: BTreeSet<String>,
}

impl Outcome {
    fn of(case: &CaseOutline) -> Self {
        let rules = case.deviations.iter();
        Self {
            verdict: Some(case.verdict.as_str()),
            rules: rules
                .map(|d| d.broken.clone().unwrap_or_else(|| d.cause.clone()))
                .collect(),
        }
    }
}

/// A case with different results.
struct FlakyCase {
    subject: String,
    case: CaseId,
    /// How often it had each of them, the most frequent first.
    outcomes: Vec<(Outcome, usize)>,
}

/// The cases with different results, and the files of the repetitions.
pub(super) struct Flaky {
    cases: Vec<FlakyCase>,
    files: Vec<PathBuf>,
}

impl Flaky {
    pub(super) fn is_empty(&self) -> bool {
        self.cases.is_empty()
    }

    pub(super) fn write(&self, out: &mut Out) -> std::io::Result<()> {
        let count = match self.cases.len() {
            0 => "no case is flaky".to_owned(),
            1 => "1 case is flaky".to_owned(),
            n => format!("{n} cases are flaky"),
        };
        writeln!(out, "repetitions: {}; {count}", self.files.len())?;
        for case in &self.cases {
            writeln!(out, "  {} {}", clean(&case.subject), clean(case.case.as_str()))?;
            for (outcome, times) in &case.outcomes {
                let mut words = vec![outcome.verdict.unwrap_or("no result")];
                words.extend(outcome.rules.iter().map(String::as_str));
                writeln!(out, "    {times} of {}: {}", self.files.len(), clean(&words.join(" ")))?;
            }
        }
        Ok(())
    }

    pub(super) fn value(&self) -> Value {
        let outcome = |(outcome, times): &(Outcome, usize)| json!({ "verdict": outcome.verdict, "rules": outcome.rules, "times": times });
        let case = |case: &FlakyCase| {
            let results: Vec<Value> = case.outcomes.iter().map(outcome).collect();
            json!({ "subject": case.subject, "id": case.case, "results": results })
        };
        json!({ "files": self.files, "flaky": self.cases.iter().map(case).collect::<Vec<_>>() })
    }
}
