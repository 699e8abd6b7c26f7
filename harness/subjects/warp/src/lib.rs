//! warp's `cors()` in front of a warp application, configured according to its documentation only.

mod serve;

use crosscheck_adapter_common::{Configuration, Mode, Origins, Policy, Unfit, caught, reply};
use std::time::Duration;
use warp::cors::Cors;
use warp::filters::BoxedFilter;
use warp::http::{HeaderMap, Method, Response, header};
use warp::path::FullPath;
use warp::reject::{Reject, Rejection};
use warp::{Filter, Reply};

pub use serve::serve;

/// The application with any response type.
pub type Application = BoxedFilter<(warp::reply::Response,)>;

/// The application behind the library.
///
/// # Errors
/// If the library rejects the policy.
pub fn configure(configuration: &Configuration) -> Result<Application, Unfit> {
    let policy = match configuration {
        Configuration::Policy(policy) => policy,
        Configuration::Mode(Mode::Defaults) => return Ok(behind(warp::cors().build())),
        Configuration::Mode(Mode::Docs) => {
            let cors = warp::cors()
                .allow_origin("https://hyper.rs")
                .allow_methods(vec!["GET", "POST", "DELETE"]);
            return Ok(behind(cors.build()));
        }
    };
    // Paths are matched before the policy applies. A wrapped filter without a path would respond to the preflights of every path, and
    // rejected requests would go on to the next filter.
    let mut application = elsewhere(policy).and(behind(cors(policy)?)).boxed();
    for route in &policy.routes {
        let own = match &route.policy {
            Some(policy) => behind(cors(policy)?),
            None => answer(),
        };
        application = exactly(&route.path).and(own).or(application).unify().boxed();
    }
    Ok(application)
}

/// The library panics on an invalid name or origin.
fn cors(policy: &Policy) -> Result<Cors, Unfit> {
    caught(|| configured(policy)).map_err(Unfit::Refused)
}

fn configured(policy: &Policy) -> Cors {
    let mut cors = warp::cors()
        .allow_credentials(policy.credentials.for_all())
        .allow_methods(policy.methods.listed().iter().map(String::as_str))
        .allow_headers(policy.headers.listed().iter().map(String::as_str))
        .expose_headers(policy.expose.listed().iter().map(String::as_str));
    cors = match &policy.origins {
        Origins::List { list, .. } => cors.allow_origins(list.iter().map(String::as_str)),
        // The others are never sent, because its subject.yaml denies them.
        _ => cors.allow_any_origin(),
    };
    if let Some(seconds) = policy.max_age {
        cors = cors.max_age(Duration::from_secs(seconds));
    }
    cors.build()
}

fn behind(cors: Cors) -> Application {
    answer().with(cors).map(Reply::into_response).boxed()
}

fn exactly(path: &str) -> BoxedFilter<()> {
    let path = path.to_owned();
    chosen(move |requested| requested == path)
}

fn elsewhere(policy: &Policy) -> BoxedFilter<()> {
    let paths: Vec<String> = policy.routes.iter().map(|route| route.path.clone()).collect();
    chosen(move |requested| paths.iter().all(|path| path != requested))
}

fn chosen(which: impl Fn(&str) -> bool + Clone + Send + Sync + 'static) -> BoxedFilter<()> {
    warp::path::full()
        .and_then(move |path: FullPath| {
            let chosen = which(path.as_str());
            async move { if chosen { Ok(()) } else { Err(warp::reject::not_found()) } }
        })
        .untuple_one()
        .boxed()
}

/// The error of a failed handler; warp turns it into a response.
#[derive(Debug)]
struct Thrown;

impl Reject for Thrown {}

fn answer() -> Application {
    warp::method()
        .and(warp::path::full())
        .and(warp::header::headers_cloned())
        .and_then(handle)
        .boxed()
}

async fn handle(method: Method, path: FullPath, headers: HeaderMap) -> Result<warp::reply::Response, Rejection> {
    if path.as_str() == "/missing" {
        return Err(warp::reject::not_found());
    }
    let authorized = headers.contains_key(header::AUTHORIZATION);
    let reply = reply(method.as_str(), path.as_str(), authorized).ok_or_else(|| warp::reject::custom(Thrown))?;
    let mut response = Response::builder().status(reply.status);
    for (name, value) in reply.headers {
        response = response.header(name, value);
    }
    Ok(response.body(reply.body).into_response())
}
