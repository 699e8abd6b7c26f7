//! The routes of a document, as URLs at the one origin that gets requests.

mod fill;
mod har;
mod openapi;

pub(super) use har::har;
pub(super) use openapi::openapi;

use crate::exit::Failure;
use crosscheck_fetch::Url;
use std::path::Path;

/// The most parts of a document that are named as skipped.
const NAMED: usize = 10;

/// The routes of a document.
#[derive(Debug, Default)]
pub(super) struct Routes {
    /// The URLs, each once, in the order of the document.
    pub(super) urls: Vec<Url>,
    /// What is skipped, and why.
    pub(super) skipped: Vec<String>,
    more: usize,
}

impl Routes {
    fn add(&mut self, url: Url) {
        if !self.urls.contains(&url) {
            self.urls.push(url);
        }
    }

    fn skip(&mut self, text: String) {
        if self.skipped.len() < NAMED {
            self.skipped.push(text);
        } else {
            self.more += 1;
        }
    }

    fn finish(mut self) -> Self {
        if self.more > 0 {
            self.skipped.push(format!("{} more routes are skipped", self.more));
        }
        self
    }

    /// What is skipped, for an error.
    pub(super) fn skipped_text(&self) -> String {
        match self.skipped.as_slice() {
            [] => String::new(),
            skipped => format!(":\n{}", skipped.join("\n")),
        }
    }
}

/// Why the routes of a document cannot be probed.
#[derive(Debug)]
pub(super) struct RoutesError {
    message: String,
    help: String,
}

impl RoutesError {
    fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            help: help.into(),
        }
    }

    /// The error with the name of the file.
    pub(super) fn of(self, file: &Path) -> Failure {
        Failure::message(format!("{}: {}", file.display(), self.message), self.help)
    }
}

/// The path of a route below a base: a base without a path gets that of the document's server.
fn below<'p>(base: &'p Url, server_path: &'p str) -> &'p str {
    let path = if base.path() == "/" { server_path } else { base.path() };
    path.trim_end_matches('/')
}

/// The URL at the origin of the base. A path of dots, which would leave the base, has none.
fn at(base: &Url, path: &str, query: Option<&str>) -> Option<Url> {
    let is_dots = |segment: &str| matches!(segment.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | "..");
    if path.split(['/', '\\']).any(is_dots) {
        return None;
    }
    let mut url = base.clone();
    url.set_path(path);
    url.set_query(query.filter(|q| !q.is_empty()));
    url.set_fragment(None);
    (url.origin() == base.origin()).then_some(url)
}

/// Whether the host of a URL is this machine. Without a URL on the command line, only such a server gets requests.
fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// The error for a document whose server is not on this machine, if the user names none.
fn name_the_server(found: &str) -> RoutesError {
    RoutesError::new(
        format!("{found}; no server is named on the command line"),
        "name the server that gets the requests, for example crosscheck probe http://localhost:3000 with the same file",
    )
}
