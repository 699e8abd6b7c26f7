use super::*;

fn parse(text: &str) -> CaseLists {
    CaseLists::parse(text).unwrap()
}

fn key(cause: &str, broken: Broken, verdict: Verdict) -> ListKey {
    ListKey {
        cause: cause.parse().unwrap(),
        broken,
        verdict,
    }
}

fn list(cases: &[&str]) -> CaseLists {
    let cases = cases.iter().map(|c| (*c).to_owned()).collect();
    let key = key("c", Broken::Rule("vary".to_owned()), Verdict::Hygiene);
    std::iter::once((key, cases)).collect()
}

/// The lines of a list with these cases.
fn lines(cases: &[&str]) -> Vec<String> {
    list(cases).render("it").lines().skip(4).map(str::to_owned).collect()
}

const TEXT: &str = "\
# The exact cases of the known deviations of it, by cause.
# Written by `crosscheck run --update-baseline`; causes and reasons are in ../it.yaml.
cause answers-every-options
 rule refuse over-deny
  server/raw#acrh/{colon,space}
 rule swallows-options wire
  server/preflight-exchange#options-no-{method,origin}
  policies/any{,-wide}#
   plain-options/{own,root}{,-method,-origin}
cause type-is-always-basic
 step filter/types wire
  filter/types#basic
";

#[test]
fn a_text_reads_back_as_its_cases_and_renders_to_itself() {
    let lists = parse(TEXT);
    let counts: Vec<usize> = lists.iter().map(|(_, cases)| cases.len()).collect();
    assert_eq!(counts, [2, 2 + 2 * 6, 1]);
    let (key, cases) = lists.iter().nth(1).unwrap();
    assert_eq!((key.broken.id(), key.verdict), ("swallows-options", Verdict::Wire));
    assert!(cases.contains("policies/any-wide#plain-options/root-origin"));
    assert_eq!(lists.render("it"), TEXT);
}

#[test]
fn cases_are_folded_by_file_and_by_the_policies_that_they_hold_for() {
    for (cases, expected) in [
        (&["f/a#x", "f/a#y", "f/b#x"][..], &["  f/a#{x,y}", "  f/b#x"][..]),
        (
            &[
                "policies/any#g/a",
                "policies/any#g/b",
                "policies/one#g/a",
                "policies/one#h/c",
            ],
            &[
                "  policies/{any,one}#",
                "   g/a",
                "  policies/any#",
                "   g/b",
                "  policies/one#",
                "   h/c",
            ],
        ),
        (&["no-file", "x#"], &["  no-file", "  x%23"]),
        (
            &[
                "policies/any#credentials/long-name-of-an-origin",
                "policies/any#origin/long-name-of-an-origin",
                "policies/any#origin/own",
            ],
            &[
                "  policies/any#",
                "   {credentials,origin}/long-name-of-an-origin",
                "   origin/own",
            ],
        ),
        (&["policies/f/a#case#g/slug"], &["  policies/f/a#case#", "   g/slug"]),
    ] {
        let mut lines = lines(cases);
        lines.sort();
        let mut expected = expected.to_vec();
        expected.sort_unstable();
        assert_eq!(lines, expected, "{cases:?}");
        assert_eq!(parse(&list(cases).render("it")), list(cases));
    }
}

#[test]
fn many_names_are_written_on_several_lines() {
    let cases: Vec<String> = (0..60).map(|n| format!("f/a#{n}name")).collect();
    let cases: Vec<&str> = cases.iter().map(String::as_str).collect();
    let lines = lines(&cases);
    assert!(lines.len() > 1 && lines.len() < 10, "{lines:?}");
    assert!(
        lines
            .iter()
            .all(|line| line.starts_with("  f/a#{") && line.len() <= 160),
        "{lines:?}"
    );
    assert_eq!(parse(&list(&cases).render("it")), list(&cases));
}

#[test]
fn any_case_id_reads_back_as_itself() {
    for id in [
        "a",
        "#",
        "##",
        "a#",
        "#a",
        "a#b#",
        "a,b",
        "a{b",
        "a}b",
        "{}",
        "%",
        "%41",
        "a b",
        " a",
        "a ",
        "\t",
        "\n",
        "\u{0}",
        "ü",
        "\u{202e}",
        "😀",
        "-",
        "/",
        "policies/",
        "policies/#",
        "policies/a#",
        "policies/a b#c/d,e",
        "cause x",
        "rule",
        "# comment",
        "policies/a#b/c#",
        "//",
        "a/-/b",
    ] {
        let text = list(&[id, "f/x#y"]).render("it");
        assert_eq!(parse(&text), list(&[id, "f/x#y"]), "{id:?} as {text}");
    }
}

