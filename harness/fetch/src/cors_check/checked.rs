//! The input and the result of the CORS check, for the trace.

use super::CorsCheck;
use super::lines::Lines;
use crate::header_list::HeaderList;
use crate::keywords::CredentialsMode;
use crate::steps::Step;
use std::borrow::Cow;

/// The input and the result of the CORS check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// The condition that decided.
    pub check: CorsCheck,
    /// If the origin does not match: its smallest difference from a value that passes.
    pub mismatch: Option<Mismatch>,
    /// Access-Control-Allow-Origin, all lines combined; `None` if it is absent.
    pub acao: Option<Vec<u8>>,
    /// Access-Control-Allow-Credentials, in the same way.
    pub acac: Option<Vec<u8>>,
    /// The serialized origin of the request.
    pub origin: Cow<'static, str>,
    /// The credentials mode.
    pub credentials: CredentialsMode,
    /// Where the response came from.
    pub source: Source,
}

/// Where a response came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The network.
    Network,
    /// The HTTP cache.
    Cache,
    /// The HTTP cache, and a 304 updated it.
    Revalidated,
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
    pub(super) fn of(lines: &Lines<'_>, origin: &str, include: bool) -> Self {
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

    pub(super) const fn step(self) -> Step {
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
