//! A policy as an actix-cors `Cors`, according to the library's documentation only.

use crate::era::private_network;
use actix_cors::Cors;
use actix_web::dev::RequestHead;
use actix_web::http::header::{self, HeaderValue};
use crosscheck_corpus::policy::{Mode, Names, Origins, Policy};

/// The library with its defaults.
pub(crate) fn mode(mode: Mode) -> Cors {
    match mode {
        Mode::Defaults => Cors::default(),
        // The example of its README.
        Mode::Docs => Cors::default()
            .allowed_origin("https://www.rust-lang.org")
            .allowed_origin_fn(|origin: &HeaderValue, _: &RequestHead| origin.as_bytes().ends_with(b".rust-lang.org"))
            .allowed_methods(vec!["GET", "POST"])
            .allowed_headers(vec![header::AUTHORIZATION, header::ACCEPT])
            .allowed_header(header::CONTENT_TYPE)
            .max_age(3600),
    }
}

/// The library configured with a policy. It rejects a policy only when the service starts.
pub fn cors(policy: &Policy) -> Cors {
    let mut cors = match &policy.origins {
        // The wildcard, as documented for public data. With credentials the library refuses to start.
        Origins::Any => Cors::default().allow_any_origin().send_wildcard(),
        Origins::List { list, .. } => list
            .iter()
            .fold(Cors::default(), |cors, origin| cors.allowed_origin(origin)),
        Origins::Predicate(predicate) => {
            let predicate = predicate.clone();
            Cors::default().allowed_origin_fn(move |origin: &HeaderValue, _: &RequestHead| {
                origin.to_str().is_ok_and(|origin| predicate.holds(origin))
            })
        }
        // Never sent, because its subject.yaml denies it.
        Origins::Regex(_) => Cors::default(),
    };
    cors = match &policy.methods {
        Names::Any => cors.allow_any_method(),
        Names::List(names) => cors.allowed_methods(names.iter().map(String::as_str)),
    };
    cors = match &policy.headers {
        Names::Any => cors.allow_any_header(),
        Names::List(names) => cors.allowed_headers(names.iter().map(String::as_str)),
    };
    cors = match &policy.expose {
        Names::Any => cors.expose_any_header(),
        Names::List(names) => cors.expose_headers(names.iter().map(String::as_str)),
    };
    if policy.credentials.for_all() {
        cors = cors.supports_credentials();
    }
    private_network(cors, policy).max_age(
        policy
            .max_age
            .map(|seconds| usize::try_from(seconds).unwrap_or(usize::MAX)),
    )
}
