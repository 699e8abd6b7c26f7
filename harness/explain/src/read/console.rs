//! What a browser writes to its console when it refuses a request. The message has the verdict and the step, and no headers.

use super::console_table::{Kind, kind};
use crate::verdict::Verdict;
use crosscheck_fetch::{Origin, Step, Url};

/// A message of a browser's console, read.
#[derive(Clone, Debug)]
pub struct ConsoleMessage {
    /// The origin of the page, if the message or a flag has it.
    pub origin: Option<String>,
    /// The URL, if the message or a flag has it.
    pub url: Option<String>,
    /// The verdict.
    pub verdict: Verdict,
    /// The step at which the browser stopped.
    pub step: Option<Step>,
    /// The verdict and its reason.
    pub headline: String,
    /// What to do.
    pub remedy: String,
    /// What the message does not show.
    pub unknown: Vec<String>,
}

/// Reads the first message that a browser writes about a refused request.
pub(super) fn read(text: &str, flag_origin: Option<&str>, flag_url: Option<&str>) -> Option<ConsoleMessage> {
    let (kind, message) = kind(text)?;
    let url = flag_url
        .map(str::to_owned)
        .or_else(|| url(message))
        .or_else(|| url(text));
    let origin = flag_origin
        .map(str::to_owned)
        .or_else(|| origin(message))
        .or_else(|| origin(text));
    let allowed = origin.as_deref().map_or_else(
        || "the origin of the page".to_owned(),
        |o| Url::parse(o).map_or_else(|_| o.to_owned(), |u| Origin::of(&u).serialize().into_owned()),
    );
    let preflight = message.contains("preflight");
    let answer = if preflight {
        "the answer to the preflight (OPTIONS)"
    } else {
        "the response"
    };
    let (verdict, step, reason, remedy) = assess_message(&kind, &allowed, answer);
    let at = step.map_or_else(String::new, |s| format!(" at {s}"));
    let status = status(text).map_or_else(String::new, |s| {
        format!("; the response has status {s}: look why, an error page often lacks the CORS headers")
    });
    let headline = match verdict {
        Verdict::NotKnown => format!("not known: {reason}"),
        _ => format!("blocked{at}, as the browser's message says: {reason}{status}"),
    };
    let sent = !matches!(kind, Kind::Scheme | Kind::Mixed | Kind::Disabled);
    let mut unknown = vec![format!(
        "the requests and responses themselves: the message has no headers; to see them: {}",
        curl(&kind, &allowed, origin.is_some(), url.as_deref(), preflight)
    )];
    if !sent {
        unknown.clear();
    }
    if origin.is_none() {
        unknown.push("the origin of the page; give it with --origin".to_owned());
    }
    if url.is_none() {
        unknown.push("the URL; give it with --url".to_owned());
    }
    Some(ConsoleMessage {
        origin,
        url,
        verdict,
        step,
        headline,
        remedy,
        unknown,
    })
}

type Assessed = (Verdict, Option<Step>, String, String);

