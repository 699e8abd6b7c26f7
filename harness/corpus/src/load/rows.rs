//! `rows`: a case once per row. `${x}` is replaced in every string and map key, a scalar that is only `${x}` keeps x's type,
//! `${'a'*128}` repeats, in a row's values too, `$${` is a literal `${`.

use super::reader::Faults;
use super::yaml::{At, Entry, Kind, Node, Value, short};
use crosscheck_text::closest;
use std::borrow::Cow;
use std::cell::Cell;

/// The most bytes that one `${'..'*n}` makes.
const MAX_REPEATED: usize = 1 << 20;
/// The most bytes that the rows of one file make.
const MAX_MADE: usize = 16 << 20;
/// What a node counts against that.
const NODE: usize = 16;

/// What is left of a file's budget for expansion.
pub(crate) struct Budget(Cell<usize>);

impl Budget {
    pub(crate) const fn new() -> Self {
        Self(Cell::new(MAX_MADE))
    }

    /// Takes nodes from the budget.
    pub(crate) fn take_nodes(&self, faults: &Faults, at: At, nodes: usize) -> bool {
        self.take(faults, at, nodes.saturating_mul(NODE))
    }

    /// Takes bytes from the budget; the fault is reported once, when it runs out.
    pub(crate) fn take(&self, faults: &Faults, at: At, amount: usize) -> bool {
        let left = self.0.get();
        if amount > left {
            let message = format!("the rows of this file expand to more than {} MiB", MAX_MADE >> 20);
            faults.add(at, message, "write fewer rows, or shorter repetitions");
            self.0.set(0);
            return false;
        }
        self.0.set(left - amount);
        true
    }
}

/// The named values of one row.
pub(crate) struct Row<'n, 's> {
    entries: &'n [Entry<'s>],
    used: Vec<Cell<bool>>,
}

impl<'n, 's> Row<'n, 's> {
    pub(crate) fn new(entries: &'n [Entry<'s>]) -> Self {
        let used = entries.iter().map(|e| Cell::new(e.key == "id")).collect();
        Self { entries, used }
    }

    /// A case without rows knows no names.
    pub(crate) const fn none() -> Self {
        Self {
            entries: &[],
            used: Vec::new(),
        }
    }

    fn lookup(&self, name: &str) -> Option<&'n Node<'s>> {
        let index = self.entries.iter().position(|e| e.key == name)?;
        self.used[index].set(true);
        Some(&self.entries[index].value)
    }

    /// Reports the names that nothing used.
    pub(crate) fn report_unused(&self, faults: &Faults) {
        for (entry, used) in self.entries.iter().zip(&self.used) {
            if !used.get() {
                let message = format!("the row's value `{}` is not used", short(&entry.key));
                let help = format!("write `${{{}}}` where it belongs, or remove it", short(&entry.key));
                faults.add(entry.key_at, message, help);
            }
        }
    }
}

/// Whether there is anything to replace in a tree.
pub(crate) fn has_template(node: &Node<'_>) -> bool {
    match &node.value {
        Value::Scalar(text, _) => text.contains("${"),
        Value::List(items) => items.iter().any(has_template),
        Value::Map(entries) => entries.iter().any(|e| e.key.contains("${") || has_template(&e.value)),
    }
}

