//! The names in `Vary`: those of the application, and none that a client wrote.

use crate::findings::Findings;
use crosscheck_fetch::{HeaderList, Vary, WireResponse, trim_tab_space};
use crosscheck_results::rules;
use crosscheck_text::escape_truncated;

/// The path at which the application itself sets `Vary`.
const PATH: &str = "/vary";
/// What it sets.
const OWN: &str = "Accept-Encoding";

/// Names that a server may write into `Vary` by itself, whatever the request contains.
const USUAL: [&[u8]; 14] = [
    b"*",
    b"accept",
    b"accept-charset",
    b"accept-encoding",
    b"accept-language",
    b"access-control-request-headers",
    b"access-control-request-method",
    b"access-control-request-private-network",
    b"authorization",
    b"content-language",
    b"content-type",
    b"cookie",
    b"origin",
    b"range",
];

/// Judges the `Vary` of one answer.
pub(super) fn vary_text(found: &mut Findings, path: &str, request: &HeaderList, response: &WireResponse) {
    let headers = &response.headers;
    // Where the handler did not run, the application set no `Vary`.
    if path == PATH && headers.contains(b"x-hit") {
        found.examine(&rules::VARY_OVERWRITTEN);
        if !Vary::of(headers).covers(OWN.as_bytes()) {
            let what = format!("the application's own `Vary: {OWN}` is gone");
            let actual = headers.get(b"vary");
            if let Some(d) = found.found(&rules::VARY_OVERWRITTEN, "vary", what) {
                d.expected = Some(OWN.to_owned());
                d.actual = Some(actual.map_or_else(|| "no Vary".to_owned(), |v| escape_truncated(&v, 200)));
            }
        }
    }
    if !headers.contains(b"vary") {
        return;
    }
    found.examine(&rules::VARY_OVERWRITTEN);
    if let Some((name, text)) = leak(request, headers) {
        let what = format!(
            "`{}` of the request's {name} appears in Vary",
            escape_truncated(&text, 60)
        );
        found.found(&rules::VARY_OVERWRITTEN, &name, what);
    }
}

/// The first request header with an item that appears in the answer's `Vary`, and the item.
fn leak(request: &HeaderList, answer: &HeaderList) -> Option<(String, Vec<u8>)> {
    let vary = Vary::of(answer);
    request.iter().find_map(|header| {
        let items = header.value.split(|b| *b == b',');
        let item = items
            .map(|i| trim_tab_space(i).to_ascii_lowercase())
            .find(|i| !i.is_empty() && !USUAL.contains(&i.as_slice()) && vary.names().contains(i))?;
        Some((String::from_utf8_lossy(&header.name).to_ascii_lowercase(), item))
    })
}

#[cfg(test)]
mod tests {
    use super::{Findings, HeaderList, WireResponse, vary_text};

    fn list(lines: &[(&str, &str)]) -> HeaderList {
        lines
            .iter()
            .map(|(n, v)| (n.as_bytes().to_vec(), v.as_bytes().to_vec()))
            .collect()
    }

    #[track_caller]
    fn check(path: &str, request: &[(&str, &str)], answer: &[(&str, &str)], found: usize) {
        let mut findings = Findings::default();
        let response = WireResponse {
            headers: list(answer),
            ..WireResponse::default()
        };
        vary_text(&mut findings, path, &list(request), &response);
        assert_eq!(findings.deviations.len(), found, "{:?}", findings.deviations);
    }

    #[test]
    fn the_applications_own_name_must_stay() {
        check("/vary", &[], &[("X-Hit", "1"), ("Vary", "Origin, accept-encoding")], 0);
        check("/vary", &[], &[("X-Hit", "1"), ("Vary", "*")], 0);
        check("/vary", &[], &[("X-Hit", "1"), ("Vary", "Origin")], 1);
        check("/vary", &[], &[("X-Hit", "1")], 1);
        check("/vary", &[], &[], 0);
        check("/", &[], &[("X-Hit", "1"), ("Vary", "Origin")], 0);
    }

    #[test]
    fn no_text_of_the_request_appears_in_vary() {
        let asks = [("Access-Control-Request-Headers", "authorization,x-one")];
        check("/", &asks, &[("Vary", "Origin, Authorization")], 0);
        check("/", &asks, &[("Vary", "Origin, X-One")], 1);
        check("/", &[("Vary", "x-leak")], &[("Vary", "X-Leak")], 1);
        check(
            "/",
            &[("Origin", "https://a.test")],
            &[("Vary", "Origin, https://a.test")],
            1,
        );
    }
}
