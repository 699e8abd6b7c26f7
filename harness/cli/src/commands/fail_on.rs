//! `--fail-on`: which results make the exit code 1.

use crate::exit::{Exit, Failure};
use crosscheck_report::{Grade, clean, unexpected_grade};
use crosscheck_results::rules::{RULES, rule};
use crosscheck_results::{CaseResult, Deviation, Run, RunExit, Status, Verdict, exit_code};
use crosscheck_text::Redactor;
use std::collections::BTreeSet;
use std::io::Write as _;

/// The verdicts that can be named.
const VERDICTS: [Verdict; 7] = [
    Verdict::Broken,
    Verdict::OverGrant,
    Verdict::OverDeny,
    Verdict::Wire,
    Verdict::Hygiene,
    Verdict::Advice,
    Verdict::NotJudged,
];

/// One condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Condition {
    /// This grade, or a worse one.
    Grade(Grade),
    /// A deviation from this rule.
    Rule(&'static str),
    /// A deviation or a case with this verdict.
    Verdict(Verdict),
}

/// The conditions, which replace the usual rule for the exit code.
#[derive(Debug)]
pub(crate) struct FailOn(Vec<Condition>);

impl FailOn {
    /// Reads the conditions; none without any text.
    pub(crate) fn parse(texts: &[String]) -> Result<Option<Self>, Failure> {
        if texts.is_empty() {
            return Ok(None);
        }
        let conditions = texts.iter().map(|text| condition(text.trim()));
        Ok(Some(Self(conditions.collect::<Result<_, _>>()?)))
    }

    /// The exit code. What fails is reported on stderr.
    pub(crate) fn exit(&self, runs: &[Run], redactor: &Redactor) -> Exit {
        if exit_code(runs) == RunExit::Nothing {
            return Exit::Nothing;
        }
        let reasons: Vec<String> = runs.iter().filter_map(|run| self.reason(run)).collect();
        for reason in &reasons {
            // If stderr is closed, the text cannot be shown.
            let _ = writeln!(std::io::stderr(), "failed: {}", clean(&redactor.text(reason)));
        }
        match reasons.is_empty() {
            true => Exit::Expected,
            false => Exit::Unexpected,
        }
    }

    /// Why a run fails.
    fn reason(&self, run: &Run) -> Option<String> {
        let subject = &run.header.subject;
        let footer = run.footer.as_ref();
        if footer.is_none_or(|f| f.error.is_some()) {
            return Some(format!("{subject} did not run to its end"));
        }
        let stale = footer.map_or(0, |f| f.stale.len());
        if stale > 0 {
            return Some(format!(
                "{subject}: cases of the baseline that no longer deviate: {stale}"
            ));
        }
        self.0.iter().find_map(|condition| {
            let why = condition.reason(run)?;
            Some(format!("{subject}: {why}"))
        })
    }
}

impl Condition {
    fn reason(self, run: &Run) -> Option<String> {
        match self {
            Self::Grade(limit) => match unexpected_grade(run) {
                Ok(grade) if grade >= limit => Some(format!(
                    "grade {}, and --fail-on has grade:{}",
                    grade.as_str(),
                    limit.as_str()
                )),
                Ok(_) => None,
                Err(why) => Some(format!(
                    "there is no grade, and --fail-on has grade:{}: {why}",
                    limit.as_str()
                )),
            },
            Self::Rule(id) => {
                let cases = cases(run, |d| d.rule.as_deref() == Some(id));
                (cases > 0).then(|| format!("--fail-on has rule:{id}, which {cases} cases break"))
            }
            Self::Verdict(Verdict::NotJudged) => {
                let cases = run.cases.iter().filter(|c| c.verdict == Verdict::NotJudged).count();
                (cases > 0).then(|| format!("--fail-on has verdict:not-judged, which {cases} cases have"))
            }
            Self::Verdict(verdict) => {
                let cases = cases(run, |d| d.verdict == verdict);
                (cases > 0).then(|| format!("--fail-on has verdict:{verdict}, which {cases} cases have"))
            }
        }
    }
}

/// How many cases have such a deviation that is not known.
fn cases(run: &Run, is_meant: impl Fn(&Deviation) -> bool) -> usize {
    let unexpected: BTreeSet<_> = run.footer.iter().flat_map(|f| &f.unexpected).collect();
    // An update of the baseline changes the list of unexpected cases alone, and no baseline has advice.
    let is_new = |case: &CaseResult, d: &Deviation| {
        d.status != Some(Status::Known) && (!d.verdict.counts() || unexpected.contains(&case.id))
    };
    let has = |case: &&CaseResult| case.deviations.iter().any(|d| is_meant(d) && is_new(case, d));
    run.cases.iter().filter(has).count()
}

fn condition(text: &str) -> Result<Condition, Failure> {
    let unknown = |what: &str, all: Vec<&str>| {
        Failure::message(
            format!("--fail-on `{text}`: {what}"),
            format!("use one of: {}", all.join(", ")),
        )
    };
    let Some((kind, word)) = text.split_once(':') else {
        return Err(unknown(
            "this is not a condition",
            vec!["grade:GRADE", "rule:RULE", "verdict:VERDICT"],
        ));
    };
    match kind {
        "grade" => Grade::ALL
            .into_iter()
            .find(|g| g.as_str().eq_ignore_ascii_case(word))
            .map(Condition::Grade)
            .ok_or_else(|| unknown("there is no such grade", Grade::ALL.map(Grade::as_str).to_vec())),
        "rule" => rule(word)
            .map(|rule| Condition::Rule(rule.id))
            .ok_or_else(|| unknown("there is no such rule", RULES.iter().map(|r| r.id).collect())),
        "verdict" => VERDICTS
            .into_iter()
            .find(|v| v.as_str() == word)
            .map(Condition::Verdict)
            .ok_or_else(|| {
                unknown(
                    "no case fails by such a verdict",
                    VERDICTS.iter().map(|v| v.as_str()).collect(),
                )
            }),
        _ => Err(unknown(
            "there is no such kind of condition",
            vec!["grade:GRADE", "rule:RULE", "verdict:VERDICT"],
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::{Condition, FailOn};
    use crosscheck_report::Grade;
    use crosscheck_results::Verdict;

    #[test]
    fn conditions_are_grades_rules_and_verdicts() {
        let texts = ["grade:D", "grade:a", "rule:vary", " verdict:over-grant"].map(str::to_owned);
        let read = FailOn::parse(&texts).expect("conditions").expect("some");
        assert_eq!(
            read.0,
            [
                Condition::Grade(Grade::D),
                Condition::Grade(Grade::A),
                Condition::Rule("vary"),
                Condition::Verdict(Verdict::OverGrant),
            ]
        );
        assert!(FailOn::parse(&[]).expect("nothing").is_none());
        for wrong in ["grade:G", "rule:varry", "verdict:pass", "vary", "status:known", ""] {
            assert!(FailOn::parse(&[wrong.to_owned()]).is_err(), "{wrong}");
        }
    }
}
