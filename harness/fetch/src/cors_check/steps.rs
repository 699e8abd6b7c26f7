//! The steps of the catalogue that a result of the CORS check rests on.

use super::lines::{Lines, without_blanks};
use super::{CorsCheck, Mismatch};
use crate::header_list::HeaderList;
use crate::keywords::CredentialsMode;
use crate::steps::Step;

/// The steps that a result of the check rests on, the most specific first. These are the step of the condition that
/// decided, and each step whose misreading would have passed this response (or refused it, if it passed).
pub(crate) fn cors_check_steps(
    check: CorsCheck,
    origin: &str,
    credentials: CredentialsMode,
    response: &HeaderList,
) -> Vec<Step> {
    let acao = Lines::of(response, b"access-control-allow-origin");
    let acac = Lines::of(response, b"access-control-allow-credentials");
    match check {
        CorsCheck::MissingAcao => vec![Step::CorsCheckMissingAcao],
        CorsCheck::OriginMismatch => mismatch(origin, credentials == CredentialsMode::Include, &acao, &acac),
        CorsCheck::CredentialsNotAllowed => not_allowed(&acac),
        CorsCheck::Wildcard => wildcard(credentials, &acao, &acac),
        CorsCheck::OriginMatch => origin_match(origin, credentials, &acao, &acac),
        CorsCheck::CredentialsAllowed => credentials_allowed(origin, &acac),
    }
}

fn mismatch(origin: &str, include: bool, acao: &Lines<'_>, acac: &Lines<'_>) -> Vec<Step> {
    let kind = Mismatch::of(acao, origin, include);
    let value: &[u8] = &acao.value;
    let granted = *acac.value == *b"true";
    let also = [
        (
            kind == Mismatch::WildcardWithCredentials && granted,
            Step::ProtocolTableIncludeStarAcac,
        ),
        (
            value.eq_ignore_ascii_case(origin.as_bytes()),
            Step::CorsCheckCaseSensitive,
        ),
        (is_pattern_for(value, origin), Step::CorsCheckNoPatterns),
        (
            !acao.contains(b',') && without_blanks(value) == origin.as_bytes(),
            Step::CorsCheckWhitespaceTrim,
        ),
        (
            !include && value.strip_suffix(b"/") == Some(origin.as_bytes()),
            Step::ProtocolTableOmitTrailingSlash,
        ),
    ];
    let mut found = vec![kind.step()];
    for (holds, step) in also {
        if holds && !found.contains(&step) {
            found.push(step);
        }
    }
    found
}

/// Whether a list or a pattern may be intended to match the origin: one of several items is the origin, or has a `*` in place of
/// the rest.
fn is_pattern_for(value: &[u8], origin: &str) -> bool {
    let items = || {
        value
            .split(|b| matches!(b, b',' | b' ' | b'\t'))
            .filter(|item| !item.is_empty())
    };
    let several = value.iter().any(|b| matches!(b, b',' | b' ' | b'\t'));
    let matches = |item: &[u8]| match item {
        b"*" => several,
        item => item == origin.as_bytes() && several || glob_matches(item, origin.as_bytes()),
    };
    items().any(matches)
}

/// Whether the item has a `*`, and the text before the first `*` and after the last `*` matches the origin.
fn glob_matches(item: &[u8], origin: &[u8]) -> bool {
    let Some(star) = item.iter().position(|b| *b == b'*') else {
        return false;
    };
    let last = item.iter().rposition(|b| *b == b'*').unwrap_or(star);
    let (before, behind) = (&item[..star], &item[last + 1..]);
    origin.len() >= before.len() + behind.len() && origin.starts_with(before) && origin.ends_with(behind)
}

/// Whether the host is not in the grammar of an origin: it has an underscore, or ends with a dot.
pub(crate) fn is_beyond_the_grammar(origin: &str) -> bool {
    origin.contains('_') || origin.ends_with('.')
}

fn not_allowed(acac: &Lines<'_>) -> Vec<Step> {
    let mut found = vec![Step::CorsCheckAcacRequired];
    if acac.count > 1 || acac.contains(b',') {
        found.push(Step::CorsCheckAcacDuplicates);
    } else if acac.has_odd_edge() {
        found.push(Step::CorsCheckAcacWhitespace);
    } else if acac.value.eq_ignore_ascii_case(b"true") {
        found.push(Step::ProtocolTableIncludeOriginWrongCase);
    }
    found
}

fn wildcard(credentials: CredentialsMode, acao: &Lines<'_>, acac: &Lines<'_>) -> Vec<Step> {
    let omit = credentials == CredentialsMode::Omit;
    let also = [
        (omit && acac.count == 0, Step::ProtocolTableOmitStar),
        (omit && *acac.value == *b"true", Step::ProtocolTableOmitStarAcac),
        (acac.count > 0, Step::CorsCheckAcacIgnoredWithoutInclude),
        (acao.trimmed, Step::CorsCheckWhitespaceTrim),
        (acao.trimmed, Step::HeaderListValueShape),
        // If it were compared with the origin first, it would not pass.
        (true, Step::CorsCheckOrder),
    ];
    let also = also.into_iter().filter_map(|(holds, step)| holds.then_some(step));
    std::iter::once(Step::CorsCheckWildcard).chain(also).collect()
}

fn origin_match(origin: &str, credentials: CredentialsMode, acao: &Lines<'_>, acac: &Lines<'_>) -> Vec<Step> {
    let also = [
        (origin == "null", Step::CorsCheckNullOrigin),
        (true, Step::CorsCheckExactOrigin),
        // The host is not in the header's grammar: a client that enforces the grammar would refuse.
        (is_beyond_the_grammar(origin), Step::CorsCheckNoGrammarEnforcement),
        (
            credentials == CredentialsMode::Omit && acac.count == 0,
            Step::ProtocolTableOmitOrigin,
        ),
        (acac.count > 0, Step::CorsCheckAcacIgnoredWithoutInclude),
        (acao.trimmed, Step::CorsCheckWhitespaceTrim),
        (acao.trimmed, Step::HeaderListValueShape),
        (origin != "null", Step::SyntaxAcao),
    ];
    also.into_iter()
        .filter_map(|(holds, step)| holds.then_some(step))
        .collect()
}

fn credentials_allowed(origin: &str, acac: &Lines<'_>) -> Vec<Step> {
    let also = [
        (origin == "null", Step::CorsCheckNullOriginCredentialed),
        (true, Step::CorsCheckAcacRequired),
        (acac.trimmed, Step::CorsCheckAcacWhitespace),
        (origin != "null", Step::ProtocolTableIncludeOriginTrue),
        (true, Step::CorsCheckExactOrigin),
        (true, Step::SyntaxAcac),
    ];
    also.into_iter()
        .filter_map(|(holds, step)| holds.then_some(step))
        .collect()
}
