//! A library without arguments, or as its README has it: no policy says who is let in, so only strangers request.

use super::{ProbeRequest, Probes, alphabet, slow, slug};
use crate::case::Case;
use crate::expect::Expect;
use crate::policy::{Mode, Origins, Policy, Predicate};

/// Origins that no default and no README lists.
const STRANGERS: [&str; 5] = [
    "https://evil.test",
    "http://evil.test",
    "https://evil.test:8443",
    "https://xn--rger-koa.test",
    "null",
];

/// The cases of a mode, sorted by id.
#[must_use]
pub fn derive_mode(mode: Mode) -> Vec<Case> {
    let no_origin = Policy::of(Origins::Predicate(Predicate::Never));
    let mut probes = Probes::new(mode.as_str(), &no_origin);
    probes.mode = Some(mode);
    for origin in STRANGERS {
        reads(&mut probes, origin);
    }
    for origin in ["https://evil.test", "null"] {
        preflights(&mut probes, origin);
        paths(&mut probes, origin);
    }
    alphabet::derive_mode(&mut probes);
    slow::derive(&mut probes);
    let mut cases = probes.cases;
    for fetch in cases.iter_mut().flat_map(Case::fetches_mut) {
        // Nothing is promised.
        fetch.expect = Expect::of_type(None);
    }
    cases.sort_by(|a, b| a.id.cmp(&b.id));
    cases
}

fn reads(probes: &mut Probes<'_>, origin: &str) {
    let name = slug(origin);
    let title = format!("{origin}, an unlisted origin");
    probes.page("origin", &name, title, origin, &ProbeRequest::get("/"));
    let title = format!("{origin}, an unlisted origin, with credentials");
    probes.page(
        "credentials",
        &name,
        title,
        origin,
        &ProbeRequest::get("/").include(true),
    );
}

fn preflights(probes: &mut Probes<'_>, origin: &str) {
    let requests = [
        ("put", ProbeRequest::get("/").method("PUT")),
        ("header", ProbeRequest::get("/").header("x-one", "1")),
        (
            "authorization",
            ProbeRequest::get("/").header("authorization", "Bearer 1"),
        ),
    ];
    for (what, request) in requests {
        let name = format!("{what}-{}", slug(origin));
        let title = format!("{origin} requests {what}");
        probes.page("preflight", &name, title, origin, &request);
        let title = format!("{origin} requests {what}, with credentials");
        probes.page("preflight-credentials", &name, title, origin, &request.include(true));
    }
}

fn paths(probes: &mut Probes<'_>, origin: &str) {
    for path in ["/", "/vary", "/cached", "/cached/status/404", "/cached/status/500"] {
        let name = if path == "/" { "root".to_owned() } else { slug(path) };
        let name = format!("{name}-{}", slug(origin));
        let title = format!("{origin} at {path}");
        probes.page("vary", &name, title, origin, &ProbeRequest::get(path));
    }
    for path in ["/status/404", "/status/500", "/throw", "/missing", "/auth", "/redirect"] {
        let name = format!("{}-{}", slug(path), slug(origin));
        let title = format!("{origin} gets {path}");
        probes.page("error", &name, title, origin, &ProbeRequest::get(path));
    }
}
