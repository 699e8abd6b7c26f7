//! The [CORS check](https://fetch.spec.whatwg.org/#concept-cors-check).

use crate::branch;
use crate::header_list::{HeaderList, trim_tab_space};
use crate::steps::Step;
use crate::words::CredentialsMode;
use std::borrow::Cow;

/// What the CORS check came to, by the condition that decided it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CorsCheck {
    /// Failure: Access-Control-Allow-Origin is null.
    MissingAcao,
    /// Success: it is `*` and the credentials mode is not include.
    Wildcard,
    /// Failure: it is not the serialized origin.
    OriginMismatch,
    /// Success: it is the serialized origin and the credentials mode is not include.
    OriginMatch,
    /// Success: it is the serialized origin and Access-Control-Allow-Credentials is `true`.
    CredentialsAllowed,
    /// Failure: Access-Control-Allow-Credentials is not `true`.
    CredentialsNotAllowed,
}

impl CorsCheck {
    /// Whether the check returned success.
    #[must_use]
    pub const fn is_success(self) -> bool {
        matches!(self, Self::Wildcard | Self::OriginMatch | Self::CredentialsAllowed)
    }
}

/// The [CORS check](https://fetch.spec.whatwg.org/#concept-cors-check) for a request whose origin serializes to
/// `serialized_origin`. Values are compared as bytes, never parsed.
#[must_use]
pub fn cors_check(serialized_origin: &str, credentials: CredentialsMode, response: &HeaderList) -> CorsCheck {
    let include = credentials == CredentialsMode::Include;
    let acao = response.get(b"access-control-allow-origin");
    let Some(acao) = acao.filter(|_| !branch!("CORS check: ACAO is absent", false)) else {
        return CorsCheck::MissingAcao;
    };
    if branch!(
        "CORS check: credentials mode is not include, for the wildcard",
        !include
    ) && branch!("CORS check: ACAO is the wildcard", *acao == *b"*")
    {
        return CorsCheck::Wildcard;
    }
    if branch!(
        "CORS check: ACAO is not the serialized origin",
        *acao != *serialized_origin.as_bytes()
    ) {
        return CorsCheck::OriginMismatch;
    }
    if branch!("CORS check: credentials mode is not include", !include) {
        return CorsCheck::OriginMatch;
    }
    let acac = response.get(b"access-control-allow-credentials");
    if branch!("CORS check: ACAC is true", acac.as_deref() == Some(b"true")) {
        return CorsCheck::CredentialsAllowed;
    }
    CorsCheck::CredentialsNotAllowed
}

/// The catalogue steps that a result rests on, the most specific first. `context` are the steps that called for the check,
/// `fill` those that hold besides and take the room that is left.
pub(crate) fn cors_check_steps(
    check: CorsCheck,
    origin: &str,
    credentials: CredentialsMode,
    response: &HeaderList,
    context: &[Step],
    fill: &[Step],
) -> Vec<Step> {
    let acao = Lines::of(response, b"access-control-allow-origin");
    let acac = Lines::of(response, b"access-control-allow-credentials");
    let (found, late) = match check {
        CorsCheck::MissingAcao => {
            let late = if origin == "null" {
                // Absent is not `null`, which would have passed.
                vec![Step::CorsCheckNullOrigin, Step::HeaderListGetNullVsEmpty]
            } else {
                Vec::new()
            };
            (vec![Step::CorsCheckMissingAcao], late)
        }
        CorsCheck::OriginMismatch => mismatch(origin, credentials == CredentialsMode::Include, &acao, &acac),
        CorsCheck::CredentialsNotAllowed => not_allowed(origin, &acac),
        CorsCheck::Wildcard | CorsCheck::OriginMatch | CorsCheck::CredentialsAllowed => {
            success(check, origin, credentials, &acao, &acac)
        }
    };
    // Room for four: two specific ones, what called for the check, and what else there is.
    let mut result: Vec<Step> = Vec::with_capacity(4);
    let (first, rest) = found.split_at(found.len().min(2));
    for step in [first, context, rest, &late, fill].into_iter().flatten() {
        if result.len() < 4 && !result.contains(step) {
            result.push(*step);
        }
    }
    result
}

