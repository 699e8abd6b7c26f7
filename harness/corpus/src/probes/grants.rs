//! What the policy grants: origins, credentials, methods, headers, readable names.

use super::{ProbeRequest, Probes, slug};
use crate::policy::{Names, SAFELISTED_METHODS, example, has_header, is_pattern};

/// The most names of a list that are tried one by one.
const MAX_NAMES: usize = 8;

pub(super) fn derive(probes: &mut Probes<'_>) {
    origins(probes);
    simple_methods(probes);
    methods(probes);
    headers(probes);
    preflights(probes);
    expose(probes);
}

/// The preflighted request that the policy is sure to grant, if it grants any.
pub(super) fn granted<'a>(probes: &Probes<'a>, path: &'a str) -> Option<ProbeRequest<'a>> {
    let policy = probes.policy;
    let method = policy
        .methods
        .listed()
        .iter()
        .find(|m| !SAFELISTED_METHODS.contains(&m.as_str()));
    if let Some(method) = method {
        return Some(ProbeRequest::get(path).method(method));
    }
    if policy.methods.is_any() {
        return Some(ProbeRequest::get(path).method("PUT"));
    }
    match &policy.headers {
        Names::Any => Some(ProbeRequest::get(path).header("x-one", "1")),
        Names::List(list) => list
            .iter()
            .find(|name| !is_pattern(name))
            .map(|name| ProbeRequest::get(path).header(name, value_of(name))),
    }
}

/// A value that makes a header unsafe, so that the preflight names it.
pub(super) fn value_of(name: &str) -> &'static str {
    match name.to_ascii_lowercase().as_str() {
        "content-type" => "application/json",
        "range" => "bytes=-5",
        "accept" | "accept-language" | "content-language" => "a\"b",
        _ => "1",
    }
}

fn origins(probes: &mut Probes<'_>) {
    for requester in probes.requesters.clone() {
        let name = if requester.origin == "null" {
            "null".to_owned()
        } else {
            slug(&requester.origin)
        };
        let slug = match requester.kind {
            "listed" => format!("listed-{name}"),
            "stranger" => name,
            kind => format!("{kind}-{name}"),
        };
        let allowed = if probes.policy.origins.allow(&requester.origin) {
            "allowed"
        } else {
            "not allowed"
        };
        let origin = requester.origin.as_str();
        probes.page(
            "origin",
            &slug,
            format!("{origin} is {allowed}"),
            origin,
            &ProbeRequest::get("/"),
        );
        let title = format!("{origin} with credentials");
        probes.page(
            "credentials",
            &slug,
            title,
            origin,
            &ProbeRequest::get("/").include(true),
        );
    }
}

/// What needs no preflight is HEAD and POST as well: what a server checks for GET alone it does not check.
fn simple_methods(probes: &mut Probes<'_>) {
    let requesters = [
        ("allowed", probes.allowed()),
        ("foreign", probes.foreign()),
        ("null", Some("null".to_owned())),
    ];
    for (kind, origin) in requesters {
        let Some(origin) = origin else { continue };
        for method in ["HEAD", "POST"] {
            let slug = format!("{}-{kind}", method.to_ascii_lowercase());
            let request = ProbeRequest::get("/").method(method);
            probes.page("origin", &slug, format!("{method} by {origin}"), &origin, &request);
            let title = format!("{method} by {origin} with credentials");
            probes.page("credentials", &slug, title, &origin, &request.clone().include(true));
        }
        let request = ProbeRequest::get("/").method("POST").header("x-one", "1");
        let title = format!("{origin} requests a header of a POST");
        probes.page("preflight", &format!("post-{kind}"), title, &origin, &request);
        // Whether JSON may be sent where the policy does not list Content-Type is unspecified.
        let headers = &probes.policy.headers;
        if headers.is_any() || has_header(headers.listed(), "content-type") {
            let request = ProbeRequest::get("/")
                .method("POST")
                .header("content-type", value_of("content-type"));
            let title = format!("{origin} posts JSON");
            probes.page("preflight", &format!("post-json-{kind}"), title, &origin, &request);
        }
    }
}

fn methods(probes: &mut Probes<'_>) {
    let Some(origin) = probes.allowed() else { return };
    let policy = probes.policy;
    let listed: Vec<&str> = policy
        .methods
        .listed()
        .iter()
        .map(String::as_str)
        .take(MAX_NAMES)
        .collect();
    let mut tried: Vec<(String, String)> = Vec::new();
    for method in &listed {
        tried.push((format!("listed-{}", slug(method)), (*method).to_owned()));
    }
    for method in ["PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND", "CHICKEN", "*"] {
        if !listed.contains(&method) {
            let name = if method == "*" { "star".to_owned() } else { slug(method) };
            tried.push((format!("other-{name}"), method.to_owned()));
        }
    }
    for method in listed
        .iter()
        .chain(&["PATCH"])
        .filter(|m| !matches!(**m, "PUT" | "DELETE" | "OPTIONS"))
    {
        tried.push((format!("lower-case-{}", slug(method)), method.to_ascii_lowercase()));
        tried.push((format!("upper-case-{}", slug(method)), method.to_ascii_uppercase()));
    }
    for method in listed.iter().take(2) {
        tried.push((format!("longer-{}", slug(method)), format!("{method}X")));
        if method.len() > 1 {
            tried.push((
                format!("shorter-{}", slug(method)),
                method[..method.len() - 1].to_owned(),
            ));
        }
    }
    for (slug, method) in tried {
        let request = ProbeRequest::get("/").method(&method);
        probes.page("method", &slug, format!("the method {method}"), &origin, &request);
        let title = format!("the method {method} with credentials");
        probes.page("method-credentials", &slug, title, &origin, &request.include(true));
    }
    for method in ["HEAD", "POST"] {
        let request = ProbeRequest::get("/").method(method);
        let title = format!("{method} needs no grant");
        probes.page("method", &format!("simple-{}", slug(method)), title, &origin, &request);
    }
}

