//! Steps that make a policy and a visit simpler, to find what a deviation needs.

use super::operator::{OPERATORS, by_name};
use super::parts::Parts;
use super::visit::{GeneratedRequest, Requester, Visit};
use crate::policy::{Credentials, Globs, Names, Origins, Policy, Predicate, Under};

/// The origin that findings are about where any origin would do.
pub const CANONICAL: &str = "https://app.example";
/// Its host.
pub const CANONICAL_HOST: &str = "app.example";

/// Policies that are one step simpler, with the visit to each; the largest steps first. Repeated, the steps come to an end.
#[must_use]
pub fn simpler_policies(policy: &Policy, visit: &Visit) -> Vec<(Policy, Visit)> {
    let mut steps: Vec<(Policy, Visit)> = Vec::new();
    let one = list_of_one(CANONICAL);
    if policy.origins != one {
        let of_the_listed = rebased_visit(visit, CANONICAL, &[]);
        let with_operators = rebased_visit(visit, CANONICAL, &visit.requester.operators);
        for visit in of_the_listed.into_iter().chain(with_operators) {
            let origins = one.clone();
            steps.push((
                Policy {
                    origins,
                    ..policy.clone()
                },
                visit,
            ));
        }
    }
    // The origin itself in the list shows whether it is refused as such.
    let origin = &visit.requester.origin;
    if origin != "null" && policy.origins.single() != Some(origin) {
        let origins = list_of_one(origin);
        let listed = rebased_visit(visit, origin, &[]);
        steps.extend(listed.map(|visit| {
            (
                Policy {
                    origins,
                    ..policy.clone()
                },
                visit,
            )
        }));
    }
    // The canonical host with the scheme and the port of the origin shows whether these are what matters.
    let parts = Parts::of(origin).filter(|parts| parts.host != CANONICAL_HOST);
    if let Some(origin) = parts.map(|parts| parts.with_host(CANONICAL_HOST).text()) {
        let origins = list_of_one(&origin);
        let listed = rebased_visit(visit, &origin, &[]);
        steps.extend(listed.map(|visit| {
            (
                Policy {
                    origins,
                    ..policy.clone()
                },
                visit,
            )
        }));
    }
    steps.extend(rebased(policy, visit));
    let simpler = policies(policy).into_iter();
    steps.extend(simpler.map(|simpler| (simpler, visit.clone())));
    steps.retain(|step| *step != (policy.clone(), visit.clone()));
    steps
}