/// What the steps of a check look at in the lines of one name.
struct Lines<'r> {
    /// The combined value; empty if there is none.
    value: Cow<'r, [u8]>,
    count: usize,
    /// Whether SP or HT was stripped from a line.
    trimmed: bool,
    /// Whether the lines spell the name in more than one way.
    mixed_names: bool,
}

impl<'r> Lines<'r> {
    fn of(response: &'r HeaderList, name: &[u8]) -> Self {
        let mut headers = response.iter().filter(|h| h.name.eq_ignore_ascii_case(name)).peekable();
        let first = headers.peek().map(|h| h.name.clone()).unwrap_or_default();
        let mut lines = Self {
            value: response.get(name).unwrap_or_default(),
            count: 0,
            trimmed: false,
            mixed_names: false,
        };
        for header in headers {
            lines.count += 1;
            lines.trimmed |= trim_tab_space(&header.value).len() < header.value.len();
            lines.mixed_names |= header.name != first;
        }
        lines
    }

    fn holds(&self, byte: u8) -> bool {
        self.value.contains(&byte)
    }

    /// Whether there is a byte that looks blank or odd, and is neither SP nor HT.
    fn has_odd_bytes(&self) -> bool {
        self.value.iter().any(|&b| (b < 0x20 && b != b'\t') || b >= 0x7F)
    }

    fn has_odd_edge(&self) -> bool {
        let odd = |b: Option<&u8>| b.is_some_and(|b| !(0x20..0x7F).contains(b));
        odd(self.value.first()) || odd(self.value.last())
    }
}

fn success(
    check: CorsCheck,
    origin: &str,
    credentials: CredentialsMode,
    acao: &Lines<'_>,
    acac: &Lines<'_>,
) -> (Vec<Step>, Vec<Step>) {
    let omit = credentials == CredentialsMode::Omit;
    let mut found = Vec::new();
    let mut late = Vec::new();
    match check {
        CorsCheck::Wildcard => {
            found.push(Step::CorsCheckWildcard);
            if omit && acac.count == 0 {
                late.push(Step::ProtocolTableOmitStar);
            } else if omit && *acac.value == *b"true" {
                late.push(Step::ProtocolTableOmitStarAcac);
            }
        }
        CorsCheck::CredentialsAllowed => {
            if origin == "null" {
                found.push(Step::CorsCheckNullOriginCredentialed);
            }
            found.push(Step::CorsCheckAcacRequired);
            if acac.trimmed {
                found.push(Step::CorsCheckAcacWhitespace);
            }
            late.extend([
                Step::ProtocolTableIncludeOriginTrue,
                Step::SyntaxAcac,
                Step::CorsCheckExactOrigin,
            ]);
        }
        _ => {
            if origin == "null" {
                found.push(Step::CorsCheckNullOrigin);
            }
            found.push(Step::CorsCheckExactOrigin);
            if omit && acac.count == 0 {
                late.push(Step::ProtocolTableOmitOrigin);
            }
        }
    }
    if check != CorsCheck::CredentialsAllowed && acac.count > 0 {
        found.push(Step::CorsCheckAcacIgnoredWithoutInclude);
    }
    if acao.trimmed {
        found.extend([Step::CorsCheckWhitespaceTrim, Step::HeaderListValueShape]);
    }
    late.push(Step::SyntaxAcao);
    (found, late)
}

