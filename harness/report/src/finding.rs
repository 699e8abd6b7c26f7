//! The report of a finding for the authors of a server, in Markdown.

use crate::repeat::{Curl, exhibit, short_curl};
use crate::standard::{Requirements, standard_url};
use crate::text::clean;
use crosscheck_results::{CaseResult, ExchangeRecord, rules};
use std::fmt::Write as _;

/// The report of a deviation: the policy, the requests and the responses, what is wrong, what the standard requires, and how to repeat it.
/// `policy` is YAML.
#[must_use]
pub fn finding_report(
    result: &CaseResult,
    title: &str,
    policy: &str,
    subject: &str,
    version: &str,
    requirements: &Requirements,
) -> String {
    let mut text = format!("# {}\n\nVersion: {}.\n", clean(title), clean(version));
    let worst = result.deviations.first();
    let rule = worst
        .and_then(|deviation| deviation.rule.as_deref())
        .and_then(rules::rule);
    let _ = write!(
        text,
        "\n## What the server is configured with\n\n{}",
        fenced("yaml", policy)
    );
    text.push_str(
        "\nThe policy in the format of Crosscheck. What it lists must work, what it does not list must not.\n",
    );
    text.push_str("\n## What happens\n");
    for deviation in &result.deviations {
        let _ = writeln!(text, "\n- {}", clean(&deviation.what));
        for (name, value) in [("expected", &deviation.expected), ("actual", &deviation.actual)] {
            if let Some(value) = value {
                let _ = writeln!(text, "  - {name}: `{}`", clean(value).replace('`', "'"));
            }
        }
    }
    let exhibited = exhibit(result);
    let is_shown = |exchange: &&ExchangeRecord| {
        matches!(exchange.what.as_str(), "preflight" | "actual") || exhibited == Some(*exchange)
    };
    for exchange in result.transcript.iter().filter(is_shown) {
        let lines = exchange.request.lines().into_iter().map(|line| format!("> {line}"));
        let lines = lines.chain(exchange.response.lines().into_iter().map(|line| format!("< {line}")));
        let wire: Vec<String> = lines.map(|line| clean(&line).into_owned()).collect();
        let what = match exchange.what.as_str() {
            "preflight" => "The preflight".to_owned(),
            "actual" => "The actual request".to_owned(),
            other => format!("Another request ({})", clean(other)),
        };
        let _ = write!(text, "\n{what}:\n\n{}", fenced("text", &wire.join("\n")));
    }
    if let Some(Curl::Command(command)) = exhibited.map(|exchange| short_curl(exchange, subject)) {
        let _ = write!(
            text,
            "\nWith curl, where `$SERVER` is the URL of the server:\n\n{}",
            fenced("sh", &command)
        );
    }
    if let Some(rule) = rule {
        let _ = writeln!(
            text,
            "\n## What is required\n\n{}\n\nThe rule is `{}`. It rests on:\n",
            rule.explanation, rule.id
        );
        for step in rule.steps {
            let _ = match requirements.get(step) {
                Some(known) => writeln!(text, "- [`{step}`]({}): {}", standard_url(&known.anchor), known.summary),
                None => writeln!(text, "- `{step}`"),
            };
        }
    }
    let _ = write!(
        text,
        "\n## A test\n\n`case.yaml` beside this file has the policy, the request and what a page must get:\n\n{}",
        fenced(
            "sh",
            &format!("crosscheck run --cases case.yaml --server {}", clean(subject))
        )
    );
    text
}

/// A text as a block of code. The fence is longer than every run of backticks in it.
fn fenced(language: &str, text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}{language}\n{}\n{fence}\n", text.trim_end())
}
