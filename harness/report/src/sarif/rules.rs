//! The rules of a SARIF file: those that its results name.

use super::level;
use super::model::{Configuration, Level, Message, ReportingDescriptor, RuleProperties};
use crate::findings::shortened;
use crate::standard::{Requirements, standard_url};
use crate::text::clean;
use crosscheck_results::rules::rule;
use crosscheck_results::{Deviation, Verdict};
use std::borrow::Cow;

/// The id of the rule for a case that a baseline lists and that deviates no longer.
pub(super) const STALE: &str = "stale";
/// The id of the rule for a deviation that names neither a rule nor a step.
const UNNAMED: &str = "unnamed";
/// The longest id that GitHub takes, in bytes.
const LONGEST: usize = 255;

/// The id of the rule that a deviation breaks: that of the judge of servers, else the step that decides.
pub(super) fn rule_id(deviation: &Deviation) -> Cow<'_, str> {
    let id = clean(deviation.names().next().unwrap_or(UNNAMED));
    if id.len() > LONGEST {
        return Cow::Owned(shortened(&id, LONGEST / 5).into_owned());
    }
    id
}

/// The description of a rule. `verdict` is the worst one of its results.
pub(super) fn descriptor(id: &str, verdict: Verdict, requirements: &Requirements) -> ReportingDescriptor {
    let known = rule(id);
    let step = match known {
        Some(rule) => rule.steps.first().copied().unwrap_or_default(),
        None => id,
    };
    let requirement = requirements.get(step);
    let text = match (known, requirement) {
        _ if id == STALE => "The baseline lists a deviation of the case that no longer occurs.".to_owned(),
        (Some(rule), _) => rule.explanation.to_owned(),
        (None, Some(requirement)) => clean(&requirement.summary).into_owned(),
        (None, None) => format!("The requirement `{id}`."),
    };
    let first = text.split_inclusive(". ").next().unwrap_or_default().trim().to_owned();
    let help = if id == STALE {
        "`crosscheck run --update-baseline` removes it from the baseline.".to_owned()
    } else {
        format!("{text} `crosscheck explain {id}` explains it. {}", verdict.action())
    };
    let mut tags = vec!["cors", verdict.as_str()];
    if verdict == Verdict::OverGrant {
        tags.push("security");
    }
    ReportingDescriptor {
        id: id.to_owned(),
        short_description: Message::new(first),
        full_description: Message::new(text),
        help_uri: requirement.map(|r| standard_url(&r.anchor)),
        help: Message::new(help),
        default_configuration: Configuration {
            level: if id == STALE { Level::Warning } else { level(verdict) },
        },
        properties: RuleProperties {
            tags: if id == STALE { vec!["cors", STALE] } else { tags },
        },
    }
}
