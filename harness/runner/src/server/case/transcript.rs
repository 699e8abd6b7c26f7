//! The transcript and the trace of a case that deviates.

use super::super::browse;
use super::CaseRun;
use super::attribution::add_deciding_step;
use crosscheck_judge::{Exchanged, FetchRun, Findings, record};
use crosscheck_results::{CaseResult, ExchangeRecord};

impl CaseRun<'_> {
    /// Adds the transcript and the trace to the result. The step that decided a fetch becomes the cause of a refusal in it. Returns the
    /// index in the transcript of each exchange of each fetch.
    pub(super) fn explain(
        &self,
        result: &mut CaseResult,
        findings: &mut Findings,
        runs: &[FetchRun],
        before: &[usize],
    ) -> Vec<Vec<usize>> {
        let mut shown = Vec::new();
        let mut browser = self.browser();
        for (index, (spec, run)) in self.case.fetches().iter().zip(runs).enumerate() {
            browser.advance(spec.after);
            let trace = browse::trace(&spec.page, &spec.request, &mut browser, run);
            let decisive = trace.deciding().or_else(|| trace.events.last());
            let deciding = decisive.and_then(|e| e.steps.first()).map(ToString::to_string);
            let from = before.get(index).copied().unwrap_or_default();
            let to = before.get(index + 1).copied().unwrap_or(findings.deviations.len());
            for deviation in findings.deviations.get_mut(from..to).unwrap_or_default() {
                add_deciding_step(deviation, deciding.as_deref());
            }
            result.trace.extend(trace.events.iter().map(record::event));
            let mut shown_of_run = Vec::new();
            for exchanged in &run.exchanges {
                shown_of_run.push(result.transcript.len());
                let what = match (exchanged.request.preflight, exchanged.from_cache) {
                    (true, _) => "preflight",
                    (false, true) => "actual, from the shared cache",
                    (false, false) => "actual",
                };
                result.transcript.push(wire_record(what, exchanged));
                if let Some(unstable) = &exchanged.unstable {
                    result
                        .transcript
                        .push(record::exchange("again", &unstable.sent, &unstable.received));
                }
            }
            shown.push(shown_of_run);
        }
        shown
    }
}

/// Records an exchange of the model with the server.
pub(super) fn wire_record(what: &str, exchanged: &Exchanged) -> ExchangeRecord {
    if exchanged.sent.is_empty() && !exchanged.from_cache {
        let request = [
            &exchanged.request.method[..],
            b" ",
            exchanged.request.url.as_str().as_bytes(),
        ]
        .concat();
        return record::exchange(&format!("{what}, not sent"), &request, b"");
    }
    if !exchanged.from_cache {
        return record::exchange(what, &exchanged.sent, &exchanged.received);
    }
    let mut answer = format!("HTTP/1.1 {}\r\n", exchanged.response.status).into_bytes();
    for header in &exchanged.response.headers {
        answer.extend([&header.name[..], b": ", &header.value[..], b"\r\n"].concat());
    }
    record::exchange(what, &exchanged.sent, &answer)
}
