//! Heads of requests and responses without curl's marks: `curl -i`, the header panels of DevTools, raw messages, `wget -S`, tables.

use super::blocks_entry::{Entry, RawHead};
use super::choice::choose;
use super::shell;
use crate::adhoc::{Draft, Flags};
use crate::head::status_line;
use crate::input_error::InputError;
use crosscheck_fetch::is_token;

/// The maximum number of lines.
const MAX_LINES: usize = 100_000;

/// The part of a message that the next line belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Section {
    /// Not titled: the name of a header shows where it belongs.
    ByName,
    Request,
    Response,
    Body,
}

/// Reads the paste; `None` if it has no head.
pub(super) fn read(text: &str, flags: &Flags) -> Option<Result<Draft, InputError>> {
    let mut reader = Reader::new();
    let mut lines = text.lines().take(MAX_LINES);
    while let Some(line) = lines.next() {
        if let Some(start) = shell::command(line) {
            let mut command = start.to_owned();
            let mut last = line;
            while shell::continues(last) {
                let Some(next) = lines.next() else { break };
                command.push('\n');
                command.push_str(next);
                last = next;
            }
            reader.command(&command);
            continue;
        }
        reader.line(line);
    }
    reader.end();
    let entries: Vec<Entry> = reader.entries.into_iter().filter(Entry::has_content).collect();
    if entries.is_empty() {
        return None;
    }
    Some(draft(entries, flags))
}

fn draft(entries: Vec<Entry>, flags: &Flags) -> Result<Draft, InputError> {
    if let [only] = &entries[..]
        && only.is_response_only()
    {
        return only.heads_draft(flags);
    }
    let by_browser = entries.iter().all(|e| e.panel);
    let (mut notes, mut assumed) = (Vec::new(), Vec::new());
    let mut seen = Vec::new();
    for entry in entries {
        entry.into_seen(flags, &mut seen, &mut notes, &mut assumed)?;
    }
    let mut draft = choose(&seen, by_browser, flags)?;
    draft.notes.extend(notes);
    draft.assumed.extend(assumed);
    Ok(draft)
}

struct Reader {
    entries: Vec<Entry>,
    section: Section,
    /// Whether a title began the section; then an empty line does not end it.
    titled: bool,
    /// A name whose value is in the next line.
    pending: Option<String>,
    /// Whether a table of names and values is being read.
    table: bool,
}

impl Reader {
    fn new() -> Self {
        Self {
            entries: vec![Entry::default()],
            section: Section::ByName,
            titled: false,
            pending: None,
            table: false,
        }
    }

    fn entry(&mut self) -> &mut Entry {
        if self.entries.is_empty() {
            self.entries.push(Entry::default());
        }
        let last = self.entries.len() - 1;
        &mut self.entries[last]
    }

    fn next_entry(&mut self) {
        if self.entry().has_content() {
            self.entries.push(Entry::default());
        }
    }

    fn command(&mut self, command: &str) {
        let Some(seen) = shell::request(&shell::words(command)) else {
            return;
        };
        self.next_entry();
        self.entry().command = Some(seen);
        self.begin(Section::Response, false);
    }

    fn begin(&mut self, section: Section, titled: bool) {
        self.section = section;
        self.titled = titled;
        self.table = false;
        self.pending = None;
    }

    fn end(&mut self) {
        if let Some(name) = self.pending.take() {
            self.header(&name, "");
        }
    }

    fn line(&mut self, line: &str) {
        let mut line = line.trim();
        if let Some(name) = self.pending.take() {
            let value = if line.is_empty() { "" } else { line };
            return self.pair(&name, value);
        }
        if line.is_empty() {
            let open = self
                .entry()
                .heads
                .last()
                .is_some_and(|h| !h.headers.is_empty() || h.status.is_some());
            let request = self.section == Section::Request && self.entry().method.is_some();
            if !self.titled && (self.section == Section::Response && open || request) {
                self.section = Section::Body;
            }
            return;
        }
        for (mark, section) in [("< ", Section::Response), ("> ", Section::Request)] {
            if let Some(rest) = line.strip_prefix(mark) {
                line = rest.trim();
                self.section = section;
            }
        }
        if let Some(section) = title(line) {
            return self.begin(section, true);
        }
        if let Some(url) = wget(line) {
            self.next_entry();
            self.entry().url = Some(url.to_owned());
            self.entry().tool = true;
            return self.begin(Section::Response, false);
        }
        if line.ends_with("[following]") {
            return self.begin(Section::Body, false);
        }
        if line.starts_with("HTTP/")
            && let Some((status, text)) = status_line(line)
        {
            return self.status(status, text);
        }
        if let Some((method, target)) = request_line(line) {
            return self.request_line(method, target);
        }
        self.other(line);
    }

    fn other(&mut self, line: &str) {
        let lower = line.to_ascii_lowercase();
        if lower.starts_with("provisional headers") || lower.contains("caution: provisional") {
            self.entry().provisional = true;
            return;
        }
        if is_rule(line) {
            self.begin(Section::Response, true);
            self.table = true;
            return;
        }
        if self.table
            && let Some((name, value)) = line
                .split_once(char::is_whitespace)
                .filter(|(n, _)| is_token(n.as_bytes()))
        {
            return self.pair(name, value.trim());
        }
        // HTTP/2 pseudo-headers begin with a colon.
        let split = match line.strip_prefix(':') {
            Some(rest) => rest.find(':').map(|i| line.split_at(i + 1)),
            None => line.find(':').map(|i| line.split_at(i)),
        };
        match split {
            Some((name, value)) => {
                let (name, value) = (name.trim(), value.strip_prefix(':').unwrap_or(value).trim());
                if !(is_panel_key(name) || is_token(name.trim_start_matches(':').as_bytes())) {
                    return;
                }
                if value.is_empty() && line.ends_with(':') {
                    self.pending = Some(name.to_owned());
                } else {
                    self.pair(name, value);
                }
            }
            None if self.entry().panel && is_token(line.as_bytes()) && is_common_name(line) => {
                self.pending = Some(line.to_owned());
            }
            None if is_panel_key(line) => self.pending = Some(line.to_owned()),
            None => {}
        }
    }

