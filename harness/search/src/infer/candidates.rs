//! The matchers that let an origin in, each with how likely it is before anything was asked.

use super::asked::Asked;
use super::explanation::Explanation;
use super::matcher::{Dots, Hosts, Labels, Left, Matcher, Right, Schemes};
use super::queries::domains;

/// An explanation, and how likely it is.
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

/// All matchers that let an origin in.
pub(super) fn candidates(base: &Asked) -> Vec<Candidate> {
    let Asked::Tuple { scheme, host, port } = base else {
        return of_null();
    };
    let mut schemes = vec![(Schemes::One(scheme.clone()), 1.0)];
    if matches!(scheme.as_str(), "http" | "https") {
        schemes.push((Schemes::Web, 0.3));
    }
    let mut hosts = vec![(Hosts::Every, 0.3)];
    for (place, domain) in domains(host).into_iter().enumerate() {
        for (left, of_left) in lefts() {
            for (dots, of_dots) in [(Dots::Literal, 1.0), (Dots::AnyCharacter, 0.2)] {
                for (right, of_right) in [
                    (Right::Port(*port), 1.0),
                    (Right::AnyPort, 0.2),
                    (Right::StatedPort, 0.1),
                    (Right::Open, 0.2),
                ] {
                    let weight = of_left * of_dots * of_right / f64::from(1 << place);
                    let domain = domain.clone();
                    hosts.push((
                        Hosts::Of {
                            left,
                            domain,
                            dots,
                            right,
                        },
                        weight,
                    ));
                }
            }
        }
    }
    let mut all = Vec::new();
    for (schemes, of_schemes) in schemes {
        for (hosts, of_hosts) in &hosts {
            for (null, of_null) in [(false, 1.0), (true, 0.1)] {
                let matcher = Matcher {
                    schemes: schemes.clone(),
                    hosts: hosts.clone(),
                    null,
                };
                if matcher.allows(base) {
                    let weight = of_schemes * of_hosts * of_null;
                    all.push(candidate(matcher, weight));
                }
            }
        }
    }
    all
}

/// What may stand before a domain, with weights.
fn lefts() -> Vec<(Left, f64)> {
    let mut all = vec![(Left::Nothing, 1.0), (Left::Www, 0.1), (Left::Open, 0.2)];
    for apex in [true, false] {
        for (deep, of_depth) in [(true, 0.3), (false, 0.1)] {
            for (labels, of_labels) in LABELS {
                all.push((Left::Sub { apex, deep, labels }, of_depth * of_labels));
            }
        }
    }
    all
}

/// If nothing but the opaque origin is known to be let in: nobody else, or everybody.
fn of_null() -> Vec<Candidate> {
    let everybody = Matcher {
        schemes: Schemes::Web,
        hosts: Hosts::Every,
        null: true,
    };
    let https = Matcher {
        schemes: Schemes::One("https".to_owned()),
        ..everybody.clone()
    };
    let nobody = Matcher {
        schemes: Schemes::One(String::new()),
        ..everybody.clone()
    };
    [(everybody, 1.0), (nobody, 1.0), (https, 0.2)]
        .map(|(matcher, weight)| candidate(matcher, weight))
        .into()
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
