//! Reading typed values out of a tree, collecting every fault on the way.

use super::yaml::{At, Entry, Fault, Kind, Node, Value, short};
use crate::case::PageOrigin;
use crate::words::{Need, OpaqueKind};
use crosscheck_fetch::{ByteString, Page, Site};
use crosscheck_text::{StepId, closest};
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt::Display;
use std::str::FromStr;
use std::sync::Arc;
use url::Url;

/// The most faults shown of one file.
pub(crate) const MAX_FAULTS: usize = 200;

/// Collects the faults of one file. A fault that every row or case repeats (because it is in `defaults`) is kept once.
#[derive(Default)]
pub struct Faults {
    list: RefCell<Vec<Fault>>,
    /// What is legal and probably a mistake.
    warnings: RefCell<Vec<Fault>>,
    seen: RefCell<HashSet<(u32, String)>>,
    pages: RefCell<HashMap<PageKey, SharedPage>>,
    steps: RefCell<HashSet<StepId>>,
    needs: RefCell<HashSet<Arc<BTreeSet<Need>>>>,
}

/// An origin as it is serialized, what makes it opaque, and the site of the top-level page.
type PageKey = (String, Option<OpaqueKind>, Site);

/// A page that several cases have.
type SharedPage = (Arc<PageOrigin>, Arc<Page>);

/// What the value of a key must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted<'a> {
    String,
    Boolean,
    Integer,
    OneOf(&'a [&'a str]),
    List,
    Map,
}

impl std::fmt::Display for Wanted<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::String => f.write_str("a string"),
            Self::Boolean => f.write_str("true or false"),
            Self::Integer => f.write_str("a whole number"),
            Self::OneOf(words) => write!(f, "one of {}", words.join(", ")),
            Self::List => f.write_str("a list"),
            Self::Map => f.write_str("a map"),
        }
    }
}

impl Faults {
    /// Adds a fault.
    pub fn add(&self, at: At, message: impl Into<String>, help: impl Into<String>) {
        let message = message.into();
        let mut list = self.list.borrow_mut();
        if list.len() < MAX_FAULTS && self.seen.borrow_mut().insert((at.start, message.clone())) {
            let help = help.into();
            list.push(Fault { at, message, help });
        }
    }

    /// Adds a warning: the file loads, and only `lint` reports it.
    pub(crate) fn warn(&self, at: At, message: impl Into<String>, help: impl Into<String>) {
        let message = message.into();
        let mut warnings = self.warnings.borrow_mut();
        if warnings.len() < MAX_FAULTS && self.seen.borrow_mut().insert((at.start, message.clone())) {
            let help = help.into();
            warnings.push(Fault { at, message, help });
        }
    }

    /// A page, which the cases of a file share: a large corpus has many cases and few pages.
    pub(crate) fn shared_page(&self, origin: &PageOrigin, top_level: Option<&Site>) -> SharedPage {
        let tuple = origin.origin();
        let site = top_level.cloned().unwrap_or_else(|| tuple.site());
        let key = (tuple.serialize().into_owned(), origin.opaque(), site);
        let mut pages = self.pages.borrow_mut();
        let shared = pages.entry(key).or_insert_with_key(|(_, _, site)| {
            let page = Page::with_top_level(tuple, site.clone());
            (Arc::new(origin.clone()), Arc::new(page))
        });
        shared.clone()
    }

    /// The id of a step, which the cases of a file share.
    pub(crate) fn shared_step(&self, id: String) -> StepId {
        let mut steps = self.steps.borrow_mut();
        if let Some(known) = steps.get(id.as_str()) {
            return known.clone();
        }
        let new = StepId::from(id);
        steps.insert(new.clone());
        new
    }

    /// What a subject must offer, which the cases of a file share.
    pub(crate) fn shared_needs(&self, needs: Arc<BTreeSet<Need>>) -> Arc<BTreeSet<Need>> {
        let mut all = self.needs.borrow_mut();
        if let Some(known) = all.get(&needs) {
            return Arc::clone(known);
        }
        all.insert(Arc::clone(&needs));
        needs
    }

    /// Takes the warnings.
    pub(crate) fn take_warnings(&self) -> Vec<Fault> {
        self.warnings.take()
    }

