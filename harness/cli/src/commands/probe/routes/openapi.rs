//! The routes of an OpenAPI 3 or Swagger 2 document: its paths with a GET.

use super::fill::{Parameters, fill};
use super::{Routes, RoutesError, at, below, is_loopback, name_the_server};
use crosscheck_fetch::Url;
use serde_yaml::Value;

const HELP: &str = "name an OpenAPI 3 or Swagger 2 document, in JSON or YAML";

/// How many brackets may be open at a time. The time of the reader of YAML grows with the square of their number.
const MAX_OPEN: usize = 1000;
/// How many references may follow each other.
const MAX_REFERENCES: usize = 8;

/// Reads the routes below the base, or below the document's own server if that is on this machine.
pub(in crate::commands::probe) fn openapi(text: &str, base: Option<&Url>) -> Result<Routes, RoutesError> {
    let document = Document::parse(text)?;
    let server = document.server()?;
    let (base, prefix) = match (base, Url::parse(&server)) {
        (Some(base), Ok(server)) => (base.clone(), below(base, server.path()).to_owned()),
        // A server without a host is a path.
        (Some(base), Err(_)) => (base.clone(), below(base, &server).to_owned()),
        (None, Ok(server)) if is_loopback(&server) => (server.clone(), server.path().trim_end_matches('/').to_owned()),
        (None, Ok(server)) => {
            return Err(name_the_server(&format!(
                "the server of the document is {}",
                server.origin().ascii_serialization()
            )));
        }
        (None, Err(_)) => return Err(name_the_server("the document names no server")),
    };
    let mut routes = Routes::default();
    let paths = document.0.get("paths").and_then(Value::as_mapping);
    let Some(paths) = paths else {
        return Err(RoutesError::new("the document has no `paths`", HELP));
    };
    for (path, item) in paths {
        let Some(path) = path.as_str().filter(|path| path.starts_with('/')) else {
            continue;
        };
        let item = document.resolve(item);
        let Some(get) = item.get("get") else { continue };
        let parameters = Parameters::of(&document, item, document.resolve(get));
        match fill(path, &parameters) {
            Ok((path, query)) => match at(&base, &format!("{prefix}{path}"), Some(&query)) {
                Some(url) => routes.add(url),
                None => routes.skip(format!("{path} is skipped: it has no place below the URL")),
            },
            Err(name) => routes.skip(format!(
                "{path} is skipped: its parameter `{name}` has no example, default or enum"
            )),
        }
    }
    Ok(routes.finish())
}

/// How many brackets are open at most, those in texts included.
fn open_brackets(text: &str) -> usize {
    let (mut open, mut most) = (0_usize, 0);
    for byte in text.bytes() {
        match byte {
            b'[' | b'{' => open += 1,
            b']' | b'}' => open = open.saturating_sub(1),
            _ => {}
        }
        most = most.max(open);
    }
    most
}

/// A document.
pub(super) struct Document(Value);

impl Document {
    fn parse(text: &str) -> Result<Self, RoutesError> {
        if open_brackets(text) > MAX_OPEN {
            return Err(RoutesError::new("the document is nested too deeply", HELP));
        }
        let value = Self::value(text)?;
        let version = value.get("openapi").or_else(|| value.get("swagger"));
        let version = match version {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            _ => {
                return Err(RoutesError::new(
                    "the document has neither `openapi: 3..` nor `swagger: \"2.0\"`",
                    HELP,
                ));
            }
        };
        if !version.starts_with("3.") && version != "3" && !version.starts_with('2') {
            return Err(RoutesError::new(
                format!("the version {version:.20} of the document is not supported"),
                HELP,
            ));
        }
        Ok(Self(value))
    }

    /// Reads JSON, or YAML, which may begin with a brace as well.
    fn value(text: &str) -> Result<Value, RoutesError> {
        let of_json = match text.trim_start().starts_with('{') {
            true => match serde_json::from_str::<serde_json::Value>(text) {
                Ok(value) => {
                    return serde_yaml::to_value(value)
                        .map_err(|e| RoutesError::new(format!("this is not JSON: {e}"), HELP));
                }
                Err(error) => Some(error),
            },
            false => None,
        };
        serde_yaml::from_str(text).map_err(|e| match of_json {
            Some(error) => RoutesError::new(format!("this is not JSON: {error}"), HELP),
            None => RoutesError::new(format!("this is not YAML: {e}"), HELP),
        })
    }

    /// The URL of the first server, or its path; empty if there is none.
    fn server(&self) -> Result<String, RoutesError> {
        let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
        if self.0.get("swagger").is_some() {
            let path = text(self.0.get("basePath")).unwrap_or_default();
            let scheme = text(self.0.get("schemes").and_then(|s| s.get(0))).unwrap_or_else(|| "https".to_owned());
            return Ok(match text(self.0.get("host")) {
                Some(host) => format!("{scheme}://{host}{path}"),
                None => path,
            });
        }
        let Some(server) = self.0.get("servers").and_then(|s| s.get(0)) else {
            return Ok(String::new());
        };
        let mut url = text(server.get("url")).unwrap_or_default();
        for (name, variable) in server
            .get("variables")
            .and_then(Value::as_mapping)
            .into_iter()
            .flatten()
        {
            if let (Some(name), Some(value)) = (name.as_str(), text(variable.get("default"))) {
                url = url.replace(&format!("{{{name}}}"), &value);
            }
        }
        if url.len() > 2000 {
            return Err(RoutesError::new("the URL of the server is too long", HELP));
        }
        Ok(url)
    }

    /// What a `$ref` into the same document names, or the value itself.
    pub(super) fn resolve<'v>(&'v self, value: &'v Value) -> &'v Value {
        let mut value = value;
        for _ in 0..MAX_REFERENCES {
            let pointer = value
                .get("$ref")
                .and_then(Value::as_str)
                .and_then(|r| r.strip_prefix("#/"));
            let Some(pointer) = pointer else { return value };
            let mut found = Some(&self.0);
            for part in pointer.split('/') {
                let part = part.replace("~1", "/").replace("~0", "~");
                found = found.and_then(|value| value.get(part.as_str()));
            }
            match found {
                Some(next) => value = next,
                None => return &Value::Null,
            }
        }
        &Value::Null
    }
}

#[cfg(test)]
mod tests;
