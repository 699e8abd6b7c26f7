//! Which URLs are probed: those of the command line, of a file, or the routes of a document below one URL.

use super::routes::{self, Routes, RoutesError};
use crate::args::ProbeTargets;
use crate::exit::Failure;
use crosscheck_fetch::Url;
use crosscheck_input::ReadError;
use crosscheck_text::Secret;
use std::path::Path;

/// The maximum size of a file of URLs.
const MAX_LIST: u64 = 1 << 20;
/// The maximum number of URLs in it.
const MAX_URLS: usize = 1000;
/// The maximum size of an OpenAPI document.
const MAX_OPENAPI: u64 = 16 << 20;
/// The maximum size of a HAR file, which contains the bodies of answers.
const MAX_HAR: u64 = 128 << 20;

/// Reads the routes of a document.
type Read = fn(&str, Option<&Url>) -> Result<Routes, RoutesError>;

/// The servers to probe, and the filters over their cases.
pub(super) struct Targets {
    pub(super) urls: Vec<Secret<Url>>,
    pub(super) filters: Vec<String>,
    /// What is left out of the routes.
    pub(super) notices: Vec<String>,
}

impl Targets {
    pub(super) fn of(args: &ProbeTargets) -> Result<Self, Failure> {
        let words: Vec<&str> = args.words.iter().map(|word| word.expose().as_str()).collect();
        let has_other = args.urls.is_some() || args.openapi.is_some() || args.har.is_some();
        let mut urls = Vec::new();
        let mut filters = Vec::new();
        for (at, word) in words.into_iter().enumerate() {
            // Without another source of URLs, the first word is one.
            if is_url(word) || (at == 0 && !has_other) {
                urls.push(parse(word)?);
            } else {
                filters.push(word.to_owned());
            }
        }
        let mut notices = Vec::new();
        if let Some(file) = &args.urls {
            urls.extend(list(file)?);
        }
        if let Some(file) = args.openapi.as_ref().or(args.har.as_ref()) {
            let base = match urls.as_slice() {
                [] => None,
                [base] => Some(base),
                _ => {
                    return Err(Failure::message(
                        "the routes of a document are probed below one URL, and several are given",
                        "name one URL, for example crosscheck probe http://localhost:3000 --openapi openapi.yaml",
                    ));
                }
            };
            let (read, most): (Read, u64) = match &args.openapi {
                Some(_) => (routes::openapi, MAX_OPENAPI),
                None => (routes::har, MAX_HAR),
            };
            let text = crosscheck_input::read_text(file, most).map_err(|e| unreadable(file, &e))?;
            let found = read(&text, base).map_err(|e| e.of(file))?;
            urls = cut(found, args.max_routes, file, &mut notices)?;
        }
        if urls.is_empty() {
            return Err(Failure::message(
                "no URL is given",
                "name one, for example crosscheck probe http://localhost:3000/api/data --policy my-policy.yaml",
            ));
        }
        let mut once: Vec<Url> = Vec::new();
        for url in urls {
            if !once.contains(&url) {
                once.push(url);
            }
        }
        Ok(Self {
            urls: once.into_iter().map(Secret::from).collect(),
            filters,
            notices,
        })
    }
}

/// The first routes, as many as are probed.
fn cut(found: Routes, most: usize, file: &Path, notices: &mut Vec<String>) -> Result<Vec<Url>, Failure> {
    let all = found.urls.len();
    if all == 0 || most == 0 {
        return Err(Failure::message(
            format!("{}: there is no route to probe{}", file.display(), found.skipped_text()),
            "only paths with a GET whose parameters have an example, a default or an enum are probed, at most as many as --max-routes",
        ));
    }
    notices.extend(found.skipped);
    if all > most {
        notices.push(format!(
            "{}: {most} of {all} routes are probed; --max-routes {all} probes all",
            file.display()
        ));
    }
    Ok(found.urls.into_iter().take(most).collect())
}

/// Whether a word is a URL and no filter: it begins with a scheme and `://`.
fn is_url(word: &str) -> bool {
    word.split_once("://").is_some_and(|(scheme, _)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
    })
}

fn parse(text: &str) -> Result<Url, Failure> {
    Url::parse(text).map_err(|e| {
        Failure::message(
            format!("`{text}` is not a URL: {e}"),
            "write the whole URL, for example http://localhost:3000/api/data",
        )
    })
}

/// The URLs of a file.
fn list(file: &Path) -> Result<Vec<Url>, Failure> {
    let text = crosscheck_input::read_text(file, MAX_LIST).map_err(|e| unreadable(file, &e))?;
    let mut urls = Vec::new();
    for (at, line) in text.lines().enumerate() {
        // A fragment is never sent, so that `#` after a blank begins a comment.
        let line = line.split_once(" #").map_or(line, |(url, _)| url).trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let url = Url::parse(line)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https"));
        // The text may be a secret.
        let url = url.ok_or_else(|| {
            Failure::message(
                format!("{}:{}: this line is not an http or https URL", file.display(), at + 1),
                "write one whole URL on each line, for example http://localhost:3000/api/data; `#` begins a comment",
            )
        })?;
        urls.push(url);
        if urls.len() > MAX_URLS {
            return Err(Failure::message(
                format!("{}: the file has more than {MAX_URLS} URLs", file.display()),
                "split the file",
            ));
        }
    }
    if urls.is_empty() {
        return Err(Failure::message(
            format!("{}: the file has no URL", file.display()),
            "write one whole URL on each line",
        ));
    }
    Ok(urls)
}

fn unreadable(file: &Path, error: &ReadError) -> Failure {
    Failure::message(error.of(file), error.help())
}

#[cfg(test)]
mod tests {
    use super::is_url;

    #[test]
    fn a_word_with_a_scheme_is_a_url_and_any_other_is_a_filter() {
        for (word, url) in [
            ("http://localhost:3000/", true),
            ("ftp://127.0.0.1/", true),
            ("policies/one#origin/*", false),
            ("see:https://github.com/a/b", false),
            ("rule:vary", false),
            ("localhost", false),
        ] {
            assert_eq!(is_url(word), url, "{word}");
        }
    }
}
