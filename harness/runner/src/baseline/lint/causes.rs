//! The errors of single causes.

use super::{Loaded, References, when};
use crosscheck_corpus::document::{At, Faults, Fields, Node, Value, short};
use crosscheck_results::Verdict;
use crosscheck_results::baseline::{CauseName, UNEXPLAINED, covers_step};
use crosscheck_results::rules;
use crosscheck_results::version::VersionRange;
use crosscheck_text::{Glob, closest};
use std::collections::HashMap;

/// The keys of a cause.
const KEYS: [&str; 10] = [
    "cause", "rule", "step", "verdict", "where", "when", "versions", "until", "reason", "upstream",
];

/// Checks the causes of one file.
pub(super) struct Causes<'e> {
    references: References<'e>,
    loaded: &'e Loaded<'e>,
    /// What keeps the file from loading.
    faults: &'e Faults,
    /// What does not.
    remarks: &'e Faults,
    /// The line of each cause.
    lines: HashMap<String, u32>,
}

impl<'e> Causes<'e> {
    pub(super) fn new(
        references: References<'e>,
        loaded: &'e Loaded<'e>,
        faults: &'e Faults,
        remarks: &'e Faults,
    ) -> Self {
        Self {
            references,
            loaded,
            faults,
            remarks,
            lines: HashMap::new(),
        }
    }

    pub(super) fn check(&mut self, node: &Node<'_>) {
        let Some(fields) = self.faults.fields(node, "a cause", &KEYS) else {
            return;
        };
        let cause = self.name(&fields).unwrap_or_default();
        self.broken(&fields, cause);
        self.verdicts(&fields);
        self.places(&fields);
        when::check(self.faults, self.remarks, &fields);
        self.versions(&fields);
        for key in ["until", "upstream"] {
            if let Some(node) = fields.get(key) {
                self.faults.text(node, key);
            }
        }
        self.reason(&fields, cause);
    }

    /// The name, which no other cause has, and which the exact lists name.
    fn name<'n>(&mut self, fields: &Fields<'n, '_>) -> Option<&'n str> {
        let node = fields.need(self.faults, "cause")?;
        let name = self.faults.text(node, "cause")?;
        if let Err(error) = name.parse::<CauseName>() {
            self.faults
                .add(node.at, error.to_string(), "write a short name, such as `no-vary`");
            return None;
        }
        if let Some(line) = self.lines.insert(name.to_owned(), node.at.line) {
            let message = format!("the cause `{}` is written twice", short(name));
            let help = format!("it is also on line {line}; rename one of them, or merge them");
            self.faults.add(node.at, message, help);
        } else if self.loaded.has_all_lists && self.loaded.example(name).is_none() {
            let subject = self.loaded.subject;
            let message = format!("the cause `{}` has no case in cases/{subject}.txt", short(name));
            let help = format!("remove it, or run `{}` to list its cases", self.loaded.update);
            self.remarks.add(node.at, message, help);
        }
        Some(name)
    }

