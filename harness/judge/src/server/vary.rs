//! Whether answers that differ by who asks say so, from the view of the page that asks in the case.

use crate::findings::Findings;
use crate::vary_probe::Reasked;
use crosscheck_corpus::{Policy, probes};
use crosscheck_results::rules;
use crosscheck_text::escape_truncated;

/// The most listed origins that are asked.
const MAX_LISTED: usize = 4;

/// Origins that no policy of the corpus lists.
const STRANGERS: [&str; 3] = [
    "https://stranger.test",
    "https://stranger.invalid",
    "http://stranger.test",
];

/// Who is asked about a path: nobody, some that the policy lets in there or elsewhere, a stranger, and `null`. Without a
/// policy two strangers are.
pub fn requesters(policy: Option<&Policy>, path: &str) -> Vec<Option<Vec<u8>>> {
    let mut origins: Vec<String> = Vec::new();
    if let Some(policy) = policy {
        let own = &policy.at(path).unwrap_or(policy).origins;
        let samples = probes::samples(own).into_iter().filter(|o| own.allow(o));
        origins.extend(samples.take(MAX_LISTED));
        origins.extend(STRANGERS.iter().find(|s| !own.allow(s)).map(|s| (*s).to_owned()));
    } else {
        origins.extend(STRANGERS.iter().take(2).map(|s| (*s).to_owned()));
    }
    origins.push("null".to_owned());
    origins.sort_unstable();
    origins.dedup();
    std::iter::once(None)
        .chain(origins.into_iter().map(|o| Some(o.into_bytes())))
        .collect()
}

/// Judges the answer to one requester against those to the others; returns the one that it clashes with. The answer that a cache would
/// keep is shown, of the two that are put on record from there on, this one's and the other's.
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
        asks,
        what,
        harm,
    } = clash;
    let effect = match (harm, asks.reads(&stored.reply.response.headers)) {
        (true, true) => ", which then reads what it must not",
        (true, false) => ", which is then blocked",
        (false, _) => "",
    };
    let what = format!(
        "{what} between {} and {}; a cache that keeps the answer to {} hands it to {}{effect}",
        own.who(),
        other.who(),
        stored.who(),
        asks.who()
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
    /// Who gets it.
    asks: &'a Reasked,
    what: String,
    /// Whether it changes what the one who gets it may read.
    harm: bool,
}

fn clash<'a>(own: &'a Reasked, other: &'a Reasked) -> Option<Clash<'a>> {
    let what = own.answered.cors_difference(&other.answered)?;
    let one_way = |stored: &'a Reasked, asks: &'a Reasked| {
        let unsafe_to_keep = stored.storable && !stored.varies;
        unsafe_to_keep.then(|| Clash {
            stored,
            asks,
            what: what.clone(),
            harm: asks.reads(&stored.reply.response.headers) != asks.reads(&asks.reply.response.headers),
        })
    };
    let (there, back) = (one_way(own, other), one_way(other, own));
    match (there, back) {
        (Some(there), Some(back)) => Some(if there.harm || !back.harm { there } else { back }),
        (one, None) | (None, one) => one,
    }
}
