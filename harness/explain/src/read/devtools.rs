//! DevTools "copy as fetch", followed by the heads of the responses.

use super::browser::{added, answers_preflight};
use super::js::{Parser, Value};
use crate::adhoc::Draft;
use crate::head::{Head, shown, status_line};
use crate::input_error::InputError;
use crate::recorded::Recorded;
use crosscheck_fetch::{Answer, ByteString, CredentialsMode, Init, InitBody, Origin, Url, is_forbidden_request_header};
use std::str::FromStr;

/// The maximum number of responses in one paste.
const MAX_RESPONSES: usize = 256;

/// Reads the paste.
pub(super) fn read(text: &str) -> Result<Draft, InputError> {
    let Some(at) = text.find("fetch(") else {
        return Err(InputError::new(
            "there is no fetch() call",
            "paste the call as DevTools copies it: fetch(\"URL\", { ... });",
        ));
    };
    let mut parser = Parser::new(text, at + "fetch(".len());
    let place = parser.line();
    let url = parser.value(0)?;
    let options = if parser.sign(',') && !parser.sign(')') {
        let options = parser.value(0)?;
        parser.sign(',');
        parser.expect(')', "at the end of the call")?;
        options
    } else {
        parser.sign(')');
        Value::Object(Vec::new())
    };
    let Some(url) = url.text() else {
        return Err(InputError::at(
            place,
            1,
            "the first argument of fetch() is not a string",
            "write the URL as a string",
        ));
    };
    let mut draft = Draft::default();
    let mut init = Init::new(url);
    read_options(&options, place, &mut init, &mut draft)?;
    // A relative URL is relative to the page that makes the request.
    if let Err(url::ParseError::RelativeUrlWithoutBase) = Url::parse(url)
        && let Some(base) = draft.origin.as_deref().and_then(|o| Url::parse(o).ok())
        && let Ok(joined) = base.join(url)
    {
        init.url = joined.into();
    }
    draft.init = Some(init);
    parser.sign(';');
    let line = parser.line();
    draft.answers = heads(parser.rest(), line)?;
    if let [only] = &mut draft.answers[..] {
        if answers_preflight(&only.answer) {
            draft
                .notes
                .push("the response is taken as the answer to the preflight, if there is one".to_owned());
        } else {
            draft.evidence.answer_without_place = true;
        }
    }
    Ok(draft)
}

fn read_options(options: &Value, line: usize, init: &mut Init, draft: &mut Draft) -> Result<(), InputError> {
    let word = |key: &str| options.get(key).and_then(Value::text);
    init.method = word("method").map(|m| ByteString::Owned(m.as_bytes().to_vec()));
    init.mode = closed(line, "mode", word("mode"))?;
    init.credentials = closed(line, "credentials", word("credentials"))?;
    doubt_credentials(options, init, draft);
    init.redirect = closed(line, "redirect", word("redirect"))?;
    init.cache = closed(line, "cache", word("cache"))?;
    init.referrer_policy = closed(line, "referrerPolicy", word("referrerPolicy").filter(|w| !w.is_empty()))?;
    init.integrity = word("integrity").unwrap_or_default().to_owned();
    init.body = match options.get("body") {
        None | Some(Value::Word(_)) => None,
        Some(Value::Text(body)) => Some(InitBody::Text(body.clone())),
        Some(_) => {
            return Err(InputError::at(
                line,
                1,
                "the body is not a string",
                "write the body as a string; only its type matters, set Content-Type",
            ));
        }
    };
    let pairs: Vec<(&str, &str)> = match options.get("headers") {
        None | Some(Value::Word(_)) => Vec::new(),
        Some(Value::Object(members)) => members
            .iter()
            .filter_map(|(n, v)| Some((n.as_str(), v.text()?)))
            .collect(),
        Some(Value::List(items)) => items.iter().filter_map(pair).collect(),
        Some(Value::Text(_)) => {
            return Err(InputError::at(
                line,
                1,
                "`headers` is a string",
                "write headers as an object: \"headers\": { \"name\": \"value\" }",
            ));
        }
    };
    let mut dropped = Vec::new();
    for (name, value) in pairs {
        if name.eq_ignore_ascii_case("origin") {
            draft.origin = Some(value.to_owned());
        }
        let plain_accept = name.eq_ignore_ascii_case("accept") && value == "*/*";
        if plain_accept || added(name.as_bytes(), value.as_bytes()) {
            if !plain_accept && !is_forbidden_request_header(name.as_bytes(), value.as_bytes()) {
                dropped.push(name.to_owned());
            }
            continue;
        }
        init.headers.push((
            ByteString::Owned(name.as_bytes().to_vec()),
            ByteString::Owned(value.as_bytes().to_vec()),
        ));
    }
    if !dropped.is_empty() {
        draft.notes.push(format!(
            "left out, because DevTools shows them although the script does not set them: {}; add one with --header",
            shown(&dropped.join(", "))
        ));
    }
    if let Some(referrer) = word("referrer").filter(|r| !r.is_empty()) {
        init.referrer = Some(referrer.to_owned());
        let origin = Url::parse(referrer)
            .map(|u| Origin::of(&u))
            .ok()
            .filter(|o| *o != Origin::Opaque);
        if let Some(origin) = origin.filter(|_| draft.origin.is_none()) {
            draft.origin = Some(origin.serialize().into_owned());
        }
    }
    Ok(())
}