    /// The texts of a value that is one text or a list of them, with their places.
    fn texts<'n>(&self, node: &'n Node<'_>, key: &str) -> Vec<(At, &'n str)> {
        let text = |node: &'n Node<'_>| Some((node.at, self.faults.text(node, key)?));
        match &node.value {
            Value::List(items) => {
                if items.is_empty() {
                    self.faults
                        .add(node.at, format!("`{key}` is an empty list"), "write at least one");
                }
                items.iter().filter_map(text).collect()
            }
            _ => text(node).into_iter().collect(),
        }
    }

    /// The rules or the steps, which must exist.
    fn broken(&self, fields: &Fields<'_, '_>, cause: &str) {
        let cause = short(cause);
        match (fields.get("rule"), fields.get("step")) {
            (Some(node), None) => self
                .texts(node, "rule")
                .into_iter()
                .for_each(|(at, rule)| self.rule(at, rule)),
            (None, Some(node)) => self
                .texts(node, "step")
                .into_iter()
                .for_each(|(at, step)| self.step(at, step)),
            (Some(_), Some(_)) => {
                let message = format!("the cause `{cause}` has both a rule and a step");
                let help = "keep `rule` for a server, `step` for a client";
                self.faults.add(fields.key_at("step"), message, help);
            }
            (None, None) => {
                let message = format!("the cause `{cause}` has neither a rule nor a step");
                let help = "write which `rule` a server breaks, or which `step` a client breaks";
                self.faults.add(fields.at, message, help);
            }
        }
    }

    fn rule(&self, at: At, rule: &str) {
        if rules::rule(rule).is_none() {
            let all = || rules::RULES.iter().map(|r| r.id);
            let message = format!("there is no rule `{}`", short(rule));
            self.remarks.add(at, message, near_or_all(rule, all));
        }
    }

    fn step(&self, at: At, step: &str) {
        let catalogue = self.references.catalogue;
        if catalogue.steps().iter().any(|s| covers_step(step, s.id.as_str())) {
            return;
        }
        let help = catalogue.closest(step).map_or_else(
            || "the steps are in cases/steps.yaml; `cors-check/*` covers all of a group".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        self.remarks
            .add(at, format!("the catalogue has no step `{}`", short(step)), help);
    }

    fn verdicts(&self, fields: &Fields<'_, '_>) {
        let Some(node) = fields.need(self.faults, "verdict") else {
            return;
        };
        let words = Verdict::ALL.map(Verdict::as_str);
        let check = |node: &Node<'_>| {
            let verdict: Option<Verdict> = self.faults.word(node, "verdict", &words);
            if let Some(verdict) = verdict.filter(|v| !v.counts()) {
                let message = format!("`{verdict}` needs no baseline");
                let help = "remove it: only a verdict that makes a run fail is listed";
                self.remarks.add(node.at, message, help);
            }
        };
        match &node.value {
            Value::List(items) if items.is_empty() => _ = self.texts(node, "verdict"),
            Value::List(items) => items.iter().for_each(check),
            _ => check(node),
        }
    }

    /// The globs, each of which must match a case.
    fn places(&self, fields: &Fields<'_, '_>) {
        let Some(node) = fields.need(self.faults, "where") else {
            return;
        };
        if !matches!(node.value, Value::List(_)) {
            let message = format!("`where` must be a list, not {}", node.describe());
            self.faults.add(
                node.at,
                message,
                "write globs over case ids in brackets: [\"server/*\"]",
            );
            return;
        }
        for (at, text) in self.texts(node, "where") {
            match text.parse::<Glob>() {
                Err(error) => {
                    let help = "write a glob over case ids, such as \"policies/*#origin/*\"";
                    self.faults.add(at, error.to_string(), help);
                }
                Ok(glob) => {
                    if self
                        .references
                        .ids
                        .as_ref()
                        .is_some_and(|ids| !ids.iter().any(|id| glob.matches(id)))
                    {
                        let message = format!("the glob `{}` matches no case", short(text));
                        let help = "remove it, or correct it; `crosscheck list` shows the ids of written cases";
                        self.remarks.add(at, message, help);
                    }
                }
            }
        }
    }

    fn versions(&self, fields: &Fields<'_, '_>) {
        let Some(node) = fields.get("versions") else { return };
        let Some(range) = self.faults.text(node, "versions") else {
            return;
        };
        if range.parse::<VersionRange>().is_err() {
            let message = format!("`{}` is not a range of versions", short(range));
            let help = "write >=2.8, <3 or =1.2.3, joined by commas";
            self.faults.add(node.at, message, help);
        }
    }

    fn reason(&self, fields: &Fields<'_, '_>, cause: &str) {
        let Some(node) = fields.need(self.faults, "reason") else {
            return;
        };
        let Some(reason) = self.faults.text(node, "reason") else {
            return;
        };
        let subject = self.loaded.subject;
        let fault = match reason.trim() {
            "" => "has an empty reason",
            UNEXPLAINED => "is unexplained",
            _ => return,
        };
        let message = format!("the cause `{}` of {subject} {fault}", short(cause));
        let help = match self.loaded.example(cause) {
            Some(case) if self.references.subjects.contains_key(subject) => format!(
                "`crosscheck run '{case}' {} --known` shows the wire; write what you find as its `reason`",
                self.references.option(subject)
            ),
            _ => "examine its cases on the wire, and write the cause as its `reason`".to_owned(),
        };
        self.remarks.add(node.at, message, help);
    }
}

/// A suggestion: the closest word, or all of them.
fn near_or_all<'w, I: Iterator<Item = &'w str>>(written: &str, all: impl Fn() -> I) -> String {
    closest(written, all()).map_or_else(
        || format!("the rules are {}", all().collect::<Vec<_>>().join(", ")),
        |near| format!("did you mean `{near}`?"),
    )
}
