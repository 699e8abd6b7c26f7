//! The tables that `crosscheck explain` prints: rules, verdicts, leniencies and grades, as a whole or one entry.

use super::leniency;
use crate::args::Format;
use crate::exit::Failure;
use crate::output::Out;
use crosscheck_corpus::{Catalogue, Step};
use crosscheck_fetch::Leniency;
use crosscheck_report::Grade;
use crosscheck_results::Verdict;
use crosscheck_results::rules::{RULES, Rule, rule};
use serde_json::{Value, json};
use std::io::Write as _;

/// How the grade of a server is computed from its results.
const GRADING: &str = "The grade of a server is the worst of all its causes, over the cases that were run. Known deviations count: a \
                       baseline explains a deviation, it does not excuse it. A server on which no case could be run has no grade. \
                       Neither has a probe with cases that are broken or not judged, an interrupted one, or one with a filter.";

/// A table, or an entry of one.
#[derive(Clone, Copy)]
pub(super) enum Topic {
    /// All rules of the server judge.
    Rules,
    /// One rule.
    Rule(&'static Rule),
    /// All verdicts.
    Verdicts,
    /// One verdict.
    Verdict(Verdict),
    /// All leniencies.
    Leniencies,
    /// One leniency.
    Leniency(Leniency),
    /// The grades of the matrix.
    Grades,
}

impl Topic {
    /// The topic with that name.
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "rules" => Some(Self::Rules),
            "verdicts" => Some(Self::Verdicts),
            "leniencies" => Some(Self::Leniencies),
            "grades" => Some(Self::Grades),
            _ => rule(name)
                .map(Self::Rule)
                .or_else(|| name.parse().ok().map(Self::Leniency))
                .or_else(|| name.parse().ok().map(Self::Verdict)),
        }
    }

    /// Writes the topic as text or as JSON.
    pub(super) fn write(self, format: Format, out: &mut Out) -> Result<(), Failure> {
        match format {
            Format::Json => {
                let mut value = json!({ "crosscheck": 1 });
                if let (Value::Object(value), Value::Object(own)) = (&mut value, self.json()) {
                    value.extend(own);
                }
                out.json(&value)?;
            }
            Format::Text => self.text(out)?,
        }
        Ok(())
    }

    fn json(self) -> Value {
        let with_kind = |kind: &str, entry: Value| {
            let mut value = json!({ "kind": kind });
            if let (Value::Object(value), Value::Object(entry)) = (&mut value, entry) {
                value.extend(entry);
            }
            value
        };
        match self {
            Self::Rules => json!({ "kind": "rules", "rules": RULES.iter().map(|r| rule_value(r)).collect::<Vec<_>>() }),
            Self::Rule(rule) => with_kind("rule", rule_value(rule)),
            Self::Verdicts => json!({ "kind": "verdicts", "verdicts": Verdict::ALL.map(verdict_value) }),
            Self::Verdict(verdict) => with_kind("verdict", verdict_value(verdict)),
            Self::Leniencies => {
                let all: Vec<Value> = Leniency::ALL.iter().map(|word| leniency_value(*word)).collect();
                json!({ "kind": "leniencies", "leniencies": all })
            }
            Self::Leniency(word) => with_kind("leniency", leniency_value(word)),
            Self::Grades => {
                let grade = |g: &Grade| json!({ "grade": g.as_str(), "meaning": g.meaning() });
                let all: Vec<Value> = Grade::ALL.iter().map(grade).collect();
                json!({ "kind": "grades", "explanation": GRADING, "grades": all })
            }
        }
    }

    fn text(self, out: &mut Out) -> std::io::Result<()> {
        let style = out.style;
        match self {
            Self::Rules => {
                writeln!(
                    out,
                    "{}",
                    style.bold("rules of servers; `crosscheck explain RULE` explains one")
                )?;
                for rule in RULES {
                    writeln!(
                        out,
                        "  {:<24} {:<10}  {}",
                        rule.id,
                        rule.verdict.as_str(),
                        rule.level.as_str()
                    )?;
                }
                Ok(())
            }
            Self::Rule(rule) => rule_text(rule, out),
            Self::Verdicts => {
                writeln!(
                    out,
                    "{}",
                    style.bold("verdicts, worst first; `crosscheck explain VERDICT` explains one")
                )?;
                for verdict in Verdict::ALL {
                    writeln!(out, "  {:<15} {}", verdict.as_str(), verdict.meaning())?;
                }
                writeln!(
                    out,
                    "A case has the worst verdict of its deviations; without a deviation it is not-judged, allowed or pass."
                )
            }
            Self::Verdict(verdict) => {
                writeln!(out, "verdict {}", style.bold(verdict.as_str()))?;
                writeln!(out, "  {}", verdict.meaning())?;
                writeln!(out, "  what to do: {}", verdict.action())?;
                let fails = match (verdict.fails_run(), verdict.counts()) {
                    (true, true) => "a run exits with 1 unless the baseline lists it",
                    (true, false) => "a run exits with 1; no baseline lists it",
                    (false, _) => "it never makes a run fail",
                };
                writeln!(out, "  exit code: {fails}")
            }
            Self::Leniencies => {
                writeln!(
                    out,
                    "{}",
                    style.bold("leniencies of clients: freedoms that the standard leaves")
                )?;
                for word in Leniency::ALL {
                    writeln!(out, "  {:<26} {}", word.as_str(), leniency::explanation(*word))?;
                }
                Ok(())
            }
            Self::Leniency(word) => {
                writeln!(out, "leniency {}", style.bold(word.as_str()))?;
                writeln!(out, "  {}", leniency::explanation(word))
            }
            Self::Grades => {
                writeln!(out, "{}", style.bold("grades"))?;
                writeln!(out, "  {GRADING}")?;
                for grade in Grade::ALL {
                    writeln!(out, "  {}  {}", grade.as_str(), grade.meaning())?;
                }
                Ok(())
            }
        }
    }
}

fn rule_value(rule: &Rule) -> Value {
    let link = |id: &&str| (id.to_string(), Catalogue::embedded().get(id).map(Step::link).into());
    let links: serde_json::Map<String, Value> = rule.steps.iter().map(link).collect();
    json!({
        "id": rule.id,
        "verdict": rule.verdict.as_str(),
        "level": rule.level.as_str(),
        "steps": rule.steps,
        "links": links,
        "explanation": rule.explanation,
        "fault": rule.fault,
        "source": rule.source,
    })
}

fn rule_text(rule: &Rule, out: &mut Out) -> std::io::Result<()> {
    let style = out.style;
    writeln!(
        out,
        "rule {} ({}, {})",
        style.bold(rule.id),
        rule.verdict,
        rule.level.as_str()
    )?;
    writeln!(out, "  {}", rule.explanation)?;
    let source = if rule.source.is_empty() {
        String::new()
    } else {
        format!(" {}", rule.source)
    };
    writeln!(out, "  a published fault: {}{source}", rule.fault)?;
    for id in rule.steps {
        let link = Catalogue::embedded().get(id).map_or_else(String::new, Step::link);
        writeln!(out, "  rests on {id} {link}")?;
    }
    Ok(())
}

fn verdict_value(verdict: Verdict) -> Value {
    json!({ "id": verdict.as_str(), "meaning": verdict.meaning(), "action": verdict.action(), "fails_run": verdict.fails_run(), "in_baseline": verdict.counts() })
}

fn leniency_value(word: Leniency) -> Value {
    json!({ "id": word.as_str(), "explanation": leniency::explanation(word) })
}
