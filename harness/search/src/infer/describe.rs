//! Describes an explanation in words.

use super::explanation::Explanation;
use super::matcher::{Dots, Hosts, Labels, Leading, Matcher, Schemes, Trailing};

/// Describes the origins that are allowed, as the object of the sentence `the server allows ...`.
#[must_use]
pub fn describe(explanation: &Explanation) -> String {
    let listed = explanation.listed.iter();
    let listed = listed.map(|origin| format!(", and {}", origin.serialize()));
    of_matcher(&explanation.matcher) + &listed.collect::<String>()
}

fn of_matcher(matcher: &Matcher) -> String {
    let scheme = match &matcher.schemes {
        Schemes::None => return "only `null`".to_owned(),
        Schemes::One(scheme) => scheme.as_str(),
        Schemes::Web => "http and https",
    };
    let null = if matcher.null { ", and `null`" } else { "" };
    let origins = match &matcher.hosts {
        Hosts::Every if matcher.null && matcher.schemes == Schemes::Web => return "every origin".to_owned(),
        Hosts::Every => format!("every {scheme} origin"),
        Hosts::Of {
            leading: Leading::Nothing,
            domain,
            dots: Dots::Literal,
            trailing: Trailing::Port(port),
        } => {
            let port = port.map_or_else(String::new, |port| format!(":{port}"));
            match &matcher.schemes {
                Schemes::Web => format!("http://{domain}{port} and https://{domain}{port}"),
                Schemes::One(_) | Schemes::None => format!("{scheme}://{domain}{port}"),
            }
        }
        Hosts::Of {
            leading,
            domain,
            dots,
            trailing,
        } => {
            let port = match trailing {
                Trailing::Port(None) => ", with the default port".to_owned(),
                Trailing::Port(Some(port)) => format!(", with port {port}"),
                Trailing::AnyPort => ", with any port".to_owned(),
                Trailing::StatedPort => ", with any port but the default port".to_owned(),
                Trailing::Any => String::new(),
            };
            let dots = match dots {
                Dots::Literal => "",
                Dots::AnyCharacter => "; a dot matches any character",
            };
            let host = host(*leading, domain, *trailing == Trailing::Any);
            format!("{scheme} origins whose host {host}{port}{dots}")
        }
    };
    origins + null
}

/// Describes a host, as the end of a sentence that begins with `whose host`.
fn host(leading: Leading, domain: &str, is_open: bool) -> String {
    match leading {
        Leading::Nothing if is_open => format!("starts with {domain}"),
        Leading::Nothing => format!("is {domain}"),
        Leading::Www if is_open => format!("starts with {domain} or www.{domain}"),
        Leading::Www => format!("is {domain} or www.{domain}"),
        Leading::Any if is_open => format!("contains {domain}"),
        Leading::Any => format!("ends with {domain}"),
        Leading::Labels { apex, deep, labels } => {
            let verb = if is_open { "starts with" } else { "is" };
            let depth = if deep { "a subdomain" } else { "a direct subdomain" };
            let of = if apex {
                format!("{domain} or {depth} of it")
            } else {
                format!("{depth} of {domain}")
            };
            format!("{verb} {of}{}", characters(labels))
        }
    }
}

const fn characters(labels: Labels) -> &'static str {
    match labels {
        Labels::Any => "",
        Labels::Ldh => " (letters, digits and hyphens)",
        Labels::Word => " (letters, digits and underscores)",
        Labels::Alphanumeric => " (letters and digits)",
        Labels::Letters => " (letters)",
        Labels::LettersAndHyphens => " (letters and hyphens)",
    }
}