#[test]
fn random_lists_read_back_as_themselves() {
    const PIECES: [&str; 12] = ["a", "b", "-", "/", "#", "policies/", ",", "{", "}", "%", " ", "é"];
    let mut state = 11_u64;
    let mut next = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    let verdicts = Verdict::ALL;
    for _ in 0..300 {
        let lists: CaseLists = (0..next(4) + 1)
            .map(|_| {
                let broken = ["r", "r/s", "t"][next(3)].to_owned();
                let broken = if next(2) == 0 {
                    Broken::Rule(broken)
                } else {
                    Broken::Step(broken)
                };
                let cases = (0..next(30) + 1)
                    .map(|_| (0..next(9) + 1).map(|_| PIECES[next(12)]).collect())
                    .collect();
                (key(["c", "d"][next(2)], broken, verdicts[next(verdicts.len())]), cases)
            })
            .collect();
        let text = lists.render("it");
        assert_eq!(parse(&text), lists, "{text}");
        assert_eq!(parse(&text).render("it"), text);
    }
}

#[test]
fn a_bad_line_is_an_error_with_its_place() {
    let good = "cause c\n rule vary hygiene\n  f/a#x\n";
    let below = |line: &str| format!("cause c\n rule vary hygiene\n{line}\n");
    let list = |line: &str| format!("cause c\n{line}\n  f/a#x\n");
    for (text, line, column, part) in [
        ("cuase c\n".to_owned(), 1, 1, "not `cause NAME`"),
        ("cause a b\n".to_owned(), 1, 7, "is not a name"),
        ("cause c\n".to_owned(), 1, 1, "no list of cases"),
        ("cause c\n rule vary hygiene\n".to_owned(), 2, 1, "no case"),
        (
            " rule vary hygiene\n".to_owned(),
            1,
            2,
            "belongs below a line `cause NAME`",
        ),
        ("cause c\n  f/a#x\n".to_owned(), 2, 3, "belongs below a line `rule"),
        (below("   x"), 3, 4, "belongs below a line that ends in `#`"),
        (below("    x"), 3, 1, "not with 4"),
        (below("\tx"), 2, 1, "no case"),
        (list(" rule vary"), 2, 2, "neither `rule ID VERDICT`"),
        (list(" ruler vary hygiene"), 2, 2, "neither `rule ID VERDICT`"),
        (list(" rule va(y hygiene"), 2, 7, "is not a name"),
        (list(" rule vary hygeine"), 2, 12, "no verdict `hygeine`"),
        (below("  f/a#{x"), 3, 7, "not closed"),
        (below("  f/a#x}"), 3, 8, "closes nothing"),
        (below("  f/a b"), 3, 6, "percent-encode the byte 0x20"),
        (below("  f/%4"), 3, 3, "not percent-encoded"),
        (below("  f/%ff"), 3, 3, "not percent-encoded"),
        (below("  {}"), 3, 3, "is empty"),
        (below("  f/a#"), 3, 1, "no second half"),
        (below("  f/a#{x,x}"), 3, 3, "`f/a#x` is on line 3 too"),
        (format!("{good}  f/a#x\n"), 4, 3, "`f/a#x` is on line 3 too"),
        (
            format!("{good} rule vary hygiene\n  f/a#y\n"),
            4,
            2,
            "line 2 starts the same list",
        ),
        (format!("{good}{good}"), 4, 1, "line 1 starts the same list"),
    ] {
        let error = CaseLists::parse(&text).unwrap_err();
        assert!(
            error.to_string().contains(part),
            "`{part}` is not in `{error}` of {text:?}"
        );
        assert_eq!((error.line, error.column), (line, column), "{error} of {text:?}");
    }
    assert_eq!(parse(&good.replace('\n', "\r\n")), parse(good));
}

#[test]
fn every_bad_line_is_reported() {
    let text = "cause c\n rule vary hygiene\n  f/a#{x\n  f/a#y\n  f/b z\n rule vary nothing\n  f/a#x\n";
    let (lists, errors) = read(text);
    let lines: Vec<usize> = errors.iter().map(|e| e.line).collect();
    assert_eq!(lines, [3, 5, 6]);
    assert_eq!(lists.len(), 1);
    assert_eq!(lists[0].cases, [("f/a#y".to_owned(), 4)]);
}

#[test]
fn a_hostile_file_is_refused_without_expanding_it() {
    let of_line = |line: &str| format!("cause c\n rule vary hygiene\n{line}\n");
    let doubling = "{a,b}".repeat(60);
    let deep = "{".repeat(100);
    let long = "a".repeat(70_000);
    let halves = format!("  {}#\n   {{c,d}}", "{a,b}".repeat(19));
    let fan = format!("  {}#\n   {}", "{a,b}".repeat(12), "{a,b}".repeat(12));
    for (text, part) in [
        (of_line(&format!("  {doubling}")), "lists more than"),
        (of_line(&format!("  {deep}")), "nested more than"),
        (of_line(&format!("  {long}")), "longer than"),
        (of_line(&halves), "lists more than"),
        (of_line(&fan), "lists more than"),
        ("x\n".repeat(100_000), "not `cause NAME`"),
    ] {
        let (_, errors) = read(&text);
        assert!(errors.len() <= 101, "{}", errors.len());
        assert!(
            errors.iter().any(|e| e.to_string().contains(part)),
            "`{part}` is not in {errors:?}"
        );
    }
}
