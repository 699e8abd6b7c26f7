//! One case for the exported file.

use super::check::Check;
use super::format::{Expectation, ExportedCase, ExportedFetch, ExportedRequest, Kind, LeftOut, Promise, ReadableNames};
use super::requests::{compared, of, of_fetch, shared_with, text};
use super::responses::{self, ACAO, Sent, is_serialized};
use crate::net::Outgoing;
use crosscheck_corpus::policy::{Anchoring, Names, SAFELISTED_METHODS, SAFELISTED_RESPONSE_HEADERS};
use crosscheck_corpus::{Case, Expected, Facet, FetchSpec, Policy, PolicyQuery, PolicyRef, Send, probes};
use crosscheck_fetch::{CredentialsMode, Origin, Url};
use crosscheck_results::rules;

/// Returns a case in the terms of the exported file. `policy` is the policy as written; without one the case is of a mode.
pub(super) fn exported(case: &Case, policy: Option<&Policy>, reference: &PolicyRef) -> Result<ExportedCase, LeftOut> {
    if matches!(case.id.generated(), Some(("slow", _))) {
        return Err(LeftOut::MeasuresTime);
    }
    if probes::is_after_all(case) {
        return Err(LeftOut::BeforeAndAfter);
    }
    if !case.is_probe() && case.fetches().len() > 1 {
        return Err(LeftOut::SeveralFetches);
    }
    let fetches = match case.send() {
        Some(send) => vec![raw(case, send, policy)?],
        None => case
            .fetches()
            .iter()
            .enumerate()
            .map(|(at, spec)| fetch(case, spec, policy, at == 0))
            .collect::<Result<_, _>>()?,
    };
    Ok(ExportedCase {
        id: case.id.to_string(),
        title: case.title.clone(),
        kind: if case.is_probe() { Kind::Probe } else { Kind::Case },
        policy: reference.id(case).to_owned(),
        fetches,
    })
}

fn fetch(case: &Case, spec: &FetchSpec, policy: Option<&Policy>, is_first: bool) -> Result<ExportedFetch, LeftOut> {
    let url = Url::parse(&spec.request.url).map_err(|_| LeftOut::NoRequest)?;
    let is_own = spec.page.origin.same_origin(&Origin::of(&url));
    let query = PolicyQuery::by(spec);
    if query.is_none() && !is_own {
        return Err(LeftOut::NotCors);
    }
    let mut requests = of_fetch(case, spec, policy, is_first)?;
    if policy.is_none() {
        for request in &mut requests {
            request.checks.extend(not_reflected(&spec.page.origin.serialize()));
        }
    }
    // Many servers answer each OPTIONS themselves, whoever sends it.
    let is_examined = |last: &&mut ExportedRequest| is_own && has_origin(last) && last.method != "OPTIONS";
    if let Some(last) = requests.last_mut().filter(is_examined)
        && policy.is_some()
    {
        last.checks.push(Check::of("x-hit").rule(&rules::REFUSE_OWN));
    }
    let expect = match (policy, &query) {
        (Some(policy), Some(query)) => promised(policy, query),
        _ => unspecified(),
    };
    Ok(ExportedFetch {
        origin: Some(spec.page.origin.serialize().into_owned()),
        credentials: spec.request.credentials == Some(CredentialsMode::Include),
        expect,
        requests,
    })
}

fn has_origin(request: &ExportedRequest) -> bool {
    request.headers.iter().any(|(name, _)| name == "Origin")
}

/// A library without a policy allows no origin by name.
fn not_reflected(origin: &str) -> Option<Check> {
    let check = Check::not_equals(ACAO, &[origin]).rule(&rules::DEFAULT_GRANT);
    is_serialized(origin).then_some(check)
}

fn promised(policy: &Policy, query: &PolicyQuery) -> Expectation {
    let expected = Expected::of(policy, query);
    // An OPTIONS that a preflight allows is advice, where the method alone is not granted: a page gains nothing by it.
    let without = PolicyQuery {
        method: "POST".to_owned(),
        ..query.clone()
    };
    let is_granted_otherwise = Expected::of(policy, &without).preflight != Facet::MustNot && !expected.foreign;
    let advice = expected.preflight == Facet::MustNot && query.method == "OPTIONS" && is_granted_otherwise;
    let always = |name: &String| SAFELISTED_RESPONSE_HEADERS.contains(&&**name);
    let mut must_read = ReadableNames::from(&expected.names.must);
    let mut may_read = ReadableNames::from(&expected.names.may);
    for names in [&mut must_read, &mut may_read] {
        if let ReadableNames::List(list) = names {
            list.retain(|name| !always(name));
        }
    }
    Expectation {
        preflight: expected.preflight.into(),
        read: expected.read.into(),
        advice,
        advice_if_anchored: looser(policy, query),
        must_read,
        may_read,
    }
}

/// The ways to match an expression under which the origin, which the policy does not list, is one that it matches.
fn looser(policy: &Policy, query: &PolicyQuery) -> Vec<&'static str> {
    if !Expected::of(policy, query).foreign {
        return Vec::new();
    }
    let own = policy.at(&query.path, &query.method);
    let matches = |anchoring| own.is_some_and(|own| own.origins.matches(&query.origin, anchoring));
    [("prefix", Anchoring::Prefix), ("search", Anchoring::Search)]
        .into_iter()
        .filter_map(|(name, anchoring)| matches(anchoring).then_some(name))
        .collect()
}

fn unspecified() -> Expectation {
    Expectation {
        preflight: Promise::Unspecified,
        read: Promise::Unspecified,
        advice: false,
        advice_if_anchored: Vec::new(),
        must_read: ReadableNames::List(Vec::new()),
        may_read: ReadableNames::from(&Names::Any),
    }
}

/// A request that no browser sends. It has a facet only if a browser could send it as it is.
fn raw(case: &Case, send: &Send, policy: Option<&Policy>) -> Result<ExportedFetch, LeftOut> {
    let outgoing = Outgoing::of_send(send, None);
    let sent = Sent {
        policy,
        path: send.url.path(),
        method: text(&send.method)?,
        headers: &send.headers,
    };
    let mut checks = sent.checks();
    checks.extend(responses::stated(case.assertions(), None, sent.method, true));
    let mut expect = unspecified();
    let mut passes_if = Vec::new();
    let origin = sent
        .origin()
        .filter(|origin| crosscheck_judge::server::can_be_sent(origin));
    if let (Some(policy), Some(origin)) = (policy, &origin)
        && SAFELISTED_METHODS.contains(&sent.method)
    {
        let query = |credentials| PolicyQuery {
            origin: origin.clone(),
            path: sent.path.to_owned(),
            method: sent.method.to_owned(),
            unsafe_headers: Vec::new(),
            forced_preflight: false,
            credentials,
        };
        // What is not shared without credentials is not shared with them.
        let is_denied = |include: &bool| Expected::of(policy, &query(*include)).read == Facet::MustNot;
        if let Some(include) = [false, true].into_iter().find(is_denied) {
            expect.read = Promise::MustNot;
            expect.advice_if_anchored = looser(policy, &query(include));
            passes_if = shared_with(origin, include);
        }
    }
    let plain = !send.headers.contains(b"origin");
    let request = ExportedRequest {
        passes_if,
        requesters: if plain { compared(&sent) } else { Vec::new() },
        checks,
        ..of(&outgoing)?
    };
    Ok(ExportedFetch {
        origin: None,
        credentials: false,
        expect,
        requests: vec![request],
    })
}
