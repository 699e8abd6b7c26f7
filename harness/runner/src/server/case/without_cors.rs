//! Sends a request again without its CORS headers, where only the difference shows what the server does with them.

use super::super::baseline_request::without_cors;
use super::super::browse::{FailedExchange, outgoing};
use super::super::listener::Listener;
use super::{CaseRun, Observations};
use crate::net::Outgoing;
use crosscheck_corpus::FetchSpec;
use crosscheck_fetch::{HeaderList, Origin, WireResponse};
use crosscheck_judge::server as judge;
use crosscheck_judge::{FetchRun, record};
use crosscheck_results::rules;

impl CaseRun<'_> {
    /// Judges each answer of a fetch that says that the server failed.
    pub(super) async fn failures(
        &self,
        listener: &mut Listener,
        seen: &mut Observations,
        spec: &FetchSpec,
        run: &FetchRun,
    ) -> Result<(), FailedExchange> {
        for (at, exchanged) in run.exchanges.iter().enumerate() {
            if exchanged.from_cache || exchanged.received.is_empty() {
                continue;
            }
            seen.findings.look_at_exchange(at);
            let outgoing = outgoing(listener, &exchanged.request, &spec.page, &spec.request);
            self.failure(listener, seen, &outgoing, &exchanged.response).await?;
        }
        Ok(())
    }

    /// Judges one answer.
    pub(super) async fn failure(
        &self,
        listener: &mut Listener,
        seen: &mut Observations,
        outgoing: &Outgoing,
        response: &WireResponse,
    ) -> Result<(), FailedExchange> {
        let Some(without) = without_cors(outgoing) else {
            return Ok(());
        };
        seen.findings.examine(&rules::FAILS_ON_INPUT);
        if !judge::is_failure(response) {
            return Ok(());
        }
        let reply = listener.send(&without).await?;
        let before = seen.findings.deviations.len();
        judge::fails_on_input(&mut seen.findings, &input(&outgoing.headers), response, &reply.response);
        if seen.findings.deviations.len() > before {
            let what = "the same request, its CORS headers renamed";
            seen.records.push(record::exchange(what, &reply.sent, &reply.received));
        }
        Ok(())
    }

    /// Judges whether the application answers a page of the server's own origin.
    pub(super) async fn refused_own(
        &self,
        listener: &mut Listener,
        seen: &mut Observations,
        spec: &FetchSpec,
        run: &FetchRun,
    ) -> Result<(), FailedExchange> {
        let Some((at, last)) = run.exchanges.iter().enumerate().next_back() else {
            return Ok(());
        };
        let is_own =
            spec.page.origin.same_origin(&Origin::of(&last.request.url)) && last.request.headers.contains(b"origin");
        if !is_own || last.received.is_empty() || self.policy.is_none() {
            return Ok(());
        }
        seen.findings.examine(&rules::REFUSE_OWN);
        if judge::is_served(self.own_paths, &last.response) {
            return Ok(());
        }
        let outgoing = outgoing(listener, &last.request, &spec.page, &spec.request);
        let Some(without) = without_cors(&outgoing) else {
            return Ok(());
        };
        let reply = listener.send(&without).await?;
        if judge::is_served(self.own_paths, &reply.response) {
            seen.findings.look_at_exchange(at);
            let origin = spec.page.origin.serialize();
            judge::refuse_own(&mut seen.findings, &last.request.method, &origin, &last.response);
            let what = "the same request, its Origin renamed";
            seen.records.push(record::exchange(what, &reply.sent, &reply.received));
        }
        Ok(())
    }
}

/// The value that a report shows as the reason of a failure: the requested headers, else the requested method, else the origin.
fn input(headers: &HeaderList) -> Vec<u8> {
    const NAMES: [&[u8]; 3] = [
        b"access-control-request-headers",
        b"access-control-request-method",
        b"origin",
    ];
    let value = NAMES.iter().find_map(|name| headers.get(name));
    value.unwrap_or_default().into_owned()
}
