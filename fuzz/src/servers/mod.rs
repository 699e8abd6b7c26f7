//! Law: for any policy, origin and request, each library in this process grants exactly what the policy grants. The model of a browser
//! shows the effect on a page. [`KNOWN`] lists the known divergences of the libraries.

mod generate;
mod miniature;
mod subjects;

use crate::{Divergence, law};
use arbitrary::{Arbitrary as _, Unstructured};
use crosscheck_corpus::expected::{Expected, Facet, PolicyQuery};
use crosscheck_corpus::policy::Policy;
use crosscheck_fetch::{Answer, Browser, Driver, Off, Options, Outcome, Request, ResponseType, is_ok_status};
use generate::Input;
use subjects::Subject;

/// The most exchanges of a fetch; none of these needs so many.
const MOST_EXCHANGES: usize = 16;

/// A known divergence. It is ignored, so that others are found.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    /// The subject.
    pub subject: &'static str,
    /// The law that it breaks.
    pub law: &'static str,
    /// Selects the policies and requests that it concerns.
    pub when: fn(&Policy, &PolicyQuery) -> bool,
    /// The reason, as in the subject's baseline.
    pub reason: &'static str,
}

/// The divergences that earlier runs found. Each is in the subject's baseline too.
pub const KNOWN: &[Known] = &[Known {
    subject: "actix-cors",
    law: WITHHELD_PREFLIGHT,
    when: |policy, query| policy.methods.is_any() && !NINE_METHODS.contains(&query.method.as_str()),
    reason: "allow_any_method() allows the nine methods of its table, not any method",
}];

/// The methods that actix-cors treats as all methods.
const NINE_METHODS: [&str; 9] = [
    "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "CONNECT", "PATCH", "TRACE",
];

const GRANTED_PREFLIGHT: &str = "a preflight passes though the policy withholds it";
const WITHHELD_PREFLIGHT: &str = "a preflight fails though the policy grants it";
const GRANTED_READ: &str = "a page reads though the policy withholds it";
const WITHHELD_READ: &str = "a page does not read though the policy grants it";
const GRANTED_NAME: &str = "a header is readable though the policy does not expose it";
const WITHHELD_NAME: &str = "a header is not readable though the policy exposes it";

/// Decodes the bytes and checks every library.
///
/// # Errors
/// Returns the law that does not hold, and the library.
pub fn check(data: &[u8]) -> Result<(), Divergence> {
    let Ok(input) = Input::arbitrary(&mut Unstructured::new(data)) else {
        return Ok(());
    };
    let Some(question) = input.question() else {
        return Ok(());
    };
    let expected = Expected::of(&question.policy, &question.query);
    for subject in Subject::ALL {
        let Some(served) = subject.serve(&question.policy) else {
            continue;
        };
        let observed = visit(question.request.clone(), |wire| served.answer(wire))?;
        judge(*subject, &question.policy, &question.query, &expected, &observed)?;
    }
    Ok(())
}

/// What the page and the wire show.
#[derive(Debug)]
struct Observed {
    preflight_passed: Option<bool>,
    outcome: Outcome,
    /// Names that the actual response had.
    sent_names: Vec<String>,
}

fn visit(
    request: Request,
    mut answer: impl FnMut(crosscheck_fetch::WireRequest) -> Answer,
) -> Result<Observed, Divergence> {
    let mut browser = Browser::new();
    let mut preflight_passed = None;
    let mut sent_names = Vec::new();
    let ended = Driver::<Off>::new(request, Options::default()).run(&mut browser, |wire| {
        let preflight = wire.preflight;
        let response = answer(wire);
        if preflight {
            preflight_passed = Some(false);
        } else {
            // The actual request is sent only after its preflight has passed.
            preflight_passed = preflight_passed.map(|_| true);
            if let Answer::Response(r) = &response {
                let names = r.headers.iter();
                sent_names = names.map(|h| String::from_utf8_lossy(&h.name).into_owned()).collect();
            }
        }
        response
    });
    law("a visit ends", ended.exchanges <= MOST_EXCHANGES, || {
        format!("after {} exchanges", ended.exchanges)
    })?;
    Ok(Observed {
        preflight_passed,
        outcome: ended.outcome,
        sent_names,
    })
}

fn judge(
    subject: Subject,
    policy: &Policy,
    query: &PolicyQuery,
    expected: &Expected,
    observed: &Observed,
) -> Result<(), Divergence> {
    let Some(broken) = first_broken(expected, observed) else {
        return Ok(());
    };
    let known = KNOWN
        .iter()
        .any(|k| k.subject == subject.name() && k.law == broken && (k.when)(policy, query));
    law(broken, known, || {
        format!(
            "{}\nsent {:?}\npolicy {policy:?}\nquery {query:?}\nexpected {expected:?}\nobserved {observed:?}",
            subject.name(),
            observed.sent_names
        )
    })
}

/// Returns the first facet in the order of the wire that the observation contradicts. Its consequences are not further findings.
fn first_broken(expected: &Expected, observed: &Observed) -> Option<&'static str> {
    if let Some(passed) = observed.preflight_passed {
        match expected.preflight {
            Facet::MustNot if passed => return Some(GRANTED_PREFLIGHT),
            Facet::Must if !passed => return Some(WITHHELD_PREFLIGHT),
            _ => {}
        }
    }
    let read = observed.outcome.response_type == ResponseType::Cors;
    match expected.read {
        Facet::MustNot if read => return Some(GRANTED_READ),
        Facet::Must if !read => return Some(WITHHELD_READ),
        _ => {}
    }
    if !read || !is_ok_status(observed.outcome.status) {
        return None;
    }
    let seen = |name: &str| observed.outcome.headers.contains(name.as_bytes());
    if observed
        .sent_names
        .iter()
        .any(|n| seen(n) && !expected.names.may_read(n))
    {
        return Some(GRANTED_NAME);
    }
    let withheld = observed
        .sent_names
        .iter()
        .any(|n| !seen(n) && expected.names.must_read(n));
    withheld.then_some(WITHHELD_NAME)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_seed_holds() {
        for n in 0_u32..1500 {
            let seed: Vec<u8> = (0..64_u32)
                .map(|i| (n.wrapping_mul(2_654_435_761).rotate_left(i) ^ i.wrapping_mul(n + 7)).to_le_bytes()[0])
                .collect();
            check(&seed).unwrap();
        }
    }
}
