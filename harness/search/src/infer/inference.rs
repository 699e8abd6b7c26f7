//! The order of the queries, and the conclusion from their results.

use super::candidates::{Candidate, candidates};
use super::explanation::Explanation;
use super::matcher::Matcher;
use super::queries::{Query, queries};
use crosscheck_fetch::Origin;

/// The information, in bits, below which two queries count as equal.
const EPSILON: f64 = 1e-9;
/// The probability from which a matcher is named.
const NAMED: f64 = 0.95;
/// The most single origins of an explanation.
const MAX_LISTED: usize = 3;
/// The probability that a server lists such an origin.
const LISTED: f64 = 0.05;

/// A query and its result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryResult {
    /// The query.
    pub query: Query,
    /// Whether the server allowed the origin.
    pub allowed: bool,
}

/// The conclusion from the results.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Conclusion {
    /// This explanation agrees with every result.
    Explained(Explanation),
    /// No explanation agrees with every result.
    Unexplained,
}

/// An inference in progress.
#[derive(Clone, Debug)]
pub struct Inference {
    open: Vec<Query>,
    candidates: Vec<Candidate>,
    results: Vec<QueryResult>,
    /// The matcher that was named last, and after how many results.
    named: Option<(Matcher, usize)>,
}

impl Inference {
    /// Begins with an origin that the server allows.
    #[must_use]
    pub fn new(known: &Origin) -> Self {
        Self {
            open: queries(known),
            candidates: candidates(known),
            results: Vec::new(),
            named: None,
        }
    }

    /// Returns the next query: the one with the most expected information. Queries without information follow in their order.
    #[must_use]
    pub fn next_query(&self) -> Option<Query> {
        let mut best: Option<(&Query, f64)> = None;
        for query in &self.open {
            let information = self.information(query);
            if best.is_none_or(|(_, most)| information > most + EPSILON) {
                best = Some((query, information));
            }
        }
        best.map(|(query, _)| query.clone())
    }

    /// Records the result of a query.
    pub fn record(&mut self, query: Query, allowed: bool) {
        self.open.retain(|open| open.origin != query.origin);
        for candidate in &mut self.candidates {
            let explanation = &mut candidate.explanation;
            let can_list = query.is_often_listed && explanation.listed.len() < MAX_LISTED;
            if allowed && can_list && !explanation.allows(&query.origin) {
                explanation.listed.push(query.origin.clone());
                candidate.weight *= LISTED;
            }
        }
        self.candidates
            .retain(|candidate| candidate.explanation.allows(&query.origin) == allowed);
        self.results.push(QueryResult { query, allowed });
        self.name();
    }

    /// Names the best candidate if it, and those that agree with it on every open query, are likely enough.
    fn name(&mut self) {
        let Some(best) = self.best() else {
            self.named = None;
            return;
        };
        let agrees = |candidate: &Candidate| {
            let mut open = self.open.iter().map(|query| &query.origin);
            open.all(|origin| candidate.explanation.allows(origin) == best.explanation.allows(origin))
        };
        let (mut all, mut agreeing) = (0.0, 0.0);
        for candidate in &self.candidates {
            all += candidate.weight;
            if agrees(candidate) {
                agreeing += candidate.weight;
            }
        }
        let matcher = &best.explanation.matcher;
        if self.named.as_ref().is_none_or(|(named, _)| named != matcher) {
            self.named = (agreeing >= NAMED * all).then(|| (matcher.clone(), self.results.len()));
        }
    }

    /// Returns after how many results the current matcher was named. Single origins are found later.
    #[must_use]
    pub fn named_after(&self) -> Option<usize> {
        self.named.as_ref().map(|(_, after)| *after)
    }

    /// The results so far.
    #[must_use]
    pub fn results(&self) -> &[QueryResult] {
        &self.results
    }

    /// Returns the most likely explanation that agrees with every result.
    #[must_use]
    pub fn conclusion(&self) -> Conclusion {
        self.best().map_or(Conclusion::Unexplained, |best| {
            Conclusion::Explained(best.explanation.clone())
        })
    }

    /// The most likely candidate; of several, the first one.
    fn best(&self) -> Option<&Candidate> {
        let mut best: Option<&Candidate> = None;
        for candidate in &self.candidates {
            if best.is_none_or(|best| candidate.weight > best.weight) {
                best = Some(candidate);
            }
        }
        best
    }

    /// The expected information of a query about the candidates, in bits.
    fn information(&self, query: &Query) -> f64 {
        let (mut all, mut allowing) = (0.0, 0.0);
        for candidate in &self.candidates {
            all += candidate.weight;
            if candidate.explanation.allows(&query.origin) {
                allowing += candidate.weight;
            }
        }
        if all <= 0.0 {
            return 0.0;
        }
        let part = |p: f64| if p <= 0.0 { 0.0 } else { -p * p.log2() };
        part(allowing / all) + part(1.0 - allowing / all)
    }
}
