//! Checks that answers which differ by requester name `Origin` in `Vary`, seen from the page of the case.

use crate::findings::Findings;
use crate::vary_probe::Reasked;
use crosscheck_corpus::{Facet, Policy, probes};
use crosscheck_results::rules;
use crosscheck_text::escape_truncated;

/// The most listed origins that are tried.
const MAX_LISTED: usize = 4;

/// Origins that no policy of the corpus lists.
const UNLISTED: [&str; 3] = [
    "https://stranger.test",
    "https://stranger.invalid",
    "http://stranger.test",
];

/// The requesters that a path is tried with: none (no Origin header), some listed origins, an unlisted one, and `null`. Without a policy
/// two unlisted origins. The method is that of the actual request.
#[must_use]
pub fn requesters(policy: Option<&Policy>, path: &str, method: &str) -> Vec<Option<Vec<u8>>> {
    let mut origins: Vec<String> = Vec::new();
    if let Some(policy) = policy {
        let own = &policy.at(path, method).unwrap_or(policy).origins;
        let samples = probes::samples(own).into_iter().filter(|o| own.allow(o));
        origins.extend(samples.take(MAX_LISTED));
        origins.extend(
            UNLISTED
                .iter()
                .find(|s| own.facet(s) == Facet::MustNot)
                .map(|s| (*s).to_owned()),
        );
    } else {
        origins.extend(UNLISTED.iter().take(2).map(|s| (*s).to_owned()));
    }
    origins.push("null".to_owned());
    origins.sort_unstable();
    origins.dedup();
    std::iter::once(None)
        .chain(origins.into_iter().map(|o| Some(o.into_bytes())))
        .collect()
}

/// Judges the answer to one requester against those to the others, and returns the one that it clashes with. `record` is the index of
/// the first of the two records that show the clash.
pub fn vary<'a>(
    found: &mut Findings,
    target: &str,
    own: &Reasked,
    others: &'a [Reasked],
    record: usize,
) -> Option<&'a Reasked> {
    found.examine(&rules::VARY);
    let (other, clash) = others
        .iter()
        .filter_map(|other| Some((other, clash(own, other)?)))
        // A clash that changes what a page gets comes first.
        .min_by_key(|(_, clash)| !clash.harm)?;
    let Clash {
        stored,
        receiver,
        what,
        harm,
    } = clash;
    let effect = match (harm, receiver.reads(&stored.reply.response.headers)) {
        (true, true) => ", which then reads what it must not",
        (true, false) => ", which is then blocked",
        (false, _) => "",
    };
    let what = format!(
        "{what} between {} and {}; a cache that keeps the answer to {} hands it to {}{effect}",
        own.requester(),
        other.requester(),
        stored.requester(),
        receiver.requester()
    );
    let header = own
        .answered
        .differing(&other.answered)
        .or_else(|| other.answered.differing(&own.answered))
        .unwrap_or("x-hit")
        .to_owned();
    found.look_at_record(record + usize::from(!std::ptr::eq(stored, own)));
    if let Some(d) = found.found(&rules::VARY, &header, format!("{target}: {what}")) {
        d.expected = Some("Vary: Origin".to_owned());
        let vary = stored.reply.response.headers.get(b"vary");
        d.actual = Some(vary.map_or_else(
            || "no Vary".to_owned(),
            |v| format!("Vary: {}", escape_truncated(&v, 200)),
        ));
    }
    Some(other)
}

struct Clash<'a> {
    /// The answer that a cache keeps.
    stored: &'a Reasked,
    /// The requester that the cache hands it to.
    receiver: &'a Reasked,
    what: String,
    /// Whether it changes what that requester may read.
    harm: bool,
}

fn clash<'a>(own: &'a Reasked, other: &'a Reasked) -> Option<Clash<'a>> {
    let what = own.answered.cors_difference(&other.answered)?;
    let one_way = |stored: &'a Reasked, receiver: &'a Reasked| {
        let unsafe_to_keep = stored.storable && !stored.varies;
        unsafe_to_keep.then(|| Clash {
            stored,
            receiver,
            what: what.clone(),
            harm: receiver.reads(&stored.reply.response.headers) != receiver.reads(&receiver.reply.response.headers),
        })
    };
    let (there, back) = (one_way(own, other), one_way(other, own));
    match (there, back) {
        (Some(there), Some(back)) => Some(if there.harm || !back.harm { there } else { back }),
        (one, None) | (None, one) => one,
    }
}
