//! The questions in their order, and what the answers show.

use super::asked::Asked;
use super::candidates::{Candidate, candidates};
use super::explanation::Explanation;
use super::matcher::Matcher;
use super::queries::{Query, queries};

/// The uncertainty, in bits, below which an answer tells nothing.
const NOTHING: f64 = 1e-9;
/// How likely the best candidate must be to be named.
const SURE: f64 = 0.95;
/// The most origins that a server lists beside what a matcher lets in.
const MOST_LISTED: usize = 3;
/// How likely it is that a server lists one.
const LISTED: f64 = 0.05;

/// A question and its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The question.
    pub query: Query,
    /// Whether the origin was let in.
    pub allowed: bool,
}

/// What the answers show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Conclusion {
    /// This gives all the answers.
    Explained(Explanation),
    /// Nothing that is known here gives all the answers.
    Unexplained,
}

/// An inference in progress.
#[derive(Clone, Debug)]
pub struct Inference {
    open: Vec<Query>,
    left: Vec<Candidate>,
    answers: Vec<Answer>,
    /// The matcher that was named last, and after how many answers.
    named: Option<(Matcher, usize)>,
}

impl Inference {
    /// Begins with an origin that is let in.
    #[must_use]
    pub fn of(base: &Asked) -> Self {
        Self {
            open: queries(base),
            left: candidates(base),
            answers: Vec::new(),
            named: None,
        }
    }

    /// The next question: the one whose answer tells most. When no answer tells anything any more, the others follow in their order.
    #[must_use]
    pub fn next(&self) -> Option<Query> {
        let mut best: Option<(&Query, f64)> = None;
        for query in &self.open {
            let information = self.information(query);
            if best.is_none_or(|(_, most)| information > most + NOTHING) {
                best = Some((query, information));
            }
        }
        best.map(|(query, _)| query.clone())
    }

    /// Takes an answer.
    pub fn answer(&mut self, query: Query, allowed: bool) {
        self.open.retain(|open| open.origin != query.origin);
        for candidate in &mut self.left {
            let explanation = &mut candidate.explanation;
            if allowed && query.is_usual && !explanation.allows(&query.origin) && explanation.listed.len() < MOST_LISTED
            {
                explanation.listed.push(query.origin.clone());
                candidate.weight *= LISTED;
            }
        }
        self.left
            .retain(|candidate| candidate.explanation.allows(&query.origin) == allowed);
        self.answers.push(Answer { query, allowed });
        self.name();
    }

    /// Names the best candidate if it is likely enough, together with those that agree with it on every open question.
    fn name(&mut self) {
        let Some(best) = self.best() else {
            self.named = None;
            return;
        };
        let agrees = |candidate: &&Candidate| {
            let allows = |query: &Query| candidate.explanation.allows(&query.origin);
            self.open
                .iter()
                .all(|query| allows(query) == best.explanation.allows(&query.origin))
        };
        let weight = |candidates: &mut dyn Iterator<Item = &Candidate>| candidates.map(|c| c.weight).sum::<f64>();
        let all = weight(&mut self.left.iter());
        let sure = weight(&mut self.left.iter().filter(agrees)) >= SURE * all;
        let is_same = self
            .named
            .as_ref()
            .is_some_and(|(named, _)| *named == best.explanation.matcher);
        if !is_same {
            self.named = sure.then(|| (best.explanation.matcher.clone(), self.answers.len()));
        }
    }

    /// After how many answers the matcher was named that holds now. Origins that are listed besides are found later.
    #[must_use]
    pub fn named_after(&self) -> Option<usize> {
        self.named.as_ref().map(|(_, after)| *after)
    }

    /// The answers so far.
    #[must_use]
    pub fn answers(&self) -> &[Answer] {
        &self.answers
    }

    /// What the answers show: the most likely of the explanations that are left.
    #[must_use]
    pub fn conclusion(&self) -> Conclusion {
        self.best().map_or(Conclusion::Unexplained, |best| {
            Conclusion::Explained(best.explanation.clone())
        })
    }

    fn best(&self) -> Option<&Candidate> {
        let mut best: Option<&Candidate> = None;
        for candidate in &self.left {
            if best.is_none_or(|best| candidate.weight > best.weight) {
                best = Some(candidate);
            }
        }
        best
    }

    /// How much the answer to a question tells about the candidates, in bits.
    fn information(&self, query: &Query) -> f64 {
        let (mut all, mut allowing) = (0.0, 0.0);
        for candidate in &self.left {
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
