//! What a server answers to a request, against what it answers to the same request without its CORS headers.

use crate::findings::Findings;
use crosscheck_fetch::WireResponse;
use crosscheck_results::rules;
use crosscheck_text::escape_truncated;

/// Whether an answer says that the server failed.
#[must_use]
pub const fn is_failure(response: &WireResponse) -> bool {
    response.status >= 500
}

/// Judges a failure: `without` is the answer to the same request with its CORS headers under other names.
pub fn fails_on_input(found: &mut Findings, input: &[u8], failed: &WireResponse, without: &WireResponse) {
    /// The most bytes of it that are shown.
    const MOST: usize = 80;
    if !is_failure(failed) || is_failure(without) {
        return;
    }
    let (status, input) = (failed.status, escape_truncated(input, MOST));
    let what = format!("`{input}` is answered with {status}, and the same request without CORS headers is not");
    if let Some(d) = found.found(&rules::FAILS_ON_INPUT, "status", what) {
        d.expected = Some("an answer of the application, or a refusal".to_owned());
        d.actual = Some(format!("status {status}"));
    }
}

/// Whether the application answered a request of a page of its own origin. `marks` states whether its handlers mark their answers with
/// `X-Hit`; otherwise only the status shows it.
#[must_use]
pub fn is_served(marks: bool, response: &WireResponse) -> bool {
    if marks {
        response.headers.contains(b"x-hit")
    } else {
        response.status < 400
    }
}

/// Judges a request of a page of the server's own origin that the application did not answer, though it answers the same request without
/// Origin.
pub fn refuse_own(found: &mut Findings, method: &[u8], origin: &str, refused: &WireResponse) {
    let method = String::from_utf8_lossy(method);
    let what = format!("{method} by a page of {origin}, the server's own origin, does not reach the application");
    if let Some(d) = found.found(&rules::REFUSE_OWN, "", what) {
        d.expected = Some("the answer that the same request gets without Origin".to_owned());
        d.actual = Some(format!("status {}", refused.status));
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::answer;
    use super::{Findings, fails_on_input, is_served};

    #[test]
    fn a_failure_counts_if_the_request_without_cors_headers_does_not_fail() {
        for (status, without, is_found) in [
            (500, 200, true),
            (503, 404, true),
            (500, 503, false),
            (400, 200, false),
            (431, 200, false),
        ] {
            let mut found = Findings::default();
            fails_on_input(
                &mut found,
                b"https://a.test",
                &answer(status, &[]),
                &answer(without, &[]),
            );
            assert_eq!(!found.deviations.is_empty(), is_found, "{status} {without}");
        }
    }

    #[test]
    fn an_answer_is_of_the_application_by_its_mark_or_else_by_its_status() {
        assert!(is_served(true, &answer(403, &[("X-Hit", "1")])));
        assert!(!is_served(true, &answer(200, &[])));
        assert!(is_served(false, &answer(302, &[])));
        assert!(!is_served(false, &answer(403, &[("X-Hit", "1")])));
    }
}
