//! Fills in the answer to a preflight that the input does not show, as one that passes.

use super::recorded::{FetchRun, Recorded, RecordedFetches};
use crosscheck_fetch::{Answer, WireResponse};

/// The recorded fetches with a passing answer to the preflight at which the fetch stopped, if a later answer is recorded.
pub(super) fn granted(recorded: &RecordedFetches, run: &FetchRun) -> Option<RecordedFetches> {
    let (at, request) = run.unanswered().filter(|(_, r)| r.preflight)?;
    if run.unused == 0 {
        return None;
    }
    let value = |name: &[u8]| request.headers.get(name).map(|v| v.into_owned());
    let mut response = WireResponse {
        status: 204,
        ..WireResponse::default()
    };
    let mut add = |name: &'static [u8], value: Option<Vec<u8>>| {
        if let Some(value) = value {
            response.headers.push(name, value);
        }
    };
    add(b"Access-Control-Allow-Origin", value(b"origin"));
    add(b"Access-Control-Allow-Credentials", Some(b"true".to_vec()));
    add(b"Access-Control-Allow-Methods", value(b"access-control-request-method"));
    add(
        b"Access-Control-Allow-Headers",
        value(b"access-control-request-headers"),
    );
    let mut filled = recorded.clone();
    let fetch = filled.fetches.last_mut()?;
    let answer = Recorded::new(Some(true), Answer::Response(response));
    fetch.answers.insert(at.min(fetch.answers.len()), answer);
    Some(filled)
}
