//! A policy file that states what was inferred.

use super::asked::Asked;
use super::explanation::Explanation;
use super::matcher::{Dots, Hosts, Labels, Left, Matcher, Right, Schemes};

/// The key `origins` of a policy, as one line of YAML; `None` if the language of policies cannot say it.
#[must_use]
pub fn policy(explanation: &Explanation) -> Option<String> {
    let Explanation { matcher, listed } = explanation;
    match &matcher.hosts {
        Hosts::Every if matcher.null && matcher.schemes == Schemes::Web => Some("{ any: true }".to_owned()),
        Hosts::Every if matches!(&matcher.schemes, Schemes::One(scheme) if scheme.is_empty()) => {
            Some("{ list: [\"null\"] }".to_owned())
        }
        Hosts::Of {
            left,
            domain,
            dots: Dots::Literal,
            right: Right::Port(port),
        } => list(matcher, *left, domain, *port, listed).or_else(|| regex(matcher, listed)),
        Hosts::Every | Hosts::Of { .. } => regex(matcher, listed),
    }
}

/// Listed origins, and the subdomains of some.
fn list(matcher: &Matcher, left: Left, domain: &str, port: Option<u16>, also: &[Asked]) -> Option<String> {
    let schemes: Vec<&str> = match &matcher.schemes {
        Schemes::One(scheme) => vec![scheme],
        Schemes::Web => vec!["http", "https"],
    };
    let (hosts, has_subdomains): (Vec<String>, bool) = match left {
        Left::Nothing => (vec![domain.to_owned()], false),
        Left::Www => (vec![domain.to_owned(), format!("www.{domain}")], false),
        Left::Sub {
            apex,
            deep: true,
            labels: Labels::Any,
        } => (if apex { vec![domain.to_owned()] } else { Vec::new() }, true),
        Left::Open | Left::Sub { .. } => return None,
    };
    let port_text = port.map_or_else(String::new, |port| format!(":{port}"));
    let mut listed: Vec<String> = schemes
        .iter()
        .flat_map(|scheme| hosts.iter().map(move |host| (scheme, host)))
        .map(|(scheme, host)| format!("\"{scheme}://{host}{port_text}\""))
        .collect();
    listed.extend(also.iter().map(|origin| format!("\"{origin}\"")));
    if matcher.null {
        listed.push("\"null\"".to_owned());
    }
    let mut keys = Vec::new();
    if !listed.is_empty() {
        keys.push(format!("list: [{}]", listed.join(", ")));
    }
    if has_subdomains {
        let port = port.map_or_else(|| "null".to_owned(), |port| port.to_string());
        let under = |scheme: &&str| format!("{{ scheme: {scheme}, host: {domain}, port: {port} }}");
        let under: Vec<String> = schemes.iter().map(under).collect();
        keys.push(format!("under: [{}]", under.join(", ")));
    }
    Some(format!("{{ {} }}", keys.join(", ")))
}

/// An expression that matches the whole origin. It cannot match `null`, and stands alone.
fn regex(matcher: &Matcher, also: &[Asked]) -> Option<String> {
    if matcher.null || !also.is_empty() {
        return None;
    }
    let scheme = match &matcher.schemes {
        Schemes::One(scheme) => scheme.as_str(),
        Schemes::Web => "https?",
    };
    let rest = match &matcher.hosts {
        Hosts::Every => ".*".to_owned(),
        Hosts::Of {
            left,
            domain,
            dots,
            right,
        } => {
            let dot = match dots {
                Dots::Literal => "\\.",
                Dots::AnyCharacter => ".",
            };
            let domain = domain.replace('[', "\\[").replace(']', "\\]").replace('.', dot);
            let right = match right {
                Right::Port(None) => String::new(),
                Right::Port(Some(port)) => format!(":{port}"),
                Right::AnyPort => "(:[0-9]+)?".to_owned(),
                Right::StatedPort => ":[0-9]+".to_owned(),
                Right::Open => ".*".to_owned(),
            };
            format!("{}{domain}{right}", before(*left, dot))
        }
    };
    // In a single-quoted scalar of YAML nothing is escaped, and no part has a quote.
    Some(format!("{{ regex: ['^{scheme}://{rest}$'] }}"))
}

/// The expression for what stands before the domain.
fn before(left: Left, dot: &str) -> String {
    match left {
        Left::Nothing => String::new(),
        Left::Www => "(www\\.)?".to_owned(),
        Left::Open => ".*".to_owned(),
        Left::Sub { apex, deep, labels } => {
            let class = match labels {
                Labels::Any => "[^.:]+",
                Labels::Ldh => "[a-z0-9-]+",
                Labels::Word => "[a-z0-9_]+",
                Labels::Alphanumeric => "[a-z0-9]+",
                Labels::Letters => "[a-z]+",
                Labels::LettersAndHyphens => "[a-z-]+",
            };
            let more = if deep {
                format!("({class}\\.)*{class}{dot}")
            } else {
                format!("{class}{dot}")
            };
            if apex { format!("({more})?") } else { more }
        }
    }
}
