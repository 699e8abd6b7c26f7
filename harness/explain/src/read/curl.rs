//! The output of `curl -v`: `> ` lines are requests, `< ` lines are responses, `* ` lines are messages of curl.

use super::browser::Seen;
use super::choice::choose;
use super::shell;
use crate::adhoc::{Draft, Flags};
use crate::head::{Head, header, shown, status_line};
use crate::input_error::InputError;
use crosscheck_fetch::{Url, is_token};

/// The maximum number of exchanges in one paste.
const MAX_EXCHANGES: usize = 256;

/// Reads the paste.
pub(super) fn read(text: &str, flags: &Flags) -> Result<Draft, InputError> {
    let mut reader = Reader {
        given: flags.url().cloned(),
        method: flags.method.clone(),
        ..Reader::default()
    };
    for (i, line) in text.lines().enumerate() {
        reader.line(i + 1, line)?;
    }
    reader.close();
    reader.draft(flags)
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
    /// The exchanges whose scheme the paste does not show.
    assumed_schemes: Vec<usize>,
    /// The URL and the method that flags give.
    given: Option<String>,
    method: Option<String>,
}

impl Reader {
    fn line(&mut self, number: usize, line: &str) -> Result<(), InputError> {
        let line = line.strip_suffix('\r').unwrap_or(line);
        if let Some(text) = self.outgoing(line) {
            self.close_response();
            return self.request_line(number, text);
        }
        if let Some(text) = self.incoming(line) {
            self.in_request = false;
            return self.response_line(number, text);
        }
        if let Some(text) = marked(line, '*') {
            self.remark(text);
        } else if let Some(command) = shell::command(line) {
            self.url = shell::request(&shell::words(command)).map(|s| s.url);
        }
        Ok(())
    }

    /// The text of a line that was sent. Some pastes lost the space after the mark.
    fn outgoing<'l>(&self, line: &'l str) -> Option<&'l str> {
        marked(line, '>').or_else(|| {
            let rest = line.strip_prefix('>')?;
            let request = rest.split(' ').nth(2).is_some_and(|v| v.starts_with("HTTP/"));
            (request || self.in_request && is_header(rest)).then(|| rest.trim_end())
        })
    }

    /// The text of a line that was received.
    fn incoming<'l>(&self, line: &'l str) -> Option<&'l str> {
        marked(line, '<').or_else(|| {
            let rest = line.strip_prefix('<')?;
            (rest.starts_with("HTTP/") || self.head.is_some() && is_header(rest)).then(|| rest.trim_end())
        })
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
            shown: true,
            ..Seen::default()
        });
        Ok(())
    }

    fn response_line(&mut self, number: usize, text: &str) -> Result<(), InputError> {
        if text.is_empty() {
            self.close_response();
            return Ok(());
        }
        if self.seen.is_empty()
            && let Some(url) = self.given.clone().or_else(|| self.url.take())
        {
            let method = self.method.clone().unwrap_or_else(|| "GET".to_owned());
            self.seen.push(Seen {
                method,
                url,
                ..Seen::default()
            });
        }
        if self.seen.is_empty() {
            return Err(InputError::at(
                number,
                1,
                "a response comes before any request",
                "paste the request too, the lines that start with `> `; or give --url and --origin",
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
                self.assumed_schemes.push(self.seen.len().saturating_sub(1));
                "https"
            }
        }
    }

    fn draft(self, flags: &Flags) -> Result<Draft, InputError> {
        if self.seen.is_empty() {
            return Err(InputError::new(
                "there is no request",
                "paste the whole output of `curl -v`, its lines start with `> ` and `< `",
            ));
        }
        if flags.url().is_none() && self.seen.iter().any(|s| !is_web(&s.url)) {
            return Err(InputError::new(
                "a request has no Host line, so its URL is not known",
                "paste the whole output of `curl -v`, or give --url",
            ));
        }
        let mut seen = self.seen;
        for at in &self.assumed_schemes {
            // A page over https cannot request an http URL; of a page over http nothing follows, and http is more likely.
            if let Some(seen) = seen.get_mut(*at)
                && seen.header("origin").is_some_and(|o| o.starts_with("http://"))
                && let Some(rest) = seen.url.strip_prefix("https://")
            {
                seen.url = format!("http://{rest}");
            }
        }
        let mut draft = choose(&seen, false, flags)?;
        if !self.assumed_schemes.is_empty() && flags.url().is_none() {
            draft.assumed.push(
                "the scheme of the URL, which the paste does not show, is the one of the page; change it with --url"
                    .to_owned(),
            );
        }
        Ok(draft)
    }
}

/// Whether it looks like `Name: value`.
fn is_header(text: &str) -> bool {
    text.split_once(':').is_some_and(|(name, _)| is_token(name.as_bytes()))
}

/// The text after curl's mark; a mark without text is an empty line.
fn marked(line: &str, mark: char) -> Option<&str> {
    let rest = line.strip_prefix(mark)?;
    if rest.trim().is_empty() {
        return Some("");
    }
    rest.strip_prefix(' ').map(str::trim_end)
}

fn is_web(word: &str) -> bool {
    word.starts_with("http://") || word.starts_with("https://")
}
