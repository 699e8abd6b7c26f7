//! The [CORS check](https://fetch.spec.whatwg.org/#concept-cors-check).

mod checked;
mod lines;
mod steps;

pub use checked::{Checked, Mismatch, Source};
pub(crate) use lines::Lines;
pub(crate) use steps::{cors_check_steps, is_beyond_the_grammar};

use crate::branch;
use crate::header_list::{HeaderList, trim_tab_space};
use crate::keywords::CredentialsMode;
use lines::without_blanks;

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
