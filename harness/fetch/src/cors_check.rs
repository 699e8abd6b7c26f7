//! The [CORS check](https://fetch.spec.whatwg.org/#concept-cors-check).

use crate::branch;
use crate::header_list::HeaderList;
use crate::steps::{self, Step};
use crate::words::CredentialsMode;

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

/// The catalogue steps that a result rests on, the most specific first. `context` is the step that called for the check.
pub(crate) fn cors_check_steps(
    check: CorsCheck,
    origin: &str,
    credentials: CredentialsMode,
    response: &HeaderList,
    context: &[Step],
) -> Vec<Step> {
    let include = credentials == CredentialsMode::Include;
    let acao = response.get(b"access-control-allow-origin").unwrap_or_default();
    let acac = response.get(b"access-control-allow-credentials");
    let lines = response.get_all(b"access-control-allow-origin").count();
    let acac_lines = response.get_all(b"access-control-allow-credentials").count();
    let mut found: Vec<Step> = Vec::new();
    let mut late: Vec<Step> = Vec::new();
    match check {
        CorsCheck::MissingAcao => found.push(steps::CORS_CHECK_MISSING_ACAO),
        CorsCheck::Wildcard => {
            found.push(steps::CORS_CHECK_WILDCARD);
            if acac.is_some() {
                found.push(steps::CORS_CHECK_ACAC_IGNORED_WITHOUT_INCLUDE);
            }
            if credentials == CredentialsMode::Omit {
                match acac.as_deref() {
                    None => late.push(steps::PROTOCOL_TABLE_OMIT_STAR),
                    Some(b"true") => late.push(steps::PROTOCOL_TABLE_OMIT_STAR_ACAC),
                    Some(_) => {}
                }
            }
        }
        CorsCheck::OriginMismatch => {
            found.extend(mismatch(origin, include, &acao, lines));
            if include && acac.as_deref() == Some(b"true") && *acao == *b"*" {
                late.push(steps::PROTOCOL_TABLE_INCLUDE_STAR_ACAC);
            } else if include && acac.as_deref() == Some(b"true") {
                late.push(steps::CORS_CHECK_ORDER);
            }
            if !include && acao.strip_suffix(b"/") == Some(origin.as_bytes()) {
                late.push(steps::PROTOCOL_TABLE_OMIT_TRAILING_SLASH);
            }
            late.push(steps::CORS_CHECK_NO_GRAMMAR_ENFORCEMENT);
        }
        CorsCheck::OriginMatch => {
            if origin == "null" {
                found.push(steps::CORS_CHECK_NULL_ORIGIN);
            }
            found.push(steps::CORS_CHECK_EXACT_ORIGIN);
            late.push(steps::SYNTAX_ACAO);
            match acac {
                Some(_) => found.push(steps::CORS_CHECK_ACAC_IGNORED_WITHOUT_INCLUDE),
                None if credentials == CredentialsMode::Omit => late.push(steps::PROTOCOL_TABLE_OMIT_ORIGIN),
                None => {}
            }
        }
        CorsCheck::CredentialsAllowed => {
            if origin == "null" {
                found.push(steps::CORS_CHECK_NULL_ORIGIN_CREDENTIALED);
            }
            found.push(steps::CORS_CHECK_ACAC_REQUIRED);
            late.push(steps::PROTOCOL_TABLE_INCLUDE_ORIGIN_TRUE);
            late.push(steps::SYNTAX_ACAC);
        }
        CorsCheck::CredentialsNotAllowed => {
            let acac = acac.unwrap_or_default();
            if acac_lines > 1 || acac.contains(&b',') {
                found.push(steps::CORS_CHECK_ACAC_DUPLICATES);
            }
            found.push(steps::CORS_CHECK_ACAC_REQUIRED);
            if origin == "null" {
                found.push(steps::CORS_CHECK_NULL_ORIGIN_CREDENTIALED);
            }
            if has_odd_edge(&acac) {
                found.push(steps::CORS_CHECK_ACAC_WHITESPACE);
            }
            if acac.eq_ignore_ascii_case(b"true") {
                late.push(steps::PROTOCOL_TABLE_INCLUDE_ORIGIN_WRONG_CASE);
            }
        }
    }
    // Room for four: two specific ones, what called for the check, and one more.
    let mut result: Vec<Step> = Vec::with_capacity(4);
    let rest = found.split_off(found.len().min(2));
    for step in found.into_iter().chain(context.iter().copied()).chain(late).chain(rest) {
        if result.len() < 4 && !result.contains(&step) {
            result.push(step);
        }
    }
    result
}

fn mismatch(origin: &str, include: bool, acao: &[u8], lines: usize) -> Vec<Step> {
    let mut found = Vec::new();
    if lines > 1 {
        found.push(steps::CORS_CHECK_DUPLICATE_HEADERS);
    } else if acao.is_empty() {
        found.push(steps::CORS_CHECK_EMPTY_VALUE);
        found.push(steps::HEADER_LIST_GET_NULL_VS_EMPTY);
    } else if include && *acao == *b"*" {
        found.push(steps::CORS_CHECK_WILDCARD_CREDENTIALED);
    } else if has_odd_edge(acao) {
        found.push(steps::CORS_CHECK_WHITESPACE_TRIM);
    } else if acao.eq_ignore_ascii_case(b"null") || origin == "null" {
        found.push(steps::CORS_CHECK_NULL_ORIGIN);
    } else if acao.eq_ignore_ascii_case(origin.as_bytes()) {
        found.push(steps::CORS_CHECK_CASE_SENSITIVE);
    } else if acao.iter().any(|&b| b == b'*' || b == b',' || b == b' ') {
        found.push(steps::CORS_CHECK_NO_PATTERNS);
    }
    found.push(steps::CORS_CHECK_EXACT_ORIGIN);
    if acao.iter().any(|&b| b == b' ' || b == b'\t') {
        found.push(steps::CORS_CHECK_WHITESPACE_TRIM);
    }
    if acao.contains(&b'*') {
        found.push(steps::CORS_CHECK_WILDCARD);
    }
    found
}

fn has_odd_edge(value: &[u8]) -> bool {
    let odd = |b: Option<&u8>| b.is_some_and(|&b| b < 0x20 || b == 0x7F || b >= 0x80);
    odd(value.first()) || odd(value.last())
}
