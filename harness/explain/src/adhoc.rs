//! Builds one fetch from flags, or from a paste that flags may override.

use super::doubt::Doubt;
use super::head::flag_head;
use super::input_error::InputError;
use super::recorded::{Recorded, RecordedFetches};
use crosscheck_fetch::{
    Browser, ByteString, CredentialsMode, Init, InitBody, Origin, OriginError, Page, Url, Via, is_token,
};
use crosscheck_text::Secret;
use std::str::FromStr;

/// A fetch and its answers.
#[derive(Clone, Debug)]
pub struct AdHoc {
    /// The page.
    pub page: Page,
    /// The request.
    pub init: Init,
    /// The answers, in order.
    pub answers: Vec<Recorded>,
    /// The cookies in the jar for the URL, as `Set-Cookie` values.
    pub cookies: Vec<String>,
    /// Remarks about the input, for the user.
    pub notes: Vec<String>,
    /// What the input does not say, and the answer may depend on.
    pub unknown: Vec<String>,
    /// What was assumed in place of what the input does not say.
    pub assumed: Vec<String>,
    /// The conditions under which the answer holds.
    pub doubts: Vec<Doubt>,
    /// Who reports the exchanges.
    pub evidence: Evidence,
}

/// Who reports the exchanges, and what that shows beyond the messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// A browser sent the requests: a request after a preflight was sent because the preflight passed.
    pub by_browser: bool,
    /// Whether the browser refused the response, if the input shows it.
    pub refused: Option<bool>,
    /// One response is given, and the input does not show whether it answered a preflight or the request.
    pub answer_without_place: bool,
    /// The only exchange is an OPTIONS request without Access-Control-Request-Method.
    pub options_without_method: bool,
}

/// The flags of the command line; an empty field is an absent flag. What may hold a secret cannot be printed by accident.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// The page's serialized origin, `null` for an opaque one.
    pub origin: Option<String>,
    /// The URL; with a HAR file, a part of the URL of the request to choose.
    pub url: Option<Secret<String>>,
    /// The method.
    pub method: Option<String>,
    /// Request headers, `Name: value`.
    pub headers: Vec<Secret<String>>,
    /// The body, as text.
    pub body: Option<Secret<String>>,
    /// The request mode.
    pub mode: Option<String>,
    /// The credentials mode.
    pub credentials: Option<String>,
    /// The redirect mode.
    pub redirect: Option<String>,
    /// The API or element that makes the request.
    pub via: Option<String>,
    /// The cookies in the jar for the URL, as `Set-Cookie` values.
    pub cookies: Vec<Secret<String>>,
    /// Answers: `STATUS | Name: value | ...`, or response heads of several lines.
    pub responses: Vec<Secret<String>>,
}

impl Flags {
    /// The URL.
    pub(super) fn url(&self) -> Option<&String> {
        self.url.as_ref().map(Secret::expose)
    }
}

/// The content of a paste; what it does not contain is empty.
#[derive(Clone, Debug, Default)]
pub(super) struct Draft {
    pub(super) origin: Option<String>,
    pub(super) init: Option<Init>,
    pub(super) answers: Vec<Recorded>,
    /// Whether a request carries cookies.
    pub(super) cookies: bool,
    /// The Origin of the request on the wire, if the input shows the request.
    pub(super) sent: Sent,
    pub(super) notes: Vec<String>,
    pub(super) assumed: Vec<String>,
    pub(super) doubts: Vec<Doubt>,
    pub(super) evidence: Evidence,
}

/// What the input shows of the Origin on the wire.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Sent {
    /// The input does not show the request, or not all of it.
    #[default]
    NotShown,
    /// The input shows a response and nothing of its request.
    NoRequest,
    /// The request has no Origin.
    Without,
    /// The request has this Origin.
    With(String),
}

impl AdHoc {
    /// Builds it from flags only.
    ///
    /// # Errors
    /// If a flag is missing or malformed.
    pub fn from_flags(flags: &Flags) -> Result<Self, InputError> {
        Self::build(Draft::default(), flags)
    }

    /// Builds it from the draft of a reader.
    pub(super) fn build(draft: Draft, flags: &Flags) -> Result<Self, InputError> {
        let mut notes = draft.notes;
        let mut assumed = draft.assumed;
        let is_paste = draft.init.is_some();
        let mut init = match (draft.init, flags.url()) {
            (Some(init), _) => init,
            (None, Some(url)) => Init::new(url.clone()),
            (None, None) => {
                return Err(InputError::new(
                    "no URL is given",
                    "give --url, or paste an exchange on stdin with `crosscheck explain -`",
                ));
            }
        };
        let (origin, sent_doubt) = origin(flags, &draft.origin, &draft.sent)?;
        override_init(&mut init, flags)?;
        let mut doubts = draft.doubts;
        let page = Page::new(origin);
        let crosses = Url::parse(&init.url).is_ok_and(|u| !page.origin.same_origin_with_url(&u));
        if crosses && flags.responses.is_empty() {
            doubts.extend(sent_doubt);
        }
        if is_paste && init.credentials.is_none() && draft.cookies {
            init.credentials = Some(CredentialsMode::Include);
            assumed.push("a request carries cookies: credentials mode include".to_owned());
        }
        let mut unknown = Vec::new();
        if init.credentials.is_none() && matches!(init.via, Via::Fetch | Via::Xhr) {
            unknown.push("the credentials mode; give it with --credentials".to_owned());
        }
        let mut answers = draft.answers;
        if !flags.responses.is_empty() {
            answers.clear();
            doubts.clear();
            for (i, text) in flags.responses.iter().enumerate() {
                let answer = flag_head(text.expose())
                    .map_err(|e| InputError::new(format!("--response {}: {}", i + 1, e.message), e.help))?;
                answers.push(Recorded::new(None, answer));
            }
        }
        if answers.is_empty() {
            notes.push("no response is given: the output shows what the browser sends, and where it stops".to_owned());
        }
        assumed.dedup();
        Ok(Self {
            page,
            init,
            answers,
            cookies: flags.cookies.iter().map(|c| c.expose().clone()).collect(),
            notes,
            unknown,
            assumed,
            doubts,
            evidence: draft.evidence,
        })
    }

