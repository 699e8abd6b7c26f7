//! A policy as an actix-cors `Cors`, by the library's documentation and nothing else.

use actix_cors::Cors;
use actix_web::dev::RequestHead;
use actix_web::http::header::{self, HeaderValue};
use crosscheck_corpus::policy::{Mode, Names, Origins, Policy};
use crosscheck_corpus::words::Flag;
use thiserror::Error;

/// Why there is no service for a policy.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Unfit {
    /// The library rejected it, in its own words.
    #[error("{0}")]
    Refused(String),
    /// The library cannot express it.
    #[error("cannot express {}", names(.0))]
    Unsupported(Vec<Flag>),
}

fn names(flags: &[Flag]) -> String {
    flags.iter().map(|f| f.as_str()).collect::<Vec<_>>().join(", ")
}

/// What the library's documentation has no setting for.
const LACKS: [Flag; 3] = [Flag::OriginsUnder, Flag::OriginsRegex, Flag::OriginsMixed];

/// Whether the library's documentation has settings for all of a policy.
///
/// # Errors
/// Where it has not.
pub fn check(policy: &Policy) -> Result<(), Unfit> {
    let lacks: Vec<Flag> = policy
        .flags_needed()
        .into_iter()
        .filter(|f| LACKS.contains(f))
        .collect();
    if lacks.is_empty() {
        Ok(())
    } else {
        Err(Unfit::Unsupported(lacks))
    }
}

/// The library as it comes.
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

/// The library configured with a policy. What it rejects shows only when the service starts.
pub fn cors(policy: &Policy) -> Cors {
    let mut cors = match &policy.origins {
        // The wildcard, as its documentation has it for public data; with credentials the library refuses to start.
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
        // `check` has refused them.
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
    if policy.credentials {
        cors = cors.supports_credentials();
    }
    if policy.private_network {
        cors = cors.allow_private_network_access();
    }
    cors.max_age(
        policy
            .max_age
            .map(|seconds| usize::try_from(seconds).unwrap_or(usize::MAX)),
    )
}
