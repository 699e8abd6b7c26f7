//! The headers by which a message controls caches, as [RFC 9111](https://httpwg.org/specs/rfc9111.html) reads them: one reader for
//! the model's cache, the simulated shared cache and the rules.

use crate::header_list::{HeaderList, decode_and_split, delta_seconds, trim_tab_space};
use std::collections::BTreeSet;

/// The response headers without which no response is stored.
pub(crate) const STORING: [&[u8]; 4] = [b"cache-control", b"expires", b"etag", b"last-modified"];

/// The directives of [Cache-Control](https://httpwg.org/specs/rfc9111.html#field.cache-control).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CacheControl(Vec<(Vec<u8>, Vec<u8>)>);

impl CacheControl {
    /// Reads the header; without it there is no directive.
    #[must_use]
    pub fn of(headers: &HeaderList) -> Self {
        let items = headers.get(b"cache-control").map(|value| decode_and_split(&value));
        let directive = |item: Vec<u8>| {
            let mut parts = item.splitn(2, |b| *b == b'=');
            let name = trim_tab_space(parts.next().unwrap_or_default()).to_ascii_lowercase();
            let value = trim_tab_space(parts.next().unwrap_or_default());
            let quoted = value.strip_prefix(b"\"").and_then(|v| v.strip_suffix(b"\""));
            (name, quoted.unwrap_or(value).to_vec())
        };
        Self(items.unwrap_or_default().into_iter().map(directive).collect())
    }

    /// Whether it has a directive; the name in lower case.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.value(name).is_some()
    }

    /// The value of the first directive of that name, without its quotes; empty if it has no value.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&[u8]> {
        let found = self.0.iter().find(|(key, _)| key == name.as_bytes());
        found.map(|(_, value)| value.as_slice())
    }

    /// The seconds of a directive such as `max-age`; `Some(None)` if the value is no number.
    #[must_use]
    pub fn seconds(&self, name: &str) -> Option<Option<u64>> {
        self.value(name).map(delta_seconds)
    }
}

/// The names in [Vary](https://httpwg.org/specs/rfc9110.html#field.vary).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vary {
    names: BTreeSet<Vec<u8>>,
}

impl Vary {
    /// Reads the header. A name has no quotes, so each comma separates two.
    #[must_use]
    pub fn of(headers: &HeaderList) -> Self {
        Self::of_lines(headers.get_all(b"vary"))
    }

    /// Reads the values of the header's lines.
    pub fn of_lines<'l>(lines: impl Iterator<Item = &'l [u8]>) -> Self {
        let items = lines.flat_map(|line| line.split(|b| *b == b','));
        let names = items.map(|item| trim_tab_space(item).to_ascii_lowercase());
        Self {
            names: names.filter(|name| !name.is_empty()).collect(),
        }
    }

    /// Whether it is `*` or has it in its list: no request matches the stored response.
    #[must_use]
    pub fn is_any(&self) -> bool {
        self.names.contains(&b"*"[..])
    }

    /// The names in lower case, sorted; `*` is among them if the header has it.
    #[must_use]
    pub const fn names(&self) -> &BTreeSet<Vec<u8>> {
        &self.names
    }

    /// Whether the response is declared to depend on a request header: by its name or by `*`.
    #[must_use]
    pub fn covers(&self, name: &[u8]) -> bool {
        self.is_any() || self.names.contains(&name.to_ascii_lowercase())
    }

    /// The values of the headers that [select](https://httpwg.org/specs/rfc9111.html#caching.negotiated.responses) the response,
    /// taken from the request that it answers; `None` if no request matches it.
    #[must_use]
    pub fn selecting(&self, request: &HeaderList) -> Option<Selecting> {
        let value = |name: &Vec<u8>| (name.clone(), request.get(name).map(std::borrow::Cow::into_owned));
        (!self.is_any()).then(|| Selecting(self.names.iter().map(value).collect()))
    }
}

/// The values of the request headers that Vary names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selecting(Vec<(Vec<u8>, Option<Vec<u8>>)>);

impl Selecting {
    /// Whether a request has the same values.
    #[must_use]
    pub fn matches(&self, request: &HeaderList) -> bool {
        let same = |(name, value): &(Vec<u8>, Option<Vec<u8>>)| request.get(name).as_deref() == value.as_deref();
        self.0.iter().all(same)
    }
}

/// Whether a status is [heuristically cacheable](https://httpwg.org/specs/rfc9110.html#overview.of.status.codes).
#[must_use]
pub const fn is_heuristically_cacheable(status: u16) -> bool {
    matches!(status, 200 | 203 | 204 | 300 | 301 | 308 | 404 | 405 | 410 | 414 | 501)
}

#[cfg(test)]
mod tests {
    use super::{CacheControl, Vary};
    use crate::header_list::HeaderList;

    fn list(lines: &[(&str, &str)]) -> HeaderList {
        let line = |(name, value): &(&str, &str)| (name.as_bytes().to_vec(), value.as_bytes().to_vec());
        lines.iter().map(line).collect()
    }

    #[test]
    fn directives_are_read_whatever_their_case_and_quotes() {
        for (value, max_age, private) in [
            ("max-age=60", Some(Some(60)), false),
            ("public, Max-Age=\"60\"", Some(Some(60)), false),
            ("private=\"a, max-age=1\", max-age=2", Some(Some(2)), true),
            ("max-age", Some(None), false),
            ("max-age=x, PRIVATE", Some(None), true),
            ("", None, false),
        ] {
            let read = CacheControl::of(&list(&[("Cache-Control", value)]));
            assert_eq!(
                (read.seconds("max-age"), read.has("private")),
                (max_age, private),
                "{value}"
            );
        }
    }

    #[test]
    fn vary_covers_its_names_or_everything() {
        let vary = Vary::of(&list(&[("Vary", "Accept, ,Origin"), ("vary", "x-a")]));
        assert!(vary.covers(b"origin") && vary.covers(b"X-A") && !vary.covers(b"cookie") && !vary.is_any());
        let any = Vary::of(&list(&[("Vary", "accept, *")]));
        assert!(any.covers(b"cookie") && any.is_any() && any.selecting(&list(&[])).is_none());
        let selecting = vary.selecting(&list(&[("Origin", "a")])).expect("names");
        assert!(selecting.matches(&list(&[("origin", "a"), ("Cookie", "b")])));
        assert!(!selecting.matches(&list(&[("origin", "b")])) && !selecting.matches(&list(&[])));
    }
}