    fn pair(&mut self, name: &str, value: &str) {
        match name.to_ascii_lowercase().as_str() {
            "request url" => {
                if self.entry().url.is_some() || !self.entry().heads.is_empty() {
                    self.next_entry();
                }
                self.entry().url = Some(value.to_owned());
                self.entry().panel = true;
                self.begin(Section::ByName, true);
            }
            "request method" => {
                self.entry().method = Some(value.to_owned());
                self.entry().panel = true;
            }
            "status code" | "status" if self.section != Section::Body => {
                self.entry().cached = value.contains("from ") && value.contains("cache");
                let digits: String = value.chars().skip_while(|c| !c.is_ascii_digit()).take(3).collect();
                if let Ok(status) = digits.parse() {
                    self.entry().head().status = Some(status);
                }
            }
            "remote address" | "referrer policy" => self.entry().panel |= self.entry().url.is_some(),
            _ => self.header(name, value),
        }
    }

    fn header(&mut self, name: &str, value: &str) {
        let section = match self.section {
            Section::ByName if is_request_name(name) => Section::Request,
            Section::ByName => Section::Response,
            section => section,
        };
        let pair = (name.as_bytes().to_vec(), value.as_bytes().to_vec());
        match section {
            Section::Request => self.entry().request.push(pair),
            Section::Response if name.eq_ignore_ascii_case(":status") => {
                self.entry().head().status = value.parse().ok()
            }
            Section::Response if name.starts_with(':') => {}
            Section::Response => self.entry().head().headers.push(pair),
            Section::ByName | Section::Body => {}
        }
    }

    fn status(&mut self, status: u16, text: &str) {
        let entry = self.entry();
        let fresh = entry.heads.last().is_none_or(|h| !h.headers.is_empty());
        if fresh {
            entry.heads.push(RawHead::default());
        }
        let head = entry.head();
        head.status = Some(status);
        text.clone_into(&mut head.text);
        self.begin(Section::Response, false);
    }

    fn request_line(&mut self, method: &str, target: &str) {
        let inside = self.titled && self.section == Section::Request;
        if !inside
            && (self.entry().method.is_some() && !self.entry().panel
                || !self.entry().heads.is_empty() && !self.entry().panel)
        {
            self.next_entry();
        }
        let entry = self.entry();
        entry.method = Some(method.to_owned());
        entry.target = Some(target.to_owned());
        if !inside {
            self.begin(Section::Request, false);
        }
    }
}

/// The section that a title begins.
fn title(line: &str) -> Option<Section> {
    let line = line.split('(').next().unwrap_or_default().to_ascii_lowercase();
    let line = line.trim_end_matches("view source").trim_end_matches("view parsed");
    let line = line.trim_matches(|c: char| matches!(c, '*' | '#' | '-' | '=' | ':') || c.is_whitespace());
    Some(match line {
        "general" => Section::ByName,
        "request headers" | "request header" | "request" => Section::Request,
        "response headers" | "response header" | "response" => Section::Response,
        "request payload"
        | "form data"
        | "query string parameters"
        | "request body"
        | "response body"
        | "body"
        | "payload" => Section::Body,
        _ => return None,
    })
}

/// The URL of a line in which wget names its next request.
fn wget(line: &str) -> Option<&str> {
    let url = line.strip_prefix("--")?.split_once("--")?.1.trim();
    (url.starts_with("http://") || url.starts_with("https://")).then_some(url)
}

fn request_line(line: &str) -> Option<(&str, &str)> {
    let mut words = line.split(' ');
    let (method, target, version) = (words.next()?, words.next()?, words.next()?);
    let upper = !method.is_empty() && method.bytes().all(|b| b.is_ascii_uppercase());
    (upper && version.starts_with("HTTP/") && words.next().is_none()).then_some((method, target))
}

/// The line under the titles of a table.
fn is_rule(line: &str) -> bool {
    let mut words = line.split_whitespace();
    let rule = |w: Option<&str>| w.is_some_and(|w| w.len() > 1 && w.bytes().all(|b| b == b'-'));
    rule(words.next()) && rule(words.next()) && words.next().is_none()
}

fn is_panel_key(name: &str) -> bool {
    [
        "request url",
        "request method",
        "status code",
        "remote address",
        "referrer policy",
    ]
    .iter()
    .any(|k| name.eq_ignore_ascii_case(k))
}

/// Whether a line without a colon is the name of a header, whose value is in the next line.
fn is_common_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let response = [
        "content-type",
        "content-length",
        "server",
        "vary",
        "date",
        "etag",
        "location",
        "set-cookie",
        "cache-control",
        "age",
        "expires",
    ];
    is_request_name(name) || lower.starts_with("access-control-") || response.contains(&lower.as_str())
}

/// Whether only requests have this header.
fn is_request_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    matches!(
        name.as_str(),
        "origin"
            | "host"
            | "referer"
            | "user-agent"
            | "accept"
            | "accept-encoding"
            | "accept-language"
            | "cookie"
            | "authorization"
            | "dnt"
            | "te"
            | "upgrade-insecure-requests"
            | "if-none-match"
            | "if-modified-since"
            | "x-requested-with"
            | ":method"
            | ":authority"
            | ":scheme"
            | ":path"
            | "priority"
    ) || name.starts_with("access-control-request-")
        || name.starts_with("sec-")
}
