//! One file of cases.

use super::case::{DEFAULT_KEYS, Head, case};
use super::merge::merge_case;
use super::reader::Faults;
use super::rows::{Budget, Row, expand, has_template};
use super::yaml::{At, Entry, Kind, Node, Value, short};
use crate::case::Case;
use crate::location::Location;
use crosscheck_text::{CaseId, StepId};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// A step that a file names, and where.
pub(crate) struct StepMention {
    pub(crate) id: String,
    pub(crate) at: At,
}

/// What a file holds.
#[derive(Default)]
pub(crate) struct CaseFile {
    pub(crate) cases: Vec<Case>,
    /// The policies that it names, and where.
    pub(crate) policies: Vec<StepMention>,
    /// The steps that it names, and where.
    pub(crate) steps: Vec<StepMention>,
}

/// Reads a file's document; `topic` is the file's part of the ids.
pub(crate) fn case_file(faults: &Faults, root: Node<'_>, topic: &str, file: &Arc<str>) -> CaseFile {
    let mut out = CaseFile::default();
    const KEYS: &[&str] = &["title", "steps", "tags", "see", "note", "defaults", "cases"];
    let Some(fields) = faults.fields(&root, "a file of cases", KEYS) else {
        return out;
    };
    fields.need(faults, "title").and_then(|n| faults.text(n, "title"));
    let strings = |key: &str| fields.get(key).and_then(|n| faults.strings(n, key)).unwrap_or_default();
    let head = Head {
        steps: strings("steps").into_iter().map(StepId::from).collect(),
        tags: strings("tags"),
        see: fields
            .get("see")
            .and_then(|n| faults.one_or_more(n, "see"))
            .unwrap_or_default(),
        note: fields.get("note").and_then(|n| faults.string(n, "note")),
    };
    mention(fields.get("steps"), &mut out.steps);
    let defaults: Vec<Entry<'_>> = match fields.get("defaults") {
        Some(node) => {
            faults.fields(node, "`defaults`", DEFAULT_KEYS);
            faults.entries(node, "defaults").unwrap_or_default().to_vec()
        }
        None => Vec::new(),
    };
    let cases = fields.need(faults, "cases").and_then(|n| faults.list(n, "cases", Some));
    let mut reader = Reader {
        faults,
        head,
        topic,
        file,
        budget: Budget::new(),
        seen: HashMap::new(),
        out,
    };
    let cases: Vec<Node<'_>> = cases.unwrap_or_default().into_iter().cloned().collect();
    if cases.is_empty() && fields.get("cases").is_some() {
        faults.add(
            fields.key_at("cases"),
            "the file has no cases",
            "add one, or remove the file",
        );
    }
    for node in cases {
        reader.one(node, &defaults);
    }
    reader.out
}

struct Reader<'a> {
    faults: &'a Faults,
    head: Head,
    topic: &'a str,
    file: &'a Arc<str>,
    budget: Budget,
    /// The ids so far, and their lines.
    seen: HashMap<String, u32>,
    out: CaseFile,
}

impl<'a> Reader<'a> {
    fn one<'s>(&mut self, mut node: Node<'s>, defaults: &[Entry<'s>]) {
        let faults = self.faults;
        let at = node.at;
        let Value::Map(own) = &mut node.value else {
            faults.entries(&node, "case");
            return;
        };
        let id = own.iter().find(|e| e.key == "id").map(|e| e.value.clone());
        let id = match &id {
            Some(id_node) if !id_node.is_null() => {
                let id = faults.text(id_node, "id").map(str::to_owned);
                (id, id_node.at)
            }
            _ => {
                faults.add(
                    at,
                    "a case has no `id`",
                    "add `id:`, a word that no other case of the file has",
                );
                (None, at)
            }
        };
        let rows = own.iter().position(|e| e.key == "rows").map(|i| own.remove(i));
        self.check_send(own);
        let sends = own.iter().any(|e| e.key == "send" && !e.value.is_null());
        let known: Vec<&str> = DEFAULT_KEYS
            .iter()
            .copied()
            .filter(|key| {
                !sends
                    || !matches!(
                        *key,
                        "origin" | "request" | "exchange" | "expect" | "then" | "also_allowed"
                    )
            })
            .collect();
        merge_case(defaults, own, &known);
        let (id, id_at) = id;
        let Some(id) = id else {
            // Its other faults are reported all the same.
            self.read(&node, CaseId::written(self.topic, "?", None), at);
            return;
        };
        match rows.filter(|r| !r.value.is_null()) {
            Some(rows) => self.rows(&node, &rows.value, &id, at),
            None => {
                if has_template(&node) {
                    expand(&mut node, &Row::none(), faults, &self.budget);
                }
                if self.is_new(&id, id_at) {
                    self.finish(&node, CaseId::written(self.topic, &id, None), at);
                }
            }
        }
    }

