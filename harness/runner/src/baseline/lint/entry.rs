//! The faults of single entries.

use super::World;
use crate::baseline::{UNEXPLAINED, matches_version};
use crosscheck_corpus::document::{Faults, Fields, Node, Value, short};
use crosscheck_results::Verdict;
use crosscheck_results::rules;
use crosscheck_text::closest;
use std::collections::BTreeMap;

/// The keys of an entry.
const KEYS: [&str; 8] = [
    "cause", "rule", "step", "verdict", "versions", "reason", "upstream", "cases",
];

/// One place where an id is listed.
struct Listed {
    versions: Option<String>,
    line: u32,
}

/// Looks at the entries of one file.
pub(super) struct Entries<'e> {
    world: &'e World<'e>,
    subject: &'e str,
    /// What keeps the file from loading.
    faults: &'e Faults,
    /// What does not.
    remarks: &'e Faults,
    /// Where each id is listed for a rule or step.
    listed: BTreeMap<(String, String), Vec<Listed>>,
}

impl<'e> Entries<'e> {
    pub(super) fn new(world: &'e World<'e>, subject: &'e str, faults: &'e Faults, remarks: &'e Faults) -> Self {
        Self {
            world,
            subject,
            faults,
            remarks,
            listed: BTreeMap::new(),
        }
    }

    pub(super) fn check(&mut self, node: &Node<'_>) {
        let Some(fields) = self.faults.fields(node, "an entry", &KEYS) else {
            return;
        };
        let cause = self.text(&fields, "cause").unwrap_or_default();
        let named = self.names(&fields, cause);
        self.verdict(&fields);
        let versions = self.versions(&fields);
        if let Some(upstream) = fields.get("upstream") {
            self.faults.text(upstream, "upstream");
        }
        let first = self.cases(&fields, cause, named, versions);
        self.reason(&fields, cause, first);
    }

    /// A text that must be there.
    fn text<'n>(&self, fields: &Fields<'n, '_>, key: &str) -> Option<&'n str> {
        fields
            .need(self.faults, key)
            .and_then(|node| self.faults.text(node, key))
    }

    /// The rule or the step, which must be known.
    fn names<'n>(&self, fields: &Fields<'n, '_>, cause: &str) -> Option<&'n str> {
        let cause = short(cause);
        match (fields.get("rule"), fields.get("step")) {
            (Some(node), None) => {
                let rule = self.faults.text(node, "rule")?;
                if rules::rule(rule).is_none() {
                    let all = || rules::RULES.iter().map(|r| r.id);
                    let message = format!("there is no rule `{}`", short(rule));
                    self.remarks.add(node.at, message, near_or_all(rule, all));
                }
                Some(rule)
            }
            (None, Some(node)) => {
                let step = self.faults.text(node, "step")?;
                if self.world.catalogue.get(step).is_none() {
                    let help = self.world.catalogue.closest(step).map_or_else(
                        || "the steps are in cases/steps.yaml".to_owned(),
                        |near| format!("did you mean `{near}`?"),
                    );
                    let message = format!("the catalogue has no step `{}`", short(step));
                    self.remarks.add(node.at, message, help);
                }
                Some(step)
            }
            (Some(_), Some(_)) => {
                let message = format!("the entry `{cause}` has both a rule and a step");
                let help = "keep `rule` for a server, `step` for a client";
                self.faults.add(fields.key_at("step"), message, help);
                None
            }
            (None, None) => {
                let message = format!("the entry `{cause}` has neither a rule nor a step");
                let help = "write which `rule` a server breaks, or which `step` a client breaks";
                self.faults.add(fields.at, message, help);
                None
            }
        }
    }

    fn verdict(&self, fields: &Fields<'_, '_>) {
        let Some(node) = fields.need(self.faults, "verdict") else {
            return;
        };
        let words = Verdict::ALL.map(Verdict::as_str);
        let verdict: Option<Verdict> = self.faults.word(node, "verdict", &words);
        if let Some(verdict) = verdict.filter(|v| !v.counts()) {
            let message = format!("`{verdict}` needs no baseline");
            let help = "remove the entry: only a verdict that makes a run fail is listed";
            self.remarks.add(node.at, message, help);
        }
    }

