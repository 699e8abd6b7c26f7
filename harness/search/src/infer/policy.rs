//! States an explanation in the language of policies.

use super::explanation::Explanation;
use super::matcher::{Dots, Hosts, Labels, Leading, Matcher, Schemes, Trailing};
use crosscheck_fetch::Origin;

/// Returns the value of the key `origins` of a policy, as one line of YAML; `None` if a policy cannot state the explanation.
#[must_use]
pub fn policy_origins(explanation: &Explanation) -> Option<String> {
    let Explanation { matcher, listed } = explanation;
    match (&matcher.schemes, &matcher.hosts) {
        (Schemes::None, _) => Some("{ list: [\"null\"] }".to_owned()),
        (Schemes::Web, Hosts::Every) if matcher.null => Some("{ any: true }".to_owned()),
        (
            _,
            Hosts::Of {
                leading,
                domain,
                dots: Dots::Literal,
                trailing: Trailing::Port(port),
            },
        ) => list(matcher, *leading, domain, *port, listed).or_else(|| regex(matcher, listed)),
        (_, Hosts::Every | Hosts::Of { .. }) => regex(matcher, listed),
    }
}

/// Listed origins, and subdomains; `None` if that is not what the matcher allows.
fn list(matcher: &Matcher, leading: Leading, domain: &str, port: Option<u16>, besides: &[Origin]) -> Option<String> {
    let schemes: Vec<&str> = match &matcher.schemes {
        Schemes::None => Vec::new(),
        Schemes::One(scheme) => vec![scheme],
        Schemes::Web => vec!["http", "https"],
    };
    let (hosts, has_subdomains) = match leading {
        Leading::Nothing => (vec![domain.to_owned()], false),
        Leading::Www => (vec![domain.to_owned(), format!("www.{domain}")], false),
        Leading::Labels {
            apex,
            deep: true,
            labels: Labels::Any,
        } => (if apex { vec![domain.to_owned()] } else { Vec::new() }, true),
        Leading::Any | Leading::Labels { .. } => return None,
    };
    let port_text = port.map_or_else(String::new, |port| format!(":{port}"));
    let mut listed: Vec<String> = Vec::new();
    for scheme in &schemes {
        listed.extend(hosts.iter().map(|host| format!("\"{scheme}://{host}{port_text}\"")));
    }
    listed.extend(besides.iter().map(|origin| format!("\"{}\"", origin.serialize())));
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

/// A regular expression for the whole origin; `None` if it is not enough, since a policy has nothing beside it.
fn regex(matcher: &Matcher, besides: &[Origin]) -> Option<String> {
    if matcher.null || !besides.is_empty() {
        return None;
    }
    let scheme = match &matcher.schemes {
        Schemes::None => return None,
        Schemes::One(scheme) => scheme.as_str(),
        Schemes::Web => "https?",
    };
    let rest = match &matcher.hosts {
        Hosts::Every => ".*".to_owned(),
        Hosts::Of {
            leading,
            domain,
            dots,
            trailing,
        } => {
            let dot = match dots {
                Dots::Literal => "\\.",
                Dots::AnyCharacter => ".",
            };
            let domain = domain.replace('[', "\\[").replace(']', "\\]").replace('.', dot);
            let trailing = match trailing {
                Trailing::Port(None) => String::new(),
                Trailing::Port(Some(port)) => format!(":{port}"),
                Trailing::AnyPort => "(:[0-9]+)?".to_owned(),
                Trailing::StatedPort => ":[0-9]+".to_owned(),
                Trailing::Any => ".*".to_owned(),
            };
            format!("{}{domain}{trailing}", leading_regex(*leading, dot))
        }
    };
    // YAML escapes nothing in a single-quoted scalar but the quote, which no part contains.
    Some(format!("{{ regex: ['^{scheme}://{rest}$'] }}"))
}

fn leading_regex(leading: Leading, dot: &str) -> String {
    match leading {
        Leading::Nothing => String::new(),
        Leading::Www => "(www\\.)?".to_owned(),
        Leading::Any => ".*".to_owned(),
        Leading::Labels { apex, deep, labels } => {
            let class = match labels {
                Labels::Any => "[^.:]+",
                Labels::Ldh => "[a-z0-9-]+",
                Labels::Word => "[a-z0-9_]+",
                Labels::Alphanumeric => "[a-z0-9]+",
                Labels::Letters => "[a-z]+",
                Labels::LettersAndHyphens => "[a-z-]+",
            };
            let subdomain = if deep {
                format!("({class}\\.)*{class}{dot}")
            } else {
                format!("{class}{dot}")
            };
            if apex { format!("({subdomain})?") } else { subdomain }
        }
    }
}
