//! The words of a `curl` command, as bash, cmd and PowerShell write them, and the request that it sends.

use super::browser::{Initiator, Seen};
use crosscheck_fetch::Url;

/// Whether a line begins a `curl` command; the text from `curl` on.
pub(super) fn command(line: &str) -> Option<&str> {
    let line = line.trim_start();
    if let Some(i) = line.find("curl ").or_else(|| line.find("curl.exe ")) {
        let before = line.get(..i)?.trim_end();
        let prompt = before.is_empty() || before.ends_with(['$', '%', '#', '>', '`', '~']);
        return line.get(i..).filter(|_| prompt);
    }
    None
}

/// Whether the command goes on in the next line.
pub(super) fn continues(line: &str) -> bool {
    let line = line.trim_end();
    line.ends_with('\\') || line.ends_with('^') || line.ends_with(" `")
}

/// The words of a command whose lines are joined by line feeds.
pub(super) fn words(text: &str) -> Vec<String> {
    let cmd = text.contains("^\"") || text.lines().any(|l| l.trim_end().ends_with('^'));
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (_, '^') if cmd => {
                if let Some(next) = chars.next().filter(|n| *n != '\n') {
                    if next == '"' {
                        quote = if quote.is_some() { None } else { Some('"') };
                        word.get_or_insert_default();
                    } else {
                        word.get_or_insert_default().push(next);
                    }
                }
            }
            (Some(q), c) if c == q => quote = None,
            (Some('"') | None, '\\') => {
                if let Some(next) = chars.next().filter(|n| *n != '\n') {
                    word.get_or_insert_default().push(next);
                }
            }
            (Some(_), c) => word.get_or_insert_default().push(c),
            (None, '`') if chars.peek() == Some(&'\n') => {}
            (None, '$') if chars.peek() == Some(&'\'') => {}
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (None, '|' | ';') => break,
            (None, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

/// Short flags with a value.
const SHORT: &str = "XHdbuAeomTFcDEKQrtUwxyYzC";
/// Long flags with a value.
const LONG: [&str; 34] = [
    "request",
    "header",
    "data",
    "data-raw",
    "data-binary",
    "data-ascii",
    "data-urlencode",
    "json",
    "cookie",
    "user",
    "user-agent",
    "referer",
    "output",
    "max-time",
    "connect-timeout",
    "form",
    "cookie-jar",
    "dump-header",
    "url",
    "resolve",
    "connect-to",
    "cacert",
    "cert",
    "key",
    "proxy",
    "interface",
    "retry",
    "write-out",
    "range",
    "upload-file",
    "limit-rate",
    "trace",
    "trace-ascii",
    "unix-socket",
];

/// The request that the command sends; `None` without a URL.
pub(super) fn request(words: &[String]) -> Option<Seen> {
    let mut found = Found::default();
    let mut words = words.iter().skip(1);
    while let Some(word) = words.next() {
        if let Some(long) = word.strip_prefix("--") {
            let (name, value) = long
                .split_once('=')
                .map_or((long, None), |(n, v)| (n, Some(v.to_owned())));
            let value = if LONG.contains(&name) {
                value.or_else(|| words.next().cloned())
            } else {
                value
            };
            found.long(name, value.unwrap_or_default());
        } else if let Some(short) = word.strip_prefix('-').filter(|s| !s.is_empty()) {
            for (i, flag) in short.char_indices() {
                if !SHORT.contains(flag) {
                    found.short(flag, String::new());
                    continue;
                }
                let glued = short.get(i + flag.len_utf8()..).unwrap_or_default();
                let value = if glued.is_empty() {
                    words.next().cloned()
                } else {
                    Some(glued.to_owned())
                };
                found.short(flag, value.unwrap_or_default());
                break;
            }
        } else if found.url.is_none() && (word.contains("://") || word.contains('.') || word.starts_with("localhost")) {
            found.url = Some(word.clone());
        }
    }
    found.seen()
}

#[derive(Default)]
struct Found {
    url: Option<String>,
    method: Option<String>,
    head: bool,
    get: bool,
    headers: Vec<(Vec<u8>, Vec<u8>)>,
    body: Option<String>,
    content_type: Option<&'static str>,
}

impl Found {
    fn short(&mut self, flag: char, value: String) {
        let name = match flag {
            'X' => "request",
            'H' => "header",
            'd' => "data",
            'F' => "form",
            'b' => "cookie",
            'u' => "user",
            'A' => "user-agent",
            'e' => "referer",
            'I' => "head",
            'G' => "get",
            'T' => "upload-file",
            'r' => "range",
            _ => return,
        };
        self.long(name, value);
    }

    fn long(&mut self, name: &str, value: String) {
        match name {
            "url" => self.url = Some(value),
            "request" => self.method = Some(value),
            "head" => self.head = true,
            "get" => self.get = true,
            "header" => {
                if let Some((name, value)) = value.split_once(':').filter(|(_, v)| !v.trim().is_empty()) {
                    self.push(name.trim(), value.trim());
                }
            }
            "cookie" => self.push("Cookie", &value),
            "user" => self.push("Authorization", "Basic x"),
            "referer" => self.push("Referer", &value),
            "range" => self.push("Range", &format!("bytes={value}")),
            "json" => {
                self.content_type = Some("application/json");
                self.body = Some(value);
            }
            "form" => {
                self.content_type = Some("multipart/form-data; boundary=x");
                self.body = Some(String::new());
            }
            _ if name.starts_with("data") => {
                self.content_type.get_or_insert("application/x-www-form-urlencoded");
                self.body = Some(value);
            }
            "upload-file" => self.method = Some(self.method.take().unwrap_or_else(|| "PUT".to_owned())),
            _ => {}
        }
    }

    fn push(&mut self, name: &str, value: &str) {
        self.headers.push((name.as_bytes().to_vec(), value.as_bytes().to_vec()));
    }

    fn seen(mut self) -> Option<Seen> {
        let url = self.url.take()?;
        let url = if url.contains("://") {
            url
        } else {
            format!("http://{url}")
        };
        let has_body = self.body.is_some() && !self.get;
        let method = match self.method.take() {
            Some(method) => method,
            None if self.head => "HEAD".to_owned(),
            None if has_body => "POST".to_owned(),
            None => "GET".to_owned(),
        };
        let named = self
            .headers
            .iter()
            .any(|(n, _)| n.eq_ignore_ascii_case(b"content-type"));
        if let Some(kind) = self.content_type.filter(|_| has_body && !named) {
            self.push("Content-Type", kind);
        }
        let mode = self
            .headers
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(b"sec-fetch-mode"));
        Some(Seen {
            method,
            url: Url::parse(&url).map_or(url, Into::into),
            initiator: initiator(mode.map(|(_, v)| v.as_slice())),
            headers: self.headers,
            body: self.body,
            shown: true,
            ..Seen::default()
        })
    }
}

/// What made a request with this Sec-Fetch-Mode.
pub(super) fn initiator(mode: Option<&[u8]>) -> Initiator {
    match mode {
        Some(b"no-cors") => Initiator::NoCors,
        Some(b"navigate") => Initiator::Navigation,
        Some(b"websocket") => Initiator::WebSocket,
        _ => Initiator::Script,
    }
}
