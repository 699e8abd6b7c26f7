//! JUnit XML: a test suite per subject, and a test case per case.
//!
//! The elements and attributes are those that the schema `junit-10.xsd` of Jenkins' xUnit plugin has. GitHub's and GitLab's readers take
//! the same. The document is written as it is made: a tree of 250,000 cases would need more memory than their results.

use crate::diff;
use crate::findings::{faults, is_unexpected, reasons, shortened, stale, unexpected};
use crate::repeat::command;
use crate::text::{Style, clean, clean_lines};
use crosscheck_results::{CaseId, CaseIdParts, CaseResult, Deviation, Run, Status, Verdict};
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::{self, Write};

/// The class of the test cases that belong to no case.
const OF_RUN: &str = "crosscheck";
/// The most deviations of a case that are shown, and the most characters of a text that came from outside.
const DEVIATIONS: usize = 20;
const TEXT: usize = 4_000;

/// Writes the document.
pub(crate) fn write(out: &mut dyn Write, runs: &[Run]) -> io::Result<()> {
    let suites: Vec<Suite<'_>> = runs.iter().map(Suite::of).collect();
    let mut xml = Writer::new_with_indent(out, b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let total = |of: fn(&Counts) -> usize| suites.iter().map(|suite| of(&suite.counts)).sum::<usize>().to_string();
    let seconds: f64 = runs
        .iter()
        .filter_map(|run| run.footer.as_ref())
        .map(|f| f.seconds)
        .sum();
    let root = element(
        "testsuites",
        &[
            ("name", "crosscheck"),
            ("tests", &total(|c| c.tests)),
            ("failures", &total(|c| c.failures)),
            ("errors", &total(|c| c.errors)),
            ("time", &time(seconds)),
        ],
    );
    xml.write_event(Event::Start(root))?;
    for suite in &suites {
        suite.write(&mut xml)?;
    }
    xml.write_event(Event::End(BytesEnd::new("testsuites")))?;
    let out = xml.into_inner();
    writeln!(out)
}

/// What a case is for a reader of test reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Pass,
    Failure,
    Error,
    Skipped,
}

impl Outcome {
    /// The outcome of a case. It is a failure or an error exactly if the case makes the run fail.
    fn of(case: &CaseResult, is_stale: bool) -> Self {
        match case.verdict {
            Verdict::NotJudged => Self::Error,
            Verdict::Broken if is_unexpected_case(case) => Self::Error,
            _ if is_stale || is_unexpected_case(case) => Self::Failure,
            Verdict::NotApplicable => Self::Skipped,
            _ => Self::Pass,
        }
    }
}

fn is_unexpected_case(case: &CaseResult) -> bool {
    case.verdict.counts() && case.status != Some(Status::Known)
}

#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
}

impl Counts {
    fn add(&mut self, outcome: Outcome) {
        self.tests += 1;
        match outcome {
            Outcome::Pass => {}
            Outcome::Failure => self.failures += 1,
            Outcome::Error => self.errors += 1,
            Outcome::Skipped => self.skipped += 1,
        }
    }
}

struct Suite<'a> {
    run: &'a Run,
    counts: Counts,
    stale: BTreeSet<&'a CaseId>,
    /// Stale cases without a result.
    gone: Vec<&'a CaseId>,
    reasons: BTreeMap<&'a str, &'a str>,
}

impl<'a> Suite<'a> {
    fn of(run: &'a Run) -> Self {
        let stale = stale(run);
        let mut gone = stale.clone();
        let mut counts = Counts::default();
        for case in &run.cases {
            gone.remove(&case.id);
            counts.add(Outcome::of(case, stale.contains(&case.id)));
        }
        gone.iter().for_each(|_| counts.add(Outcome::Failure));
        faults(run).iter().for_each(|_| counts.add(Outcome::Error));
        Self {
            run,
            counts,
            gone: gone.into_iter().collect(),
            stale,
            reasons: reasons(run),
        }
    }

