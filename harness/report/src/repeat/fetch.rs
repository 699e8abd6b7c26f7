//! The `fetch()` call that a page makes to see the same.

use crosscheck_results::PageRequest;
use serde_json::{Map, Value};
use url::{Host, Position, Url};

/// JavaScript in printable ASCII, or why there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fetch {
    /// A comment that states where to run it, and the call.
    Code(String),
    /// Why `fetch()` cannot make the request.
    None(&'static str),
}

/// The call. The host of the URL stands for the server; if `subject` is the URL of a server, the call has its scheme, host and port.
pub(crate) fn fetch(page: &PageRequest, subject: &str) -> Fetch {
    let Some(request) = page.request.as_object() else {
        return Fetch::None("its record holds no request");
    };
    let Some(url) = request.get("url").and_then(Value::as_str) else {
        return Fetch::None("its record holds no URL");
    };
    if request.contains_key("via") || request.contains_key("upload_listener") {
        return Fetch::None("the request is not made with fetch()");
    }
    let Some(options) = options(request) else {
        return Fetch::None("its record holds what fetch() does not take");
    };
    let place = match page.origin.as_str() {
        "null" => "a page of an opaque origin, such as a sandboxed frame".to_owned(),
        origin => format!("a page of {}", comment(origin)),
    };
    let (url, note) = match (Url::parse(url), probed(subject)) {
        (Ok(page_url), Some(server)) if is_at(&page_url, &server) => {
            let note = match is_mixed(&page.origin, &server) {
                true => "; a browser blocks http on a page of https, unless the server is on this machine",
                false => "",
            };
            (at(&page_url, &server), note.to_owned())
        }
        (Ok(page_url), _) => {
            let host = &page_url[..Position::BeforePath];
            (url.to_owned(), format!("; {} stands for the server", comment(host)))
        }
        (Err(_), _) => (url.to_owned(), String::new()),
    };
    Fetch::Code(format!("// on {place}{note}\nawait fetch({}{options})", string(&url)))
}

/// The URL of the server, if the subject is one.
fn probed(subject: &str) -> Option<Url> {
    let url = Url::parse(subject).ok()?;
    (matches!(url.scheme(), "http" | "https") && url.has_host()).then_some(url)
}

/// Whether the page requests the server. Pages request https URLs also of a server that is reached over http.
fn is_at(page: &Url, server: &Url) -> bool {
    page.host_str() == server.host_str() && page.port_or_known_default() == server.port_or_known_default()
}

/// The URL of the page with the scheme, the host and the port of the server.
fn at(page: &Url, server: &Url) -> String {
    let host = &server[Position::BeforeHost..Position::BeforePath];
    format!("{}://{host}{}", server.scheme(), &page[Position::BeforePath..])
}

/// Whether the request is mixed content.
fn is_mixed(origin: &str, server: &Url) -> bool {
    let is_loopback = match server.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    server.scheme() == "http" && origin.starts_with("https://") && !is_loopback
}

/// The second argument, with its comma; empty if all options have their defaults.
fn options(request: &Map<String, Value>) -> Option<String> {
    let mut members = Vec::new();
    for (key, value) in request {
        let (name, value) = match key.as_str() {
            "url" => continue,
            "method" | "mode" | "credentials" | "redirect" | "referrer" | "cache" | "integrity" => {
                (key.as_str(), string(value.as_str()?))
            }
            "referrer_policy" => ("referrerPolicy", string(value.as_str()?)),
            "headers" => ("headers", pairs(value)?),
            "body" => ("body", body(value)?),
            _ => return None,
        };
        members.push(format!("{name}: {value}"));
    }
    if request.get("body").is_some_and(|b| b.get("stream").is_some()) {
        members.push("duplex: \"half\"".to_owned());
    }
    Some(match members.len() {
        0 => String::new(),
        _ => format!(", {{ {} }}", members.join(", ")),
    })
}

fn pairs(value: &Value) -> Option<String> {
    let pair = |pair: &Value| {
        let [name, value] = pair.as_array()?.as_slice() else {
            return None;
        };
        Some(format!("[{}, {}]", string(name.as_str()?), string(value.as_str()?)))
    };
    let pairs: Option<Vec<_>> = value.as_array()?.iter().map(pair).collect();
    Some(format!("[{}]", pairs?.join(", ")))
}

fn body(value: &Value) -> Option<String> {
    if let Some(plain) = plain(value) {
        return Some(plain);
    }
    let (kind, value) = value.as_object()?.iter().next()?;
    let fields = |value: &Value| -> Option<Vec<String>> {
        let field = |(n, v): (&String, &Value)| Some(format!("[{}, {}]", string(n), string(v.as_str()?)));
        value.as_object()?.iter().map(field).collect()
    };
    Some(match kind.as_str() {
        "urlencoded" => format!("new URLSearchParams([{}])", fields(value)?.join(", ")),
        "form" => format!(
            "[{}].reduce((form, [n, v]) => (form.append(n, v), form), new FormData())",
            fields(value)?.join(", ")
        ),
        "blob" => format!(
            "new Blob([{}], {{ type: {} }})",
            plain(value.get("text")?)?,
            string(value.get("type")?.as_str()?)
        ),
        "stream" => {
            let chunk = |c: &Value| Some(format!("new Blob([{}])", plain(c)?));
            let chunks: Option<Vec<_>> = value.as_array()?.iter().map(chunk).collect();
            format!("new Blob([{}]).stream()", chunks?.join(", "))
        }
        _ => return None,
    })
}

/// Text, or bytes in hexadecimal.
fn plain(value: &Value) -> Option<String> {
    if let Some(text) = value.as_str() {
        return Some(string(text));
    }
    let digits = value.get("hex")?.as_str()?;
    let byte = |i: usize| digits.get(i..i + 2).and_then(|d| u8::from_str_radix(d, 16).ok());
    let bytes: Option<Vec<String>> = (0..digits.len())
        .step_by(2)
        .map(|i| byte(i).map(|b| b.to_string()))
        .collect();
    Some(format!("Uint8Array.of({})", bytes?.join(", ")))
}

/// A string literal in printable ASCII.
fn string(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            ' '..='~' => out.push(c),
            _ => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
    out.push('"');
    out
}

/// Text that ends no comment.
fn comment(text: &str) -> String {
    text.escape_default().to_string()
}
