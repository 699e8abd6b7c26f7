//! The lines of a results file without what shows a deviation in full. Reports over many subjects need the verdicts and deviations of
//! each case, and no wire.

use crate::record::{CaseResult, Deviation, Line};
use crate::verdict::{Status, Verdict};
use crosscheck_text::CaseId;
use serde::Deserialize;
use std::collections::HashSet;

/// How the line of a case begins, as it is written.
const CASE: &[u8] = br#"{"kind":"case","#;

/// The keys of a case that are kept. The others are skipped without being stored.
#[derive(Deserialize)]
struct BriefCase {
    subject: String,
    id: CaseId,
    #[serde(default)]
    title: String,
    verdict: Verdict,
    #[serde(default)]
    status: Option<Status>,
    #[serde(default)]
    deviations: Vec<Deviation>,
    #[serde(default)]
    rejected_policy: bool,
    #[serde(default)]
    reason: Option<String>,
    #[serde(default)]
    millis: u64,
}

/// Parses lines, and shares the ids that several subjects have.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    ids: HashSet<CaseId>,
}

impl Lines {
    /// Parses a line.
    pub(crate) fn parse(&mut self, text: &[u8]) -> serde_json::Result<Line> {
        let mut line = if text.starts_with(CASE) {
            let brief: BriefCase = serde_json::from_slice(text)?;
            Line::Case(Box::new(CaseResult {
                title: brief.title,
                status: brief.status,
                deviations: brief.deviations,
                rejected_policy: brief.rejected_policy,
                reason: brief.reason,
                millis: brief.millis,
                ..CaseResult::new(brief.subject, brief.id, brief.verdict)
            }))
        } else {
            serde_json::from_slice(text)?
        };
        if let Line::Case(case) = &mut line {
            case.id = self.shared(&case.id);
        }
        Ok(line)
    }

    fn shared(&mut self, id: &CaseId) -> CaseId {
        if let Some(known) = self.ids.get(id) {
            return known.clone();
        }
        self.ids.insert(id.clone());
        id.clone()
    }
}

/// What is kept of a case, whose subject its run has.
pub(crate) fn without_details(case: CaseResult) -> CaseResult {
    let deviates = case.verdict < Verdict::NotJudged;
    CaseResult {
        title: if deviates { case.title } else { String::new() },
        status: case.status,
        deviations: case.deviations,
        rejected_policy: case.rejected_policy,
        reason: case.reason,
        millis: case.millis,
        ..CaseResult::new(String::new(), case.id, case.verdict)
    }
}

#[cfg(test)]
mod tests {
    use crate::{CaseResult, OutcomeRecord, Run, Verdict, read_brief, read_file};

    const LINES: [&str; 7] = [
        r#"{"kind":"header","crosscheck":2,"tool":"0","corpus":"x","subject":"a","role":"server"}"#,
        r#"{"kind":"case","subject":"a","id":"x#1","title":"t","verdict":"pass","outcome":[{"type":"cors"}],"steps":["s/t"],"millis":3}"#,
        r#"{"id":"x#2","kind":"case","subject":"a","title":"u","verdict":"wire","status":"known","deviations":[{"verdict":"wire","level":"must","what":"w","cause":"c"}],"asked":[{"origin":"null","request":{}}],"transcript":[{"what":"actual","request":"GET","response":""}]}"#,
        r#"{"kind":"header","crosscheck":2,"tool":"0","corpus":"x","subject":"b","role":"server"}"#,
        r#"{"kind":"case","subject":"b","id":"x#1","verdict":"not-applicable","rejected_policy":true,"reason":"r"}"#,
        r#"{"kind":"footer","subject":"b","cases":1,"verdicts":{"not-applicable":1},"unexpected":[],"stale":[],"causes":[],"seconds":1.0,"complete":true}"#,
        // Cut off.
        r#"{"kind":"case","subject":"b","id":"x#"#,
    ];

    #[test]
    fn a_brief_reading_differs_from_a_full_one_in_the_details_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("results.jsonl");
        std::fs::write(&file, LINES.join("\n")).expect("a file");
        let brief = read_brief(&file).expect("results");
        let mut full = read_file(&file).expect("results");
        assert_eq!(
            full[0].cases[0].outcome,
            [OutcomeRecord {
                response_type: "cors".into(),
                ..OutcomeRecord::default()
            }]
        );
        assert_eq!(full[0].cases[1].transcript.len(), 1);
        let without = |run: &mut Run| {
            for case in &mut run.cases {
                let before = std::mem::replace(case, CaseResult::new("", "", Verdict::Pass));
                *case = super::without_details(before);
            }
        };
        full.iter_mut().for_each(without);
        assert_eq!(brief, full);
        assert_eq!(brief[0].cases[0].title, "");
        assert_eq!(brief[0].cases[1].title, "u");
        assert_eq!(brief[1].cases[0].reason.as_deref(), Some("r"));
        assert!(
            brief[0]
                .cases
                .iter()
                .all(|case| case.transcript.is_empty() && case.subject.is_empty())
        );
    }

    #[test]
    fn a_brief_reading_refuses_what_a_full_one_refuses() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("results.jsonl");
        for (text, fault) in [
            ("{}\n", "results.jsonl:1: no line of crosscheck results"),
            (
                r#"{"kind":"case","subject":"a","id":"x#1","verdict":"pass"}"#,
                "a case before the header",
            ),
            (
                "{\"kind\":\"case\",\"subject\":\"a\",\"id\":\"x#1\"}\n",
                "results.jsonl:1: no line of crosscheck results: missing field `verdict`",
            ),
            (
                r#"{"kind":"header","crosscheck":1,"tool":"0","corpus":"x","subject":"a","role":"server"}"#,
                "format 1 of the results file",
            ),
        ] {
            std::fs::write(&file, text).expect("a file");
            for error in [read_brief(&file), read_file(&file)].map(|read| read.expect_err(text).to_string()) {
                assert!(error.contains(fault), "{error}");
            }
        }
    }
}
