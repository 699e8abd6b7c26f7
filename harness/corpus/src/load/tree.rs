//! The tree that a document becomes: every node knows its place.

use std::borrow::Cow;

/// A place in a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct At {
    /// Line from 1.
    pub line: u32,
    /// Column in characters from 1.
    pub column: u32,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

/// The value of a scalar that is not quoted; quoted ones are always text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Nothing, or the word for it.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number that is no `i64`.
    Number,
    /// Anything else.
    Text,
}

/// One node.
#[derive(Clone, Debug)]
pub struct Node<'s> {
    /// Its position.
    pub at: At,
    /// What it holds.
    pub value: Value<'s>,
}

/// The value of a node.
#[derive(Clone, Debug)]
pub enum Value<'s> {
    /// A text, and its value.
    Scalar(Cow<'s, str>, Kind),
    /// Items.
    List(Vec<Node<'s>>),
    /// Keys with values, in the order of the file.
    Map(Vec<Entry<'s>>),
}

/// One entry of a map.
#[derive(Clone, Debug)]
pub struct Entry<'s> {
    /// The key.
    pub key: Cow<'s, str>,
    /// The position of the key.
    pub key_at: At,
    /// The value.
    pub value: Node<'s>,
}

/// What is wrong with a document.
#[derive(Clone, Debug)]
pub struct Fault {
    /// Where.
    pub at: At,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: String,
}

impl Node<'_> {
    /// What it is, for messages.
    #[must_use]
    pub fn describe(&self) -> String {
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
    #[must_use]
    pub const fn is_null(&self) -> bool {
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
#[must_use]
pub fn short(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(60) {
        Some((i, _)) => Cow::Owned(format!("{}...", &text[..i])),
        None => Cow::Borrowed(text),
    }
}
