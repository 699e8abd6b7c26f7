//! The [CORS check](https://fetch.spec.whatwg.org/#concept-cors-check).

use crate::algorithm::Algorithm;
use crate::branch;
use crate::fetch::Fetch;
use crate::header_list::{HeaderList, trim_tab_space};
use crate::keywords::CredentialsMode;
use crate::reason::{Checked, HttpFetchReason, Source};
use crate::steps::Step;
use crate::trace::{Finding, Tracer};
use crate::wire::WireResponse;
use std::borrow::Cow;

/// The result of the CORS check, by the condition that decided it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CorsCheck {
    /// Failure, step 2: Access-Control-Allow-Origin is null.
    MissingAcao,
    /// Success, step 3: it is `*` and the credentials mode is not include.
    Wildcard,
    /// Failure, step 4: it is not the serialized origin.
    OriginMismatch,
    /// Success, step 5: it is the serialized origin and the credentials mode is not include.
    OriginMatch,
    /// Success, step 7: it is the serialized origin and Access-Control-Allow-Credentials is `true`.
    CredentialsAllowed,
    /// Failure, step 8: Access-Control-Allow-Credentials is not `true`.
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
/// `serialized_origin`: steps 1 to 8. Values are compared as bytes, never parsed.
#[must_use]
pub fn cors_check(serialized_origin: &str, credentials: CredentialsMode, response: &HeaderList) -> CorsCheck {
    let include = credentials == CredentialsMode::Include;
    let acao = response.get(b"access-control-allow-origin");
    let Some(acao) = acao.filter(|_| !branch!("CORS check: ACAO is absent", false)) else {
        if branch!("misread: an absent ACAO passes", false) {
            return CorsCheck::Wildcard;
        }
        return CorsCheck::MissingAcao;
    };
    if branch!("misread: outer blanks are part of a value", false)
        && Lines::of(response, b"access-control-allow-origin").trimmed
    {
        return CorsCheck::OriginMismatch;
    }
    if branch!(
        "CORS check: credentials mode is not include, for the wildcard",
        !include
    ) && branch!("CORS check: ACAO is the wildcard", *acao == *b"*")
    {
        return CorsCheck::Wildcard;
    }
    let matches = *acao == *serialized_origin.as_bytes() || is_misread(&acao, serialized_origin, include, response);
    if branch!("CORS check: ACAO is not the serialized origin", !matches) {
        return CorsCheck::OriginMismatch;
    }
    if branch!("CORS check: credentials mode is not include", !include) {
        return CorsCheck::OriginMatch;
    }
    let acac = response.get(b"access-control-allow-credentials");
    let is_true = acac
        .as_deref()
        .is_some_and(|acac| *acac == *b"true" || is_true_misread(acac));
    if branch!("CORS check: ACAC is true", is_true) {
        return CorsCheck::CredentialsAllowed;
    }
    CorsCheck::CredentialsNotAllowed
}

/// Whether a value that is not the serialized origin passes because a test makes the model misread a step of the standard. Always
/// false without the feature `invert`.
fn is_misread(acao: &[u8], origin: &str, include: bool, response: &HeaderList) -> bool {
    let some = || {
        let mut lines = response.get_all(b"access-control-allow-origin");
        lines.any(|line| line == b"*" || line == origin.as_bytes())
    };
    let bare = |value: Vec<u8>| value == b"*" || value == origin.as_bytes();
    (branch!("misread: origins compare without case", false) && acao.eq_ignore_ascii_case(origin.as_bytes()))
        || (branch!("misread: any ACAO line counts", false) && some())
        || (branch!("misread: an empty ACAO passes", false) && acao.is_empty())
        || (branch!("misread: the wildcard covers credentials", false) && include && acao == b"*")
        || (branch!("misread: ACAO without anything blank", false) && bare(without_blanks(acao)))
        || (branch!("misread: ACAO is a pattern or a list", false) && acao.iter().any(|b| b"*, ".contains(b)))
}

/// Like [`is_misread`], for a value of Access-Control-Allow-Credentials that is not `true`.
fn is_true_misread(acac: &[u8]) -> bool {
    (branch!("misread: ACAC without case", false) && acac.eq_ignore_ascii_case(b"true"))
        || (branch!("misread: any ACAC item counts", false)
            && acac.split(|b| *b == b',').any(|i| trim_tab_space(i) == b"true"))
        || (branch!("misread: ACAC without anything blank", false) && without_blanks(acac) == b"true")
}

