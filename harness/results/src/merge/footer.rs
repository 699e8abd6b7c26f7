//! The last line of a merged subject.

use super::plan::{Piece, SubjectPlan};
use crate::baseline::Broken;
use crate::date::Date;
use crate::file::ReadError;
use crate::record::{Cause, Footer};
use crate::verdict::{Status, Verdict};
use crosscheck_text::CaseId;
use std::collections::{BTreeMap, BTreeSet};

/// What distinguishes causes.
type CauseKey = (String, Option<String>, Verdict, Option<Status>, Option<Date>);

/// Adds up the counts of the pieces, in the order in which a run counts.
pub(super) fn of(subject: &SubjectPlan<'_>) -> Result<Footer, ReadError> {
    let mut all = Footer {
        subject: subject.header.subject.clone(),
        complete: subject.missing_shards.is_empty(),
        missing_shards: subject.missing_shards.clone(),
        ..Footer::default()
    };
    let mut causes: BTreeMap<CauseKey, Cause> = BTreeMap::new();
    let mut errors: Vec<String> = Vec::new();
    for piece in &subject.pieces {
        let footer = match &piece.subject.footer {
            Some(footer) if piece.subject.is_undamaged() => footer.clone(),
            _ => of_cases(piece)?,
        };
        all.cases += footer.cases;
        all.seconds += footer.seconds;
        all.complete &= footer.complete;
        all.interrupted = all.interrupted.or(footer.interrupted);
        errors.extend(footer.error.filter(|error| !errors.contains(error)));
        add(&mut all.verdicts, footer.verdicts);
        add(&mut all.statuses, footer.statuses);
        add(&mut all.examined, footer.examined);
        all.unexpected.extend(footer.unexpected);
        all.stale.extend(footer.stale);
        all.missing.extend(footer.missing);
        for cause in footer.causes {
            let key = (
                cause.cause.clone(),
                cause.rule.clone(),
                cause.verdict,
                cause.status,
                cause.expired,
            );
            match causes.get_mut(&key) {
                Some(before) => before.cases.extend(cause.cases),
                None => drop(causes.insert(key, cause)),
            }
        }
    }
    all.seconds = (all.seconds * 1000.0).round() / 1000.0;
    all.error = (!errors.is_empty()).then(|| errors.join("\n"));
    for ids in [&mut all.unexpected, &mut all.stale, &mut all.missing] {
        ids.sort();
    }
    all.causes = in_order(causes);
    Ok(all)
}

/// Most cases first, as a run writes causes.
fn in_order(causes: BTreeMap<CauseKey, Cause>) -> Vec<Cause> {
    let mut causes: Vec<Cause> = causes.into_values().collect();
    for cause in &mut causes {
        cause.cases.sort();
        cause.cases.dedup();
    }
    causes.sort_by(|a, b| {
        (a.verdict, b.cases.len(), &a.cause, a.status).cmp(&(b.verdict, a.cases.len(), &b.cause, b.status))
    });
    causes
}

fn add<K: Ord>(all: &mut BTreeMap<K, usize>, more: BTreeMap<K, usize>) {
    for (key, count) in more {
        *all.entry(key).or_default() += count;
    }
}

/// The counts of a piece whose last line is missing, or counts other lines. What a baseline states is not known.
fn of_cases(piece: &Piece<'_>) -> Result<Footer, ReadError> {
    let mut footer = Footer {
        cases: piece.subject.header.cases,
        interrupted: piece.subject.footer.as_ref().and_then(|footer| footer.interrupted),
        error: piece.subject.footer.as_ref().and_then(|footer| footer.error.clone()),
        ..Footer::default()
    };
    let mut causes: BTreeMap<CauseKey, (Cause, BTreeSet<CaseId>)> = BTreeMap::new();
    for line in &piece.subject.cases {
        let case = piece.file.result(line)?;
        *footer.verdicts.entry(case.verdict).or_default() += 1;
        if let Some(status) = case.status {
            *footer.statuses.entry(status).or_default() += 1;
            if status == Status::Unexpected {
                footer.unexpected.push(case.id.clone());
            }
        }
        for deviation in case.deviations.iter().filter(|d| d.verdict.counts()) {
            let rule = Broken::of(deviation).map(|broken| broken.id().to_owned());
            let (cause, verdict, status) = (deviation.cause.clone(), deviation.verdict, deviation.status);
            let new = Cause {
                cause: cause.clone(),
                rule: rule.clone(),
                verdict,
                status,
                expired: None,
                cases: Vec::new(),
                reason: None,
                upstream: None,
            };
            let entry = causes.entry((cause, rule, verdict, status, None));
            entry
                .or_insert_with(|| (new, BTreeSet::new()))
                .1
                .insert(case.id.clone());
        }
    }
    let with_cases = |(cause, cases): (Cause, BTreeSet<CaseId>)| Cause {
        cases: cases.into_iter().collect(),
        ..cause
    };
    footer.causes = causes.into_values().map(with_cases).collect();
    Ok(footer)
}
