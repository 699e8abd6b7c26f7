//! What a deviation shows, apart from the trial that shows it.

use crosscheck_corpus::wire::try_read_raw;
use crosscheck_fetch::HeaderList;
use crosscheck_results::rules;
use crosscheck_results::{CaseResult, Deviation, ExchangeRecord, Verdict};

/// The rule that a deviation breaks, its verdict and its header.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Symptom {
    /// The verdict, worst first.
    pub verdict: Verdict,
    /// The rule.
    pub rule: String,
    /// The header that it is about.
    pub header: Option<String>,
}

impl Symptom {
    /// The symptom of a deviation; `None` for one that does not count.
    #[must_use]
    pub fn of(deviation: &Deviation) -> Option<Self> {
        let rule = deviation.rule.clone().filter(|_| deviation.verdict.counts())?;
        Some(Self {
            verdict: deviation.verdict,
            // A missing Vary has the same cause whatever header differs.
            header: deviation.header.clone().filter(|_| rule != rules::VARY.id),
            rule,
        })
    }

    /// The different symptoms of a result.
    pub(super) fn all(result: &CaseResult) -> Vec<Self> {
        let mut all: Vec<Self> = result.deviations.iter().filter_map(Self::of).collect();
        all.sort();
        all.dedup();
        all
    }
}

/// How the server responded, as far as it distinguishes causes: the class of each status, and what Access-Control-Allow-Origin is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Behavior(Vec<(u16, AllowOrigin)>);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum AllowOrigin {
    Absent,
    Wildcard,
    Requested,
    Other,
}

impl Behavior {
    /// The behavior in the exchange that shows a symptom, of a request of an origin; in all exchanges if none shows it. A missing Vary
    /// has the same cause however the server responds.
    #[must_use]
    pub fn of(result: &CaseResult, symptom: &Symptom, origin: &str) -> Self {
        if symptom.rule == rules::VARY.id {
            return Self(Vec::new());
        }
        let mut deviations = result.deviations.iter();
        let shows = deviations.find(|deviation| Symptom::of(deviation).as_ref() == Some(symptom));
        let shown = shows.and_then(|deviation| result.transcript.get(deviation.exchange?));
        let exchanges: Vec<&ExchangeRecord> = match shown {
            Some(exchange) => vec![exchange],
            None => result
                .transcript
                .iter()
                .filter(|exchange| matches!(exchange.what.as_str(), "preflight" | "actual"))
                .collect(),
        };
        Self(
            exchanges
                .into_iter()
                .filter_map(|exchange| response(exchange, origin))
                .collect(),
        )
    }
}

fn response(exchange: &ExchangeRecord, origin: &str) -> Option<(u16, AllowOrigin)> {
    // Where the body ends depends on the method, and the body does not matter here.
    let response = try_read_raw(b"GET", exchange.response.bytes()).ok()?;
    Some((response.status / 100, allow_origin(&response.headers, origin)))
}

fn allow_origin(headers: &HeaderList, origin: &str) -> AllowOrigin {
    match headers.get(b"access-control-allow-origin") {
        None => AllowOrigin::Absent,
        Some(value) if *value == *b"*" => AllowOrigin::Wildcard,
        Some(value) if *value == *origin.as_bytes() => AllowOrigin::Requested,
        Some(_) => AllowOrigin::Other,
    }
}
