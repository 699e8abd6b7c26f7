//! The tree that a document becomes: every node knows its place.

use std::borrow::Cow;

/// A place in a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct At {
    /// Line from 1.
    pub(crate) line: u32,
    /// Column in characters from 1.
    pub(crate) column: u32,
    /// First byte.
    pub(crate) start: u32,
    /// One past the last byte.
    pub(crate) end: u32,
}

/// What a scalar that is not quoted means; quoted ones are always text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Null,
    Bool(bool),
    Int(i64),
    /// A number that is no `i64`.
    Number,
    Text,
}

/// One node.
#[derive(Clone, Debug)]
pub(crate) struct Node<'s> {
    pub(crate) at: At,
    pub(crate) value: Value<'s>,
}

/// The value of a node.
#[derive(Clone, Debug)]
pub(crate) enum Value<'s> {
    Scalar(Cow<'s, str>, Kind),
    List(Vec<Node<'s>>),
    Map(Vec<Entry<'s>>),
}

/// One entry of a map.
#[derive(Clone, Debug)]
pub(crate) struct Entry<'s> {
    pub(crate) key: Cow<'s, str>,
    pub(crate) key_at: At,
    pub(crate) value: Node<'s>,
}

/// What is wrong with a document.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub(crate) at: At,
    pub(crate) message: String,
    pub(crate) help: String,
}

impl Node<'_> {
    /// What it is, for messages.
    pub(crate) fn describe(&self) -> String {
        match &self.value {
            Value::Scalar(_, Kind::Null) => "nothing (null)".to_owned(),
            Value::Scalar(text, Kind::Bool(_)) => format!("the boolean {text}"),
            Value::Scalar(text, Kind::Int(_) | Kind::Number) => format!("the number {}", short(text)),
            Value::Scalar(text, Kind::Text) => format!("the string {:?}", short(text)),
            Value::List(_) => "a list".to_owned(),
            Value::Map(_) => "a map".to_owned(),
        }
    }

    /// Whether it is null.
    pub(crate) const fn is_null(&self) -> bool {
        matches!(self.value, Value::Scalar(_, Kind::Null))
    }

    /// The number of nodes in it.
    pub(crate) fn size(&self) -> usize {
        match &self.value {
            Value::Scalar(..) => 1,
            Value::List(items) => 1 + items.iter().map(Self::size).sum::<usize>(),
            Value::Map(entries) => 1 + entries.iter().map(|e| 1 + e.value.size()).sum::<usize>(),
        }
    }
}

/// A text cut to what fits into a message.
pub(crate) fn short(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(60) {
        Some((i, _)) => Cow::Owned(format!("{}...", &text[..i])),
        None => Cow::Borrowed(text),
    }
}
