//! The output of `curl -v`: `> ` lines are requests, `< ` lines are responses, `* ` lines are messages of curl.

use super::browser::Seen;
use crate::adhoc::Draft;
use crate::head::{Head, header, shown, status_line};
use crate::input_error::InputError;
use crate::recorded::Recorded;
use crosscheck_fetch::{Url, is_token};

/// The maximum number of exchanges in one paste.
const MAX_EXCHANGES: usize = 256;

/// Reads the paste. `url_is_known` is true if a flag gives the URL.
pub(super) fn read(text: &str, url_is_known: bool) -> Result<Draft, InputError> {
    let mut reader = Reader::default();
    for (i, line) in text.lines().enumerate() {
        reader.line(i + 1, line)?;
    }
    reader.close();
    reader.draft(url_is_known)
}

#[derive(Default)]
struct Reader {
    seen: Vec<Seen>,
    /// A request head is being read.
    in_request: bool,
    /// The response head that is being read.
    head: Option<Head>,
    /// Whether the connection is TLS, if curl reports it.
    tls: Option<bool>,
    /// The next URL, if curl prints it.
    url: Option<String>,
    assumed_scheme: bool,
}

impl Reader {
    fn line(&mut self, number: usize, line: &str) -> Result<(), InputError> {
        let line = line.strip_suffix('\r').unwrap_or(line);
        if let Some(text) = marked(line, '>') {
            self.close_response();
            return self.request_line(number, text);
        }
        if let Some(text) = marked(line, '<') {
            self.in_request = false;
            return self.response_line(number, text);
        }
        if let Some(text) = marked(line, '*') {
            self.remark(text);
        } else if self.seen.is_empty() && (line.trim_start().starts_with("curl ") || line.contains("$ curl ")) {
            self.url = line
                .split_whitespace()
                .map(unquoted)
                .find(|w| is_web(w))
                .map(str::to_owned);
        }
        Ok(())
    }

    fn request_line(&mut self, number: usize, text: &str) -> Result<(), InputError> {
        if text.is_empty() {
            self.in_request = false;
            return Ok(());
        }
        if self.in_request {
            let (name, value) = header(number, 3, text)?;
            let host = name
                .eq_ignore_ascii_case(b"host")
                .then(|| String::from_utf8_lossy(&value).into_owned());
            let Some(last) = self.seen.last_mut() else {
                return Ok(());
            };
            last.headers.push((name, value));
            if let Some(host) = host.filter(|_| last.url.starts_with('/')) {
                let scheme = self.scheme(&host);
                if let Some(last) = self.seen.last_mut() {
                    last.url = format!("{scheme}://{host}{}", last.url);
                }
            }
            return Ok(());
        }
        let mut words = text.split(' ');
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        if !is_token(method.as_bytes()) || !(target.starts_with('/') || is_web(target) || target == "*") {
            return Err(InputError::at(
                number,
                3,
                format!("`{}` is not a request line", shown(text)),
                "a request starts with `> METHOD /path HTTP/1.1`; paste the whole output of `curl -v`",
            ));
        }
        if self.seen.len() >= MAX_EXCHANGES {
            return Err(InputError::at(
                number,
                1,
                format!("more than {MAX_EXCHANGES} exchanges"),
                "paste the one that fails, with its preflight and redirects",
            ));
        }
        self.in_request = true;
        let named = self
            .url
            .take()
            .filter(|u| Url::parse(u).is_ok_and(|u| target.starts_with(u.path())));
        self.seen.push(Seen {
            method: method.to_owned(),
            url: named.unwrap_or_else(|| target.to_owned()),
            headers: Vec::new(),
            body: None,
            answer: None,
        });
        Ok(())
    }

