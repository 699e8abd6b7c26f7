//! The differences between the response that a page gets and the one that a case expects.

use super::compare::shown;
use crosscheck_fetch::{ByteString, ResponseType};
use std::fmt;

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OutcomeDifference {
    /// The response has another type.
    Type {
        /// The type that the page gets.
        got: ResponseType,
        /// The type that the case expects.
        expected: ResponseType,
    },
    /// The response has another status.
    Status {
        /// The status that the page gets.
        got: u16,
        /// The status that the case expects.
        expected: u16,
    },
    /// The response has another reason phrase.
    StatusText {
        /// The text that the page gets.
        got: ByteString,
        /// The text that the case expects.
        expected: ByteString,
    },
    /// The page reads a header with another value.
    Value {
        /// The header.
        name: ByteString,
        /// The value that the page reads.
        got: Vec<u8>,
        /// The value that the case expects.
        expected: ByteString,
    },
    /// The page does not read a header that it must read.
    Unreadable(ByteString),
    /// The page reads a header that must be hidden.
    Readable {
        /// The header.
        name: ByteString,
        /// Its value.
        value: Vec<u8>,
    },
    /// The response was redirected and must not be, or the other way around.
    Redirected {
        /// Whether it must be redirected.
        expected: bool,
    },
    /// The response has another URL.
    Url {
        /// The URL that the page gets.
        got: String,
        /// The URL that the case expects.
        expected: String,
    },
    /// The response has another body.
    Body {
        /// The body that the page gets.
        got: Vec<u8>,
        /// The body that the case expects.
        expected: Vec<u8>,
    },
}

impl fmt::Display for OutcomeDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Type { got, expected } => write!(f, "the type is {got}, not {expected}"),
            Self::Status { got, expected } => write!(f, "the status is {got}, not {expected}"),
            Self::StatusText { got, expected } => {
                write!(f, "the status text is {:?}, not {:?}", shown(got), shown(expected))
            }
            Self::Value { name, got, expected } => write!(
                f,
                "the page reads {} as {:?}, not {:?}",
                shown(name),
                shown(got),
                shown(expected)
            ),
            Self::Unreadable(name) => write!(f, "the page cannot read {}", shown(name)),
            Self::Readable { name, value } => write!(
                f,
                "the page reads {} ({:?}), which must be hidden",
                shown(name),
                shown(value)
            ),
            Self::Redirected { expected } => {
                let not = if *expected { "not " } else { "" };
                write!(f, "the response is {not}redirected")
            }
            Self::Url { got, expected } => write!(f, "the response's URL is {got}, not {expected}"),
            Self::Body { got, expected } => write!(f, "the body is {:?}, not {:?}", shown(got), shown(expected)),
        }
    }
}
