//! One fetch from what people have at hand: flags, or a paste that flags may override.

use super::read::{self, InputError};
use super::scene::{Recorded, Scene};
use crosscheck_fetch::{Browser, ByteString, CredentialsMode, Init, InitBody, Origin, Page, Url, is_token};
use std::str::FromStr;

/// A fetch and the answers it got.
#[derive(Clone, Debug)]
pub struct AdHoc {
    /// The page.
    pub page: Page,
    /// What it asks.
    pub init: Init,
    /// The answers, in order.
    pub answers: Vec<Recorded>,
    /// `Set-Cookie` values that the jar holds for the URL.
    pub cookies: Vec<String>,
    /// What was assumed, for the reader.
    pub notes: Vec<String>,
}

/// What the command line says; an empty field says nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// The page's serialized origin, `null` for an opaque one.
    pub origin: Option<String>,
    /// The URL; with a HAR file also what to pick.
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
    /// What in the page asks.
    pub via: Option<String>,
    /// `Set-Cookie` values that the jar holds for the URL.
    pub cookies: Vec<String>,
    /// Answers, `STATUS | Name: value | ...`, or heads with lines.
    pub responses: Vec<String>,
}

/// What a paste holds, as far as it says.
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
    /// From flags alone.
    ///
    /// # Errors
    /// Where a flag is missing or malformed.
    pub fn from_flags(flags: &Flags) -> Result<Self, InputError> {
        Self::build(Draft::default(), flags)
    }

    /// From a paste: a `curl -v` exchange, DevTools "copy as fetch" with response heads, or a HAR file. Flags override it.
    ///
    /// # Errors
    /// Where it is none of these, or holds no request, with line, column and what to do.
    pub fn read(text: &str, flags: &Flags) -> Result<Self, InputError> {
        Self::build(read::draft(text, flags)?, flags)
    }

    /// From a draft that a reader made.
    pub(super) fn read_draft(draft: Draft, flags: &Flags) -> Result<Self, InputError> {
        Self::build(draft, flags)
    }

    fn build(draft: Draft, flags: &Flags) -> Result<Self, InputError> {
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
                "nothing says which origin the page has",
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
                "a request carries cookies: credentials mode include is assumed; --credentials says otherwise"
                    .to_owned()
            } else {
                "credentials mode same-origin, the default of fetch(), is assumed; --credentials include says otherwise"
                    .to_owned()
            });
        }
        let mut answers = draft.answers;
        if !flags.responses.is_empty() {
            answers.clear();
            for (i, text) in flags.responses.iter().enumerate() {
                let answer = read::flag_head(text)
                    .map_err(|e| InputError::new(format!("--response {}: {}", i + 1, e.message), e.help))?;
                answers.push(Recorded::new(None, answer));
            }
        }
        if answers.is_empty() {
            notes.push("no response is given: what the browser sends is shown, and where it stops".to_owned());
        }
        Ok(Self {
            page: Page::new(origin),
            init,
            answers,
            cookies: flags.cookies.clone(),
            notes,
        })
    }

    /// The scene that the model runs.
    #[must_use]
    pub fn scene(&self) -> Scene {
        let mut browser = Browser::new();
        if let Ok(url) = Url::parse(&self.init.url) {
            for cookie in &self.cookies {
                browser.set_cookie(&url, cookie.as_bytes());
            }
        }
        let scene = Scene::single(self.page.clone(), self.init.clone(), self.answers.clone());
        Scene { browser, ..scene }
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