    fn write(&self, xml: &mut Writer<&mut dyn Write>) -> io::Result<()> {
        let header = &self.run.header;
        let counts = &self.counts;
        let suite = element(
            "testsuite",
            &[
                ("name", &header.subject),
                ("tests", &counts.tests.to_string()),
                ("failures", &counts.failures.to_string()),
                ("errors", &counts.errors.to_string()),
                ("skipped", &counts.skipped.to_string()),
                ("time", &time(self.run.footer.as_ref().map_or(0.0, |f| f.seconds))),
            ],
        );
        xml.write_event(Event::Start(suite))?;
        xml.write_event(Event::Start(BytesStart::new("properties")))?;
        for (name, value) in [
            ("role", &header.role),
            ("library", &header.library),
            ("version", &header.version),
            ("platform", &header.platform),
            ("corpus", &header.corpus),
            ("crosscheck", &header.tool),
        ] {
            xml.write_event(Event::Empty(element("property", &[("name", name), ("value", value)])))?;
        }
        xml.write_event(Event::End(BytesEnd::new("properties")))?;
        for fault in faults(self.run) {
            let test = element("testcase", &[("classname", OF_RUN), ("name", fault.kind.as_str())]);
            xml.write_event(Event::Start(test))?;
            let message = fault.text.lines().next().unwrap_or_default();
            child(xml, "error", Some((fault.kind.as_str(), message)), &lines(&fault.text))?;
            xml.write_event(Event::End(BytesEnd::new("testcase")))?;
        }
        for case in &self.run.cases {
            self.case(xml, case)?;
        }
        for id in &self.gone {
            xml.write_event(Event::Start(test_case(id, None)))?;
            child(xml, "failure", Some(("stale", STALE)), STALE)?;
            xml.write_event(Event::End(BytesEnd::new("testcase")))?;
        }
        xml.write_event(Event::End(BytesEnd::new("testsuite")))
    }

    fn case(&self, xml: &mut Writer<&mut dyn Write>, case: &CaseResult) -> io::Result<()> {
        let is_stale = self.stale.contains(&case.id);
        let outcome = Outcome::of(case, is_stale);
        let test = test_case(&case.id, Some(case.millis));
        let note = self.note(case);
        if outcome == Outcome::Pass && note.is_empty() {
            return xml.write_event(Event::Empty(test));
        }
        xml.write_event(Event::Start(test))?;
        let reason = case.reason.as_deref().unwrap_or_default();
        match outcome {
            Outcome::Pass => child(xml, "system-out", None, &note)?,
            Outcome::Skipped => child(xml, "skipped", Some(("not-applicable", reason)), "")?,
            Outcome::Failure | Outcome::Error => {
                let name = if outcome == Outcome::Error { "error" } else { "failure" };
                let worst = unexpected(case).next();
                let (kind, message) = match worst {
                    Some(deviation) => (
                        case.verdict.as_str(),
                        format!("{}: {}", deviation.cause, deviation.what),
                    ),
                    None if is_stale => ("stale", STALE.to_owned()),
                    None => (case.verdict.as_str(), reason.to_owned()),
                };
                child(xml, name, Some((kind, &message)), &self.details(case, is_stale))?;
                if !note.is_empty() {
                    child(xml, "system-out", None, &note)?;
                }
            }
        }
        xml.write_event(Event::End(BytesEnd::new("testcase")))
    }

    /// What a reader should know of a case that does not fail the test: its known deviations, and advice.
    fn note(&self, case: &CaseResult) -> String {
        let mut text = String::new();
        for deviation in case.deviations.iter().filter(|d| !is_unexpected(d)).take(DEVIATIONS) {
            let status = deviation.status.map_or("", Status::as_str);
            let line = format!(
                "{status} {} {}: {}",
                deviation.verdict,
                deviation.cause,
                shortened(&deviation.what, TEXT)
            );
            let _ = writeln!(text, "{}", clean(line.trim()));
            if let Some(reason) = self.reasons.get(deviation.cause.as_str()) {
                let _ = writeln!(text, "  reason: {}", clean(reason));
            }
        }
        text
    }

