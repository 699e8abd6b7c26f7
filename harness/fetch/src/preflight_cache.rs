//! The [CORS-preflight cache](https://fetch.spec.whatwg.org/#cors-preflight-cache).

use crate::header_list::ByteString;
use crate::origin::Site;
use crate::safelist::is_cors_non_wildcard_request_header_name;
use crate::steps::Step;
use std::borrow::Cow;
use std::sync::Arc;
use url::Url;

/// The maximum number of entries; the oldest are removed first, which the standard allows at any time.
const MOST_ENTRIES: usize = 4096;

/// The fields that the entries of one preflight have in common.
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

/// A lookup in the cache.
#[derive(Clone, Copy)]
pub(crate) struct Lookup<'a> {
    pub(crate) partition: &'a Site,
    pub(crate) origin: &'a str,
    pub(crate) url: &'a Url,
    pub(crate) include: bool,
    pub(crate) now: u64,
    /// Compare URLs without their fragments.
    pub(crate) ignore_fragment: bool,
    /// A stored `*` does not cover a request with credentials mode include.
    pub(crate) wildcard_needs_no_credentials: bool,
}

/// The changes that a preflight response made in the cache.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Stored {
    /// The lifetime in seconds.
    pub(crate) max_age: u64,
    /// The entries that are new.
    pub(crate) created: usize,
    /// The entries that have another lifetime than before.
    pub(crate) refreshed: usize,
}

/// The list of entries.
#[derive(Clone, Debug, Default)]
pub(crate) struct PreflightCache(Vec<Entry>);

impl Lookup<'_> {
    /// Whether the entry has the same partition key, byte-serialized origin and URL.
    fn is_of(&self, key: &Key) -> bool {
        key.origin == self.origin
            && key.partition == *self.partition
            && if self.ignore_fragment {
                key.url[..url::Position::AfterQuery] == self.url[..url::Position::AfterQuery]
            } else {
                key.url == *self.url
            }
    }

    /// Whether there is a [cache entry match](https://fetch.spec.whatwg.org/#concept-cache-match) that has not expired.
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

impl Entry {
    /// Sets the lifetime; returns 1 if it changed, 0 otherwise.
    fn refresh(&mut self, max_age: u64) -> usize {
        let changed = self.max_age != max_age;
        self.max_age = max_age;
        usize::from(changed)
    }

    /// Whether it is an entry for the method, or for one of the names.
    fn concerns(&self, method: &[u8], names: &[ByteString]) -> bool {
        match &self.subject {
            Subject::Method(m) => **m == *method || **m == *b"*",
            Subject::HeaderName(n) => **n == *b"*" || names.iter().any(|name| n.eq_ignore_ascii_case(name)),
        }
    }
}

/// Why an entry of the CORS-preflight cache does not cover a request although it has the method or the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Miss {
    /// It has expired.
    Expired,
    /// It is of another URL.
    Url,
    /// It is of another URL, and only the fragments differ.
    Fragment,
    /// It is of another origin.
    Origin,
    /// It is of another network partition.
    Partition,
    /// It was stored without credentials.
    Credentials,
}

impl Miss {
    pub(crate) const fn step(self) -> Step {
        match self {
            Self::Expired => Step::PreflightCacheMustExpire,
            Self::Url => Step::PreflightCacheKeyedByUrl,
            Self::Fragment => Step::PreflightCacheFragment,
            Self::Origin => Step::PreflightCacheKeyedByOrigin,
            Self::Partition => Step::PreflightCacheKeyedByPartition,
            Self::Credentials => Step::PreflightCacheCredentialsAsymmetry,
        }
    }
}

impl PreflightCache {
    pub(crate) fn has_method(&self, lookup: Lookup<'_>, method: &[u8]) -> bool {
        self.0.iter().any(|e| lookup.matches_method(e, method))
    }

    pub(crate) fn has_header_name(&self, lookup: Lookup<'_>, name: &[u8]) -> bool {
        self.0.iter().any(|e| lookup.matches_header_name(e, name))
    }

