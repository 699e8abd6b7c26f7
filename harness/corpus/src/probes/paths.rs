//! The paths of the application: routes, errors, redirects, the application's own headers.

use super::grants::granted;
use super::preflights::is_rich;
use super::{ProbeRequest, Probes, samples, slug};
use crate::policy::{Route, SAFELISTED_METHODS};

pub(super) fn derive(probes: &mut Probes<'_>) {
    routes(probes);
    errors(probes);
    redirect(probes);
    own(probes);
}

/// Up to two allowed origins, one that is not allowed, and `null`.
fn few(probes: &Probes<'_>) -> Vec<(String, String)> {
    let allowed = probes.allowed_two().into_iter().enumerate();
    let mut out: Vec<(String, String)> = allowed
        .map(|(i, o)| (["allowed", "second"][i.min(1)].to_owned(), o))
        .collect();
    out.extend(probes.foreign().map(|o| ("foreign".to_owned(), o)));
    out.push(("null".to_owned(), "null".to_owned()));
    out
}

/// The path of a route, and its methods where it has some of its own, as a part of a slug.
pub(super) fn route_name(route: &Route) -> String {
    let methods = route.methods.iter().flatten();
    methods.fold(slug(&route.path), |name, method| {
        format!("{name}-{}", slug(&method.to_ascii_lowercase()))
    })
}

fn routes(probes: &mut Probes<'_>) {
    let policy = probes.policy;
    for route in &policy.routes {
        let mut requesters = few(probes);
        if let Some(own) = &route.policy {
            requesters.extend(
                samples(&own.origins)
                    .into_iter()
                    .take(2)
                    .map(|o| (format!("of-route-{}", slug(&o)), o)),
            );
        }
        let path = route.path.as_str();
        let name = route_name(route);
        for (kind, origin) in &requesters {
            let slug = format!("{name}-{kind}");
            probes.page(
                "route",
                &slug,
                format!("{origin} at {path}"),
                origin,
                &ProbeRequest::get(path),
            );
            let own = route.methods.iter().flatten().map(String::as_str);
            let own = own.filter(|method| !SAFELISTED_METHODS.contains(method));
            for method in ["HEAD", "POST"].into_iter().chain(own) {
                let request = ProbeRequest::get(path).method(method);
                let slug = format!("{slug}-{}", method.to_ascii_lowercase());
                probes.page(
                    "route",
                    &slug,
                    format!("{method} by {origin} at {path}"),
                    origin,
                    &request,
                );
            }
            let request = ProbeRequest::get(path).include(true);
            probes.page(
                "route",
                &format!("{slug}-credentials"),
                format!("{origin} at {path} with credentials"),
                origin,
                &request,
            );
            for (what, policy) in [("outer", Some(policy)), ("own", route.policy.as_ref())] {
                let Some(policy) = policy else { continue };
                if let Some(method) = policy.methods.listed().first() {
                    let title = format!("{origin} requests {method} at {path}, a method of the {what} policy");
                    let request = ProbeRequest::get(path).method(method);
                    probes.page("route", &format!("{slug}-{what}-method"), title, origin, &request);
                }
                if let Some(header) = policy.headers.examples().first() {
                    let title = format!("{origin} requests {header} at {path}, a header of the {what} policy");
                    let request = ProbeRequest::get(path).header(header, "1");
                    probes.page("route", &format!("{slug}-{what}-header"), title, origin, &request);
                }
            }
            let upper = path.to_ascii_uppercase();
            let title = format!("{origin} at {upper}, which is another path");
            probes.page(
                "route",
                &format!("{slug}-upper-case"),
                title,
                origin,
                &ProbeRequest::get(&upper),
            );
            let below = format!("{path}x");
            let title = format!("{origin} at {below}, which only starts like a route");
            probes.page(
                "route",
                &format!("{slug}-longer"),
                title,
                origin,
                &ProbeRequest::get(&below),
            );
        }
    }
}

fn errors(probes: &mut Probes<'_>) {
    for (name, path) in [
        ("status-404", "/status/404"),
        ("status-500", "/status/500"),
        ("status-503", "/status/503"),
        ("status-204", "/status/204"),
        ("throw", "/throw"),
        ("missing", "/missing"),
    ] {
        for (kind, origin) in few(probes) {
            let title = format!("{origin} gets {path}");
            probes.page(
                "error",
                &format!("{name}-{kind}"),
                title,
                &origin,
                &ProbeRequest::get(path),
            );
            if kind == "allowed" {
                let title = format!("{origin} gets {path} with credentials");
                probes.page(
                    "error",
                    &format!("{name}-{kind}-credentials"),
                    title,
                    &origin,
                    &ProbeRequest::get(path).include(true),
                );
            }
        }
    }
    let Some(origin) = probes.allowed() else { return };
    // Which status it is has nothing to do with the policy, so a few policies are enough for the rarer ones.
    let rarer = ["401", "403", "413", "422", "429", "502", "504"];
    for status in rarer.into_iter().filter(|_| is_rich(probes.policy)) {
        let path = format!("/status/{status}");
        let title = format!("{origin} gets {path}");
        probes.page(
            "error",
            &format!("status-{status}-allowed"),
            title,
            &origin,
            &ProbeRequest::get(&path),
        );
    }
    let Some(request) = granted(probes, "/status/500") else {
        return;
    };
    let title = "a preflighted request to an error".to_owned();
    probes.page("error", "status-500-preflighted", title, &origin, &request);
}

fn redirect(probes: &mut Probes<'_>) {
    for (kind, origin) in few(probes) {
        let title = format!("{origin} follows a redirect");
        probes.page("redirect", &kind, title, &origin, &ProbeRequest::get("/redirect"));
        let title = format!("{origin} follows a redirect with credentials");
        let request = ProbeRequest::get("/redirect").include(true);
        probes.page("redirect", &format!("{kind}-credentials"), title, &origin, &request);
        if let Some(request) = granted(probes, "/redirect") {
            let title = format!("{origin} follows a redirect after a preflight");
            probes.page("redirect", &format!("{kind}-preflighted"), title, &origin, &request);
        }
    }
}

/// Paths at which the application sets headers of its own, or caches may store the answer.
fn own(probes: &mut Probes<'_>) {
    for (name, path) in [
        ("root", "/"),
        ("vary", "/vary"),
        ("acao", "/acao"),
        ("cached", "/cached"),
        ("cached-404", "/cached/status/404"),
        ("cached-500", "/cached/status/500"),
    ] {
        for (kind, origin) in few(probes) {
            let title = format!("{origin} at {path}");
            probes.page(
                "vary",
                &format!("{name}-{kind}"),
                title,
                &origin,
                &ProbeRequest::get(path),
            );
        }
    }
    for (name, path) in [("auth", "/auth"), ("options", "/options")] {
        for (kind, origin) in few(probes) {
            probes.page(
                name,
                &kind,
                format!("{origin} at {path}"),
                &origin,
                &ProbeRequest::get(path),
            );
            if let Some(request) = granted(probes, path) {
                let title = format!("{origin} at {path} after a preflight");
                probes.page(name, &format!("{kind}-preflighted"), title, &origin, &request);
            }
            if name == "auth" {
                let title = format!("{origin} at {path} with an Authorization header");
                let request = ProbeRequest::get(path).header("authorization", "Bearer 1");
                probes.page(name, &format!("{kind}-authorized"), title, &origin, &request);
            }
        }
    }
}
