//! poem's `Cors` in front of a poem application, configured according to its documentation only.

mod app;
mod era;

use app::{Application, Unrouted};
use crosscheck_adapter_common::{Configuration, Mode, Names, Origins, Policy, Unfit, caught};
use era::pattern;
use poem::endpoint::BoxEndpoint;
use poem::listener::{Acceptor, Listener, TcpListener};
use poem::middleware::Cors;
use poem::{EndpointExt, Response, Route, Server};
use std::io;
use std::net::SocketAddr;

/// The application behind the library.
///
/// # Errors
/// If the library rejects the policy.
pub fn configure(configuration: &Configuration) -> Result<BoxEndpoint<'static, Response>, Unfit> {
    let mut outer = Route::new();
    let cors = match configuration {
        Configuration::Policy(policy) => {
            for route in &policy.routes {
                outer = match &route.policy {
                    Some(policy) => outer.at(&route.path, Application.with(cors(policy)?)),
                    None => outer.at(&route.path, Application),
                };
            }
            cors(policy)?
        }
        Configuration::Mode(Mode::Defaults) => Cors::new(),
        Configuration::Mode(Mode::Docs) => Cors::new()
            .allow_method(poem::http::Method::GET)
            .allow_method(poem::http::Method::POST)
            .allow_credentials(false),
    };
    let main = Route::new()
        .at("/missing", Unrouted)
        .nest_no_strip("/", Application)
        .with(cors);
    Ok(outer.nest_no_strip("/", main).boxed())
}

/// Serves an application on its own socket until the runtime ends.
///
/// # Errors
/// If no socket is available.
pub async fn serve(application: BoxEndpoint<'static, Response>) -> io::Result<SocketAddr> {
    let acceptor = TcpListener::bind("127.0.0.1:0").into_acceptor().await?;
    let address = acceptor
        .local_addr()
        .into_iter()
        .find_map(|a| a.as_socket_addr().copied());
    let address = address.ok_or_else(|| io::Error::other("the socket has no address"))?;
    tokio::spawn(Server::new_with_acceptor(acceptor).run(application));
    Ok(address)
}

/// The library panics on an invalid name or origin.
fn cors(policy: &Policy) -> Result<Cors, Unfit> {
    caught(|| configured(policy)).map_err(Unfit::Refused)
}

fn configured(policy: &Policy) -> Cors {
    let mut cors = Cors::new().allow_credentials(policy.credentials.for_all());
    match &policy.origins {
        // Documented: without an origin, any origin is allowed. Expressions are never sent, because its subject.yaml denies them.
        Origins::Any | Origins::Regex(_) => {}
        Origins::List { list, under, glob, .. } => {
            cors = cors.allow_origins(list.iter().map(String::as_str));
            for under in under {
                let port = under.port.map(|port| format!(":{port}")).unwrap_or_default();
                cors = pattern(cors, format!("{}://*.{}{port}", under.scheme, under.host));
            }
            for glob in &glob.patterns {
                cors = pattern(cors, glob.clone());
            }
        }
        Origins::Predicate(predicate) => {
            let predicate = predicate.clone();
            cors = cors.allow_origins_fn(move |origin| predicate.holds(origin));
        }
    }
    // Documented: without a method or a header, any is allowed.
    if let Names::List(names) = &policy.methods {
        cors = cors.allow_methods(names.iter().map(String::as_str));
    }
    if let Names::List(names) = &policy.headers {
        cors = cors.allow_headers(names.iter().map(String::as_str));
    }
    cors = cors.expose_headers(policy.expose.listed().iter().map(String::as_str));
    match policy.max_age {
        Some(seconds) => cors.max_age(i32::try_from(seconds).unwrap_or(i32::MAX)),
        None => cors,
    }
}
