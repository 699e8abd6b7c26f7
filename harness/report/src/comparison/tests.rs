use super::{ComparedFile, Comparison, diff_json, write_diff};
use crate::text::Style;
use crosscheck_results::diff::Diff;
use crosscheck_results::{CaseOutline, DeviationOutline, Footer, Header, Outline, Verdict};

/// A character that a terminal would interpret.
const EVIL: &str = "\u{1b}[31m";

fn outline(subject: &str, version: &str, cases: &[(&str, Verdict)]) -> Outline {
    let case = |(id, verdict): &(&str, Verdict)| CaseOutline {
        id: format!("{id}{EVIL}").into(),
        verdict: *verdict,
        status: None,
        deviations: verdict
            .counts()
            .then(|| DeviationOutline {
                verdict: *verdict,
                broken: Some(format!("vary{EVIL}")),
                cause: format!("cause{EVIL}"),
            })
            .into_iter()
            .collect(),
    };
    Outline {
        header: Header {
            subject: subject.to_owned(),
            version: version.to_owned(),
            cases: cases.len(),
            ..Header::default()
        },
        cases: cases.iter().map(case).collect(),
        footer: Some(Footer {
            cases: cases.len(),
            complete: true,
            ..Footer::default()
        }),
        discrepancy: None,
    }
}

#[test]
fn a_comparison_states_each_difference_and_what_was_not_compared() {
    let before = [
        outline("gone", "1", &[("a#1", Verdict::Pass)]),
        outline(
            "s",
            "1",
            &[
                ("a#1", Verdict::Pass),
                ("a#2", Verdict::Wire),
                ("a#3", Verdict::Wire),
                ("a#4", Verdict::Pass),
            ],
        ),
    ];
    let mut cut = outline(
        "s",
        "2",
        &[
            ("a#1", Verdict::Wire),
            ("a#2", Verdict::Pass),
            ("a#3", Verdict::OverGrant),
            ("a#5", Verdict::Pass),
        ],
    );
    cut.footer = None;
    let after = [cut];
    let diff = Diff::of(&before, &after);
    let file = |name, outlines| ComparedFile { name, outlines };
    let comparison = Comparison {
        before: file("old.jsonl", &before),
        after: file("new\u{1b}.jsonl", &after),
        diff: &diff,
    };
    let mut text = Vec::new();
    write_diff(&mut text, &comparison, Style::Plain).expect("memory");
    let text = String::from_utf8(text).expect("text");
    assert!(!text.contains('\u{1b}'), "{text}");
    for line in [
        ".jsonl is incomplete: s: its last line is missing; there are results for 4 of 4 cases",
        "note: gone is in old.jsonl only, and is not compared",
        "s 1 -> 2",
        "  new      wire cause",
        "  changed  wire vary",
        " -> over-grant vary",
        "  1 case, for the worse",
        "  fixed    wire cause",
        "  only in old.jsonl: 1 case",
        "1 subject compared: 1 new, 1 changed (1 for the worse), 1 fixed",
    ] {
        assert!(text.contains(line), "`{line}` is not in {text}");
    }
    let value = diff_json(&comparison);
    let counts = ["new", "changed", "worse", "fixed"].map(|key| value[key].as_u64());
    assert_eq!(counts, [Some(1); 4]);
    assert_eq!(value["complete"], false);
    assert_eq!(value["after"]["incomplete"][0]["subject"], "s");
    assert_eq!(value["only_before"][0], "gone");
    let subject = &value["subjects"][0];
    assert_eq!(subject["changed"][0]["worse"], true);
    assert_eq!(subject["new"][0]["verdict"], "wire");
    assert_eq!(subject["only_after"].as_array().map(Vec::len), Some(1));
}
