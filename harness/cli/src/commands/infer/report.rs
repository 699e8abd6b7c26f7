//! The results of all queries, and what follows from them.

use super::grants::Grants;
use crate::exit::Exit;
use crosscheck_fetch::{CorsCheck, CredentialsMode, Origin, WireResponse, cors_check};
use crosscheck_search::infer::{Attack, AttackerNeeds, Conclusion, Explanation, Inference, Query};

/// What a page of an origin can do with a response, by the CORS check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CorsResult {
    /// Whether it can read the response.
    pub(super) allowed: bool,
    /// Whether it can read the response to a request with credentials.
    pub(super) credentials: bool,
    /// Whether `*` allows it.
    pub(super) wildcard: bool,
    /// The status of the response.
    pub(super) status: u16,
}

impl CorsResult {
    pub(super) fn of(origin: &str, response: &WireResponse) -> Self {
        let check = |mode| cors_check(origin, mode, &response.headers);
        let without_credentials = check(CredentialsMode::SameOrigin);
        Self {
            allowed: without_credentials.is_success(),
            credentials: check(CredentialsMode::Include).is_success(),
            wildcard: without_credentials == CorsCheck::Wildcard,
            status: response.status,
        }
    }
}

/// The results, in the order of the queries, and what follows from them.
pub(super) struct Report {
    /// The URL, without secrets.
    pub(super) url: String,
    /// How many requests were sent.
    pub(super) requests: usize,
    /// The origin that the queries are derived from; `None` if the server allows none of those that were tried.
    known: Option<Origin>,
    pub(super) inference: Inference,
    /// The results of the queries of the inference, in the same order.
    cors: Vec<CorsResult>,
    /// The origins that had another result when the query was repeated.
    pub(super) changed: Vec<Origin>,
    /// What the server grants to the known origin.
    pub(super) grants: Option<Grants>,
    /// The attacks with allowed origins.
    pub(super) attacks: Vec<Attack>,
}

/// The conclusion of a report.
pub(super) enum Outcome {
    /// An explanation agrees with every result.
    Explained(Explanation),
    /// None does.
    Unexplained,
    /// A repeated query had another result.
    Changed,
    /// None of the origins that were tried is allowed.
    NoneAllowed,
}

impl Report {
    pub(super) fn new(known: Origin) -> Self {
        Self {
            url: String::new(),
            requests: 0,
            inference: Inference::new(&known),
            known: Some(known),
            cors: Vec::new(),
            changed: Vec::new(),
            grants: None,
            attacks: Vec::new(),
        }
    }

    /// A report for a server that allows none of the origins that were tried.
    pub(super) fn without_known_origin(results: Vec<(Query, CorsResult)>) -> Self {
        let mut report = Self {
            known: None,
            ..Self::new(Origin::Opaque)
        };
        for (query, result) in results {
            report.record(query, result);
        }
        report
    }

    pub(super) fn record(&mut self, query: Query, result: CorsResult) {
        self.inference.record(query, result.allowed);
        self.cors.push(result);
    }

    /// The origin that the queries are derived from.
    pub(super) fn known_origin(&self) -> &Origin {
        self.known.as_ref().unwrap_or(&Origin::Opaque)
    }

    pub(super) fn outcome(&self) -> Outcome {
        if self.known.is_none() {
            return Outcome::NoneAllowed;
        }
        if !self.changed.is_empty() {
            return Outcome::Changed;
        }
        match self.inference.conclusion() {
            Conclusion::Explained(explanation) => Outcome::Explained(explanation),
            Conclusion::Unexplained => Outcome::Unexplained,
        }
    }

    /// The queries with their results.
    pub(super) fn results(&self) -> impl Iterator<Item = (&Query, &CorsResult)> {
        let queries = self.inference.results().iter().map(|result| &result.query);
        queries.zip(&self.cors)
    }

    /// The result for an origin, if it was queried.
    pub(super) fn result(&self, origin: &Origin) -> Option<&CorsResult> {
        let mut results = self.results();
        results
            .find(|(query, _)| query.origin == *origin)
            .map(|(_, result)| result)
    }

    pub(super) fn allowed_origins(&self) -> impl Iterator<Item = &Origin> {
        let allowed = self.results().filter(|(_, result)| result.allowed);
        allowed.map(|(query, _)| &query.origin)
    }

    /// Whether every allowed origin is allowed by `*`, and therefore without credentials.
    pub(super) fn is_wildcard(&self) -> bool {
        let mut allowed = self.cors.iter().filter(|result| result.allowed).peekable();
        allowed.peek().is_some() && allowed.all(|result| result.wildcard)
    }

    /// How many origins are allowed, and how many of them with credentials.
    pub(super) fn with_credentials(&self) -> (usize, usize) {
        let allowed = self.cors.iter().filter(|result| result.allowed);
        let with = allowed.clone().filter(|result| result.credentials);
        (allowed.count(), with.count())
    }

    /// Whether a page of an origin can read responses to requests with credentials.
    pub(super) fn has_credentials(&self, origin: &Origin) -> bool {
        self.result(origin).is_some_and(|result| result.credentials)
    }

    pub(super) fn exit(&self) -> Exit {
        let is_dangerous = |attack: &Attack| {
            let is_easy = matches!(
                attack.needs,
                AttackerNeeds::SandboxedFrame | AttackerNeeds::RegisteredDomain
            );
            is_easy && self.has_credentials(&attack.origin)
        };
        match self.outcome() {
            Outcome::Unexplained | Outcome::Changed => Exit::Unexpected,
            Outcome::Explained(_) | Outcome::NoneAllowed if self.attacks.iter().any(is_dangerous) => Exit::Unexpected,
            Outcome::Explained(_) | Outcome::NoneAllowed => Exit::Expected,
        }
    }
}
