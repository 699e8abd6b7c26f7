//! What a run comes to for the reports that CI systems read: what makes it fail, and how severe that is.

use crate::counts::{causes, incomplete};
use crosscheck_results::{CaseId, CaseResult, Cause, Deviation, Header, Run, Status, Verdict};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// How severe a finding is, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Severity {
    Error,
    Warning,
    Note,
}

impl Severity {
    /// The severity of a deviation.
    pub(crate) const fn of(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Broken | Verdict::OverGrant => Self::Error,
            Verdict::OverDeny | Verdict::Wire | Verdict::Hygiene => Self::Warning,
            Verdict::Advice | Verdict::NotJudged | Verdict::Allowed | Verdict::Pass | Verdict::NotApplicable => {
                Self::Note
            }
        }
    }
}

/// A fault of a run that belongs to none of its cases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RunFault {
    pub(crate) kind: FaultKind,
    pub(crate) text: String,
}

/// The kinds of faults of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FaultKind {
    CouldNotRun,
    Failed,
    Incomplete,
    Missing,
}

impl FaultKind {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::CouldNotRun => "could not run",
            Self::Failed => "failed outside of any case",
            Self::Incomplete => "incomplete",
            Self::Missing => "cases without a result",
        }
    }
}

/// The faults of a run that belong to no case.
pub(crate) fn faults(run: &Run) -> Vec<RunFault> {
    let fault = |kind, text: String| RunFault { kind, text };
    let footer = run.footer.as_ref();
    let error = footer.and_then(|f| f.error.clone());
    let has_results = footer.is_some_and(|f| !f.verdicts.is_empty());
    match error {
        Some(error) if !has_results => return vec![fault(FaultKind::CouldNotRun, error)],
        Some(error) => vec![fault(FaultKind::Failed, error)],
        None => Vec::new(),
    }
    .into_iter()
    .chain(incomplete(run).map(|why| fault(FaultKind::Incomplete, why)))
    .chain(missing(run).map(|text| fault(FaultKind::Missing, text)))
    .collect()
}

/// The most cases without a result that are named.
const NAMED: usize = 20;

fn missing(run: &Run) -> Option<String> {
    let missing = &run.footer.as_ref()?.missing;
    if missing.is_empty() {
        return None;
    }
    let mut text = format!(
        "{} without a result: a fault of crosscheck, please report it",
        cases(missing.len())
    );
    for id in missing.iter().take(NAMED) {
        text.push('\n');
        text.push_str(id.as_str());
    }
    Some(text)
}

/// Whether a deviation makes the run fail: it counts, and no baseline knows it.
pub(crate) fn is_unexpected(deviation: &Deviation) -> bool {
    deviation.verdict.counts() && deviation.status != Some(Status::Known)
}

/// The deviations of a case that make the run fail.
pub(crate) fn unexpected(case: &CaseResult) -> impl Iterator<Item = &Deviation> {
    case.deviations.iter().filter(|d| is_unexpected(d))
}

/// A cause that no baseline knows, with the first deviation that belongs to it.
pub(crate) struct UnexpectedCause<'a> {
    pub(crate) cause: Cause,
    pub(crate) case: &'a CaseResult,
    pub(crate) deviation: &'a Deviation,
}

/// The causes that make the run fail, worst first.
pub(crate) fn unexpected_causes(run: &Run) -> Vec<UnexpectedCause<'_>> {
    let mut examples: HashMap<(&str, Verdict), (&CaseResult, &Deviation)> = HashMap::new();
    for case in &run.cases {
        for deviation in unexpected(case) {
            let key = (deviation.cause.as_str(), deviation.verdict);
            examples.entry(key).or_insert((case, deviation));
        }
    }
    let with_example = |cause: Cause| {
        let (case, deviation) = examples.get(&(cause.cause.as_str(), cause.verdict)).copied()?;
        Some(UnexpectedCause { cause, case, deviation })
    };
    let causes = causes(run)
        .into_iter()
        .filter(|cause| cause.status != Some(Status::Known));
    causes.filter_map(with_example).collect()
}

/// The cases that a baseline lists and that deviate no longer.
pub(crate) fn stale(run: &Run) -> BTreeSet<&CaseId> {
    run.footer.iter().flat_map(|footer| &footer.stale).collect()
}

/// The reasons of a baseline, by the name of the cause.
pub(crate) fn reasons(run: &Run) -> BTreeMap<&str, &str> {
    let causes = run.footer.iter().flat_map(|footer| &footer.causes);
    causes
        .filter_map(|c| Some((c.cause.as_str(), c.reason.as_deref()?)))
        .collect()
}

/// The subject, with its version if the name does not have it.
pub(crate) fn subject(header: &Header) -> String {
    let version = Some(&*header.version).filter(|v| !header.subject.ends_with(&format!("@{v}")));
    let name = [&*header.subject, version.unwrap_or_default()].join(" ");
    name.trim().to_owned()
}

/// How many cases, in words.
pub(crate) fn cases(count: usize) -> String {
    format!("{} {}", grouped(count), if count == 1 { "case" } else { "cases" })
}

/// A number with a comma between each three digits.
pub(crate) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// The beginning of a text with at most this many characters.
pub(crate) fn shortened(text: &str, most: usize) -> Cow<'_, str> {
    // Most texts have so few bytes that their characters need not be counted.
    if text.len() <= most {
        return Cow::Borrowed(text);
    }
    match text.char_indices().nth(most) {
        None => Cow::Borrowed(text),
        Some((at, _)) => Cow::Owned(format!("{}…", &text[..at])),
    }
}

#[cfg(test)]
mod tests {
    use super::{grouped, shortened};

    #[test]
    fn numbers_have_a_comma_between_each_three_digits() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1204, "1,204"),
            (123_456, "123,456"),
            (1_000_000, "1,000,000"),
        ] {
            assert_eq!(grouped(number), text);
        }
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        assert_eq!(shortened("éé", 2), "éé");
        assert_eq!(shortened("ééé", 2), "éé…");
    }
}
