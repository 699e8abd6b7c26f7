//! The application behind every library, independent of frameworks and without CORS.

/// The response of a handler.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: Vec<(&'static str, &'static str)>,
    /// The body.
    pub body: &'static str,
}

/// Returns the response of the application's handler. `None` is a failed handler, to which the framework responds. `/missing` has no
/// route and does not reach the handler.
#[must_use]
pub fn reply(method: &str, path: &str, authorized: bool) -> Option<Reply> {
    let (cached, below) = match path.strip_prefix("/cached") {
        Some("") => (true, "/"),
        Some(rest) if rest.starts_with('/') => (true, rest),
        _ => (false, path),
    };
    let own = match below {
        "/throw" => return None,
        "/auth" if !authorized => {
            return Some(Reply {
                status: 401,
                headers: vec![("www-authenticate", "Basic realm=\"crosscheck\"")],
                body: "who are you",
            });
        }
        "/vary" => Some(("vary", "Accept-Encoding")),
        "/acao" => Some(("access-control-allow-origin", "https://own.example")),
        "/redirect" => Some(("location", "/")),
        _ => None,
    };
    let kept = if cached {
        ("cache-control", "public, max-age=60")
    } else {
        ("set-cookie", "s=1; Path=/")
    };
    let (status, body) = match below {
        "/options" if method == "OPTIONS" => (299, "own"),
        "/redirect" => (302, ""),
        _ => match below.strip_prefix("/status/") {
            Some(text) => (status(text), "status"),
            None => (200, "ok"),
        },
    };
    let headers = own.into_iter().chain([("x-hit", "1"), ("x-two", "v"), kept]).collect();
    Some(Reply { status, headers, body })
}

fn status(text: &str) -> u16 {
    text.parse().ok().filter(|n| (200..=999).contains(n)).unwrap_or(400)
}