    fn versions<'n>(&self, fields: &Fields<'n, '_>) -> Option<&'n str> {
        let node = fields.get("versions")?;
        let range = self.faults.text(node, "versions")?;
        if matches_version(range, "0").is_none() {
            let message = format!("`{}` is no version range", short(range));
            let help = "write >=2.8, <3 or =1.2.3, joined by commas";
            self.faults.add(node.at, message, help);
        }
        Some(range)
    }

    /// Every id exists, and stands once; answers the first.
    fn cases<'n>(
        &mut self,
        fields: &Fields<'n, '_>,
        cause: &str,
        named: Option<&str>,
        versions: Option<&str>,
    ) -> Option<&'n str> {
        let node = fields.need(self.faults, "cases")?;
        let ids = self
            .faults
            .list(node, "cases", |item| Some((item, self.faults.text(item, "cases")?)))?;
        if matches!(&node.value, Value::List(items) if items.is_empty()) {
            let message = format!("the entry `{}` has no cases", short(cause));
            self.remarks
                .add(node.at, message, "remove the entry, or list its cases");
        }
        for (item, id) in &ids {
            if let Some(all) = &self.world.ids
                && !all.contains(*id)
            {
                let message = format!("there is no case `{}`", short(id));
                let near = closest(id, all.iter().map(String::as_str));
                let help = near.map_or_else(
                    || "remove the id; `crosscheck list` shows the written ones".to_owned(),
                    |near| format!("did you mean `{near}`?"),
                );
                self.remarks.add(item.at, message, help);
            }
            let Some(named) = named else { continue };
            let before = self.listed.entry((named.to_owned(), (*id).to_owned())).or_default();
            // Two ranges may part the versions between them.
            let overlaps =
                |l: &&Listed| l.versions.is_none() || versions.is_none() || l.versions.as_deref() == versions;
            if let Some(Listed { line, .. }) = before.iter().find(overlaps) {
                let message = format!("`{}` is listed twice for `{}`", short(id), short(named));
                let help = format!("it is already on line {line}; keep one of the two");
                self.remarks.add(item.at, message, help);
            }
            before.push(Listed {
                versions: versions.map(str::to_owned),
                line: item.at.line,
            });
        }
        ids.first().map(|(_, id)| *id)
    }

    fn reason(&self, fields: &Fields<'_, '_>, cause: &str, case: Option<&str>) {
        let Some(node) = fields.need(self.faults, "reason") else {
            return;
        };
        let Some(reason) = self.faults.text(node, "reason") else {
            return;
        };
        let (cause, subject) = (short(cause), self.subject);
        match reason.trim() {
            "" => {
                let message = format!("the reason of the entry `{cause}` of {subject} is empty");
                self.remarks.add(node.at, message, self.how_to_look(case));
            }
            UNEXPLAINED => {
                let message =
                    format!("the entry `{cause}` of {subject} is unexplained: look at it on the wire, then say why");
                self.remarks.add(node.at, message, self.how_to_look(case));
            }
            _ => {}
        }
    }

    fn how_to_look(&self, case: Option<&str>) -> String {
        let Some((case, known)) = case.zip(self.world.subjects.get(self.subject)) else {
            return "write the cause that you find as its `reason`".to_owned();
        };
        let role = known.description.role.as_str();
        let subject = self.subject;
        format!(
            "`crosscheck run '{case}' --{role} {subject} --known` shows the wire; write what you find as its `reason`"
        )
    }
}

/// The word that is meant, or all of them.
fn near_or_all<'w, I: Iterator<Item = &'w str>>(written: &str, all: impl Fn() -> I) -> String {
    closest(written, all()).map_or_else(
        || format!("the rules are {}", all().collect::<Vec<_>>().join(", ")),
        |near| format!("did you mean `{near}`?"),
    )
}
