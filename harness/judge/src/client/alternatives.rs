//! The requests of one fetch against what the case writes and what it allows besides.

use crosscheck_corpus::replay::{Matched, Script, Seen};
use crosscheck_corpus::{AlsoAllowed, Exchange, Expect, FetchSpec, HeaderMatch};
use crosscheck_fetch::{ByteString, HeaderList, Leniency, Url};

/// A request as it arrived, in the terms of the case.
#[derive(Clone, Debug)]
pub struct Observed {
    /// The method.
    pub method: Vec<u8>,
    /// The URL.
    pub url: Url,
    /// The headers, in order.
    pub headers: HeaderList,
    /// The body.
    pub body: Vec<u8>,
    /// The bytes of its head and body, restored.
    pub sent: Vec<u8>,
    /// The bytes that answered it, restored.
    pub answered: Vec<u8>,
}

impl Observed {
    fn seen(&self) -> Seen<'_> {
        Seen {
            method: &self.method,
            url: &self.url,
            headers: &self.headers,
            body: &self.body,
        }
    }

    /// Whether it is a preflight, by what a preflight always has.
    pub fn is_preflight(&self) -> bool {
        self.method == b"OPTIONS" && self.headers.contains(b"access-control-request-method")
    }
}

/// One way in which the case may go: its own words, or an entry of `also_allowed`.
pub struct Alternative<'c> {
    /// The entry of `also_allowed`; none for the case's own words.
    pub also: Option<&'c AlsoAllowed>,
    /// The outcome that it states.
    pub expect: &'c Expect,
    entries: &'c [Exchange],
    /// The request itself is an OPTIONS.
    scripted_options: bool,
}

/// How far the requests so far follow an alternative.
pub struct Progress<'c> {
    /// The answer to the last of them.
    pub last: Option<Matched<'c>>,
    /// Requests that match nothing, each with its index.
    pub unmatched: Vec<(usize, String)>,
    /// Entries that never came.
    pub missing: Vec<String>,
    /// The leniency by which a request came that the letter does without.
    pub by: Option<Leniency>,
}

/// The case's own words first.
pub fn alternatives(spec: &FetchSpec) -> Vec<Alternative<'_>> {
    let method = spec.request.method.as_deref();
    let scripted_options = method.is_some_and(|m| m.eq_ignore_ascii_case(b"OPTIONS"));
    let own = Alternative {
        also: None,
        expect: &spec.expect,
        entries: &spec.exchange,
        scripted_options,
    };
    let others = spec.also_allowed.iter().map(|also| Alternative {
        also: Some(also),
        expect: also.expect.as_ref().unwrap_or(&spec.expect),
        entries: also.exchange.as_deref().unwrap_or(&spec.exchange),
        scripted_options,
    });
    std::iter::once(own).chain(others).collect()
}

impl<'c> Alternative<'c> {
    /// Goes through the requests from the first.
    pub fn progress(&self, requests: &[Observed]) -> Progress<'c> {
        let mut script = Script::new(self.entries);
        let mut unmatched = Vec::new();
        let mut last = None;
        let mut by = None;
        for (i, request) in requests.iter().enumerate() {
            let reply = script.reply(&request.seen());
            let entry = reply.entry.and_then(|entry| self.entries.get(entry));
            by = by.or(entry.and_then(|entry| entry.optional));
            if let Some(why) = &reply.unmatched {
                unmatched.push((i, why.clone()));
            }
            last = Some(reply);
        }
        Progress {
            last,
            unmatched,
            missing: script.finish(),
            by,
        }
    }

    /// The entry that must come next.
    pub fn awaits(&self, requests: &[Observed]) -> Option<&'c Exchange> {
        let mut script = Script::new(self.entries);
        for request in requests {
            script.reply(&request.seen());
        }
        let mut open = script.open().filter_map(|i| self.entries.get(i));
        open.find(|entry| entry.optional.is_none())
    }

    /// Whether an entry is a preflight. A page may send OPTIONS itself: only a preflight has Access-Control-Request-Method.
    pub fn is_preflight(&self, entry: &Exchange) -> bool {
        entry.request.as_ref().is_some_and(|r| {
            let has_acrm =
                |(name, _): &(ByteString, HeaderMatch)| name.eq_ignore_ascii_case(b"access-control-request-method");
            r.method.as_deref() == Some(b"OPTIONS") && (!self.scripted_options || r.headers.iter().any(has_acrm))
        })
    }
}

/// The answer to the newest of the requests: by the first alternative that all of them match, else by the case's own words.
pub fn answer<'c>(spec: &'c FetchSpec, requests: &[Observed]) -> Option<Matched<'c>> {
    let mut own = None;
    for alternative in alternatives(spec) {
        let progress = alternative.progress(requests);
        if progress.unmatched.is_empty() {
            return progress.last;
        }
        own = own.or(progress.last);
    }
    own
}