fn headers(probes: &mut Probes<'_>) {
    let Some(origin) = probes.allowed() else { return };
    let policy = probes.policy;
    let examples = policy.headers.examples();
    let listed: Vec<&str> = examples.iter().map(String::as_str).take(MAX_NAMES).collect();
    let is_listed = |name: &str| has_header(policy.headers.listed(), name);
    let mut tried: Vec<(String, Vec<String>)> = Vec::new();
    for name in &listed {
        let plain = slug(&name.to_ascii_lowercase());
        tried.push((format!("listed-{plain}"), vec![(*name).to_owned()]));
        tried.push((format!("upper-case-{plain}"), vec![name.to_ascii_uppercase()]));
        tried.push((
            format!("with-another-{plain}"),
            vec![(*name).to_owned(), "x-evil".to_owned()],
        ));
        tried.push((format!("longer-{plain}"), vec![format!("{name}-more")]));
        if name.len() > 3 {
            tried.push((format!("shorter-{plain}"), vec![name[..name.len() - 1].to_owned()]));
        }
    }
    for pattern in policy.headers.listed().iter().filter(|name| is_pattern(name)).take(2) {
        let plain = slug(&pattern.to_ascii_lowercase());
        let stem = pattern.replace('*', "");
        let stem = stem.trim_matches(['-', '_', '.']);
        if !stem.is_empty() {
            tried.push((format!("stem-of-{plain}"), vec![stem.to_owned()]));
        }
        tried.push((format!("before-{plain}"), vec![format!("evil-{}", example(pattern))]));
    }
    if listed.len() > 1 {
        tried.push((
            "all-listed".to_owned(),
            listed.iter().map(|n| (*n).to_owned()).collect(),
        ));
    }
    for name in [
        "x-evil",
        "authorization",
        "content-type",
        "x-requested-with",
        "if-none-match",
        "constructor",
        "__proto__",
        "tostring",
        "*",
    ] {
        if !is_listed(name) {
            let plain = if name == "*" { "star".to_owned() } else { slug(name) };
            tried.push((format!("other-{plain}"), vec![name.to_owned()]));
        }
    }
    tried.push(("many".to_owned(), (0..40).map(|i| format!("x-many-{i}")).collect()));
    for (slug, names) in &tried {
        let mut request = ProbeRequest::get("/");
        for name in names {
            request = request.header(name, value_of(name));
        }
        let what = if names.len() > 3 {
            format!("{} headers", names.len())
        } else {
            names.join(" and ")
        };
        probes.page("header", slug, format!("the request header {what}"), &origin, &request);
        let title = format!("the request header {what} with credentials");
        probes.page("header-credentials", slug, title, &origin, &request.include(true));
    }
}

fn preflights(probes: &mut Probes<'_>) {
    let Some(request) = granted(probes, "/") else { return };
    for requester in probes.requesters.clone() {
        let name = if requester.origin == "null" {
            "null".to_owned()
        } else {
            slug(&requester.origin)
        };
        let slug = format!("{}-{name}", requester.kind);
        let origin = requester.origin.as_str();
        probes.page(
            "preflight",
            &slug,
            format!("{origin} requests what the policy grants"),
            origin,
            &request,
        );
        if matches!(
            requester.kind,
            "listed" | "stranger" | "subdomain" | "suffix" | "other-scheme"
        ) {
            let title = format!("{origin} requests what the policy grants, with credentials");
            probes.page(
                "preflight-credentials",
                &slug,
                title,
                origin,
                &request.clone().include(true),
            );
        }
    }
    let (Some(origin), policy) = (probes.allowed(), probes.policy) else {
        return;
    };
    if let (Some(method), Some(header)) = (
        policy.methods.listed().first(),
        policy.headers.listed().iter().find(|name| !is_pattern(name)),
    ) {
        let both = ProbeRequest::get("/").method(method).header(header, value_of(header));
        probes.page(
            "preflight",
            "both",
            "a listed method and a listed header at once".to_owned(),
            &origin,
            &both,
        );
        let mixed = ProbeRequest::get("/")
            .method("CHICKEN")
            .header(header, value_of(header));
        probes.page(
            "preflight",
            "header-only",
            "a listed header does not grant another method".to_owned(),
            &origin,
            &mixed,
        );
        let mixed = ProbeRequest::get("/").method(method).header("x-evil", "1");
        probes.page(
            "preflight",
            "method-only",
            "a listed method does not grant another header".to_owned(),
            &origin,
            &mixed,
        );
    }
}

fn expose(probes: &mut Probes<'_>) {
    for origin in probes.allowed_two() {
        let name = slug(&origin);
        for (slug, path) in [("ok", "/"), ("not-found", "/status/404"), ("error", "/status/500")] {
            let title = format!("what {origin} reads at {path}");
            probes.page(
                "expose",
                &format!("{slug}-{name}"),
                title,
                &origin,
                &ProbeRequest::get(path),
            );
            let title = format!("what {origin} reads at {path} with credentials");
            probes.page(
                "expose",
                &format!("{slug}-credentials-{name}"),
                title,
                &origin,
                &ProbeRequest::get(path).include(true),
            );
        }
    }
}
