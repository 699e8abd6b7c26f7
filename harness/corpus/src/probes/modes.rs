//! A library without arguments, or as its README has it: no policy says who is let in, so only strangers ask.

use super::{Ask, Probes, alphabet, slow, slug};
use crate::case::Case;
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
    let nobody = Policy::of(Origins::Predicate(Predicate::Never));
    let mut probes = Probes::new(mode.as_str(), &nobody);
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
    for fetch in cases.iter_mut().flat_map(|c| &mut c.fetches) {
        // Nothing is promised.
        fetch.expect.response_type = None;
    }
    cases.sort_by(|a, b| a.id.cmp(&b.id));
    cases
}

fn reads(probes: &mut Probes<'_>, origin: &str) {
    let name = slug(origin);
    let title = format!("{origin}, of which nobody has heard");
    probes.page("origin", &name, title, origin, &Ask::get("/"));
    let title = format!("{origin}, of which nobody has heard, with credentials");
    probes.page("credentials", &name, title, origin, &Ask::get("/").include(true));
}

fn preflights(probes: &mut Probes<'_>, origin: &str) {
    let asks = [
        ("put", Ask::get("/").method("PUT")),
        ("header", Ask::get("/").header("x-one", "1")),
        ("authorization", Ask::get("/").header("authorization", "Bearer 1")),
    ];
    for (what, ask) in asks {
        let name = format!("{what}-{}", slug(origin));
        let title = format!("{origin} asks for {what}");
        probes.page("preflight", &name, title, origin, &ask);
        let title = format!("{origin} asks for {what}, with credentials");
        probes.page("preflight-credentials", &name, title, origin, &ask.include(true));
    }
}

fn paths(probes: &mut Probes<'_>, origin: &str) {
    for path in ["/", "/vary", "/cached", "/cached/status/404", "/cached/status/500"] {
        let name = if path == "/" { "root".to_owned() } else { slug(path) };
        let name = format!("{name}-{}", slug(origin));
        let title = format!("{origin} at {path}");
        probes.page("vary", &name, title, origin, &Ask::get(path));
    }
    for path in ["/status/404", "/status/500", "/throw", "/missing", "/auth", "/redirect"] {
        let name = format!("{}-{}", slug(path), slug(origin));
        let title = format!("{origin} gets {path}");
        probes.page("error", &name, title, origin, &Ask::get(path));
    }
}
