//! [Header lists](https://fetch.spec.whatwg.org/#terminology-headers): ordered (name, bytes) pairs, duplicates kept.

use std::borrow::Cow;

/// Bytes that are either a constant of the program or input.
pub type ByteString = Cow<'static, [u8]>;

/// One header: a name and a value, both bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The name as it was written.
    pub name: ByteString,
    /// The value as it was written.
    pub value: ByteString,
}

/// A [header list](https://fetch.spec.whatwg.org/#concept-header-list): not a map, because duplicates, order and unusual bytes matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeaderList(Vec<Header>);

/// The result of [`extract_header_list_values`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Extracted<T> {
    /// The header is absent.
    Null,
    /// At least one line does not match the header's grammar.
    Failure,
    /// The parsed values, in order.
    Values(T),
}

impl HeaderList {
    /// An empty list.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// An empty list with room for `capacity` headers.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self(Vec::with_capacity(capacity))
    }

    /// Adds a header at the end, exactly as given.
    pub fn push(&mut self, name: impl Into<ByteString>, value: impl Into<ByteString>) {
        self.0.push(Header {
            name: name.into(),
            value: value.into(),
        });
    }

    /// [Append](https://fetch.spec.whatwg.org/#concept-header-list-append), steps 1 and 2: a separate entry that takes over the
    /// casing of the first entry of that name.
    pub fn append(&mut self, name: impl Into<ByteString>, value: impl Into<ByteString>) {
        let name = name.into();
        let name = self
            .0
            .iter()
            .find(|h| h.name.eq_ignore_ascii_case(&name))
            .map_or(name, |h| h.name.clone());
        self.push(name, value);
    }

    /// [Contains](https://fetch.spec.whatwg.org/#header-list-contains), byte-case-insensitively.
    #[must_use]
    pub fn contains(&self, name: &[u8]) -> bool {
        self.0.iter().any(|h| h.name.eq_ignore_ascii_case(name))
    }

    /// [Get](https://fetch.spec.whatwg.org/#concept-header-list-get), steps 1 and 2: all values of that name joined by `, `, or
    /// `None` for null.
    #[must_use]
    pub fn get(&self, name: &[u8]) -> Option<Cow<'_, [u8]>> {
        let mut values = self.get_all(name);
        let first = values.next()?;
        let Some(second) = values.next() else {
            return Some(Cow::Borrowed(first));
        };
        let mut joined = first.to_vec();
        for value in std::iter::once(second).chain(values) {
            joined.extend_from_slice(b", ");
            joined.extend_from_slice(value);
        }
        Some(Cow::Owned(joined))
    }

    /// Like [`get`](Self::get), for a list whose values are what a page reads: no byte is cut off. The value that `Headers` combines
    /// from `1` and an empty line is `1, `, and the blank is part of it.
    #[must_use]
    pub fn get_as_read(&self, name: &[u8]) -> Option<Cow<'_, [u8]>> {
        let mut values = self.0.iter().filter(|h| h.name.eq_ignore_ascii_case(name));
        let first = values.next()?;
        Some(values.fold(Cow::Borrowed(&*first.value), |mut joined, next| {
            joined.to_mut().extend_from_slice(b", ");
            joined.to_mut().extend_from_slice(&next.value);
            joined
        }))
    }

    /// The values of that name one by one, in order.
    pub fn get_all<'a>(&'a self, name: &[u8]) -> impl Iterator<Item = &'a [u8]> {
        self.0
            .iter()
            .filter(move |h| h.name.eq_ignore_ascii_case(name))
            .map(|h| trim_tab_space(&h.value))
    }

    /// [Get, decode, and split](https://fetch.spec.whatwg.org/#concept-header-list-get-decode-split), steps 1 to 3: the
    /// quote-aware comma splitter. Not for the CORS lists, which have a grammar of their own.
    #[must_use]
    pub fn get_decode_and_split(&self, name: &[u8]) -> Option<Vec<Vec<u8>>> {
        self.get(name).map(|value| decode_and_split(&value))
    }

    /// [Delete](https://fetch.spec.whatwg.org/#concept-header-list-delete) every header of that name.
    pub fn delete(&mut self, name: &[u8]) {
        self.0.retain(|h| !h.name.eq_ignore_ascii_case(name));
    }

    /// [Set](https://fetch.spec.whatwg.org/#concept-header-list-set), steps 1 and 2: sets the value of the first header with that
    /// name, and deletes the others.
    pub fn set(&mut self, name: impl Into<ByteString>, value: impl Into<ByteString>) {
        let (name, value) = (name.into(), value.into());
        let mut value = Some(value);
        self.0.retain_mut(|h| {
            if !h.name.eq_ignore_ascii_case(&name) {
                return true;
            }
            value.take().is_some_and(|value| {
                h.value = value;
                true
            })
        });
        if let Some(value) = value {
            self.push(name, value);
        }
    }

    /// [Combine](https://fetch.spec.whatwg.org/#concept-header-list-combine), steps 1 and 2: the value is joined to the first
    /// header of that name, as `XMLHttpRequest` does.
    pub fn combine(&mut self, name: impl Into<ByteString>, value: impl Into<ByteString>) {
        let (name, value) = (name.into(), value.into());
        match self.0.iter_mut().find(|h| h.name.eq_ignore_ascii_case(&name)) {
            Some(header) => {
                let joined = header.value.to_mut();
                joined.extend_from_slice(b", ");
                joined.extend_from_slice(&value);
            }
            None => self.push(name, value),
        }
    }

    /// All headers in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Header> {
        self.0.iter()
    }

    /// The number of headers, duplicates counted.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no header.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Keeps the headers for which `keep` holds.
    pub fn retain(&mut self, keep: impl FnMut(&Header) -> bool) {
        self.0.retain(keep);
    }
}