/// Visits whose origin is one change of the only listed origin, where the visit is of an origin that is related to another one, which the
/// policy does not list any more.
#[must_use]
pub fn related_visits(policy: &Policy, visit: &Visit) -> Vec<Visit> {
    let Some(listed) = policy.origins.single().filter(|listed| *listed != visit.requester.base) else {
        return Vec::new();
    };
    let related = |operators: &[&'static str]| rebased_visit(visit, listed, operators);
    let changed = OPERATORS.iter().filter_map(|operator| related(&[operator.name]));
    related(&[]).into_iter().chain(changed).collect()
}

fn list_of_one(origin: &str) -> Origins {
    Origins::List {
        list: vec![origin.to_owned()],
        under: Vec::new(),
        glob: Globs::default(),
        meant: None,
    }
}

/// The same requests by an origin that comes from another base by some operators.
fn rebased_visit(visit: &Visit, base: &str, operators: &[&'static str]) -> Option<Visit> {
    let operators: Option<Vec<_>> = operators.iter().map(|name| by_name(name)).collect();
    let requester = Requester::new(base, base, &operators?)?;
    Some(Visit {
        requester,
        requests: visit.requests.clone(),
    })
}

/// The policy and the visit with a canonical host in place of their own.
fn rebased(policy: &Policy, visit: &Visit) -> Option<(Policy, Visit)> {
    let requester = &visit.requester;
    let domain = domain(policy, &requester.base)?;
    let replaced = |text: &str| text.replace(&domain, CANONICAL_HOST);
    let origins = match &policy.origins {
        Origins::Regex(list) => {
            let escaped = |host: &str| host.replace('.', r"\.");
            let replaced = list
                .iter()
                .map(|text| text.replace(&escaped(&domain), &escaped(CANONICAL_HOST)));
            Origins::Regex(replaced.collect())
        }
        Origins::Predicate(predicate) => Origins::Predicate(replaced(&predicate.to_string()).parse().ok()?),
        Origins::List {
            list,
            under,
            glob,
            meant,
        } => Origins::List {
            list: list.iter().map(|origin| replaced(origin)).collect(),
            under: under
                .iter()
                .map(|under| Under {
                    host: replaced(&under.host),
                    ..under.clone()
                })
                .collect(),
            glob: Globs {
                patterns: glob.patterns.iter().map(|pattern| replaced(pattern)).collect(),
                ..glob.clone()
            },
            meant: meant.clone(),
        },
        Origins::Any => return None,
    };
    let visit = rebased_visit(visit, &replaced(&requester.base), &requester.operators)?;
    let policy = Policy {
        origins,
        ..policy.clone()
    };
    Some((policy, visit))
}

/// The domain of a policy that is replaced by the canonical host; `None` if there is none.
fn domain(policy: &Policy, base: &str) -> Option<String> {
    let domain = match &policy.origins {
        Origins::List { under, glob, .. } => {
            let of_glob = glob.patterns.first().and_then(|pattern| pattern.split_once('*'));
            let of_glob = of_glob.map(|(_, end)| end.trim_start_matches('.').split(':').next().unwrap_or_default());
            under.first().map(|under| under.host.as_str()).or(of_glob)?.to_owned()
        }
        Origins::Predicate(Predicate::HostEndsWith(end)) => end.trim_start_matches('.').to_owned(),
        Origins::Predicate(Predicate::HostEquals(host)) => host.clone(),
        Origins::Regex(_) => {
            let (_, host) = base.split_once("://")?;
            host.strip_prefix("sub.").unwrap_or(host).to_owned()
        }
        _ => return None,
    };
    (domain != CANONICAL_HOST && domain.contains('.')).then_some(domain)
}

fn policies(policy: &Policy) -> Vec<Policy> {
    let mut reduced = Vec::new();
    let mut with = |change: &dyn Fn(&mut Policy)| {
        let mut simpler = policy.clone();
        change(&mut simpler);
        if simpler != *policy {
            reduced.push(simpler);
        }
    };
    with(&|policy| *policy = Policy::of(policy.origins.clone()));
    with(&|policy| {
        let credentials = policy.credentials.clone();
        *policy = Policy {
            credentials,
            ..Policy::of(policy.origins.clone())
        };
    });
    with(&|policy| policy.routes.clear());
    with(&|policy| policy.methods = Names::default());
    with(&|policy| policy.headers = Names::default());
    with(&|policy| policy.expose = Names::default());
    with(&|policy| policy.max_age = None);
    with(&|policy| policy.credentials = Credentials::None);
    if matches!(policy.credentials, Credentials::List(_)) {
        with(&|policy| policy.credentials = Credentials::All);
    }
    for at in 0..policy.methods.listed().len() {
        with(&|policy| drop_name(&mut policy.methods, at));
    }
    halves(policy.headers.listed().len(), &mut |from, to| {
        with(&|policy| drop_names(&mut policy.headers, from, to));
    });
    for at in 0..policy.expose.listed().len() {
        with(&|policy| drop_name(&mut policy.expose, at));
    }
    if let Origins::List { list, under, glob, .. } = &policy.origins {
        let entries = list.len() + under.len() + glob.patterns.len();
        if entries > 1 {
            halves(list.len(), &mut |from, to| {
                with(&|policy| {
                    if let Origins::List { list, .. } = &mut policy.origins
                        && to - from < entries
                    {
                        list.drain(from..to);
                    }
                });
            });
            if !list.is_empty() {
                with(&|policy| {
                    if let Origins::List { under, glob, .. } = &mut policy.origins {
                        under.clear();
                        glob.patterns.clear();
                    }
                });
            }
        }
    }
    reduced
}

fn drop_name(names: &mut Names, at: usize) {
    drop_names(names, at, at + 1);
}

fn drop_names(names: &mut Names, from: usize, to: usize) {
    if let Names::List(list) = names {
        list.drain(from..to);
    }
}

/// Ranges to leave out of a list: for a long one its halves and quarters, then each entry.
fn halves(length: usize, range: &mut dyn FnMut(usize, usize)) {
    let mut size = length / 2;
    while size > 1 {
        let mut from = 0;
        while from < length {
            range(from, (from + size).min(length));
            from += size;
        }
        size /= 2;
    }
    // Each entry of a long list would be too many steps; its halves come first and shorten it.
    for at in 0..length.min(8) {
        range(at, at + 1);
    }
}

/// Visits that are one step simpler. Repeated, the steps come to an end.
#[must_use]
pub fn simpler_visits(visit: &Visit) -> Vec<Visit> {
    let mut reduced = Vec::new();
    let requests = &visit.requests;
    for at in 0..requests.len() {
        if requests.len() > 1 {
            let mut simpler = visit.clone();
            simpler.requests.remove(at);
            simpler
                .requests
                .first_mut()
                .into_iter()
                .for_each(|first| first.after = 0);
            reduced.push(simpler);
        }
        for request in simpler_requests(&requests[at]) {
            let mut simpler = visit.clone();
            simpler.requests[at] = request;
            reduced.push(simpler);
        }
    }
    let requester = &visit.requester;
    if requester.base != CANONICAL {
        reduced.extend(rebased_visit(visit, CANONICAL, &requester.operators));
    }
    for operators in simpler_operators(requester) {
        let all: Option<Vec<_>> = operators.iter().map(|name| by_name(name)).collect();
        let requester = all.and_then(|all| Requester::new(&requester.base, &requester.other, &all));
        reduced.extend(requester.map(|requester| Visit {
            requester,
            requests: requests.clone(),
        }));
    }
    reduced
}

fn simpler_operators(requester: &Requester) -> Vec<Vec<&'static str>> {
    let operators = &requester.operators;
    let mut simpler: Vec<Vec<&'static str>> = Vec::new();
    if operators.len() > 1 {
        simpler.extend(operators.iter().map(|name| vec![*name]));
    }
    for at in 0..operators.len() {
        let mut fewer = operators.clone();
        fewer.remove(at);
        if !simpler.contains(&fewer) {
            simpler.push(fewer);
        }
    }
    simpler
}

fn simpler_requests(request: &GeneratedRequest) -> Vec<GeneratedRequest> {
    let mut reduced = Vec::new();
    let mut with = |change: &dyn Fn(&mut GeneratedRequest)| {
        let mut simpler = request.clone();
        change(&mut simpler);
        if simpler != *request {
            reduced.push(simpler);
        }
    };
    with(&|request| request.headers.clear());
    with(&|request| "GET".clone_into(&mut request.method));
    with(&|request| "/".clone_into(&mut request.path));
    with(&|request| request.credentials = false);
    with(&|request| request.after = 0);
    halves(request.headers.len(), &mut |from, to| {
        with(&|request| {
            request.headers.drain(from..to);
        });
    });
    reduced
}
