//! The rules that examine each answer.

use super::CaseRun;
use crosscheck_judge::server as judge;
use crosscheck_judge::{FetchRun, Findings};
use crosscheck_results::rules;

impl CaseRun<'_> {
    /// Applies the rules that examine each answer.
    pub(super) fn exchanges(&self, findings: &mut Findings, run: &FetchRun) {
        for (i, exchanged) in run.exchanges.iter().enumerate() {
            if exchanged.from_cache || exchanged.received.is_empty() {
                continue;
            }
            findings.look_at_exchange(i);
            let path = exchanged.request.url.path();
            let request = &exchanged.request;
            judge::headers(
                findings,
                self.policy,
                self.judged_path(path),
                &request.method,
                &request.headers,
                &exchanged.response,
            );
            if let Some(policy) = self.policy
                && request.preflight
                && run.exchanges.get(i + 1).is_some_and(|next| !next.request.preflight)
            {
                judge::max_age(findings, policy, request, &exchanged.response);
            }
            findings.examine(&rules::CRASH);
            if exchanged.sent_twice {
                findings.examine(&rules::UNSTABLE);
            }
            if let Some(unstable) = &exchanged.unstable {
                findings.found(
                    &rules::UNSTABLE,
                    "",
                    format!("the same request twice: {}", unstable.what),
                );
            }
        }
    }
}
