//! Whether the subject has a policy: it is ready, refuses it, or cannot express it.

use super::case_result::{blank, broken, finish, not_applicable};
use super::control::{Control, Target};
use super::listener::Listener;
use super::policy_group::Worker;
use super::supervised::State;
use super::watch::Watch;
use crate::net::Outgoing;
use crate::subject::{Capability, PolicySupport};
use crosscheck_corpus::policy::Mode;
use crosscheck_corpus::{Case, Policy, probes};
use crosscheck_fetch::HeaderList;
use crosscheck_judge::{Examined, Findings};
use crosscheck_results::rules;
use crosscheck_results::{CaseResult, Verdict};
use std::time::Duration;

/// Whether a case can run.
pub(super) enum PolicyState {
    Open,
    Closed(Box<(CaseResult, Examined)>),
}

impl Worker<'_> {
    /// Opens the listener, or returns the result that states why there is none.
    pub(super) async fn policy_state(&mut self, case: &Case, state: &State) -> PolicyState {
        let run = &self.group.run;
        let close = |closed| PolicyState::Closed(Box::new(closed));
        if self
            .listener
            .as_ref()
            .is_none_or(|(generation, _)| *generation != state.generation)
        {
            self.refusal = None;
            self.exchanges += self.listener.take().map_or(0, |(_, listener)| listener.exchanges);
            match state.policy_support(&self.group.policy) {
                None => {
                    let reason = match self.group.host.failure() {
                        Some(error) => format!("the subject's process for this policy did not start: {error}"),
                        None => "the subject ended and could not be started again".to_owned(),
                    };
                    return close(broken(&run.subject, case, &reason));
                }
                Some(PolicySupport::Ready(address)) => {
                    let mut listener = Listener::new(*address, self.limits.clone());
                    if let Some(policy) = self.policy.filter(|p| p.risky()) {
                        self.refusal = refuses_every_origin(&mut listener, policy, run.timeout).await;
                    }
                    if self.refusal.is_none() && self.watch.is_none() && !self.group.host.is_unresponsive() {
                        let at = Target::of_the_contract();
                        let (control, result) = Control::open(&mut listener, &at, self.policy, run.timeout).await;
                        self.watch = Some(Watch::new(control, &result));
                    }
                    self.listener = Some((state.generation, listener));
                }
                Some(PolicySupport::Refused(reason)) => return close(self.refused(case, reason)),
                Some(PolicySupport::Unsupported(lacking)) => return close(self.unsupported(case, lacking)),
            }
        }
        match &self.refusal {
            Some(reason) => close(self.refused(case, reason)),
            None => PolicyState::Open,
        }
    }

    fn refused(&self, case: &Case, message: &str) -> (CaseResult, Examined) {
        let subject = &self.group.run.subject;
        let Some(policy) = self.policy else {
            return not_applicable(subject, case, format!("refuses to start without a policy: {message}"));
        };
        let risks = policy.risks();
        if !risks.is_empty() {
            let reason = format!("rightly refused ({}): {message}", risks.join(", "));
            let (mut result, examined) = not_applicable(subject, case, reason);
            result.rejected_policy = true;
            return (result, examined);
        }
        self.rejected_policy(case, format!("the subject refuses the policy: {message}"))
    }

    fn unsupported(&self, case: &Case, lacking: &[Capability]) -> (CaseResult, Examined) {
        let run = &self.group.run;
        let needed = match self.policy {
            Some(policy) => policy.flags_needed(),
            None => Mode::named(&self.group.policy).map(Mode::flag).into_iter().collect(),
        };
        match run.known.description.unsupported_reasons(&run.spec, &needed, lacking) {
            Ok(reasons) => not_applicable(&run.subject, case, format!("cannot express {reasons}")),
            Err(unfounded) => self.rejected_policy(case, unfounded.to_string()),
        }
    }

    fn rejected_policy(&self, case: &Case, what: String) -> (CaseResult, Examined) {
        let mut findings = Findings::default();
        findings.examine(&rules::REFUSE_CONFIG);
        findings.found(&rules::REFUSE_CONFIG, "", what);
        let mut result = blank(&self.group.run.subject, case, Verdict::OverDeny);
        finish(&mut result, &findings.deviations);
        (result, findings.examined)
    }
}

/// Checks whether a library refuses a risky policy by answering every origin with the same 5xx status. Returns a description of
/// the refusal.
async fn refuses_every_origin(listener: &mut Listener, policy: &Policy, limit: Duration) -> Option<String> {
    let mut statuses = Vec::new();
    // Listed origins are sent too: rejecting only unlisted origins does not count as rejecting the policy. No request without Origin is
    // sent, since the library need not handle it.
    let listed = probes::samples(&policy.origins).into_iter().take(3);
    let others = ["https://app.example", "https://stranger.test", "null"].map(str::to_owned);
    for origin in listed.chain(others) {
        let mut headers = HeaderList::new();
        headers.push(&b"Origin"[..], origin.as_bytes().to_vec());
        let outgoing = Outgoing {
            method: b"GET".to_vec(),
            target: "/".to_owned(),
            host: "api.example".to_owned(),
            headers,
            body: Vec::new(),
        };
        let reply = tokio::time::timeout(limit, listener.send(&outgoing)).await.ok()?.ok()?;
        statuses.push(reply.response.status);
    }
    let first = *statuses.first()?;
    (first >= 500 && statuses.iter().all(|s| *s == first)).then(|| format!("answers every origin with {first}"))
}
