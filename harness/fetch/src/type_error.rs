//! Why an API throws instead of making a request.

use crate::keywords::{Mode, Via};
use crate::steps::Step;
use thiserror::Error;

/// Why an API refuses a request before anything reaches the wire.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TypeError {
    /// The URL does not parse.
    #[error("`{0}` is not a URL: {1}")]
    Url(String, url::ParseError),
    /// The URL contains a username or password.
    #[error("the URL contains credentials")]
    UrlWithCredentials,
    /// The scheme cannot be used here.
    #[error("{0} cannot use a URL with the scheme `{1}`")]
    Scheme(Via, String),
    /// The method is not a token.
    #[error("the method is not a token")]
    MethodNotAToken,
    /// The method is CONNECT, TRACE or TRACK.
    #[error("the method is forbidden")]
    MethodForbidden,
    /// Mode no-cors allows only GET, HEAD and POST.
    #[error("mode no-cors allows only the methods GET, HEAD and POST")]
    MethodInNoCors,
    /// Script cannot choose this mode.
    #[error("script cannot choose mode {0}")]
    Mode(Mode),
    /// A header name is not a token.
    #[error("a header name is not a token")]
    HeaderName,
    /// A header value contains NUL, LF or CR.
    #[error("a header value contains NUL, CR or LF")]
    HeaderValue,
    /// GET and HEAD cannot have a body.
    #[error("a GET or HEAD request cannot have a body")]
    BodyWithGet,
    /// Stream bodies need mode cors or same-origin.
    #[error("a stream body needs mode cors or same-origin")]
    StreamInNoCors,
    /// The referrer does not parse.
    #[error("the referrer `{0}` is not a URL")]
    Referrer(String),
    /// Cache mode only-if-cached needs mode same-origin.
    #[error("cache mode only-if-cached needs mode same-origin")]
    OnlyIfCached,
}

impl TypeError {
    /// The catalogue steps that the refusal rests on.
    #[must_use]
    pub const fn steps(&self) -> &'static [Step] {
        match self {
            Self::Url(..) | Self::Scheme(..) | Self::Referrer(_) | Self::OnlyIfCached => &[],
            Self::UrlWithCredentials => &[Step::CredentialsUrlUserinfoRejected],
            Self::MethodNotAToken => &[Step::MethodTokenGrammar],
            Self::MethodForbidden => &[Step::MethodForbidden],
            Self::MethodInNoCors => &[Step::NoCorsMethodRestriction],
            Self::Mode(_) => &[Step::ApiModeNavigateRejected],
            Self::HeaderName => &[Step::ForbiddenHeaderSilentDrop],
            Self::HeaderValue => &[Step::HeaderListValueShape],
            Self::BodyWithGet => &[Step::ApiGetWithBody],
            Self::StreamInNoCors => &[Step::ApiStreamModes],
        }
    }
}
