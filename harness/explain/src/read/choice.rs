//! Chooses the fetch to explain among recorded exchanges: a request with its preflight and its redirects.

use super::browser::Seen;
use crate::adhoc::{AdHoc, Draft, Evidence, Flags, Sent};
use crate::assess::assess;
use crate::doubt::Doubt;
use crate::head::shown;
use crate::input_error::InputError;
use crate::recorded::Recorded;
use crate::verdict::Verdict;
use crosscheck_fetch::{Answer, Origin, Url, is_redirect_status};

/// The maximum number of hops in one fetch.
const MAX_HOPS: usize = 21;
/// The maximum number of fetches that are compared.
const MAX_FETCHES: usize = 1000;
/// The maximum number of other requests that a note names.
const NAMED: usize = 3;

/// Chooses one fetch: one that crosses origins before others, then one whose request has an Origin, then one that is blocked.
pub(super) fn choose(seen: &[Seen], by_browser: bool, flags: &Flags) -> Result<Draft, InputError> {
    let selected = |s: &Seen| match flags.url() {
        // A full URL replaces the one of a paste; a part of one selects a request.
        Some(url) => seen.len() == 1 && !by_browser || s.url.contains(url.as_str()) || !s.url.contains("://"),
        None => true,
    };
    let all: Vec<usize> = (0..seen.len()).filter(|i| selected(&seen[*i])).collect();
    let paired: Vec<usize> = all
        .iter()
        .filter(|i| !seen[**i].is_preflight())
        .filter_map(|i| preflight_of(seen, *i))
        .collect();
    let starts: Vec<usize> = all
        .iter()
        .copied()
        .filter(|i| match seen[*i].is_preflight() {
            true => !paired.contains(i) && !is_asked_again(seen, *i),
            false => !is_hop(seen, *i),
        })
        .take(MAX_FETCHES)
        .collect();
    let mut best: Option<(u32, usize, Draft)> = None;
    for (place, start) in starts.iter().enumerate() {
        let draft = draft(seen, *start, by_browser);
        let rank = rank(&seen[*start], &draft, flags);
        if best.as_ref().is_none_or(|(r, ..)| rank > *r) {
            best = Some((rank, place, draft));
        }
    }
    let Some((_, place, mut draft)) = best else {
        let what = flags
            .url()
            .map_or_else(String::new, |u| format!(" whose URL contains `{}`", shown(u)));
        return Err(InputError::new(
            format!("the input has no request{what}"),
            "record again with the Network panel open, or give another --url",
        ));
    };
    if starts.len() > 1 {
        draft.notes.insert(0, others(seen, &starts, place));
    }
    Ok(draft)
}

fn others(seen: &[Seen], starts: &[usize], place: usize) -> String {
    let name = |i: &usize| format!("{} {}", seen[*i].method, shown(&seen[*i].url));
    let rest: Vec<String> = starts
        .iter()
        .enumerate()
        .filter(|(p, _)| *p != place)
        .map(|(_, i)| name(i))
        .collect();
    let more = if rest.len() > NAMED { ", .." } else { "" };
    format!(
        "the input has {} requests; this is number {}, {}; not explained: {}{more}; choose another with --url",
        starts.len(),
        place + 1,
        name(&starts[place]),
        rest[..rest.len().min(NAMED)].join(", ")
    )
}

/// The higher, the more likely it is the fetch that the user asks about.
fn rank(seen: &Seen, draft: &Draft, flags: &Flags) -> u32 {
    let Ok(adhoc) = AdHoc::build(draft.clone(), flags) else {
        return 0;
    };
    let crosses = Url::parse(&adhoc.init.url).is_ok_and(|u| !adhoc.page.origin.same_origin_with_url(&u));
    let with_origin = draft.origin.is_some();
    let real = !seen.is_bare_options();
    let verdict = match assess(&adhoc).verdict {
        Verdict::Blocked => 3,
        Verdict::NotKnown if draft.evidence.refused == Some(true) => 3,
        Verdict::NotKnown => 2,
        Verdict::Loaded => 1,
        Verdict::Readable => 0,
    };
    let exact = flags.url().is_some_and(|u| seen.url.ends_with(u));
    u32::from(exact) * 64 + u32::from(crosses) * 32 + u32::from(with_origin) * 16 + u32::from(real) * 8 + verdict
}

/// Whether a later exchange repeats this preflight.
fn is_asked_again(seen: &[Seen], at: usize) -> bool {
    let this = &seen[at];
    let same = |s: &Seen, name: &str| s.header(name) == this.header(name);
    seen[at + 1..].iter().any(|s| {
        s.is_preflight()
            && s.url == this.url
            && [
                "origin",
                "access-control-request-method",
                "access-control-request-headers",
            ]
            .iter()
            .all(|n| same(s, n))
    })
}

/// The origin of the page that makes the request, as far as its headers show it.
fn page_origin(seen: &Seen) -> Option<String> {
    seen.header("origin").or_else(|| {
        let referrer = Url::parse(&seen.header("referer")?).ok()?;
        Some(Origin::of(&referrer).serialize().into_owned())
    })
}

/// The target of the answer's redirect.
fn next_hop(seen: &Seen) -> Option<Url> {
    let Some(Answer::Response(response)) = &seen.answer else {
        return None;
    };
    let location = response
        .headers
        .get(b"location")
        .filter(|_| is_redirect_status(response.status))?;
    Url::parse(&seen.url)
        .ok()?
        .join(std::str::from_utf8(&location).ok()?)
        .ok()
}