    /// The recorded fetches for the model.
    #[must_use]
    pub fn recorded_fetches(&self) -> RecordedFetches {
        self.recorded_with(self.init.credentials)
    }

    /// The recorded fetches with that credentials mode.
    pub(super) fn recorded_with(&self, credentials: Option<CredentialsMode>) -> RecordedFetches {
        let mut browser = Browser::new();
        if let Ok(url) = Url::parse(&self.init.url) {
            for cookie in &self.cookies {
                browser.set_cookie(&url, cookie.as_bytes());
            }
        }
        let mut init = self.init.clone();
        init.credentials = credentials;
        let recorded = RecordedFetches::single(self.page.clone(), init, self.answers.clone());
        RecordedFetches { browser, ..recorded }
    }
}

/// The origin of the page, and what its difference from the Origin on the wire leaves open.
fn origin(flags: &Flags, drafted: &Option<String>, sent: &Sent) -> Result<(Origin, Option<Doubt>), InputError> {
    let Some(written) = flags.origin.as_ref().or(drafted.as_ref()) else {
        return Err(InputError::new(
            match sent {
                Sent::Without => "the request has no Origin header, and the origin of the page is not known",
                _ => "the origin of the page is not known",
            },
            "give --origin, for example --origin https://app.example, or --origin null for a sandboxed page; to see what a \
             server answers to a browser, send the header too: curl -v -H 'Origin: https://app.example' URL",
        ));
    };
    let (origin, repaired) = match Origin::parse_serialized(written) {
        Ok(origin) => (origin, false),
        // Pastes and people write a slash, a default port or upper case; what a browser sends is not in doubt.
        Err(OriginError::NotSerialized { serialized, .. }) if Url::parse(written).is_ok_and(|u| u.path() == "/") => {
            (Origin::parse_serialized(&serialized).map_err(|e| bad_origin(&e))?, true)
        }
        Err(error) => return Err(bad_origin(&error)),
    };
    let serialized = origin.serialize().into_owned();
    let doubt = match sent {
        Sent::NotShown => None,
        Sent::NoRequest => Some(Doubt::RequestNotShown { origin: serialized }),
        Sent::Without => Some(Doubt::NoOriginSent { origin: serialized }),
        Sent::With(sent) if *sent == serialized => None,
        Sent::With(sent) if repaired && sent == written => Some(Doubt::OriginNotSerialized {
            sent: sent.clone(),
            origin: serialized,
        }),
        Sent::With(sent) => Some(Doubt::OtherOriginSent {
            sent: sent.clone(),
            origin: serialized,
        }),
    };
    Ok((origin, doubt))
}

fn bad_origin(error: &OriginError) -> InputError {
    InputError::new(
        format!("the origin does not parse: {error}"),
        "write scheme, host and, if not the default, port: --origin https://app.example",
    )
}

fn override_init(init: &mut Init, flags: &Flags) -> Result<(), InputError> {
    if let Some(method) = &flags.method {
        init.method = Some(ByteString::Owned(method.clone().into_bytes()));
    }
    for header in &flags.headers {
        init.headers.push(header_line(header.expose())?);
    }
    if let Some(body) = &flags.body {
        init.body = Some(InitBody::Text(body.expose().clone()));
    }
    if let Some(word) = &flags.mode {
        init.mode = Some(parse_word("--mode", word)?);
    }
    if let Some(word) = &flags.credentials {
        init.credentials = Some(parse_word("--credentials", word)?);
    }
    if let Some(word) = &flags.redirect {
        init.redirect = Some(parse_word("--redirect", word)?);
    }
    if let Some(word) = &flags.via {
        init.via = parse_word("--via", word)?;
    }
    Ok(())
}

fn parse_word<T: FromStr>(flag: &str, word: &str) -> Result<T, InputError>
where
    T::Err: std::fmt::Display,
{
    word.parse()
        .map_err(|e: T::Err| InputError::new(format!("{flag}: {e}"), "write one of these words, in lower case"))
}

fn header_line(line: &str) -> Result<(ByteString, ByteString), InputError> {
    let parts = line
        .split_once(':')
        .filter(|(name, _)| is_token(name.trim().as_bytes()));
    let Some((name, value)) = parts else {
        return Err(InputError::new(
            // The line may be a secret without its name.
            "a --header is not `Name: value`",
            "write it like --header 'Content-Type: application/json'",
        ));
    };
    Ok((
        ByteString::Owned(name.trim().as_bytes().to_vec()),
        ByteString::Owned(value.trim().as_bytes().to_vec()),
    ))
}
