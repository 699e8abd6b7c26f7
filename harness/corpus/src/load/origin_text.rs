//! Texts that must be serialized origins: what is wrong with one, and what to write instead.

use super::reader::Faults;
use super::yaml::{Node, short};
use crosscheck_fetch::{APP_SCHEMES, Origin, OriginError, Url};

/// Reads a text that must be a serialized origin.
pub(super) fn origin(faults: &Faults, node: &Node<'_>, what: &str) -> Option<Origin> {
    let text = faults.text(node, what)?;
    match fault(text) {
        None => Origin::parse_serialized(text).ok(),
        Some(fault) => {
            let message = format!(
                "`{}` in `{what}` is not a serialized origin: {}",
                short(text),
                fault.reason
            );
            faults.add(node.at, message, fault.help);
            None
        }
    }
}

/// Why a text is not the serialized origin of any page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OriginFault {
    /// What is wrong.
    pub(super) reason: String,
    /// What to write.
    pub(super) help: String,
}

/// What is wrong with a text that must be a serialized origin; `None` if it is one.
pub(super) fn fault(text: &str) -> Option<OriginFault> {
    let fault = |reason: String, help: String| Some(OriginFault { reason, help });
    if text.eq_ignore_ascii_case("null") {
        return (text != "null").then(|| OriginFault {
            reason: "`null` is lower-case".to_owned(),
            help: "write \"null\"".to_owned(),
        });
    }
    let Some((scheme, rest)) = text.split_once("://") else {
        let help = correction(&format!("https://{text}"))
            .map_or_else(|| EXAMPLE.to_owned(), |url| format!("write `{url}`, or http"));
        return fault("it has no scheme".to_owned(), help);
    };
    // The URL parser drops it, but at the start it would be part of the scheme.
    let scheme = scheme.trim_start();
    let lower = scheme.to_ascii_lowercase();
    if !matches!(&*lower, "http" | "https") && !APP_SCHEMES.contains(&&*lower) {
        let help = format!("the schemes are http, https, {}", APP_SCHEMES.join(", "));
        return fault(
            format!("no page has an origin with the scheme `{}`", short(scheme)),
            help,
        );
    }
    match Origin::parse_serialized(text) {
        Ok(_) => None,
        Err(OriginError::NotSerialized { serialized, .. }) => {
            fault(differences(text, scheme, rest), format!("write `{serialized}`"))
        }
        Err(OriginError::NotAUrl(_, error)) => fault(format!("it is not a URL, {error}"), EXAMPLE.to_owned()),
        Err(OriginError::NoTuple(_)) => fault("it has no host".to_owned(), EXAMPLE.to_owned()),
    }
}

const EXAMPLE: &str = "write scheme, host and, if it is not the scheme's default, port, as a browser serializes them: https://app.example";

/// The serialized origin of a URL.
fn correction(url: &str) -> Option<String> {
    let origin = Origin::of(&Url::parse(url).ok()?);
    (origin != Origin::Opaque).then(|| origin.serialize().into_owned())
}

/// In what a text, which is `scheme://rest` and parses as a URL, differs from a serialized origin.
fn differences(text: &str, scheme: &str, rest: &str) -> String {
    let end = rest.find(['/', '\\', '?', '#']).unwrap_or(rest.len());
    let (authority, after) = rest.split_at(end);
    let (userinfo, host_port) = authority
        .rsplit_once('@')
        .map_or((None, authority), |(u, h)| (Some(u), h));
    let (host, port) = match host_port.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (host_port, None),
    };
    let default = if scheme.eq_ignore_ascii_case("https") {
        "443"
    } else {
        "80"
    };
    let path = after.split(['?', '#']).next().unwrap_or_default();
    let is_app = APP_SCHEMES.contains(&&*scheme.to_ascii_lowercase());
    let is_odd_port = |p: &str| p.parse::<u16>().map_or(true, |number| number.to_string() != p);
    let upper = |text: &str| text.contains(|c: char| c.is_ascii_uppercase());
    let is_blank = |c: char| c.is_whitespace() || c.is_control();
    let differences: Vec<&str> = [
        (text.contains(is_blank), "white space"),
        (upper(scheme) || upper(host) && !is_app, "upper-case letters"),
        (userinfo.is_some(), "a user name"),
        (!host.is_ascii(), "a host that is not in its ASCII form"),
        (!is_app && port == Some(default), "the scheme's default port"),
        (is_app && port.is_some(), "a port"),
        (
            !is_app && port.is_some_and(is_odd_port),
            "a port that is not written so",
        ),
        (path == "/" || path == "\\", "a trailing slash"),
        (path.len() > 1, "a path"),
        (after.contains('?'), "a query"),
        (after.contains('#'), "a fragment"),
    ]
    .into_iter()
    .filter_map(|(differs, what)| differs.then_some(what))
    .collect();
    match differences.split_last() {
        None => "its host is not written so".to_owned(),
        Some((last, [])) => format!("it has {last}"),
        Some((last, rest)) => format!("it has {} and {last}", rest.join(", ")),
    }
}