/// Whether an entry continues a redirect of an earlier one.
fn is_hop(seen: &[Seen], at: usize) -> bool {
    let Ok(url) = Url::parse(&seen[at].url) else {
        return false;
    };
    seen[..at]
        .iter()
        .rev()
        .take(MAX_HOPS * 2)
        .any(|s| !s.is_preflight() && next_hop(s).is_some_and(|u| u == url))
}

/// The fetch that starts at an entry, with its preflights and redirects.
fn draft(seen: &[Seen], start: usize, by_browser: bool) -> Draft {
    let first = &seen[start];
    let mut notes = Vec::new();
    let mut assumed = Vec::new();
    let options_without_method = first.is_bare_options() && !by_browser;
    let preflight = preflight_of(seen, start).map(|i| &seen[i]);
    let init = if first.is_preflight() {
        notes.push(
            "only a preflight is given; the actual request is constructed from the preflight's headers".to_owned(),
        );
        first.init_behind_preflight()
    } else if options_without_method {
        notes.push(
            "this OPTIONS request is no preflight: a browser's preflight has Access-Control-Request-Method; ask again with \
             curl -v -X OPTIONS -H 'Origin: ..' -H 'Access-Control-Request-Method: PUT', and the method of the page"
                .to_owned(),
        );
        first.init_behind_options()
    } else {
        first.init(preflight)
    };
    let mut doubts = Vec::new();
    let mut evidence = Evidence {
        by_browser,
        options_without_method,
        ..Evidence::default()
    };
    let mut answers = Vec::new();
    let (mut cookies, mut cached) = (false, false);
    let mut at = start;
    for _ in 0..MAX_HOPS {
        let hop = &seen[at];
        cookies |= hop.has_cookies();
        let before = preflight_of(seen, at).map(|i| &seen[i]);
        for seen in before.into_iter().chain([hop]) {
            let preflight = Some(seen.is_preflight() || options_without_method);
            evidence.refused = seen.refused;
            cached |= seen.cached;
            if seen.no_status && !doubts.contains(&Doubt::StatusNotShown) {
                doubts.push(Doubt::StatusNotShown);
            }
            answers.extend(seen.answer.clone().map(|answer| Recorded::new(preflight, answer)));
        }
        let Some(next) = next_hop(hop) else { break };
        let later = (at + 1..seen.len())
            .find(|i| !seen[*i].is_preflight() && Url::parse(&seen[*i].url).is_ok_and(|u| u == next));
        let Some(later) = later else { break };
        at = later;
    }
    if cached {
        notes.push(
            "the response came from the browser's cache: an earlier request stored it, perhaps one without Origin; the server \
             should send the CORS headers and `Vary: Origin` on every answer; clear the cache after the change"
                .to_owned(),
        );
    }
    if options_without_method {
        doubts.push(Doubt::NoPreflightSent);
    }
    for seen in [Some(first), preflight].into_iter().flatten() {
        notes.extend(odd_headers(seen));
    }
    if !by_browser && first.initiator == super::browser::Initiator::Script {
        assumed.push("a script makes the request with fetch() or XMLHttpRequest, in mode cors".to_owned());
    }
    let origin = page_origin(first).or_else(|| preflight.and_then(page_origin));
    let sent = match first.header("origin").or_else(|| preflight?.header("origin")) {
        Some(origin) => Sent::With(origin),
        None if first.shown && !by_browser => Sent::Without,
        None if !by_browser && first.headers.is_empty() => Sent::NoRequest,
        None => Sent::NotShown,
    };
    Draft {
        origin,
        init: Some(init),
        answers,
        cookies,
        sent,
        notes,
        assumed,
        doubts,
        evidence,
    }
}

/// Remarks about headers that stand where they have no effect.
fn odd_headers(seen: &Seen) -> Vec<String> {
    let mut notes = Vec::new();
    for (name, _) in &seen.headers {
        let name = String::from_utf8_lossy(name);
        let lower = name.to_ascii_lowercase();
        if lower.starts_with("access-control-allow-") {
            notes.push(format!(
                "the request has {}, which is a header of responses{}",
                shown(&name),
                if lower == "access-control-allow-headers" {
                    "; Access-Control-Request-Headers was meant"
                } else {
                    ""
                }
            ));
        }
        if lower.starts_with("access-control-request-") && seen.method != "OPTIONS" {
            notes.push(format!(
                "a browser sends {} on preflights only, not on {}",
                shown(&name),
                shown(&seen.method)
            ));
        }
    }
    if let Some(Answer::Response(response)) = &seen.answer {
        for header in &response.headers {
            let name = String::from_utf8_lossy(&header.name).to_ascii_lowercase();
            if name.ends_with("-access-control-allow-origin") {
                notes.push(format!(
                    "{} is not Access-Control-Allow-Origin; browsers ignore it",
                    shown(&name)
                ));
            }
        }
    }
    notes
}

/// The preflight of an entry: the nearest OPTIONS to the same URL for its method, before or after it.
fn preflight_of(seen: &[Seen], at: usize) -> Option<usize> {
    let actual = &seen[at];
    if actual.is_preflight() {
        return None;
    }
    let same_origin = |s: &Seen| match (s.header("origin"), actual.header("origin")) {
        (Some(a), Some(b)) => a == b,
        _ => true,
    };
    let fits = |i: &usize| {
        let s = &seen[*i];
        s.is_preflight()
            && s.url == actual.url
            && same_origin(s)
            && s.header("access-control-request-method").as_deref() == Some(&actual.method)
    };
    (0..at).rev().find(fits).or_else(|| (at + 1..seen.len()).find(fits))
}