fn not_allowed(origin: &str, acac: &Lines<'_>) -> (Vec<Step>, Vec<Step>) {
    let mut found = vec![Step::CorsCheckAcacRequired];
    let mut late = Vec::new();
    if acac.count > 1 || acac.holds(b',') {
        found.push(Step::CorsCheckAcacDuplicates);
    } else if acac.has_odd_edge() {
        found.push(Step::CorsCheckAcacWhitespace);
    } else if acac.value.eq_ignore_ascii_case(b"true") {
        found.push(Step::ProtocolTableIncludeOriginWrongCase);
    }
    if origin == "null" {
        late.push(Step::CorsCheckNullOriginCredentialed);
    }
    if acac.count > 1 {
        late.push(Step::HeaderListGetCombines);
    }
    if acac.mixed_names {
        late.push(Step::HeaderListNameCaseInsensitive);
    }
    if acac.has_odd_edge() {
        late.push(Step::HeaderListValueShape);
    }
    if acac.count > 0 {
        late.push(Step::SyntaxAcac);
    }
    (found, late)
}

/// The value is present and is not the serialized origin: what about it, and what else the catalogue says of such a value.
fn mismatch(origin: &str, include: bool, acao: &Lines<'_>, acac: &Lines<'_>) -> (Vec<Step>, Vec<Step>) {
    let value: &[u8] = &acao.value;
    let mut late = Vec::new();
    let only_wildcards = value.iter().all(|b| b"*'\", \t".contains(b)) && acao.holds(b'*');
    let found = if acao.count > 1 {
        if acao.mixed_names {
            late.push(Step::HeaderListNameCaseInsensitive);
        }
        if include && only_wildcards {
            late.push(Step::CorsCheckWildcardCredentialed);
        }
        vec![Step::CorsCheckDuplicateHeaders, Step::HeaderListGetCombines]
    } else if value.is_empty() {
        if origin == "null" {
            late.push(Step::CorsCheckNullOrigin);
        }
        late.push(Step::SyntaxAcao);
        vec![Step::CorsCheckEmptyValue, Step::HeaderListGetNullVsEmpty]
    } else if include && *value == *b"*" {
        let mut found = vec![Step::CorsCheckWildcardCredentialed];
        if *acac.value == *b"true" {
            found.push(Step::ProtocolTableIncludeStarAcac);
        }
        found
    } else if acao.has_odd_edge() {
        vec![Step::CorsCheckWhitespaceTrim, Step::HeaderListValueShape]
    } else if value.eq_ignore_ascii_case(b"null") || origin == "null" {
        if *value == *b"null" {
            late.push(Step::HeaderListGetNullVsEmpty);
        } else if value.eq_ignore_ascii_case(b"null") {
            late.push(Step::CorsCheckCaseSensitive);
        } else if value.iter().any(|b| b"*, ".contains(b)) {
            late.push(Step::CorsCheckNoPatterns);
        }
        vec![Step::CorsCheckNullOrigin]
    } else if value.eq_ignore_ascii_case(origin.as_bytes()) {
        late.push(Step::CorsCheckExactOrigin);
        vec![Step::CorsCheckCaseSensitive]
    } else if only_wildcards {
        vec![Step::CorsCheckWildcard, Step::CorsCheckNoPatterns]
    } else if value.iter().any(|b| b"*, \t".contains(b)) {
        if value.ends_with(b",") {
            late.push(Step::CorsCheckNoGrammarEnforcement);
        }
        if !acao.holds(b',') && value.iter().any(|b| b" \t".contains(b)) {
            late.push(Step::CorsCheckWhitespaceTrim);
        }
        vec![Step::CorsCheckNoPatterns, Step::CorsCheckExactOrigin]
    } else {
        if !include && value.strip_suffix(b"/") == Some(origin.as_bytes()) {
            late.push(Step::ProtocolTableOmitTrailingSlash);
        }
        vec![Step::CorsCheckExactOrigin]
    };
    if include && *acac.value == *b"true" {
        late.push(Step::CorsCheckOrder);
    }
    if acao.has_odd_bytes() {
        late.extend([Step::CorsCheckWhitespaceTrim, Step::HeaderListValueShape]);
    }
    late.extend([
        Step::CorsCheckExactOrigin,
        Step::SyntaxAcao,
        Step::CorsCheckNoGrammarEnforcement,
    ]);
    (found, late)
}