impl<N: Into<ByteString>, V: Into<ByteString>> FromIterator<(N, V)> for HeaderList {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(iter: I) -> Self {
        let iter = iter.into_iter();
        let mut list = Self::with_capacity(iter.size_hint().0);
        for (name, value) in iter {
            list.push(name, value);
        }
        list
    }
}

impl<'a> IntoIterator for &'a HeaderList {
    type Item = &'a Header;
    type IntoIter = std::slice::Iter<'a, Header>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// Strips SP and HT, and nothing else, from both ends: they are never part of a [header value](https://fetch.spec.whatwg.org/#header-value).
#[must_use]
pub fn trim_tab_space(bytes: &[u8]) -> &[u8] {
    trim(bytes, |b| matches!(b, b'\t' | b' '))
}

/// [Normalize](https://fetch.spec.whatwg.org/#concept-header-value-normalize): strips HT, LF, CR and SP from both ends.
#[must_use]
pub fn normalize(bytes: &[u8]) -> &[u8] {
    trim(bytes, |b| matches!(b, b'\t' | b'\n' | b'\r' | b' '))
}

fn trim(mut bytes: &[u8], strip: impl Fn(u8) -> bool) -> &[u8] {
    while let [first, rest @ ..] = bytes {
        if !strip(*first) {
            break;
        }
        bytes = rest;
    }
    while let [rest @ .., last] = bytes {
        if !strip(*last) {
            break;
        }
        bytes = rest;
    }
    bytes
}

/// Whether the bytes are an HTTP [token](https://fetch.spec.whatwg.org/#concept-header-name).
#[must_use]
pub fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(|&b| is_token_byte(b))
}

pub(crate) const fn is_token_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric()
        || matches!(
            b,
            b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~'
        )
}

/// Whether the bytes are a [header value](https://fetch.spec.whatwg.org/#header-value): no outer SP or HT, no NUL, LF or CR.
#[must_use]
pub fn is_header_value(bytes: &[u8]) -> bool {
    trim_tab_space(bytes).len() == bytes.len() && !bytes.iter().any(|b| matches!(b, 0 | b'\n' | b'\r'))
}

/// Splits as [get, decode, and split](https://fetch.spec.whatwg.org/#header-value-get-decode-and-split) of a value does: steps 1
/// to 5. A quoted string (step 5.2) is part of its item; a comma outside ends the item (steps 5.3 to 5.8).
#[must_use]
pub fn decode_and_split(value: &[u8]) -> Vec<Vec<u8>> {
    let mut items = Vec::new();
    let mut item = Vec::new();
    let mut quoted = false;
    let mut bytes = value.iter();
    while let Some(&b) = bytes.next() {
        match b {
            b'"' => {
                quoted = !quoted;
                item.push(b);
            }
            b'\\' if quoted => {
                item.push(b);
                item.extend(bytes.next());
            }
            b',' if !quoted => {
                items.push(trim_tab_space(&item).to_vec());
                item.clear();
            }
            _ => item.push(b),
        }
    }
    items.push(trim_tab_space(&item).to_vec());
    items
}

/// [Extract header list values](https://fetch.spec.whatwg.org/#extract-header-list-values) for a header whose grammar is
/// `#token`, steps 1 and 3 to 5: Access-Control-Allow-Methods, -Allow-Headers and -Expose-Headers. Each line is parsed on its
/// own (step 4.1), empty elements are skipped, one bad item fails everything (step 4.2).
#[must_use]
pub fn extract_header_list_values<'a>(name: &[u8], list: &'a HeaderList) -> Extracted<Vec<&'a [u8]>> {
    if !list.contains(name) {
        return Extracted::Null;
    }
    let mut values = Vec::new();
    for line in list.get_all(name) {
        for item in line.split(|&b| b == b',') {
            let item = trim_tab_space(item);
            if item.is_empty() {
                if crate::branch!("extract: an empty element is skipped", true) {
                    continue;
                }
                return Extracted::Failure;
            }
            if !crate::branch!("extract: an item is a token", is_token(item)) {
                return Extracted::Failure;
            }
            values.push(item);
        }
    }
    Extracted::Values(values)
}

/// The same algorithm for Access-Control-Max-Age, whose grammar is one `delta-seconds`: several lines are a failure (step 2). A
/// number too large for `u64` becomes the largest `u64`; it never wraps.
#[must_use]
pub fn extract_max_age(list: &HeaderList) -> Extracted<u64> {
    let mut lines = list.get_all(b"access-control-max-age");
    let Some(value) = lines.next() else {
        return Extracted::Null;
    };
    if lines.next().is_some() {
        return Extracted::Failure;
    }
    delta_seconds(value).map_or(Extracted::Failure, Extracted::Values)
}

/// `delta-seconds`: one or more ASCII digits; saturates.
#[must_use]
pub fn delta_seconds(value: &[u8]) -> Option<u64> {
    if value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(
        value
            .iter()
            .fold(0_u64, |n, b| n.saturating_mul(10).saturating_add(u64::from(b - b'0'))),
    )
}

/// [Convert header names to a sorted-lowercase set](https://fetch.spec.whatwg.org/#convert-header-names-to-a-sorted-lowercase-set),
/// steps 1 to 3: lower-cased, unique, in byte order.
#[must_use]
pub fn convert_header_names_to_a_sorted_lowercase_set(names: Vec<ByteString>) -> Vec<ByteString> {
    let mut names = names;
    for name in &mut names {
        if name.iter().any(u8::is_ascii_uppercase) {
            name.to_mut().make_ascii_lowercase();
        }
    }
    names.sort_unstable();
    names.dedup();
    names
}
