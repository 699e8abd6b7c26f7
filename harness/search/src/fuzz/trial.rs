//! What is tried, and the outcome.

use crosscheck_corpus::Facet;
use crosscheck_corpus::generate::{CANONICAL, CANONICAL_HOST, HostKind, Visit};
use crosscheck_corpus::policy::{Credentials, Names, Policy};
use crosscheck_results::{CaseResult, Verdict};
use std::sync::Arc;

/// A policy, and a visit to a server that has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    /// The policy.
    pub policy: Arc<Policy>,
    /// The visit.
    pub visit: Visit,
}

impl Trial {
    /// How large it is. Among trials with the same deviation, the smallest is shown. Each simplification makes it smaller.
    #[must_use]
    pub fn size(&self) -> usize {
        let document = policy_size(&self.policy);
        let requests = self.visit.requests.iter();
        let requests: usize = requests
            .map(|request| {
                let is_other = usize::from(request.method != "GET") + usize::from(request.path != "/");
                10 + 3 * is_other + 2 * usize::from(request.credentials) + 3 * request.headers.len()
            })
            .sum();
        let requester = &self.visit.requester;
        let is_listed = self.policy.origins.single().is_some();
        let is_related = self.policy.origins.facet(&requester.base) != Facet::MustNot;
        let strangeness = [
            (!is_listed, 200),
            (!is_related, 5),
            (requester.base != CANONICAL, 30),
            // An attacker registers a domain more easily than an address.
            (!requester.operators.is_empty() && is_address(&requester.origin), 20),
            (!requester.base.contains(CANONICAL_HOST), 100),
        ];
        let strangeness: usize = strangeness.iter().filter(|(is, _)| *is).map(|(_, size)| size).sum();
        document + 40 * requester.operators.len() + requester.origin.len() + requests + strangeness
    }
}

fn is_address(origin: &str) -> bool {
    matches!(HostKind::of(origin), HostKind::Ipv4 | HostKind::Ipv6)
}

/// Grows with everything that the policy has beyond a list of one origin.
fn policy_size(policy: &Policy) -> usize {
    let names = |names: &Names| match names {
        Names::Any => 15,
        Names::List(list) => list.iter().map(|name| 10 + name.len()).sum(),
    };
    let credentials = match &policy.credentials {
        Credentials::None => 0,
        Credentials::All => 20,
        Credentials::List(list) => 30 + list.len(),
    };
    let routes = policy
        .routes
        .iter()
        .map(|route| 100 + route.policy.as_ref().map_or(0, policy_size));
    let origins = serde_json::to_string(&policy.origins).map_or(0, |text| text.len());
    origins
        + credentials
        + names(&policy.methods)
        + names(&policy.headers)
        + names(&policy.expose)
        + policy.max_age.map_or(0, |_| 10)
        + routes.sum::<usize>()
}

/// The outcome of a trial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judged {
    /// The server was judged. The result has its deviations.
    Result(Box<CaseResult>),
    /// The trial does not apply: the server refuses the policy, or the policy says nothing about the visit. Why.
    NotApplicable(String),
    /// The responses say nothing about the server, or there is no result.
    NotJudged,
}

impl Judged {
    /// What a result states.
    #[must_use]
    pub fn of(result: CaseResult) -> Self {
        match result.verdict {
            Verdict::NotApplicable => Self::NotApplicable(result.reason.unwrap_or_default()),
            Verdict::NotJudged => Self::NotJudged,
            _ => Self::Result(Box::new(result)),
        }
    }
}