/// Replaces in a tree.
pub(crate) fn expand<'s>(node: &mut Node<'s>, row: &Row<'_, 's>, faults: &Faults, budget: &Budget) {
    match &mut node.value {
        Value::Scalar(text, kind) if text.contains("${") => {
            if let Some(whole) = whole_name(text) {
                match row.lookup(whole) {
                    Some(value) => {
                        if budget.take_nodes(faults, node.at, value.size()) {
                            *node = value.clone();
                            literal(node, faults, budget);
                        }
                    }
                    None => unknown(whole, node.at, row, faults),
                }
            } else {
                *text = Cow::Owned(fill(text, node.at, row, faults, budget));
                *kind = Kind::Text;
            }
        }
        Value::Scalar(..) => {}
        Value::List(items) => {
            for item in items {
                expand(item, row, faults, budget);
            }
        }
        Value::Map(entries) => {
            for entry in entries.iter_mut() {
                if entry.key.contains("${") {
                    entry.key = Cow::Owned(fill(&entry.key, entry.key_at, row, faults, budget));
                }
                expand(&mut entry.value, row, faults, budget);
            }
            for i in 1..entries.len() {
                let entry = &entries[i];
                if matches!(entry.key, Cow::Owned(_)) && entries[..i].iter().any(|e| e.key == entry.key) {
                    let message = format!(
                        "the key `{}` appears twice in one map after the row is filled in",
                        short(&entry.key)
                    );
                    faults.add(
                        entry.key_at,
                        message,
                        "keep one of the two, or write a list of [name, value] pairs",
                    );
                }
            }
        }
    }
}

/// Repetitions in a row's own value; it knows no names.
fn literal(node: &mut Node<'_>, faults: &Faults, budget: &Budget) {
    if has_template(node) {
        expand(node, &Row::none(), faults, budget);
    }
}

/// The name, if the text is `${name}` and nothing else.
fn whole_name(text: &str) -> Option<&str> {
    let name = text.strip_prefix("${")?.strip_suffix('}')?;
    is_name(name).then_some(name)
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
}

fn unknown(name: &str, at: At, row: &Row<'_, '_>, faults: &Faults) {
    let names = || row.entries.iter().map(|e| e.key.as_ref());
    let help = if row.entries.is_empty() {
        "the case has no `rows` that give it a value; a literal `${` is written `$${`".to_owned()
    } else {
        match closest(name, names()) {
            Some(near) => format!("did you mean `${{{near}}}`?"),
            None => format!("the row has {}", names().collect::<Vec<_>>().join(", ")),
        }
    };
    faults.add(at, format!("no row value is called `{}`", short(name)), help);
}

/// Replaces within a longer text.
fn fill(text: &str, at: At, row: &Row<'_, '_>, faults: &Faults, budget: &Budget) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(dollar) = rest.find("${") {
        let (before, after) = (&rest[..dollar], &rest[dollar + 2..]);
        if let Some(before) = before.strip_suffix('$') {
            out.push_str(before);
            out.push_str("${");
            rest = after;
            continue;
        }
        out.push_str(before);
        let repeated = after.strip_prefix('\'').and_then(|quoted| {
            let (unit, tail) = quoted.split_once("'*")?;
            let (count, tail) = tail.split_once('}')?;
            Some((unit, count.trim().parse::<usize>().ok()?, tail))
        });
        if let Some((unit, count, tail)) = repeated {
            match unit.len().checked_mul(count).filter(|n| *n <= MAX_REPEATED) {
                Some(made) if budget.take(faults, at, made) => out.push_str(&unit.repeat(count)),
                Some(_) => {}
                None => faults.add(at, "a repetition of more than 1 MiB", "repeat less often"),
            }
            rest = tail;
            continue;
        }
        let Some((name, tail)) = after.split_once('}').filter(|(name, _)| is_name(name)) else {
            faults.add(
                at,
                "`${` without a name and `}` after it",
                "write `${name}` or `${'text'*count}`; a literal `${` is written `$${`",
            );
            out.push_str("${");
            rest = after;
            continue;
        };
        match row.lookup(name).map(|node| &node.value) {
            Some(Value::Scalar(value, _)) => {
                if budget.take(faults, at, value.len()) {
                    if value.contains("${") {
                        out.push_str(&fill(value, at, &Row::none(), faults, budget));
                    } else {
                        out.push_str(value);
                    }
                }
            }
            Some(_) => faults.add(
                at,
                format!("`${{{name}}}` is a list or a map, which cannot be part of a string"),
                "let the string be only `${..}`, or give the row a string",
            ),
            None => unknown(name, at, row, faults),
        }
        rest = tail;
    }
    out.push_str(rest);
    out
}