    fn response_line(&mut self, number: usize, text: &str) -> Result<(), InputError> {
        if text.is_empty() {
            self.close_response();
            return Ok(());
        }
        if self.seen.is_empty() {
            return Err(InputError::at(
                number,
                1,
                "a response comes before any request",
                "paste the request too: the lines that start with `> `",
            ));
        }
        match &mut self.head {
            Some(head) => head.line(number, 3, text),
            None => {
                let Some((status, reason)) = status_line(text) else {
                    return Err(InputError::at(
                        number,
                        3,
                        format!("`{}` is not a status line", shown(text)),
                        "a response starts with `< HTTP/1.1 200 OK`; paste it from its first line",
                    ));
                };
                self.head = Some(Head::new(status, reason));
                Ok(())
            }
        }
    }

    /// A 1xx answer precedes the answer.
    fn close_response(&mut self) {
        let Some(head) = self.head.take() else { return };
        let informational = (100..200).contains(&head.status) && head.status != 101;
        if let Some(last) = self.seen.last_mut().filter(|_| !informational) {
            last.answer = Some(head.answer());
        }
    }

    fn close(&mut self) {
        self.close_response();
    }

    fn remark(&mut self, text: &str) {
        if let Some((_, url)) = text.split_once("to this URL: '") {
            self.url = url.split('\'').next().map(str::to_owned);
        } else if text.contains("SSL connection")
            || text.contains("TLS handshake")
            || text.contains("port 443")
            || text.contains(":scheme: https")
        {
            self.tls = Some(true);
        } else if text.starts_with("Connected to ") || text.starts_with("Established connection to ") {
            self.tls = Some(self.tls == Some(true) && text.contains("port 443"));
        }
    }

    fn scheme(&mut self, host: &str) -> &'static str {
        match self.tls {
            Some(true) => "https",
            Some(false) => "http",
            None if host.ends_with(":80") => "http",
            None => {
                self.assumed_scheme = true;
                "https"
            }
        }
    }

    fn draft(self, url_is_known: bool) -> Result<Draft, InputError> {
        let Some(first) = self.seen.first() else {
            return Err(InputError::new(
                "there is no request",
                "paste the whole output of `curl -v`, its lines start with `> ` and `< `",
            ));
        };
        let actual = self.seen.iter().find(|s| !s.is_preflight());
        let preflight = self.seen.iter().find(|s| s.is_preflight());
        let mut notes = Vec::new();
        let init = match actual {
            Some(actual) => actual.init(preflight.filter(|p| p.url == actual.url)),
            None => {
                notes.push(
                    "only a preflight is given; the actual request is constructed from the preflight's headers"
                        .to_owned(),
                );
                first.init_behind_preflight()
            }
        };
        if !url_is_known && self.seen.iter().any(|s| !is_web(&s.url)) {
            return Err(InputError::new(
                "a request has no Host line, so its URL is not known",
                "paste the whole output of `curl -v`, or give --url",
            ));
        }
        if self.assumed_scheme && !url_is_known {
            notes.push(
                "the paste does not show whether the connection was TLS; https is assumed; change it with --url"
                    .to_owned(),
            );
        }
        let cookies = self.seen.iter().any(|s| s.header("cookie").is_some());
        let origin = self.seen.iter().find_map(|s| s.header("origin"));
        let answers = self.seen.into_iter().filter_map(|s| {
            let preflight = Some(s.is_preflight());
            s.answer.map(|answer| Recorded::new(preflight, answer))
        });
        Ok(Draft {
            origin,
            init: Some(init),
            answers: answers.collect(),
            cookies,
            notes,
        })
    }
}

/// The text after curl's mark; a mark without text is an empty line.
fn marked(line: &str, mark: char) -> Option<&str> {
    let rest = line.strip_prefix(mark)?;
    if rest.trim().is_empty() {
        return Some("");
    }
    rest.strip_prefix(' ').map(str::trim_end)
}

fn unquoted(word: &str) -> &str {
    word.trim_matches(|c| matches!(c, '\'' | '"'))
}

fn is_web(word: &str) -> bool {
    word.starts_with("http://") || word.starts_with("https://")
}
