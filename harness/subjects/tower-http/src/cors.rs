//! A policy as a `CorsLayer`, according to the library's documentation only.

use crate::era::private_network;
use crosscheck_adapter_common::{Unfit, caught};
use crosscheck_corpus::policy::{Names, Origins, Policy};
use http::{HeaderName, HeaderValue, Method, request::Parts};
use std::time::Duration;
use tower_http::cors::{AllowHeaders, AllowMethods, AllowOrigin, Any, CorsLayer, ExposeHeaders};

/// The first example of its documentation.
pub(crate) fn documented() -> CorsLayer {
    CorsLayer::new()
        .allow_methods([Method::GET, Method::POST])
        .allow_origin(Any)
}

/// A policy as the library's configuration.
pub(crate) fn layer(policy: &Policy) -> Result<CorsLayer, Unfit> {
    let mut layer = CorsLayer::new()
        .allow_origin(origins(policy)?)
        .allow_methods(methods(&policy.methods)?)
        .allow_headers(headers(&policy.headers)?)
        .allow_credentials(policy.credentials.for_all());
    layer = private_network(layer, policy);
    layer = match &policy.expose {
        Names::Any => layer.expose_headers(Any),
        Names::List(names) if names.is_empty() => layer,
        Names::List(names) => layer.expose_headers(ExposeHeaders::list(header_names(names)?)),
    };
    Ok(match policy.max_age {
        Some(seconds) => layer.max_age(Duration::from_secs(seconds)),
        None => layer,
    })
}

fn origins(policy: &Policy) -> Result<AllowOrigin, Unfit> {
    match &policy.origins {
        Origins::Any => Ok(Any.into()),
        Origins::List { list, .. } => {
            let values: Result<Vec<HeaderValue>, _> = list.iter().map(|o| o.parse()).collect();
            let values = values.map_err(Unfit::refused)?;
            caught(|| AllowOrigin::list(values)).map_err(Unfit::Refused)
        }
        Origins::Predicate(predicate) => {
            let predicate = predicate.clone();
            Ok(AllowOrigin::predicate(move |origin: &HeaderValue, _: &Parts| {
                origin.to_str().is_ok_and(|origin| predicate.holds(origin))
            }))
        }
        Origins::Regex(_) => Err(Unfit::Unsupported("origins-regex")),
    }
}

fn methods(names: &Names) -> Result<AllowMethods, Unfit> {
    match names {
        Names::Any => Ok(Any.into()),
        Names::List(names) => {
            let methods: Result<Vec<Method>, _> = names.iter().map(|m| m.parse()).collect();
            Ok(AllowMethods::list(methods.map_err(Unfit::refused)?))
        }
    }
}

fn headers(names: &Names) -> Result<AllowHeaders, Unfit> {
    match names {
        Names::Any => Ok(Any.into()),
        Names::List(names) => Ok(AllowHeaders::list(header_names(names)?)),
    }
}

fn header_names(names: &[String]) -> Result<Vec<HeaderName>, Unfit> {
    let names: Result<Vec<HeaderName>, _> = names.iter().map(|n| n.parse()).collect();
    names.map_err(Unfit::refused)
}
