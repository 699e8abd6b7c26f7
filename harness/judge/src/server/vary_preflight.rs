//! Whether answers to preflights that differ by a request header name it in `Vary`.

use super::requesters;
use crate::findings::Findings;
use crate::requests::actual_method;
use crate::vary_probe::summary;
use crosscheck_corpus::Policy;
use crosscheck_fetch::{HeaderList, Vary, WireResponse};
use crosscheck_results::rules;
use crosscheck_text::escape_truncated;

const ORIGIN: &str = "Origin";
const METHOD: &str = "Access-Control-Request-Method";
const HEADERS: &str = "Access-Control-Request-Headers";

/// The same preflight with one header changed.
#[derive(Clone, Debug)]
pub struct Variant {
    /// The header that is changed.
    pub header: &'static str,
    /// Its value there; `None` is absent.
    value: Option<Vec<u8>>,
    /// All headers of the request.
    pub headers: HeaderList,
}

impl Variant {
    fn new(request: &HeaderList, header: &'static str, value: Option<Vec<u8>>) -> Option<Self> {
        if request.get(header.as_bytes()).as_deref() == value.as_deref() {
            return None;
        }
        let kept = request
            .iter()
            .filter(|h| !h.name.eq_ignore_ascii_case(header.as_bytes()));
        let mut headers: HeaderList = kept.map(|h| (h.name.clone(), h.value.clone())).collect();
        if let Some(value) = &value {
            headers.push(header.as_bytes().to_vec(), value.clone());
        }
        Some(Self { header, value, headers })
    }

    /// Whether the answer to the unchanged preflight declares in `Vary` that it depends on the header.
    pub fn is_named_by(&self, answer: &WireResponse) -> bool {
        Vary::of(&answer.headers).covers(self.header.as_bytes())
    }
}

/// Variants of a preflight: other origins, another method, other headers.
pub fn variants(policy: Option<&Policy>, path: &str, request: &HeaderList) -> Vec<Variant> {
    let origins = requesters(policy, path, &actual_method(b"OPTIONS", request))
        .into_iter()
        .flatten()
        .map(|o| (ORIGIN, Some(o)));
    let method = if request.get(METHOD.as_bytes()).as_deref() == Some(b"PROPFIND") {
        "PUT"
    } else {
        "PROPFIND"
    };
    let rest = [
        (METHOD, Some(method.into())),
        (HEADERS, Some(b"x-crosscheck-other".to_vec())),
        (HEADERS, None),
    ];
    origins
        .chain(rest)
        .filter_map(|(header, value)| Variant::new(request, header, value))
        .collect()
}

/// Judges the answer to a preflight against that to a variant; whether they clash.
pub fn vary_preflight(
    found: &mut Findings,
    path: &str,
    own: &WireResponse,
    variant: &Variant,
    other: &WireResponse,
) -> bool {
    let Some(difference) = summary(own).cors_difference(&summary(other)) else {
        return false;
    };
    let value = variant
        .value
        .as_ref()
        .map_or_else(|| "absent".to_owned(), |v| format!("`{}`", escape_truncated(v, 120)));
    let header = variant.header;
    let what = format!("OPTIONS {path}: {difference} if {header} is {value}, and Vary does not name it");
    if let Some(d) = found.found(&rules::VARY_PREFLIGHT, &header.to_ascii_lowercase(), what) {
        d.expected = Some(format!("Vary: {header}"));
        let vary = own.headers.get(b"vary");
        d.actual = Some(vary.map_or_else(
            || "no Vary".to_owned(),
            |v| format!("Vary: {}", escape_truncated(&v, 200)),
        ));
    }
    true
}
