//! A correct server of a few lines, which must break no law. The seeded bugs are in this server.

use crate::seeded;
use crosscheck_corpus::policy::{Names, Origins, Policy};
use crosscheck_fetch::{HeaderList, WireRequest, WireResponse};

pub(super) fn answer(policy: &Policy, wire: &WireRequest) -> WireResponse {
    let mut headers = HeaderList::new();
    let mut put = |name: &'static str, value: &str| headers.push(name.as_bytes(), value.as_bytes().to_vec());
    put("X-Two", "v");
    let origin = wire
        .headers
        .get(b"origin")
        .map(|o| String::from_utf8_lossy(&o).into_owned());
    let any = policy.origins == Origins::Any;
    if !any {
        put("Vary", "Origin");
    }
    let response = |headers| WireResponse {
        status: if wire.preflight { 204 } else { 200 },
        headers,
        ..WireResponse::default()
    };
    let Some(origin) = origin.filter(|o| allows(policy, o)) else {
        return response(headers);
    };
    let reflect = any && policy.credentials.for_all() && seeded::is_on("any-reflected-with-credentials");
    put(
        "Access-Control-Allow-Origin",
        if any && !reflect { "*" } else { &origin },
    );
    if policy.credentials.for_all() {
        put("Access-Control-Allow-Credentials", "true");
    }
    if wire.preflight {
        let requested = wire
            .headers
            .get(b"access-control-request-method")
            .map(|m| String::from_utf8_lossy(&m).into_owned());
        let mut methods = list(&policy.methods, requested.as_deref());
        if let Some(requested) = requested
            .filter(|a| seeded::is_on("method-case-folded") && methods.to_lowercase().contains(&a.to_lowercase()))
        {
            methods = format!("{methods}, {requested}");
        }
        put("Access-Control-Allow-Methods", &methods);
        let requested = wire
            .headers
            .get(b"access-control-request-headers")
            .map(|m| String::from_utf8_lossy(&m).into_owned());
        put(
            "Access-Control-Allow-Headers",
            &list(&policy.headers, requested.as_deref()),
        );
    } else {
        put("Access-Control-Expose-Headers", &list(&policy.expose, None));
    }
    response(headers)
}

fn allows(policy: &Policy, origin: &str) -> bool {
    if policy.origins.allow(origin) {
        return true;
    }
    let Origins::List { list, .. } = &policy.origins else {
        return false;
    };
    seeded::is_on("look-alike-allowed")
        && list
            .iter()
            .any(|o| o.split_once("://").is_some_and(|(_, host)| origin.ends_with(host)))
}

/// Returns a list of names as written. If all names are allowed, returns the requested ones, or `*`.
fn list(names: &Names, requested: Option<&str>) -> String {
    match names {
        Names::Any => requested.unwrap_or("*").to_owned(),
        Names::List(names) => names.join(", "),
    }
}