    /// The text of a failure: each deviation with its difference, and the command that repeats the case.
    fn details(&self, case: &CaseResult, is_stale: bool) -> String {
        let mut text = String::new();
        if !case.title.is_empty() {
            let _ = writeln!(text, "{}", clean(&case.title));
        }
        if let Some(reason) = &case.reason {
            let _ = writeln!(text, "{}", lines(&shortened(reason, TEXT)));
        }
        for deviation in unexpected(case).take(DEVIATIONS) {
            write_deviation(&mut text, deviation);
        }
        let more = unexpected(case).skip(DEVIATIONS).count();
        if more > 0 {
            let _ = writeln!(text, "and {more} more deviations of this case");
        }
        if is_stale {
            let _ = writeln!(text, "stale: {STALE}");
        }
        let _ = writeln!(text, "repeat: {}", clean(&command(&self.run.header, &case.id)));
        text
    }
}

/// What a stale case is.
const STALE: &str =
    "the baseline lists a deviation of this case that no longer occurs; `crosscheck run --update-baseline` removes it";

fn write_deviation(text: &mut String, deviation: &Deviation) {
    let names: Vec<&str> = deviation.names().collect();
    let line = format!(
        "{} {}: {} [{}]",
        deviation.verdict,
        deviation.cause,
        shortened(&deviation.what, TEXT),
        names.join(", ")
    );
    let _ = writeln!(text, "{}", clean(&line));
    if deviation.expected.is_some() || deviation.actual.is_some() {
        for line in diff::lines(
            &side(deviation.expected.as_deref()),
            &side(deviation.actual.as_deref()),
            Style::Plain,
        ) {
            let _ = writeln!(text, "  {line}");
        }
    }
}

fn side(text: Option<&str>) -> Cow<'_, str> {
    shortened(text.unwrap_or_default(), TEXT)
}

/// The lines of a text, each escaped.
fn lines(text: &str) -> String {
    clean_lines(text).collect::<Vec<_>>().join("\n")
}

fn test_case(id: &CaseId, millis: Option<u64>) -> BytesStart<'static> {
    let mut test = element("testcase", &[("classname", file_part(id)), ("name", id.as_str())]);
    if let Some(millis) = millis {
        test.push_attribute(("time", format!("{}.{:03}", millis / 1000, millis % 1000).as_str()));
    }
    test
}

/// The part of an id that names a file.
fn file_part(id: &CaseId) -> &str {
    match id.parts() {
        CaseIdParts::Written { topic, .. } => topic,
        // The policy of a probe may be the id of a case.
        CaseIdParts::Probe { .. } => id.as_str().rsplit_once('#').map_or(id.as_str(), |(file, _)| file),
    }
}

/// Seconds as the schema has them.
fn time(seconds: f64) -> String {
    let seconds = if seconds.is_finite() { seconds.max(0.0) } else { 0.0 };
    format!("{seconds:.3}")
}

fn element(name: &'static str, attributes: &[(&str, &str)]) -> BytesStart<'static> {
    let mut element = BytesStart::new(name);
    for (name, value) in attributes {
        if value.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            element.push_attribute((*name, *value));
        } else {
            // A reader takes a line end in an attribute for a blank; here it is escaped.
            element.push_attribute((*name, legal(&clean(value)).as_ref()));
        }
    }
    element
}

/// Writes an element with a text, with its `type` and `message` if it has them. The text has only lines that are escaped.
fn child(
    xml: &mut Writer<&mut dyn Write>,
    name: &'static str,
    kind: Option<(&str, &str)>,
    text: &str,
) -> io::Result<()> {
    let mut start = BytesStart::new(name);
    if let Some((kind, message)) = kind {
        let message = shortened(message, TEXT);
        start = element(name, &[("type", kind), ("message", &message)]);
    }
    if text.is_empty() {
        return xml.write_event(Event::Empty(start));
    }
    xml.write_event(Event::Start(start))?;
    xml.write_event(Event::Text(BytesText::new(&legal(text))))?;
    xml.write_event(Event::End(BytesEnd::new(name)))
}

/// The text with those characters escaped that XML 1.0 cannot have in any form. Controls are escaped already, as on a terminal.
fn legal(text: &str) -> Cow<'_, str> {
    let is_illegal = |c: char| matches!(c, '\u{FFFE}' | '\u{FFFF}') || (c.is_control() && !matches!(c, '\t' | '\n'));
    if !text.contains(is_illegal) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if is_illegal(c) {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}
