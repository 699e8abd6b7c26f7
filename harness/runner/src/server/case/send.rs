//! Cases that send bytes which no browser would send.

use super::super::baseline_request::is_rejected_without_cors;
use super::super::browse::FailedExchange;
use super::super::listener::Listener;
use super::{CaseRun, Observations};
use crate::net::Outgoing;
use crosscheck_corpus::Send;
use crosscheck_fetch::WireRequest;
use crosscheck_judge::record;
use crosscheck_judge::server as judge;
use crosscheck_results::rules;

impl CaseRun<'_> {
    pub(super) async fn send(
        &self,
        listener: &mut Listener,
        send: &Send,
        seen: &mut Observations,
    ) -> Result<(), FailedExchange> {
        let outgoing = Outgoing::of_send(send, listener.host());
        let exchanged = listener.send_twice(&outgoing).await;
        seen.findings.examine(&rules::CRASH);
        let (reply, unstable) = match exchanged {
            Ok(answers) => answers,
            Err(failure) if is_rejected_without_cors(listener, &outgoing, &failure).await => return Ok(()),
            Err(failure) => return Err(failure),
        };
        let findings = &mut seen.findings;
        findings.look_at_record(seen.records.len());
        if !listener.limits.once {
            findings.examine(&rules::UNSTABLE);
        }
        if let Some(unstable) = &unstable {
            findings.found(
                &rules::UNSTABLE,
                "",
                format!("the same request twice: {}", unstable.what),
            );
        }
        let path = send.url.path();
        if let Some(policy) = self.policy {
            judge::sent_effect(findings, policy, self.documented, send, &reply.response);
            judge::lenient_match(findings, policy, send, &reply.response);
        }
        judge::headers(
            findings,
            self.policy,
            self.judged_path(path),
            &send.method,
            &send.headers,
            &reply.response,
        );
        if self.own_paths {
            judge::on_answer(findings, self.case, &send.method, &reply.response);
        }
        seen.records
            .push(record::exchange("sent", &reply.sent, &reply.received));
        if let Some(unstable) = unstable {
            seen.records
                .push(record::exchange("again", &unstable.sent, &unstable.received));
        }
        self.failure(listener, seen, &outgoing, &reply.response).await?;
        if send.headers.contains(b"origin") || !matches!(&*send.method, b"GET" | b"HEAD") {
            return Ok(());
        }
        let request = WireRequest {
            method: send.method.clone(),
            url: send.url.clone(),
            headers: send.headers.clone(),
            body: Vec::new(),
            preflight: false,
        };
        self.vary_of(listener, seen, &request, None).await
    }
}
