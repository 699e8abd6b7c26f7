//! `Vary`: whether the answer to another request differs in a header that a cache does not know of.

use super::super::browse::FailedExchange;
use super::super::listener::Listener;
use super::{CaseRun, Observations};
use crosscheck_fetch::WireRequest;
use crosscheck_judge::server as judge;
use crosscheck_results::rules;

impl CaseRun<'_> {
    pub(super) async fn vary(
        &self,
        listener: &mut Listener,
        seen: &mut Observations,
        at: usize,
    ) -> Result<(), FailedExchange> {
        let Some(exchanged) = seen.runs.last().and_then(|r| r.exchanges.get(at)) else {
            return Ok(());
        };
        let request = &exchanged.request;
        let free = self.is_free(request.url.path());
        if request.preflight || exchanged.received.is_empty() || !matches!(&*request.method, b"GET" | b"HEAD") || free {
            return Ok(());
        }
        let request = request.clone();
        let origins: Vec<&[u8]> = request.headers.get_all(b"origin").collect();
        let origin = match origins.as_slice() {
            [] => None,
            [one] => Some(*one),
            _ => return Ok(()),
        };
        self.vary_of(listener, seen, &request, origin).await
    }

    pub(super) async fn vary_preflight(
        &self,
        listener: &mut Listener,
        seen: &mut Observations,
        at: usize,
    ) -> Result<(), FailedExchange> {
        let Some(exchanged) = seen.runs.last().and_then(|r| r.exchanges.get(at)) else {
            return Ok(());
        };
        let (request, own) = (exchanged.request.clone(), exchanged.response.clone());
        let path = request.url.path();
        if !request.preflight || exchanged.received.is_empty() || self.is_free(path) {
            return Ok(());
        }
        seen.findings.look_at_exchange(at);
        seen.findings.examine(&rules::VARY_PREFLIGHT);
        let mut clashed = "";
        for variant in judge::variants(self.policy, path, &request.headers) {
            // One difference per header is enough.
            if variant.is_named_by(&own) || variant.header == clashed {
                continue;
            }
            let reply = listener.preflight(&request, &variant.headers).await?;
            if judge::vary_preflight(&mut seen.findings, path, &own, &variant, &reply.response) {
                clashed = variant.header;
                seen.records.push(reply.record("preflight, changed"));
            }
        }
        Ok(())
    }

    pub(super) async fn vary_of(
        &self,
        listener: &mut Listener,
        seen: &mut Observations,
        request: &WireRequest,
        origin: Option<&[u8]>,
    ) -> Result<(), FailedExchange> {
        let own = listener.send_plain(request, origin).await?;
        let path = request.url.path();
        let mut others = Vec::new();
        let method = String::from_utf8_lossy(&request.method);
        for requester in judge::requesters(self.policy, path, &method) {
            others.push(listener.send_plain(request, requester.as_deref()).await?);
        }
        if let Some(other) = judge::vary(&mut seen.findings, path, &own, &others, seen.records.len()) {
            for (what, plain) in [("plain request", &own), ("plain request from another origin", other)] {
                seen.records.push(plain.reply.record(what));
            }
        }
        Ok(())
    }
}
