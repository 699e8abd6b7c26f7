//! One request of a paste of heads, with its responses, before it is known what of it is missing.

use super::browser::{Seen, answers_preflight};
use super::shell::initiator;
use crate::adhoc::{Draft, Evidence, Flags, Sent};
use crate::doubt::Doubt;
use crate::input_error::InputError;
use crate::recorded::Recorded;
use crosscheck_fetch::{Answer, ByteString, HeaderList, Init, Url, WireResponse, is_redirect_status};

/// The head of a response, perhaps without its status line.
#[derive(Debug, Default)]
pub(super) struct RawHead {
    pub(super) status: Option<u16>,
    pub(super) text: String,
    pub(super) headers: Vec<(Vec<u8>, Vec<u8>)>,
}

impl RawHead {
    /// The answer; 200 in place of a status that is not shown.
    fn answer(&self) -> Answer {
        Answer::Response(WireResponse {
            status: self.status.filter(|s| (100..=999).contains(s)).unwrap_or(200),
            status_text: ByteString::Owned(self.text.as_bytes().to_vec()),
            headers: self.headers.iter().cloned().collect::<HeaderList>(),
            body: Vec::new(),
        })
    }

    fn has(&self, prefix: &str) -> bool {
        self.headers
            .iter()
            .any(|(n, _)| n.to_ascii_lowercase().starts_with(prefix.as_bytes()))
    }

    /// Whether the header lines are enough to be a response.
    fn is_response(&self) -> bool {
        const NAMES: [&str; 12] = [
            "access-control-",
            "server",
            "vary",
            "etag",
            "set-cookie",
            "x-",
            "age",
            "location",
            "last-modified",
            "content-",
            "date",
            "allow",
        ];
        self.status.is_some_and(|_| !self.headers.is_empty()) || NAMES.iter().any(|n| self.has(n))
    }

    fn is_informational(&self) -> bool {
        self.status.is_some_and(|s| (100..200).contains(&s) && s != 101)
    }
}

/// One request and its responses.
#[derive(Debug, Default)]
pub(super) struct Entry {
    /// The request of a `curl` command.
    pub(super) command: Option<Seen>,
    pub(super) url: Option<String>,
    pub(super) target: Option<String>,
    pub(super) method: Option<String>,
    pub(super) request: Vec<(Vec<u8>, Vec<u8>)>,
    pub(super) heads: Vec<RawHead>,
    /// Whether DevTools shows it.
    pub(super) panel: bool,
    /// Whether a tool that sends no Origin made the request.
    pub(super) tool: bool,
    pub(super) provisional: bool,
    pub(super) cached: bool,
}

impl Entry {
    pub(super) fn has_content(&self) -> bool {
        self.command.is_some()
            || self.url.is_some()
            || self.target.is_some()
            || !self.request.is_empty()
            || self.heads.iter().any(|h| h.is_response() || h.status.is_some())
    }

    pub(super) fn head(&mut self) -> &mut RawHead {
        if self.heads.is_empty() {
            self.heads.push(RawHead::default());
        }
        let last = self.heads.len() - 1;
        &mut self.heads[last]
    }

    pub(super) const fn is_response_only(&self) -> bool {
        self.command.is_none()
            && self.url.is_none()
            && self.target.is_none()
            && self.method.is_none()
            && self.request.is_empty()
    }

    fn heads(&self) -> Result<Vec<&RawHead>, InputError> {
        let heads: Vec<&RawHead> = self.heads.iter().filter(|h| !h.is_informational()).collect();
        if let Some(bare) = heads.iter().find(|h| h.headers.is_empty())
            && let Some(status) = bare.status
        {
            return Err(InputError::new(
                format!("the response has a status, {status}, and no headers: they decide about CORS"),
                "paste the response headers, too: the section \"Response Headers\" of DevTools, or the output of `curl -i`",
            ));
        }
        Ok(heads.into_iter().filter(|h| h.is_response()).collect())
    }