    /// Adds faults that the parser found.
    pub(crate) fn extend(&self, faults: Vec<Fault>) {
        for fault in faults {
            self.add(fault.at, fault.message, fault.help);
        }
    }

    /// The number so far.
    pub(crate) fn len(&self) -> usize {
        self.list.borrow().len()
    }

    /// All of them, in the order of the file.
    pub(crate) fn into_sorted(self) -> Vec<Fault> {
        let mut list = self.list.into_inner();
        list.sort_by_key(|f| f.at.start);
        list
    }

    /// A wrong type: what was expected at which key, and what is there.
    fn wrong(&self, node: &Node<'_>, what: &str, expected: Wanted<'_>) {
        let help = match &node.value {
            Value::Scalar(text, kind) if *kind != Kind::Text && expected == Wanted::String => {
                format!("quote it: \"{}\"", short(if text.is_empty() { "" } else { text }))
            }
            Value::Scalar(text, Kind::Text) if expected == Wanted::Integer && text.parse::<i64>().is_ok() => {
                format!("remove the quotes: {text}")
            }
            _ => format!("write {expected} here"),
        };
        self.add(
            node.at,
            format!("`{what}` must be {expected}, not {}", node.describe()),
            help,
        );
    }

    /// A string.
    pub fn string(&self, node: &Node<'_>, what: &str) -> Option<String> {
        self.text(node, what).map(str::to_owned)
    }

    /// A string, borrowed.
    pub fn text<'n>(&self, node: &'n Node<'_>, what: &str) -> Option<&'n str> {
        match &node.value {
            Value::Scalar(text, Kind::Text) => Some(text),
            _ => {
                self.wrong(node, what, Wanted::String);
                None
            }
        }
    }

    /// A string of which each character is one byte.
    pub(crate) fn bytes(&self, node: &Node<'_>, what: &str) -> Option<ByteString> {
        let text = self.text(node, what)?;
        self.isomorphic(text, node.at, what)
    }

    /// [Isomorphic encoding](https://infra.spec.whatwg.org/#isomorphic-encode): each character up to U+00FF is one byte.
    pub(crate) fn isomorphic(&self, text: &str, at: At, what: &str) -> Option<ByteString> {
        if text.is_ascii() {
            return Some(Cow::Owned(text.as_bytes().to_vec()));
        }
        let mut bytes = Vec::with_capacity(text.len());
        for c in text.chars() {
            let Ok(byte) = u8::try_from(c) else {
                let message = format!(
                    "`{what}` has the character {c:?} (U+{:04X}), which is not a byte",
                    u32::from(c)
                );
                self.add(at, message, "write the bytes one by one, each as \"\\xNN\"");
                return None;
            };
            bytes.push(byte);
        }
        Some(Cow::Owned(bytes))
    }

    /// A boolean.
    pub fn boolean(&self, node: &Node<'_>, what: &str) -> Option<bool> {
        match &node.value {
            Value::Scalar(_, Kind::Bool(b)) => Some(*b),
            _ => {
                self.wrong(node, what, Wanted::Boolean);
                None
            }
        }
    }

    /// A whole number within bounds.
    pub fn int<T: TryFrom<i64>>(&self, node: &Node<'_>, what: &str, min: i64, max: i64) -> Option<T> {
        match &node.value {
            Value::Scalar(_, Kind::Int(n)) if (min..=max).contains(n) => T::try_from(*n).ok(),
            Value::Scalar(_, Kind::Int(n)) => {
                let help = format!("write a number from {min} to {max}");
                self.add(node.at, format!("`{what}` is {n}, which is out of range"), help);
                None
            }
            _ => {
                self.wrong(node, what, Wanted::Integer);
                None
            }
        }
    }

    /// A word of a closed list.
    pub fn word<T: FromStr>(&self, node: &Node<'_>, what: &str, all: &[&str]) -> Option<T> {
        let Value::Scalar(text, Kind::Text) = &node.value else {
            self.wrong(node, what, Wanted::OneOf(all));
            return None;
        };
        if let Ok(word) = text.parse() {
            return Some(word);
        }
        let near = closest(text, all.iter().copied()).map_or_else(String::new, |w| format!("did you mean `{w}`? "));
        let help = format!("{near}it is one of {}", all.join(", "));
        self.add(
            node.at,
            format!("`{what}` does not know the word {:?}", short(text)),
            help,
        );
        None
    }

