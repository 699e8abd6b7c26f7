//! Which origins a policy lets in.

use super::{Origins, Under};
use crate::facet::Facet;
use regex_lite::Regex;
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
    /// Whether a serialized origin is allowed. A regular expression must match the whole origin.
    #[must_use]
    pub fn allow(&self, origin: &str) -> bool {
        match self {
            Self::Any => true,
            Self::List { list, under, glob, .. } => {
                list.iter().any(|o| o == origin)
                    || under.iter().any(|u| u.has(origin))
                    || glob.facet(origin) == Facet::Must
            }
            Self::Regex(_) => self.matches(origin, Anchoring::Full),
            Self::Predicate(predicate) => predicate.holds(origin),
        }
    }

    /// Whether a serialized origin must be allowed, must not, or may: what a glob matches can differ between libraries.
    #[must_use]
    pub fn facet(&self, origin: &str) -> Facet {
        match self {
            _ if self.allow(origin) => Facet::Must,
            // A library may treat the misspelt entry as this origin.
            _ if self.meant() == Some(origin) => Facet::Unspecified,
            Self::List { glob, .. } => glob.facet(origin),
            _ => Facet::MustNot,
        }
    }

    /// Whether a regular expression of the policy lets an origin in where it is matched like that.
    #[must_use]
    pub fn matches(&self, origin: &str, anchoring: Anchoring) -> bool {
        match self {
            Self::Regex(list) => origin != "null" && list.iter().any(|e| is_match(e, origin, anchoring)),
            _ => false,
        }
    }

    /// The origin that a misspelt entry, the only one of the list, was meant to be.
    #[must_use]
    pub fn meant(&self) -> Option<&str> {
        match self {
            Self::List { meant, .. } => meant.as_deref(),
            _ => None,
        }
    }

    /// Whether they are written as a list of exactly one origin: then a constant answer is legal.
    #[must_use]
    pub fn single(&self) -> Option<&str> {
        match self {
            Self::List { list, under, glob, .. } if under.is_empty() && glob.is_empty() => match list.as_slice() {
                [one] => Some(one),
                _ => None,
            },
            _ => None,
        }
    }
}

impl Under {
    /// Whether a serialized origin is a proper subdomain with the same scheme and port. No label of it is empty.
    #[must_use]
    pub fn has(&self, origin: &str) -> bool {
        let Some((scheme, rest)) = origin.split_once("://") else {
            return false;
        };
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) if !rest.ends_with(']') => match port.parse::<u16>() {
                Ok(port) => (host, Some(port)),
                Err(_) => return false,
            },
            _ => (rest, None),
        };
        let labels = host.strip_suffix(self.host.as_str()).and_then(|h| h.strip_suffix('.'));
        let is_below = labels.is_some_and(|labels| labels.split('.').all(|label| !label.is_empty()));
        scheme == self.scheme && port == self.port && is_below
    }
}

/// How much of an origin a regular expression must match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Anchoring {
    /// The whole origin.
    Full,
    /// Its beginning.
    Prefix,
    /// Any part of it.
    Search,
}

/// Compiled expressions by anchoring and text; `None` for one that does not compile.
type Compiled = HashMap<(Anchoring, String), Option<Regex>>;

/// The expressions compiled so far: policies are matched against thousands of origins. Bounded, since fuzzers make new ones.
static COMPILED: LazyLock<Mutex<Compiled>> = LazyLock::new(Mutex::default);
const MAX_COMPILED: usize = 256;

fn is_match(expression: &str, origin: &str, anchoring: Anchoring) -> bool {
    let Ok(mut compiled) = COMPILED.lock() else {
        return false;
    };
    let key = (anchoring, expression.to_owned());
    if let Some(regex) = compiled.get(&key) {
        return regex.as_ref().is_some_and(|r| r.is_match(origin));
    }
    let regex = match anchoring {
        Anchoring::Full => whole(expression),
        Anchoring::Prefix => Regex::new(expression).and_then(|_| Regex::new(&format!(r"\A(?:{expression})"))),
        Anchoring::Search => Regex::new(expression),
    };
    let regex = regex.ok();
    let matches = regex.as_ref().is_some_and(|r| r.is_match(origin));
    if compiled.len() >= MAX_COMPILED {
        compiled.clear();
    }
    compiled.insert(key, regex);
    matches
}

/// The expression, made to match the whole text.
pub(crate) fn whole(expression: &str) -> Result<Regex, regex_lite::Error> {
    // On its own first: `)(` must not become well-formed by what is put around it.
    Regex::new(expression)?;
    Regex::new(&format!(r"\A(?:{expression})\z"))
}
