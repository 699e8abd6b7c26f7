//! The [CORS-preflight cache](https://fetch.spec.whatwg.org/#cors-preflight-cache).

use crate::header_list::ByteString;
use crate::origin::Site;
use crate::safelist::is_cors_non_wildcard_request_header_name;
use std::borrow::Cow;
use std::sync::Arc;
use url::Url;

/// The most entries kept; the oldest go first, which the standard allows at any time.
const MOST_ENTRIES: usize = 4096;

/// What the entries of one preflight have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) partition: Site,
    pub(crate) origin: Cow<'static, str>,
    pub(crate) url: Url,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Subject {
    Method(ByteString),
    HeaderName(ByteString),
}

/// A [cache entry](https://fetch.spec.whatwg.org/#cache-entry).
#[derive(Clone, Debug)]
struct Entry {
    key: Arc<Key>,
    stored: u64,
    max_age: u64,
    credentials: bool,
    subject: Subject,
}

/// The question put to the cache.
#[derive(Clone, Copy)]
pub(crate) struct Lookup<'a> {
    pub(crate) partition: &'a Site,
    pub(crate) origin: &'a str,
    pub(crate) url: &'a Url,
    pub(crate) include: bool,
    pub(crate) now: u64,
    /// Compare URLs without their fragments.
    pub(crate) ignore_fragment: bool,
    /// A stored `*` does not answer for a request with credentials mode include.
    pub(crate) wildcard_needs_no_credentials: bool,
}

/// The list of entries.
#[derive(Clone, Debug, Default)]
pub(crate) struct PreflightCache(Vec<Entry>);

impl Lookup<'_> {
    /// Same partition key, byte-serialized origin and URL.
    fn is_of(&self, key: &Key) -> bool {
        key.origin == self.origin
            && key.partition == *self.partition
            && if self.ignore_fragment {
                key.url[..url::Position::AfterQuery] == self.url[..url::Position::AfterQuery]
            } else {
                key.url == *self.url
            }
    }

    /// There is a [cache entry match](https://fetch.spec.whatwg.org/#concept-cache-match), and it has not expired.
    fn matches(&self, entry: &Entry) -> bool {
        (entry.credentials || !self.include)
            && self.now < entry.stored.saturating_add(entry.max_age)
            && self.is_of(&entry.key)
    }

    fn wildcard(&self) -> bool {
        !(self.include && self.wildcard_needs_no_credentials)
    }

    /// A [method cache entry match](https://fetch.spec.whatwg.org/#concept-cache-match-method).
    fn matches_method(&self, entry: &Entry, method: &[u8]) -> bool {
        matches!(&entry.subject, Subject::Method(m) if **m == *method || (**m == *b"*" && self.wildcard()))
            && self.matches(entry)
    }

    /// A [header-name cache entry match](https://fetch.spec.whatwg.org/#concept-cache-match-header).
    fn matches_header_name(&self, entry: &Entry, name: &[u8]) -> bool {
        matches!(&entry.subject, Subject::HeaderName(n)
            if n.eq_ignore_ascii_case(name)
                || (**n == *b"*" && self.wildcard() && !is_cors_non_wildcard_request_header_name(name)))
            && self.matches(entry)
    }
}

impl PreflightCache {
    pub(crate) fn has_method(&self, lookup: Lookup<'_>, method: &[u8]) -> bool {
        self.0.iter().any(|e| lookup.matches_method(e, method))
    }

    pub(crate) fn has_header_name(&self, lookup: Lookup<'_>, name: &[u8]) -> bool {
        self.0.iter().any(|e| lookup.matches_header_name(e, name))
    }

    /// Stores what a successful preflight listed: entries that match get the new max-age, the others are
    /// [created](https://fetch.spec.whatwg.org/#concept-cache-create-entry).
    pub(crate) fn store<'a>(
        &mut self,
        lookup: Lookup<'_>,
        max_age: u64,
        methods: impl Iterator<Item = &'a [u8]>,
        names: impl Iterator<Item = &'a [u8]>,
    ) {
        self.0.retain(|e| lookup.now < e.stored.saturating_add(e.max_age));
        self.0
            .reserve(methods.size_hint().0.min(64) + names.size_hint().0.min(64));
        let mut key = None;
        for method in methods {
            match self.0.iter_mut().find(|e| lookup.matches_method(e, method)) {
                Some(entry) => entry.max_age = max_age,
                None => self.create(lookup, &mut key, max_age, Subject::Method(constant(method))),
            }
        }
        for name in names {
            match self.0.iter_mut().find(|e| lookup.matches_header_name(e, name)) {
                Some(entry) => entry.max_age = max_age,
                None => self.create(lookup, &mut key, max_age, Subject::HeaderName(constant(name))),
            }
        }
    }

    fn create(&mut self, lookup: Lookup<'_>, key: &mut Option<Arc<Key>>, max_age: u64, subject: Subject) {
        if max_age == 0 {
            return;
        }
        if self.0.len() >= MOST_ENTRIES {
            self.0.remove(0);
        }
        let key = key.get_or_insert_with(|| {
            Arc::new(Key {
                partition: lookup.partition.clone(),
                origin: Cow::Owned(lookup.origin.to_owned()),
                url: lookup.url.clone(),
            })
        });
        self.0.push(Entry {
            key: Arc::clone(key),
            stored: lookup.now,
            max_age,
            credentials: lookup.include,
            subject,
        });
    }

    /// [Clear cache entries](https://fetch.spec.whatwg.org/#concept-cache-clear): all of that key, whatever their credentials.
    pub(crate) fn clear(&mut self, lookup: Lookup<'_>) {
        self.0.retain(|e| !lookup.is_of(&e.key));
    }
}

fn constant(bytes: &[u8]) -> ByteString {
    match bytes {
        b"GET" => Cow::Borrowed(b"GET"),
        b"HEAD" => Cow::Borrowed(b"HEAD"),
        b"POST" => Cow::Borrowed(b"POST"),
        b"PUT" => Cow::Borrowed(b"PUT"),
        b"PATCH" => Cow::Borrowed(b"PATCH"),
        b"DELETE" => Cow::Borrowed(b"DELETE"),
        b"*" => Cow::Borrowed(b"*"),
        _ => Cow::Owned(bytes.to_vec()),
    }
}