    /// The fetch of responses without a request; flags give it.
    pub(super) fn heads_draft(&self, flags: &Flags) -> Result<Draft, InputError> {
        let heads = self.heads()?;
        let Some(url) = flags.url() else {
            return Err(InputError::new(
                "the input has a response and no request: the URL is not known",
                "give --url and --origin, and --method and --header if the page uses others than GET without headers; or paste the \
                 request, too: the `curl` command, or \"General\" and \"Request Headers\" of DevTools",
            ));
        };
        let mut doubts = Vec::new();
        if heads.iter().any(|h| h.status.is_none()) {
            doubts.push(Doubt::StatusNotShown);
        }
        let one = matches!(&heads[..], [only] if !answers_preflight(&only.answer()));
        Ok(Draft {
            init: Some(Init::new(url.clone())),
            answers: heads.iter().map(|h| Recorded::new(None, h.answer())).collect(),
            notes: self.notes(),
            doubts,
            evidence: Evidence {
                answer_without_place: one,
                ..Evidence::default()
            },
            sent: Sent::NoRequest,
            ..Draft::default()
        })
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.provisional {
            notes.push("the request headers are provisional: the browser did not send this request, or answered it from its cache, and shows only some headers".to_owned());
        }
        if self.cached {
            notes.push("the response came from the browser's cache: its headers are those of an earlier answer; clear the cache after a change of the server".to_owned());
        }
        notes
    }

    fn value(&self, name: &str) -> Option<String> {
        let found = self
            .request
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name.as_bytes()));
        found.map(|(_, v)| String::from_utf8_lossy(v).into_owned())
    }

    /// The URL, and whether its scheme is a guess.
    fn full_url(&self, flags: &Flags) -> Result<(String, bool), InputError> {
        if let Some(url) = self
            .url
            .clone()
            .or_else(|| self.target.clone())
            .filter(|u| u.contains("://"))
        {
            return Ok((url, false));
        }
        let host = self.value("host").or_else(|| self.value(":authority"));
        let target = self.target.clone().or_else(|| self.value(":path"));
        let Some(host) = host else {
            return flags.url().cloned().map(|u| (u, false)).ok_or_else(|| {
                InputError::new(
                    "the URL of the request is not known",
                    "give --url, or paste the line \"Request URL\" of DevTools, or the request line and Host",
                )
            });
        };
        if let Some(url) = flags.url() {
            return Ok((url.clone(), false));
        }
        let given = self.value(":scheme");
        let http = self
            .value("origin")
            .or_else(|| self.value("referer"))
            .is_some_and(|o| o.starts_with("http://"));
        let scheme = given.clone().unwrap_or_else(|| {
            if http && !host.ends_with(":443") {
                "http"
            } else {
                "https"
            }
            .to_owned()
        });
        Ok((
            format!("{scheme}://{host}{}", target.unwrap_or_else(|| "/".to_owned())),
            given.is_none(),
        ))
    }

    /// Appends the exchanges: one, or one per hop of a redirect that a tool followed.
    pub(super) fn into_seen(
        self,
        flags: &Flags,
        all: &mut Vec<Seen>,
        notes: &mut Vec<String>,
        assumed: &mut Vec<String>,
    ) -> Result<(), InputError> {
        notes.extend(self.notes());
        let mut seen = match &self.command {
            Some(command) => command.clone(),
            None => {
                let (url, guessed) = self.full_url(flags)?;
                if guessed {
                    assumed.push(format!(
                        "the scheme of the URL, which is not shown: {url}; change it with --url"
                    ));
                }
                let preflight = self.value("access-control-request-method").is_some() && self.method.is_none();
                let method = self.method.clone().or_else(|| flags.method.clone());
                let mode = self.value("sec-fetch-mode");
                Seen {
                    method: method.unwrap_or_else(|| if preflight { "OPTIONS" } else { "GET" }.to_owned()),
                    url,
                    headers: self
                        .request
                        .iter()
                        .filter(|(n, _)| !n.starts_with(b":"))
                        .cloned()
                        .collect(),
                    shown: self.tool || self.target.is_some() || self.panel,
                    initiator: initiator(mode.as_deref().map(str::as_bytes)),
                    ..Seen::default()
                }
            }
        };
        let heads = self.heads()?;
        for (i, head) in heads.iter().enumerate() {
            seen.answer = Some(head.answer());
            seen.no_status = head.status.is_none();
            let location = head.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(b"location"));
            let target =
                location.and_then(|(_, l)| Url::parse(&seen.url).ok()?.join(std::str::from_utf8(l).ok()?).ok());
            let redirect = head.status.is_some_and(is_redirect_status) && i + 1 < heads.len();
            if let Some(target) = target.filter(|_| redirect) {
                all.push(seen.clone());
                seen.url = target.into();
                seen.answer = None;
            }
        }
        all.push(seen);
        Ok(())
    }
}