/// Why a value of Access-Control-Allow-Origin that is present is not the serialized origin: its smallest difference from a value
/// that passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mismatch {
    /// There are several lines, which combine into a list.
    SeveralLines,
    /// It is empty.
    Empty,
    /// It is the wildcard, and the credentials mode is include.
    WildcardWithCredentials,
    /// It begins or ends with a byte that looks blank and is neither SP nor HT, or is not ASCII.
    OddEdge,
    /// It, or the serialized origin, is `null`, and the other one is not.
    Null,
    /// It differs in case.
    CaseDiffers,
    /// It is made of wildcards, quotes and separators.
    OnlyWildcards,
    /// It is a pattern or a list.
    Pattern,
    /// It is another value.
    Other,
}

impl Mismatch {
    fn of(lines: &Lines<'_>, origin: &str, include: bool) -> Self {
        let value: &[u8] = &lines.value;
        let wildcards = || lines.contains(b'*') && value.iter().all(|b| b"*'\", \t".contains(b));
        match () {
            () if lines.count > 1 => Self::SeveralLines,
            () if value.is_empty() => Self::Empty,
            () if include && *value == *b"*" => Self::WildcardWithCredentials,
            () if lines.has_odd_edge() => Self::OddEdge,
            () if value.eq_ignore_ascii_case(b"null") || origin == "null" => Self::Null,
            () if value.eq_ignore_ascii_case(origin.as_bytes()) => Self::CaseDiffers,
            () if wildcards() => Self::OnlyWildcards,
            () if value.iter().any(|b| b"*, \t".contains(b)) => Self::Pattern,
            () => Self::Other,
        }
    }

    const fn step(self) -> Step {
        match self {
            Self::SeveralLines => Step::CorsCheckDuplicateHeaders,
            Self::Empty => Step::CorsCheckEmptyValue,
            Self::WildcardWithCredentials => Step::CorsCheckWildcardCredentialed,
            Self::OddEdge => Step::CorsCheckWhitespaceTrim,
            Self::Null => Step::CorsCheckNullOrigin,
            Self::CaseDiffers => Step::CorsCheckCaseSensitive,
            Self::OnlyWildcards => Step::CorsCheckWildcard,
            Self::Pattern => Step::CorsCheckNoPatterns,
            Self::Other => Step::CorsCheckExactOrigin,
        }
    }
}

impl Checked {
    /// The input and the result of the check, for the trace.
    pub(crate) fn of(
        check: CorsCheck,
        origin: Cow<'static, str>,
        credentials: CredentialsMode,
        response: &HeaderList,
        source: Source,
    ) -> Box<Self> {
        let value = |name: &[u8]| response.get(name).map(Cow::into_owned);
        let include = credentials == CredentialsMode::Include;
        let lines = || Lines::of(response, b"access-control-allow-origin");
        Box::new(Self {
            check,
            mismatch: (check == CorsCheck::OriginMismatch).then(|| Mismatch::of(&lines(), &origin, include)),
            acao: value(b"access-control-allow-origin"),
            acac: value(b"access-control-allow-credentials"),
            origin,
            credentials,
            source,
        })
    }
}

impl<T: Tracer> Fetch<T> {
    /// How Access-Control-Allow-Origin of a response reads: absent, empty, or all lines combined.
    pub(crate) fn acao_read(&self, response: &WireResponse) -> Finding {
        let lines = Lines::of(&response.headers, b"access-control-allow-origin");
        let value = (lines.count > 0).then(|| lines.value.to_vec());
        // If absent, empty and the text `null` were the same, the check would pass.
        let not_null = self.serialized_origin == "null" && lines.value.is_empty();
        Finding::new(Algorithm::GetHeader, HttpFetchReason::AcaoRead { value })
            .on_if(not_null, Step::HeaderListGetNullVsEmpty)
            .on_if(lines.count > 1, Step::HeaderListGetCombines)
            .on_if(lines.mixed_names, Step::HeaderListNameCaseInsensitive)
            .on_if(lines.trimmed, Step::HeaderListValueShape)
    }
}

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

/// The lines of one name.
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

    fn contains(&self, byte: u8) -> bool {
        self.value.contains(&byte)
    }

    fn has_odd_edge(&self) -> bool {
        let odd = |b: Option<&u8>| b.is_some_and(|b| !(0x20..0x7F).contains(b));
        odd(self.value.first()) || odd(self.value.last())
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

/// The value without the bytes that look blank.
fn without_blanks(value: &[u8]) -> Vec<u8> {
    let blank = |b: u8| b <= 0x20 || matches!(b, 0x7F | 0x85 | 0xA0 | 0xC2);
    value.iter().copied().filter(|b| !blank(*b)).collect()
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
