//! Which origins a policy lets in.

use super::{Origins, Under};
use regex::Regex;
use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};

/// The text between `://` and an optional `:port`.
pub(super) fn host_of(origin: &str) -> Option<&str> {
    let (_, rest) = origin.split_once("://")?;
    if rest.starts_with('[') {
        return rest.find(']').map(|end| &rest[..=end]);
    }
    Some(rest.split_once(':').map_or(rest, |(host, _)| host))
}

impl Origins {
    /// Whether a serialized origin is let in. A regular expression must match the whole origin.
    #[must_use]
    pub fn allow(&self, origin: &str) -> bool {
        match self {
            Self::Any => true,
            Self::List { list, under } => list.iter().any(|o| o == origin) || under.iter().any(|u| u.has(origin)),
            Self::Regex(expressions) => origin != "null" && expressions.iter().any(|e| matches_whole(e, origin)),
            Self::Predicate(predicate) => predicate.holds(origin),
        }
    }

    /// Whether they are written as a list of exactly one origin: then a constant answer is legal.
    #[must_use]
    pub fn single(&self) -> Option<&str> {
        match self {
            Self::List { list, under } if under.is_empty() => match list.as_slice() {
                [one] => Some(one),
                _ => None,
            },
            _ => None,
        }
    }
}

impl Under {
    /// Whether a serialized origin is a proper subdomain with the same scheme and port.
    #[must_use]
    pub fn has(&self, origin: &str) -> bool {
        let Some((scheme, rest)) = origin.split_once("://") else {
            return false;
        };
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) if !rest.ends_with(']') => (host, port.parse::<u16>().ok()),
            _ => (rest, None),
        };
        let label = host.strip_suffix(self.host.as_str()).and_then(|h| h.strip_suffix('.'));
        scheme == self.scheme && port == self.port && label.is_some_and(|l| !l.is_empty() && !l.starts_with('.'))
    }
}

/// The expressions compiled so far: policies are asked about thousands of origins. Bounded, since fuzzers make new ones.
static COMPILED: LazyLock<Mutex<HashMap<String, Option<Regex>>>> = LazyLock::new(Mutex::default);
const MAX_COMPILED: usize = 256;

fn matches_whole(expression: &str, origin: &str) -> bool {
    let Ok(mut compiled) = COMPILED.lock() else {
        return false;
    };
    if let Some(regex) = compiled.get(expression) {
        return regex.as_ref().is_some_and(|r| r.is_match(origin));
    }
    let regex = whole(expression).ok();
    let matches = regex.as_ref().is_some_and(|r| r.is_match(origin));
    if compiled.len() >= MAX_COMPILED {
        compiled.clear();
    }
    compiled.insert(expression.to_owned(), regex);
    matches
}

/// The expression, made to match the whole text.
pub(crate) fn whole(expression: &str) -> Result<Regex, regex::Error> {
    // On its own first: `)(` must not become well-formed by what is put around it.
    Regex::new(expression)?;
    Regex::new(&format!(r"\A(?:{expression})\z"))
}