    /// `send` replaces the keys that describe a page's fetch.
    fn check_send(&self, own: &[Entry<'_>]) {
        if !own.iter().any(|e| e.key == "send" && !e.value.is_null()) {
            return;
        }
        // A null takes away what such a case would not have anyway.
        for entry in own.iter().filter(|e| !e.value.is_null()) {
            if matches!(
                entry.key.as_ref(),
                "origin" | "request" | "exchange" | "expect" | "then" | "also_allowed"
            ) {
                let message = format!("a case with `send` has no `{}`", entry.key);
                self.faults.add(
                    entry.key_at,
                    message,
                    "`send` is for servers only, judged by `server` and the rules: remove the one or the other",
                );
            }
        }
    }

    fn rows<'s>(&mut self, template: &Node<'s>, rows: &Node<'s>, id: &str, at: At) {
        let faults = self.faults;
        let Value::List(items) = &rows.value else {
            faults.add(
                rows.at,
                format!("`rows` must be a list of maps, not {}", rows.describe()),
                "write - {id: a, name: value}",
            );
            return;
        };
        if items.is_empty() {
            faults.add(
                rows.at,
                "`rows` is empty: the case would never run",
                "add a row, or remove `rows`",
            );
        }
        let size = template.size();
        for item in items {
            let Some(entries) = faults.entries(item, "row") else {
                continue;
            };
            let row_id = entries.iter().find(|e| e.key == "id").map(|e| &e.value);
            let row_id = match row_id {
                // A status or a method's name makes a good id, and `301` or `null` is no string in YAML.
                Some(Node {
                    value: Value::Scalar(text, _),
                    ..
                }) if !text.is_empty() => text.as_ref(),
                Some(other) => {
                    faults.text(other, "id");
                    continue;
                }
                None => {
                    faults.add(
                        item.at,
                        "a row has no `id`",
                        "add `id:`, a word that no other row of the case has",
                    );
                    continue;
                }
            };
            if !self.budget.take_nodes(faults, item.at, size) {
                return;
            }
            let row = Row::new(entries);
            let mut node = template.clone();
            expand(&mut node, &row, faults, &self.budget);
            row.report_unused(faults);
            let full = format!("{id}/{row_id}");
            if self.is_new(&full, item.at) {
                self.finish(&node, CaseId::written(self.topic, id, Some(row_id)), at);
            }
        }
    }

    fn is_new(&mut self, id: &str, at: At) -> bool {
        if let Some(line) = self.seen.insert(id.to_owned(), at.line) {
            let message = format!("the id `{}` is already taken in this file", short(id));
            let help = format!("the other one is on line {line}; ids are permanent, so rename the newer");
            self.faults.add(at, message, help);
            return false;
        }
        true
    }

    fn finish(&mut self, node: &Node<'_>, id: CaseId, at: At) {
        if let Some(case) = self.read(node, id, at) {
            self.out.cases.push(case);
        }
    }

    fn read(&mut self, node: &Node<'_>, id: CaseId, at: At) -> Option<Case> {
        if let Value::Map(entries) = &node.value {
            for key in ["steps", "not_steps"] {
                mention(
                    entries.iter().find(|e| e.key == key).map(|e| &e.value),
                    &mut self.out.steps,
                );
            }
            for entry in entries.iter().filter(|e| e.key == "policy") {
                if let Value::Scalar(text, Kind::Text) = &entry.value.value {
                    self.out.policies.push(StepMention {
                        id: text.clone().into_owned(),
                        at: entry.value.at,
                    });
                }
            }
            mention_decided_by(entries, &mut self.out.steps);
        }
        let at = Location {
            file: self.file.clone(),
            line: at.line as usize,
            column: at.column as usize,
        };
        case(self.faults, node, id, &self.head, at)
    }
}

/// Notes the steps of a list.
fn mention(node: Option<&Node<'_>>, out: &mut Vec<StepMention>) {
    let Some(Value::List(items)) = node.map(|n| &n.value) else {
        return;
    };
    for item in items {
        if let Value::Scalar(text, Kind::Text) = &item.value {
            out.push(StepMention {
                id: text.clone().into_owned(),
                at: item.at,
            });
        }
    }
}

/// Notes the steps of `decided_by`, at any depth.
fn mention_decided_by(entries: &[Entry<'_>], out: &mut Vec<StepMention>) {
    for entry in entries {
        match &entry.value.value {
            Value::Scalar(text, Kind::Text) if entry.key == "decided_by" => out.push(StepMention {
                id: text.clone().into_owned(),
                at: entry.value.at,
            }),
            Value::Map(inner) if matches!(entry.key.as_ref(), "expect") => mention_decided_by(inner, out),
            Value::List(items) if matches!(entry.key.as_ref(), "then" | "also_allowed") => {
                for item in items {
                    if let Value::Map(inner) = &item.value {
                        mention_decided_by(inner, out);
                    }
                }
            }
            _ => {}
        }
    }
}

/// The mentions without those that rows and defaults repeat.
pub(crate) fn unique(mentions: Vec<StepMention>) -> Vec<StepMention> {
    let mut seen = HashSet::new();
    mentions
        .into_iter()
        .filter(|m| seen.insert((m.at.start, m.id.clone())))
        .collect()
}