/// DevTools writes the credentials mode by what was sent, not by what the page asked for: `omit` where no cookie was sent, and `include`
/// where the request has Authorization. A call that a person wrote means what it says.
fn doubt_credentials(options: &Value, init: &mut Init, draft: &mut Draft) {
    let by_devtools = ["referrer", "referrerPolicy", "mode"]
        .iter()
        .any(|k| options.get(k).is_some())
        && options.get("body").is_some();
    if !by_devtools {
        init.credentials.get_or_insert(CredentialsMode::SameOrigin);
        return;
    }
    let authorization = match options.get("headers") {
        Some(Value::Object(members)) => members.iter().any(|(n, _)| n.eq_ignore_ascii_case("authorization")),
        _ => false,
    };
    let doubted = match init.credentials {
        Some(CredentialsMode::Include) => authorization,
        Some(_) => true,
        None => false,
    };
    if doubted {
        let written = init.credentials.take().map_or("omit", |c| c.as_str());
        draft.notes.push(format!(
            "DevTools writes credentials \"{written}\" by what was sent, whatever the page asked for: the mode is not known"
        ));
    }
}

fn pair(item: &Value) -> Option<(&str, &str)> {
    match item {
        Value::List(items) => match items.as_slice() {
            [name, value] => Some((name.text()?, value.text()?)),
            _ => None,
        },
        _ => None,
    }
}

fn closed<T: FromStr>(line: usize, key: &str, word: Option<&str>) -> Result<Option<T>, InputError>
where
    T::Err: std::fmt::Display,
{
    let Some(word) = word else { return Ok(None) };
    match word.parse() {
        Ok(value) => Ok(Some(value)),
        Err(e) => Err(InputError::at(
            line,
            1,
            format!("`{key}`: {e}"),
            "write one of these words",
        )),
    }
}

/// The response heads after the call, each from its status line to an empty line or the next status line.
fn heads(text: &str, first_line: usize) -> Result<Vec<Recorded>, InputError> {
    let mut answers = Vec::new();
    let mut head: Option<Head> = None;
    let mut take = |head: &mut Option<Head>| {
        if let Some(head) = head.take() {
            let answer: Answer = head.answer();
            answers.push(Recorded::new(None, answer));
        }
        answers.len()
    };
    for (i, line) in text.lines().enumerate() {
        let number = first_line + i;
        let trimmed = line.trim();
        let code = trimmed.starts_with(['.', '}', ')']) || trimmed.contains("=>") || trimmed.ends_with(['{', ';']);
        if trimmed.is_empty()
            || head.is_none() && code
            || matches!(trimmed, ";" | ")" | ");")
            || trimmed.starts_with("//")
        {
            take(&mut head);
            continue;
        }
        let pseudo = trimmed.strip_prefix(":status:").map(str::trim);
        if let Some((status, reason)) = status_line(pseudo.unwrap_or(trimmed)) {
            if take(&mut head) >= MAX_RESPONSES {
                return Err(InputError::at(
                    number,
                    1,
                    format!("more than {MAX_RESPONSES} responses"),
                    "paste the responses of this fetch only",
                ));
            }
            head = Some(Head::new(status, reason));
            continue;
        }
        match &mut head {
            Some(head) => head.line(number, 1, line.trim_start())?,
            None => {
                return Err(InputError::at(
                    number,
                    1,
                    format!("`{}` comes before any status line", shown(trimmed)),
                    "start each response with its status line, for example `HTTP/1.1 200 OK` or `HTTP/2 204`",
                ));
            }
        }
    }
    take(&mut head);
    Ok(answers)
}