    /// A value that a parser reads from a string.
    pub(crate) fn parsed<T>(&self, node: &Node<'_>, what: &str, help: &str) -> Option<T>
    where
        T: FromStr,
        T::Err: Display,
    {
        let text = self.text(node, what)?;
        match text.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.add(node.at, format!("`{what}` is not right: {error}"), help);
                None
            }
        }
    }

    /// An absolute URL.
    pub(crate) fn url(&self, node: &Node<'_>, what: &str) -> Option<Url> {
        self.parsed(node, what, "write an absolute URL, such as https://api.example/data")
    }

    /// A list, each item read by `read`; an item that is wrong is left out.
    pub fn list<'n, 's, T>(
        &self,
        node: &'n Node<'s>,
        what: &str,
        mut read: impl FnMut(&'n Node<'s>) -> Option<T>,
    ) -> Option<Vec<T>> {
        match &node.value {
            Value::List(items) => {
                let mut list = Vec::with_capacity(items.len());
                list.extend(items.iter().filter_map(&mut read));
                Some(list)
            }
            _ => {
                self.wrong(node, what, Wanted::List);
                None
            }
        }
    }

    /// A list of strings.
    pub(crate) fn strings(&self, node: &Node<'_>, what: &str) -> Option<Vec<String>> {
        self.list(node, what, |item| self.string(item, what))
    }

    /// A string or a list of them.
    pub fn one_or_more(&self, node: &Node<'_>, what: &str) -> Option<Vec<String>> {
        match node.value {
            Value::List(_) => self.strings(node, what),
            _ => self.string(node, what).map(|s| vec![s]),
        }
    }

    /// The entries of a map.
    pub(crate) fn entries<'n, 's>(&self, node: &'n Node<'s>, what: &str) -> Option<&'n [Entry<'s>]> {
        match &node.value {
            Value::Map(entries) => Some(entries),
            _ => {
                self.wrong(node, what, Wanted::Map);
                None
            }
        }
    }

    /// A map of which every key is known.
    pub fn fields<'n, 's>(&self, node: &'n Node<'s>, what: &str, known: &[&str]) -> Option<Fields<'n, 's>> {
        let entries = self.entries(node, what)?;
        for entry in entries {
            if known.contains(&entry.key.as_ref()) {
                continue;
            }
            if self.len() >= MAX_FAULTS {
                break;
            }
            let message = match entry.key.as_ref() {
                "<<" => "a merge key (`<<`) is not read here".to_owned(),
                key => format!("`{}` is not a key of {what}", short(key)),
            };
            let help = match closest(&entry.key, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`? the keys are {}", known.join(", ")),
                None => format!("the keys are {}", known.join(", ")),
            };
            self.add(entry.key_at, message, help);
        }
        Some(Fields {
            entries,
            at: node.at,
            what: what.to_owned(),
        })
    }
}

/// The entries of a map whose keys are known. A null value counts as absent.
pub struct Fields<'n, 's> {
    entries: &'n [Entry<'s>],
    /// The position of the map.
    pub at: At,
    what: String,
}

impl<'n, 's> Fields<'n, 's> {
    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&'n Node<'s>> {
        self.entries
            .iter()
            .find(|e| e.key == key)
            .map(|e| &e.value)
            .filter(|n| !n.is_null())
    }

    /// The position of the key.
    pub fn key_at(&self, key: &str) -> At {
        self.entries.iter().find(|e| e.key == key).map_or(self.at, |e| e.key_at)
    }

    /// The value of a key that must be there.
    pub fn need(&self, faults: &Faults, key: &str) -> Option<&'n Node<'s>> {
        let found = self.get(key);
        if found.is_none() {
            let message = format!("{} has no `{key}`", self.what);
            faults.add(self.at, message, format!("add `{key}:`"));
        }
        found
    }

    /// The keys that are written.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &'n Entry<'s>> {
        self.entries.iter().filter(|e| !e.value.is_null())
    }
}