fn assess_message(kind: &Kind, allowed: &str, answer: &str) -> Assessed {
    let blocked = |step: Step, reason: String, remedy: String| (Verdict::Blocked, Some(step), reason, remedy);
    let name = format!("server, on {answer}: Access-Control-Allow-Origin: {allowed}");
    match kind {
        Kind::Missing => blocked(
            Step::CorsCheckMissingAcao,
            format!("{answer} has no Access-Control-Allow-Origin"),
            format!("{name}; if the response is an error page or a redirect, correct that first"),
        ),
        Kind::Several => blocked(
            Step::CorsCheckDuplicateHeaders,
            format!("{answer} has several values in Access-Control-Allow-Origin"),
            format!("{name}, once; two layers set the header, for example the application and a proxy: remove one"),
        ),
        Kind::Mismatch(value) => blocked(
            Step::CorsCheckExactOrigin,
            format!("Access-Control-Allow-Origin{} is not the origin of the page", quoted(value.as_deref())),
            format!("{name}, if the page may read it"),
        ),
        Kind::NotAllowed => (
            Verdict::Blocked,
            None,
            "Access-Control-Allow-Origin is absent (cors-check/missing-acao) or another origin (cors-check/exact-origin); the message is the same for both".to_owned(),
            format!("{name}, if the page may read it"),
        ),
        Kind::PrivateNetwork => (
            Verdict::Blocked,
            None,
            "private network access: a page of a public address requests a private one; the headers of CORS do not decide that".to_owned(),
            "client: serve the page over https, or from the private network; see the browser's documentation of private network access".to_owned(),
        ),
        Kind::Wildcard => blocked(
            Step::CorsCheckWildcardCredentialed,
            "Access-Control-Allow-Origin is `*`, and the credentials mode is include".to_owned(),
            format!("client: leave credentials out if the page needs no cookies; or {name} and Access-Control-Allow-Credentials: true"),
        ),
        Kind::Credentials(value) => blocked(
            Step::CorsCheckAcacRequired,
            format!("Access-Control-Allow-Credentials{} is not `true`, and the credentials mode is include", quoted(value.as_deref())),
            format!("client: leave credentials out if the page needs no cookies; or server, on {answer}: Access-Control-Allow-Credentials: true"),
        ),
        Kind::PreflightRedirect => blocked(
            Step::PreflightResponseOkStatus,
            "the preflight was redirected".to_owned(),
            "client: request the final URL (often https, or with or without a slash at the end); or server: answer OPTIONS without a redirect".to_owned(),
        ),
        Kind::PreflightStatus => blocked(
            Step::PreflightResponseOkStatus,
            "the status of the answer to the preflight is not 2xx".to_owned(),
            format!("server: answer OPTIONS with 204, before authentication and routing, and with Access-Control-Allow-Origin: {allowed}"),
        ),
        Kind::Header(field) => header(field.as_deref(), allowed),
        Kind::Method(method) => blocked(
            Step::PreflightResponseMethodMatchExact,
            format!("the method{} is not in Access-Control-Allow-Methods", quoted(method.as_deref())),
            format!(
                "server, on the answer to the preflight: Access-Control-Allow-Methods: add {}, in upper case",
                method.as_deref().unwrap_or("the method")
            ),
        ),
        Kind::Scheme => blocked(
            Step::MainFetchCorsNonHttpScheme,
            "only http and https URLs can be fetched from another origin".to_owned(),
            "client: serve the files over http, for example with a local server, and use an http or https URL".to_owned(),
        ),
        Kind::Mixed => (
            Verdict::Blocked,
            None,
            "mixed content: a page over https requests an http URL; main fetch blocks it before anything is sent".to_owned(),
            "client: use the https URL".to_owned(),
        ),
        Kind::List(name) => blocked(
            if name.eq_ignore_ascii_case("access-control-allow-methods") { Step::PreflightResponseAcamParseFailure } else { Step::PreflightResponseAcahParseFailure },
            format!("{name} does not parse"),
            format!("server, on the answer to the preflight: write {name} as tokens separated by commas"),
        ),
        Kind::Network => (
            Verdict::NotKnown,
            None,
            "the browser got no response that it can use: a failed connection, a certificate, a blocker, mixed content; no header decides it".to_owned(),
            "look whether the server answers at all, and at the certificate, extensions and mixed content; give the exchange".to_owned(),
        ),
        Kind::Disabled => (
            Verdict::NotKnown,
            None,
            "CORS is switched off in this browser; no exchange shows it".to_owned(),
            "in Firefox, set content.cors.disable to false".to_owned(),
        ),
        Kind::Unnamed => (
            Verdict::NotKnown,
            None,
            "the message says that the browser refused the response, and not why".to_owned(),
            "give the request and its responses, or the other messages of the console".to_owned(),
        ),
    }
}

