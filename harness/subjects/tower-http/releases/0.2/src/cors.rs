//! A policy as a `CorsLayer` of releases before 0.3, according to the library's documentation only.

use crosscheck_adapter_common::{Unfit, caught};
use crosscheck_corpus::policy::{Names, Origins, Policy};
use http::{HeaderName, HeaderValue, Method, request::Parts};
use std::time::Duration;
use tower_http::cors::{CorsLayer, Origin, any as anything};

/// The first example of its documentation.
pub(crate) fn documented() -> CorsLayer {
    CorsLayer::new()
        .allow_methods(vec![Method::GET, Method::POST])
        .allow_origin(anything())
}

/// A policy as the library's configuration.
pub(crate) fn layer(policy: &Policy) -> Result<CorsLayer, Unfit> {
    let mut layer = origins(CorsLayer::new(), policy)?.allow_credentials(policy.credentials.for_all());
    layer = match &policy.methods {
        Names::Any => layer.allow_methods(anything()),
        Names::List(names) => {
            let methods: Result<Vec<Method>, _> = names.iter().map(|m| m.parse()).collect();
            layer.allow_methods(methods.map_err(Unfit::refused)?)
        }
    };
    layer = match &policy.headers {
        Names::Any => layer.allow_headers(anything()),
        Names::List(names) => layer.allow_headers(header_names(names)?),
    };
    layer = match &policy.expose {
        Names::Any => layer.expose_headers(anything()),
        Names::List(names) if names.is_empty() => layer,
        Names::List(names) => layer.expose_headers(header_names(names)?),
    };
    Ok(match policy.max_age {
        Some(seconds) => layer.max_age(Duration::from_secs(seconds)),
        None => layer,
    })
}

fn origins(layer: CorsLayer, policy: &Policy) -> Result<CorsLayer, Unfit> {
    match &policy.origins {
        Origins::Any => Ok(layer.allow_origin(anything())),
        Origins::List { list, .. } => {
            let values: Result<Vec<HeaderValue>, _> = list.iter().map(|o| o.parse()).collect();
            let values = values.map_err(Unfit::refused)?;
            caught(|| layer.allow_origin(Origin::list(values))).map_err(Unfit::Refused)
        }
        Origins::Predicate(predicate) => {
            let predicate = predicate.clone();
            Ok(
                layer.allow_origin(Origin::predicate(move |origin: &HeaderValue, _: &Parts| {
                    origin.to_str().is_ok_and(|origin| predicate.holds(origin))
                })),
            )
        }
        Origins::Regex(_) => Err(Unfit::Unsupported("origins-regex")),
    }
}

fn header_names(names: &[String]) -> Result<Vec<HeaderName>, Unfit> {
    let names: Result<Vec<HeaderName>, _> = names.iter().map(|n| n.parse()).collect();
    names.map_err(Unfit::refused)
}
