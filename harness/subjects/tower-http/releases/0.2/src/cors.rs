//! A policy as a `CorsLayer` of releases before 0.3, by the library's documentation and nothing else.

use crate::app;
use crate::era::LACKS;
use axum::Router;
use axum::routing::any;
use crosscheck_corpus::policy::{Mode, Names, Origins, Policy};
use crosscheck_corpus::words::Flag;
use http::{HeaderName, HeaderValue, Method, StatusCode, request::Parts};
use std::any::Any as Payload;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;
use std::time::Duration;
use thiserror::Error;
use tower::Layer as _;
use tower_http::cors::{CorsLayer, Origin, any as anything};

/// Why there is no router for a policy.
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

/// The application behind the library, configured with a completed policy.
///
/// # Errors
/// Where the library rejects the policy or has no setting for it.
pub fn router(policy: &Policy) -> Result<Router, Unfit> {
    let lacks: Vec<Flag> = policy
        .flags_needed()
        .into_iter()
        .filter(|f| LACKS.contains(f))
        .collect();
    if !lacks.is_empty() {
        return Err(Unfit::Unsupported(lacks));
    }
    let mut router = with_layer(application(), Some(policy))?;
    for route in &policy.routes {
        router = router.merge(with_layer(
            Router::new().route(&route.path, any(app::answer)),
            route.policy.as_ref(),
        )?);
    }
    Ok(router)
}

/// The application behind the library as it comes.
pub fn mode(mode: Mode) -> Router {
    application().layer(match mode {
        Mode::Defaults => CorsLayer::new(),
        // The first example of its documentation.
        Mode::Docs => CorsLayer::new()
            .allow_methods(vec![Method::GET, Method::POST])
            .allow_origin(anything()),
    })
}

fn application() -> Router {
    // The fallback takes every path, so `/missing` says what axum's own fallback would: 404 and nothing else.
    Router::new()
        .route("/missing", any(async || StatusCode::NOT_FOUND))
        .fallback(app::answer)
}

fn with_layer(router: Router, policy: Option<&Policy>) -> Result<Router, Unfit> {
    let Some(policy) = policy else { return Ok(router) };
    let layer = layer(policy)?;
    // The library checks the rules when the layer is applied, and panics. axum applies it at the first request, so it is
    // applied here once for its verdict.
    let trial = layer.clone();
    caught(move || drop(trial.layer(app::answer))).map_err(Unfit::Refused)?;
    Ok(router.layer(layer))
}

fn layer(policy: &Policy) -> Result<CorsLayer, Unfit> {
    let mut layer = origins(CorsLayer::new(), policy)?.allow_credentials(policy.credentials);
    layer = match &policy.methods {
        Names::Any => layer.allow_methods(anything()),
        Names::List(names) => {
            let methods: Result<Vec<Method>, _> = names.iter().map(|m| m.parse()).collect();
            layer.allow_methods(methods.map_err(refused)?)
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
            let values = values.map_err(refused)?;
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
        Origins::Regex(_) => Err(Unfit::Unsupported(vec![Flag::OriginsRegex])),
    }
}

fn header_names(names: &[String]) -> Result<Vec<HeaderName>, Unfit> {
    let names: Result<Vec<HeaderName>, _> = names.iter().map(|n| n.parse()).collect();
    names.map_err(refused)
}

fn refused(error: impl std::fmt::Display) -> Unfit {
    Unfit::Refused(error.to_string())
}

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}
static HOOK: Once = Once::new();

/// Runs a part of the library that panics on what it rejects, and gives its words; nothing is printed meanwhile.
fn caught<T>(build: impl FnOnce() -> T) -> Result<T, String> {
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !QUIET.get() {
                before(info);
            }
        }));
    });
    QUIET.set(true);
    let built = catch_unwind(AssertUnwindSafe(build));
    QUIET.set(false);
    built.map_err(|payload| words(payload.as_ref()))
}

fn words(payload: &(dyn Payload + Send)) -> String {
    if let Some(text) = payload.downcast_ref::<&str>() {
        (*text).to_owned()
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text.clone()
    } else {
        "the library panicked".to_owned()
    }
}
