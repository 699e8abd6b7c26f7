//! Which requirements have cases on both sides: cases in which the condition holds, and cases in which it does not.

use crate::catalogue::{AppliesTo, Step, StepLevel};
use crate::diagnostic::{Diagnostic, Severity};
use crate::load::Corpus;
use crosscheck_text::StepId;
use std::collections::HashMap;
use std::ops::Range;

/// The coverage of one requirement by the written cases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepCoverage {
    /// The requirement.
    pub id: StepId,
    /// Its level.
    pub level: StepLevel,
    /// Whether it applies to clients or servers.
    pub applies_to: AppliesTo,
    /// Whether the model has it.
    pub in_model: bool,
    /// The number of cases in which it holds.
    pub passing: usize,
    /// The number of cases on the other side: its condition is just not met, or it decided the error.
    pub failing: usize,
    /// Why there can be no other side.
    pub one_sided: Option<String>,
}

/// The cases that name one requirement.
#[derive(Clone, Copy, Default)]
struct Sides {
    /// Cases in which it holds and does not decide an error.
    holds: usize,
    /// Cases in which it decides an error.
    decided: usize,
    /// Cases in which its condition is just not met.
    not: usize,
}

impl Sides {
    /// The number of passing cases and of cases on the other side. If a requirement only decides errors, those count as passing.
    const fn both(self) -> (usize, usize) {
        match self {
            Self { holds: 0, decided, not } if not > 0 => (decided, not),
            Self { holds, decided, not } => (holds, decided + not),
        }
    }
}

/// The coverage of every requirement, in the order of the catalogue.
#[must_use]
pub fn coverage(corpus: &Corpus) -> Vec<StepCoverage> {
    let mut sides: HashMap<&StepId, Sides> = HashMap::new();
    for case in &corpus.cases {
        let errors = case.fetches().iter().map(|f| &f.expect);
        let mut decided: Vec<&StepId> = errors
            .filter(|e| e.is_refusal())
            .filter_map(|e| e.decided_by.as_ref())
            .collect();
        decided.sort_unstable();
        decided.dedup();
        for step in case.steps.iter().filter(|s| !decided.contains(s)) {
            sides.entry(step).or_default().holds += 1;
        }
        for step in &case.not_steps {
            sides.entry(step).or_default().not += 1;
        }
        for step in decided {
            sides.entry(step).or_default().decided += 1;
        }
    }
    let row = |step: &Step| {
        let (passing, failing) = sides.get(&step.id).copied().unwrap_or_default().both();
        StepCoverage {
            id: step.id.clone(),
            level: step.level,
            applies_to: step.applies_to,
            in_model: step.out_of_model.is_none(),
            passing,
            failing,
            one_sided: step.one_sided.clone(),
        }
    };
    corpus.catalogue.steps().iter().map(row).collect()
}

/// Reports binding requirements without a case on each side, if the corpus has the catalogue.
pub(super) fn lint(corpus: &Corpus, out: &mut Vec<Diagnostic>) {
    let Some(file) = &corpus.catalogue_file else { return };
    let text = corpus.sources.get(file);
    let places = places(text.as_deref().unwrap_or_default());
    for row in coverage(corpus) {
        if row.level != StepLevel::Must || !row.in_model {
            continue;
        }
        // For a requirement on servers one case is enough: the other side is a faulty server.
        let one_sided = row.one_sided.is_some() || row.applies_to == AppliesTo::Server;
        let missing = match (row.passing, row.failing) {
            (0, 0) => "no case names the requirement",
            (0, _) if !one_sided => "no passing case covers the requirement",
            (_, 0) if !one_sided => "no case covers the other side of the requirement",
            _ => continue,
        };
        let found = places.get(row.id.as_str()).cloned();
        let (line, column, span) = found.map_or((1, 1, None), |(l, c, s)| (l, c, Some(s)));
        out.push(Diagnostic {
            line,
            column,
            span,
            ..Diagnostic::of_file(
                Severity::Lint,
                file,
                format!("{missing} {}", row.id),
                "write a case with it in `steps` and one with it in `not_steps` or `decided_by`; or state in the catalogue why it is `one_sided` or `out_of_model`",
            )
        });
    }
}

/// The place of each step in the text of a catalogue: line, column, span.
fn places(text: &str) -> HashMap<&str, (usize, usize, Range<usize>)> {
    let mut places = HashMap::new();
    let mut start = 0;
    for (i, line) in text.split_inclusive('\n').enumerate() {
        if let Some((before, id)) = line.trim_end().split_once("id: ") {
            let from = start + before.len();
            let place = (i + 1, before.chars().count() + 1, from..from + "id: ".len() + id.len());
            places.entry(id).or_insert(place);
        }
        start += line.len();
    }
    places
}
