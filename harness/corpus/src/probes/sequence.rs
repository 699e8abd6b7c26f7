//! Several requests in a row: state between requests, caches, the age of a preflight.

use super::grants::granted;
use super::{ProbeRequest, Probes, slug};
use crate::case::Case;

pub(super) fn derive(probes: &mut Probes<'_>) {
    let mut requesters: Vec<(String, String)> = Vec::new();
    for origin in probes.allowed_two() {
        requesters.push((slug(&origin), origin));
    }
    if let Some(origin) = probes.foreign() {
        requesters.push((slug(&origin), origin));
    }
    if !requesters.iter().any(|(name, _)| name == "null") {
        requesters.push(("null".to_owned(), "null".to_owned()));
    }
    for (first_name, first) in &requesters {
        for (second_name, second) in &requesters {
            if first == second {
                continue;
            }
            let slug = format!("{first_name}-then-{second_name}");
            let pair = |path| {
                [
                    (first.as_str(), ProbeRequest::get(path)),
                    (second.as_str(), ProbeRequest::get(path)),
                ]
            };
            let title = format!("{second} requests after {first}");
            probes.pages("state", &slug, title, &pair("/"));
            let title = format!("{second} requests after {first}, through one shared cache");
            probes.pages("cache", &slug, title, &pair("/cached"));
            let title = format!("{second} requests after {first} for an error, through one shared cache");
            probes.pages("cache", &format!("{slug}-error"), title, &pair("/cached/status/404"));
        }
    }
    max_age(probes);
    after_all(probes);
}

/// The slug of the case that compares answers at the beginning and at the end.
const AFTER_ALL: &str = "after-all";

/// Whether a case is the one whose requests are sent before and after all other cases of the policy: the answers must not change.
#[must_use]
pub fn is_after_all(case: &Case) -> bool {
    case.id.generated() == Some(("state", AFTER_ALL))
}

/// One request of each kind whose answer another page's request could change.
fn after_all(probes: &mut Probes<'_>) {
    let allowed = probes.allowed();
    let foreign = probes.foreign();
    let mut requests: Vec<(&str, ProbeRequest<'_>)> = Vec::new();
    for origin in [allowed.as_deref(), foreign.as_deref()].into_iter().flatten() {
        requests.push((origin, ProbeRequest::get("/")));
        requests.push((origin, ProbeRequest::get("/").include(true)));
        requests.extend(granted(probes, "/").map(|request| (origin, request)));
        requests.push((
            origin,
            ProbeRequest::get("/").method("PATCH").header("x-after-all", "1"),
        ));
    }
    let title = "the first answers are the same after all other requests".to_owned();
    probes.pages("state", AFTER_ALL, title, &requests);
}

fn max_age(probes: &mut Probes<'_>) {
    let (Some(request), Some(origin)) = (granted(probes, "/"), probes.allowed()) else {
        return;
    };
    let again = |after| ProbeRequest {
        after,
        ..request.clone()
    };
    let seconds = probes.policy.max_age.unwrap_or(5);
    for (slug, after, title) in [
        ("at-once", 0, "the same request again at once"),
        (
            "within",
            seconds.saturating_sub(1),
            "the same request again while the preflight may be cached",
        ),
        (
            "after",
            seconds.saturating_add(1),
            "the same request again when the preflight is too old",
        ),
        (
            "long-after",
            seconds.saturating_add(86_400),
            "the same request again a day later",
        ),
    ] {
        probes.pages(
            "max-age",
            slug,
            title.to_owned(),
            &[(&origin, request.clone()), (&origin, again(after))],
        );
    }
}
