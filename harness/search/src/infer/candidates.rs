//! The candidates: the matchers that allow the known origin, each with its probability before the first query.

use super::explanation::Explanation;
use super::matcher::{Dots, Hosts, Labels, Leading, Matcher, Schemes, Trailing};
use super::queries::domains;
use crosscheck_fetch::Origin;

/// An explanation with its weight, which is proportional to its probability.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub(super) explanation: Explanation,
    pub(super) weight: f64,
}

const LABELS: [(Labels, f64); 6] = [
    (Labels::Any, 0.35),
    (Labels::Ldh, 0.25),
    (Labels::Word, 0.1),
    (Labels::Alphanumeric, 0.1),
    (Labels::Letters, 0.15),
    (Labels::LettersAndHyphens, 0.05),
];

/// Returns the candidates for a known origin.
pub(super) fn candidates(known: &Origin) -> Vec<Candidate> {
    let Origin::Tuple { scheme, host, port } = known else {
        return for_opaque_origin();
    };
    let mut schemes = vec![(Schemes::One(scheme.clone().into_owned()), 1.0)];
    if matches!(&**scheme, "http" | "https") {
        schemes.push((Schemes::Web, 0.3));
    }
    let hosts = hosts(host, *port);
    let mut candidates = Vec::new();
    for (schemes, of_schemes) in schemes {
        for (hosts, of_hosts) in &hosts {
            for (null, of_null) in [(false, 1.0), (true, 0.1)] {
                let matcher = Matcher {
                    schemes: schemes.clone(),
                    hosts: hosts.clone(),
                    null,
                };
                if matcher.allows(known) {
                    candidates.push(candidate(matcher, of_schemes * of_hosts * of_null));
                }
            }
        }
    }
    candidates
}

fn hosts(host: &str, port: Option<u16>) -> Vec<(Hosts, f64)> {
    let mut hosts = vec![(Hosts::Every, 0.3)];
    for (place, domain) in domains(host).into_iter().enumerate() {
        for (leading, of_leading) in leading() {
            for (dots, of_dots) in [(Dots::Literal, 1.0), (Dots::AnyCharacter, 0.2)] {
                for (trailing, of_trailing) in [
                    (Trailing::Port(port), 1.0),
                    (Trailing::AnyPort, 0.2),
                    (Trailing::StatedPort, 0.1),
                    (Trailing::Any, 0.2),
                ] {
                    let weight = of_leading * of_dots * of_trailing / f64::from(1 << place);
                    let domain = domain.clone();
                    let of = Hosts::Of {
                        leading,
                        domain,
                        dots,
                        trailing,
                    };
                    hosts.push((of, weight));
                }
            }
        }
    }
    hosts
}

fn leading() -> Vec<(Leading, f64)> {
    let mut all = vec![(Leading::Nothing, 1.0), (Leading::Www, 0.1), (Leading::Any, 0.2)];
    for apex in [true, false] {
        for (deep, of_depth) in [(true, 0.3), (false, 0.1)] {
            for (labels, of_labels) in LABELS {
                all.push((Leading::Labels { apex, deep, labels }, of_depth * of_labels));
            }
        }
    }
    all
}

/// The candidates if the known origin is opaque: only `null`, or every origin, or every origin of https besides.
fn for_opaque_origin() -> Vec<Candidate> {
    let of = |schemes| Matcher {
        schemes,
        hosts: Hosts::Every,
        null: true,
    };
    vec![
        candidate(of(Schemes::Web), 1.0),
        candidate(of(Schemes::None), 1.0),
        candidate(of(Schemes::One("https".to_owned())), 0.2),
    ]
}

const fn candidate(matcher: Matcher, weight: f64) -> Candidate {
    Candidate {
        explanation: Explanation {
            matcher,
            listed: Vec::new(),
        },
        weight,
    }
}
