//! A matcher in words.

use super::explanation::Explanation;
use super::matcher::{Dots, Hosts, Labels, Left, Matcher, Right, Schemes};

/// Describes the origins that are let in, as the end of the sentence `the server lets in ...`.
#[must_use]
pub fn describe(explanation: &Explanation) -> String {
    let listed = explanation.listed.iter().map(|origin| format!(", and {origin}"));
    of_matcher(&explanation.matcher) + &listed.collect::<String>()
}

fn of_matcher(matcher: &Matcher) -> String {
    let null = if matcher.null { ", and `null`" } else { "" };
    let scheme = match &matcher.schemes {
        Schemes::One(scheme) => scheme.as_str(),
        Schemes::Web => "http and https",
    };
    let what = match &matcher.hosts {
        Hosts::Every if matcher.null && matcher.schemes == Schemes::Web => return "every origin".to_owned(),
        Hosts::Every if scheme.is_empty() => return "`null` only".to_owned(),
        Hosts::Every => format!("every origin of {scheme}"),
        Hosts::Of {
            left: Left::Nothing,
            domain,
            dots: Dots::Literal,
            right: Right::Port(port),
        } => {
            let port = port.map_or_else(String::new, |port| format!(":{port}"));
            match &matcher.schemes {
                Schemes::One(scheme) => format!("{scheme}://{domain}{port}"),
                Schemes::Web => format!("http://{domain}{port} and https://{domain}{port}"),
            }
        }
        Hosts::Of {
            left,
            domain,
            dots,
            right,
        } => {
            let mut text = format!("origins of {scheme} whose host {}", host(*left, domain, *right));
            match right {
                Right::Port(None) => text.push_str(", at the default port"),
                Right::Port(Some(port)) => text.push_str(&format!(", at port {port}")),
                Right::AnyPort => text.push_str(", at any port"),
                Right::StatedPort => text.push_str(", at any port but the default"),
                Right::Open => {}
            }
            if *dots == Dots::AnyCharacter {
                text.push_str("; a dot may be any character");
            }
            text
        }
    };
    what + null
}

fn host(left: Left, domain: &str, right: Right) -> String {
    let is_open = right == Right::Open;
    match left {
        Left::Nothing if is_open => format!("begins with {domain}"),
        Left::Nothing => format!("is {domain}"),
        Left::Www if is_open => format!("begins with {domain} or www.{domain}"),
        Left::Www => format!("is {domain} or www.{domain}"),
        Left::Open if is_open => format!("has {domain} anywhere"),
        Left::Open => format!("ends with {domain}"),
        Left::Sub { apex, deep, labels } => {
            let depth = if deep { "labels" } else { "one label" };
            let own = if apex { format!("{domain}, or ") } else { String::new() };
            let end = if is_open { ", and any text after it" } else { "" };
            format!("is {own}{depth}{} before .{domain}{end}", characters(labels))
        }
    }
}

const fn characters(labels: Labels) -> &'static str {
    match labels {
        Labels::Any => "",
        Labels::Ldh => " of letters, digits and hyphens",
        Labels::Word => " of letters, digits and underscores",
        Labels::Alphanumeric => " of letters and digits",
        Labels::Letters => " of letters",
        Labels::LettersAndHyphens => " of letters and hyphens",
    }
}