    /// The steps by which the entries cover a request, for the trace.
    pub(crate) fn hit_steps(&self, lookup: Lookup<'_>, method: &[u8], names: &[ByteString]) -> Vec<Step> {
        let by_method = self.0.iter().find(|e| lookup.matches_method(e, method));
        let by_name = names
            .iter()
            .filter_map(|name| self.0.iter().find(|e| lookup.matches_header_name(e, name)));
        let entries: Vec<&Entry> = by_method.into_iter().chain(by_name).collect();
        let is_wildcard = |e: &&Entry| match &e.subject {
            Subject::Method(m) => **m == *b"*" && *method != *b"*",
            Subject::HeaderName(n) => **n == *b"*" && names.iter().all(|name| **name != *b"*"),
        };
        let also = [
            (by_method.is_some(), Step::PreflightCacheMethodMatch),
            (
                entries.len() > usize::from(by_method.is_some()),
                Step::PreflightCacheHeaderMatch,
            ),
            (
                !lookup.include && entries.iter().any(|e| e.credentials),
                Step::PreflightCacheCredentialsAsymmetry,
            ),
            (
                lookup.include && entries.iter().any(is_wildcard),
                Step::PreflightCacheWildcardEntryCredentialed,
            ),
            (
                entries.windows(2).any(|pair| !Arc::ptr_eq(&pair[0].key, &pair[1].key)),
                Step::PreflightCacheIndependentEntries,
            ),
            (
                !entries.is_empty() && lookup.origin == "null",
                Step::PreflightCacheNullOriginsShare,
            ),
            (!entries.is_empty(), Step::PreflightCacheOptional),
        ];
        also.into_iter()
            .filter_map(|(holds, step)| holds.then_some(step))
            .collect()
    }

    /// Why entries for the method or for a name do not cover a request, for the trace; only entries that differ in one thing.
    pub(crate) fn near_misses(&self, lookup: Lookup<'_>, method: &[u8], names: &[ByteString]) -> Vec<Miss> {
        let miss = |entry: &Entry| {
            let key = &entry.key;
            let path = |url: &Url| url[..url::Position::AfterQuery].to_owned();
            let other_url = if path(&key.url) == path(lookup.url) {
                Miss::Fragment
            } else {
                Miss::Url
            };
            let all = [
                (lookup.now >= entry.stored.saturating_add(entry.max_age), Miss::Expired),
                (key.url != *lookup.url, other_url),
                (key.origin != lookup.origin, Miss::Origin),
                (key.partition != *lookup.partition, Miss::Partition),
                (!entry.credentials && lookup.include, Miss::Credentials),
            ];
            let mut missed = all.into_iter().filter_map(|(misses, by)| misses.then_some(by));
            missed.next().filter(|_| missed.next().is_none())
        };
        let concerned = self.0.iter().filter(|e| e.concerns(method, names));
        let mut found: Vec<Miss> = concerned.filter_map(miss).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Stores the lists of a successful preflight, steps 7.12 to 7.15 of
    /// [CORS-preflight fetch](https://fetch.spec.whatwg.org/#cors-preflight-fetch-0): entries that match get the new max-age, the
    /// others are created.
    pub(crate) fn store<'a>(
        &mut self,
        lookup: Lookup<'_>,
        max_age: u64,
        methods: impl Iterator<Item = &'a [u8]>,
        names: impl Iterator<Item = &'a [u8]>,
    ) -> Stored {
        let mut stored = Stored {
            max_age,
            ..Stored::default()
        };
        self.0.retain(|e| lookup.now < e.stored.saturating_add(e.max_age));
        self.0
            .reserve(methods.size_hint().0.min(64) + names.size_hint().0.min(64));
        let mut key = None;
        for method in methods {
            match self.0.iter_mut().find(|e| lookup.matches_method(e, method)) {
                Some(entry) => stored.refreshed += entry.refresh(max_age),
                None => stored.created += self.create(lookup, &mut key, max_age, Subject::Method(constant(method))),
            }
        }
        for name in names {
            match self.0.iter_mut().find(|e| lookup.matches_header_name(e, name)) {
                Some(entry) => stored.refreshed += entry.refresh(max_age),
                None => stored.created += self.create(lookup, &mut key, max_age, Subject::HeaderName(constant(name))),
            }
        }
        stored
    }

    /// [Creates an entry](https://fetch.spec.whatwg.org/#concept-cache-create-entry), steps 1 and 2; returns the number of created
    /// entries, which is 0 for a lifetime of zero.
    fn create(&mut self, lookup: Lookup<'_>, key: &mut Option<Arc<Key>>, max_age: u64, subject: Subject) -> usize {
        if max_age == 0 {
            return 0;
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
        1
    }

    /// [Clear cache entries](https://fetch.spec.whatwg.org/#concept-cache-clear): all with that key, with or without credentials.
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
