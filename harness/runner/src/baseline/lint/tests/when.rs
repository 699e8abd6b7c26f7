//! The errors of `when`.

use super::{CASES, CAUSES, check, lint_of};
use crosscheck_corpus::Severity;

#[test]
fn an_error_of_a_description_of_findings_has_its_place() {
    let (load, lint) = (Severity::Load, Severity::Lint);
    for (when, severity, place, message, help) in [
        ("{}", load, (6, 9), "`when` is not a list", "list of descriptions"),
        (
            "[{ flag: [x] }]",
            load,
            (6, 12),
            "`flag` is not a key of a description",
            "`flags`",
        ),
        (
            "[{ flags: origins-any }]",
            load,
            (6, 19),
            "`flags` is not a list",
            "brackets",
        ),
        (
            "[{ operators: [sub-domain] }]",
            lint,
            (6, 24),
            "`sub-domain` is none of the `operators`",
            "`subdomain`",
        ),
        ("[{ hosts: [x] }]", lint, (6, 20), "`x` is none of the `hosts`", "ipv6"),
    ] {
        let text = CAUSES.replace("reason: r", &format!("when: {when}\n  reason: r"));
        check(&lint_of(&text, CASES), severity, place, message, help);
        assert_eq!(super::parse_causes(&text).is_err(), severity == load, "{text}");
    }
    let right = "when: [{ flags: [origins-any], methods: [PUT] }, { operators: [none] }]\n  reason: r";
    assert_eq!(lint_of(&CAUSES.replace("reason: r", right), CASES), []);
}