fn header(field: Option<&str>, allowed: &str) -> Assessed {
    let field = field.unwrap_or("the header");
    let lower = field.to_ascii_lowercase();
    let (step, more) = if lower == "authorization" {
        (
            Step::PreflightResponseAuthorizationExplicit,
            ", by name: `*` does not include it",
        )
    } else {
        (Step::PreflightResponseAcahMatchCaseInsensitive, "")
    };
    let remedy = if lower.starts_with("access-control-") {
        format!(
            "client: do not send {field}, which is a header of responses; the server sends Access-Control-Allow-Origin: {allowed}"
        )
    } else {
        format!(
            "server, on the answer to the preflight: Access-Control-Allow-Headers: add {field}{more}; or client: do not send it"
        )
    };
    (
        Verdict::Blocked,
        Some(step),
        format!("the request header {field} is not in Access-Control-Allow-Headers of the answer to the preflight"),
        remedy,
    )
}

fn quoted(value: Option<&str>) -> String {
    value.map_or_else(String::new, |v| format!(" `{v}`"))
}

/// The command that shows the exchange.
fn curl(kind: &Kind, allowed: &str, known: bool, url: Option<&str>, preflight: bool) -> String {
    let origin = if known { allowed } else { "ORIGIN" };
    let url = url.unwrap_or("URL");
    let wants = preflight
        || matches!(
            kind,
            Kind::Header(_) | Kind::Method(_) | Kind::PreflightStatus | Kind::PreflightRedirect
        );
    let options = match kind {
        Kind::Header(Some(name)) => format!(
            "-X OPTIONS -H 'Access-Control-Request-Method: METHOD' -H 'Access-Control-Request-Headers: {}' ",
            name.to_ascii_lowercase()
        ),
        Kind::Method(Some(method)) => format!("-X OPTIONS -H 'Access-Control-Request-Method: {method}' "),
        _ if wants => "-X OPTIONS -H 'Access-Control-Request-Method: METHOD' ".to_owned(),
        _ => String::new(),
    };
    format!("curl -v {options}-H 'Origin: {origin}' '{url}'")
}

/// The first URL in the text that is not the page's.
fn url(text: &str) -> Option<String> {
    let page = ["from origin '", "from origin ", "The page at '", "Origin '", "Origin "];
    let starts = text.match_indices("://").map(|(i, _)| i);
    for at in starts {
        let before = text.get(..at)?;
        let start = before.rfind(|c: char| !c.is_ascii_alphanumeric()).map_or(0, |i| {
            i + before.get(i..).and_then(|s| s.chars().next()).map_or(1, char::len_utf8)
        });
        let rest = text.get(start..)?;
        let end = rest
            .find(|c: char| {
                c.is_whitespace() || matches!(c, '\'' | '"' | '’' | '‘' | '”' | '<' | '>' | '）' | '（' | '，')
            })
            .unwrap_or(rest.len());
        let found = rest.get(..end)?.trim_end_matches(['.', ',', ';', ')']);
        let prefix = text.get(..start)?;
        if page.iter().any(|p| prefix.ends_with(p)) || found.starts_with("webpack") {
            continue;
        }
        return Some(found.to_owned());
    }
    None
}

fn origin(text: &str) -> Option<String> {
    for mark in ["from origin '", "The page at '", "Origin '", "from origin ", "Origin "] {
        for (at, _) in text.match_indices(mark) {
            let rest = text.get(at + mark.len()..)?;
            let end = rest
                .find(|c: char| c.is_whitespace() || matches!(c, '\'' | '"'))
                .unwrap_or(rest.len());
            let found = rest.get(..end)?;
            if found == "null" {
                return Some(found.to_owned());
            }
            if let Ok(url) = Url::parse(found).map(|u| Origin::of(&u))
                && url != Origin::Opaque
            {
                return Some(url.serialize().into_owned());
            }
        }
    }
    None
}

/// The status that old messages of Chrome and Safari have.
fn status(text: &str) -> Option<u16> {
    let lower = text.to_ascii_lowercase();
    let at = lower.find("status code").or_else(|| lower.find("status code:"))?;
    let digits: String = lower
        .get(at + 11..)?
        .trim_start_matches([' ', ':'])
        .chars()
        .take_while(char::is_ascii_digit)
        .collect();
    digits.parse().ok().filter(|s| (300..600).contains(s))
}
