//! Builds one fetch from flags, or from a paste that flags may override.

use super::head::flag_head;
use super::input_error::InputError;
use super::recorded::{Recorded, RecordedFetches};
use crosscheck_fetch::{Browser, ByteString, CredentialsMode, Init, InitBody, Origin, Page, Url, is_token};
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
    /// The assumptions that were made, for the user.
    pub notes: Vec<String>,
}

/// The flags of the command line; an empty field is an absent flag.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// The page's serialized origin, `null` for an opaque one.
    pub origin: Option<String>,
    /// The URL; with a HAR file, a part of the URL of the request to choose.
    pub url: Option<String>,
    /// The method.
    pub method: Option<String>,
    /// Request headers, `Name: value`.
    pub headers: Vec<String>,
    /// The body, as text.
    pub body: Option<String>,
    /// The request mode.
    pub mode: Option<String>,
    /// The credentials mode.
    pub credentials: Option<String>,
    /// The redirect mode.
    pub redirect: Option<String>,
    /// The API or element that makes the request.
    pub via: Option<String>,
    /// The cookies in the jar for the URL, as `Set-Cookie` values.
    pub cookies: Vec<String>,
    /// Answers: `STATUS | Name: value | ...`, or response heads of several lines.
    pub responses: Vec<String>,
}

/// The content of a paste; what it does not contain is empty.
#[derive(Clone, Debug, Default)]
pub(super) struct Draft {
    pub(super) origin: Option<String>,
    pub(super) init: Option<Init>,
    pub(super) answers: Vec<Recorded>,
    /// Whether a request carries cookies.
    pub(super) cookies: bool,
    pub(super) notes: Vec<String>,
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
        let is_paste = draft.init.is_some();
        let mut init = match (draft.init, &flags.url) {
            (Some(init), _) => init,
            (None, Some(url)) => Init::new(url.clone()),
            (None, None) => {
                return Err(InputError::new(
                    "no URL is given",
                    "give --url, or paste an exchange on stdin with `crosscheck explain -`",
                ));
            }
        };
        let Some(origin) = flags.origin.as_ref().or(draft.origin.as_ref()) else {
            return Err(InputError::new(
                "the origin of the page is not known",
                "give --origin, for example --origin https://app.example, or --origin null for a sandboxed page",
            ));
        };
        let origin = Origin::parse_serialized(origin).map_err(|e| {
            InputError::new(
                format!("the origin does not parse: {e}"),
                "write scheme, host and, if not the default, port: --origin https://app.example",
            )
        })?;
        override_init(&mut init, flags)?;
        if is_paste && init.credentials.is_none() {
            init.credentials = draft.cookies.then_some(CredentialsMode::Include);
            notes.push(if draft.cookies {
                "a request carries cookies: credentials mode include is assumed; change it with --credentials"
                    .to_owned()
            } else {
                "credentials mode same-origin, the default of fetch(), is assumed; change it with --credentials include"
                    .to_owned()
            });
        }
        let mut answers = draft.answers;
        if !flags.responses.is_empty() {
            answers.clear();
            for (i, text) in flags.responses.iter().enumerate() {
                let answer = flag_head(text)
                    .map_err(|e| InputError::new(format!("--response {}: {}", i + 1, e.message), e.help))?;
                answers.push(Recorded::new(None, answer));
            }
        }
        if answers.is_empty() {
            notes.push("no response is given: the output shows what the browser sends, and where it stops".to_owned());
        }
        Ok(Self {
            page: Page::new(origin),
            init,
            answers,
            cookies: flags.cookies.clone(),
            notes,
        })
    }

    /// The recorded fetches for the model.
    #[must_use]
    pub fn recorded_fetches(&self) -> RecordedFetches {
        let mut browser = Browser::new();
        if let Ok(url) = Url::parse(&self.init.url) {
            for cookie in &self.cookies {
                browser.set_cookie(&url, cookie.as_bytes());
            }
        }
        let recorded = RecordedFetches::single(self.page.clone(), self.init.clone(), self.answers.clone());
        RecordedFetches { browser, ..recorded }
    }
}

fn override_init(init: &mut Init, flags: &Flags) -> Result<(), InputError> {
    if let Some(method) = &flags.method {
        init.method = Some(ByteString::Owned(method.clone().into_bytes()));
    }
    for header in &flags.headers {
        init.headers.push(header_line(header)?);
    }
    if let Some(body) = &flags.body {
        init.body = Some(InitBody::Text(body.clone()));
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
            format!("--header `{}` is not `Name: value`", line.escape_debug()),
            "write it like --header 'Content-Type: application/json'",
        ));
    };
    Ok((
        ByteString::Owned(name.trim().as_bytes().to_vec()),
        ByteString::Owned(value.trim().as_bytes().to_vec()),
    ))
}
