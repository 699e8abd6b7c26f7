//! The application that Crosscheck expects behind the middleware, and what Crosscheck passes to the process. No change is needed here.

use serde::Deserialize;

/// The policy that the middleware must be configured with.
#[derive(Deserialize)]
pub struct Policy {
    pub origins: Origins,
    pub credentials: bool,
    pub methods: Names,
    pub headers: Names,
    pub expose: Names,
    pub max_age: Option<u64>,
    pub private_network: bool,
}

/// The allowed origins.
#[derive(Deserialize)]
pub struct Origins {
    #[serde(default)]
    pub any: bool,
    #[serde(default)]
    pub list: Vec<String>,
}

/// A list, or the word `any`.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum Names {
    List(Vec<String>),
    #[allow(dead_code)]
    Any(String),
}

/// Reads the policy.
pub fn policy() -> Policy {
    serde_json::from_str(&variable("CROSSCHECK_POLICY")).expect("a policy")
}

/// The address to listen at.
pub fn address() -> (String, u16) {
    (variable("HOST"), variable("PORT").parse().expect("a port"))
}

fn variable(name: &str) -> String {
    std::env::var(name).expect("Crosscheck sets the variables")
}

/// Reports that the library rejects the policy.
pub fn refuse(reason: impl std::fmt::Display) -> ! {
    eprintln!("{reason}");
    std::process::exit(65)
}

/// Configures the library. If it panics, it rejects the policy.
pub fn configured<T>(configure: impl FnOnce() -> T) -> T {
    std::panic::set_hook(Box::new(|panic| refuse(panic)));
    let made = configure();
    let _ = std::panic::take_hook();
    made
}

/// The response of the application.
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(&'static str, &'static str)>,
    pub body: &'static str,
}

/// Returns the response to a request; `None` if the handler fails. `/missing` has no route and does not get here.
pub fn answer(method: &str, path: &str, is_authorized: bool) -> Option<Reply> {
    let (is_cached, below) = match path.strip_prefix("/cached") {
        Some("") => (true, "/"),
        Some(rest) if rest.starts_with('/') => (true, rest),
        _ => (false, path),
    };
    let mut headers = vec![("x-hit", "1"), ("x-two", "v")];
    headers.push(if is_cached { ("cache-control", "public, max-age=60") } else { ("set-cookie", "s=1; Path=/") });
    let (status, body) = match below {
        "/throw" => return None,
        "/auth" if !is_authorized => (401, "no credentials"),
        "/options" if method == "OPTIONS" => (299, "own"),
        "/redirect" => {
            headers.push(("location", "/"));
            (302, "")
        }
        "/vary" => {
            headers.push(("vary", "Accept-Encoding"));
            (200, "ok")
        }
        "/acao" => {
            headers.push(("access-control-allow-origin", "https://own.example"));
            (200, "ok")
        }
        _ => match below.strip_prefix("/status/").and_then(|status| status.parse().ok()) {
            Some(status) => (status, "status"),
            None => (200, "ok"),
        },
    };
    Some(Reply { status, headers, body })
}
