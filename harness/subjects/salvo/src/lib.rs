//! salvo's `Cors` in front of a salvo application, configured according to its documentation only.

use crosscheck_adapter_common::{Configuration, Mode, Names, Origins, Policy, Unfit, caught, reply};
use salvo_core::conn::tcp::TcpAcceptor;
use salvo_core::http::header::{self, HeaderName, HeaderValue};
use salvo_core::http::{Method, StatusCode, StatusError};
use salvo_core::{Depot, FlowCtrl, Handler, Request, Response, Router, Server, Service, async_trait};
use salvo_cors::{AllowHeaders, AllowMethods, AllowOrigin, Any, Cors, CorsHandler, ExposeHeaders};
use std::io;
use std::net::SocketAddr;
use tokio::net::TcpListener;

/// The application behind the library.
///
/// # Errors
/// If the library rejects the policy.
pub fn configure(configuration: &Configuration) -> Result<Service, Unfit> {
    let mut service = Service::new(
        Router::new()
            .push(Router::with_path("missing").goal(Unrouted))
            .push(Router::with_path("{**path}").goal(Application)),
    );
    let policy = match configuration {
        Configuration::Policy(policy) => policy,
        Configuration::Mode(Mode::Defaults) => return Ok(service.hoop(Cors::new().into_handler())),
        Configuration::Mode(Mode::Docs) => {
            let cors = Cors::new()
                .allow_origin("http://localhost:3000")
                .allow_methods([Method::GET, Method::POST, Method::DELETE])
                .allow_headers("authorization");
            return Ok(service.hoop(cors.into_handler()));
        }
    };
    // Documented: the handler belongs to the service, never to a route. Policies of paths are conditions there.
    let routes = &policy.routes;
    for route in routes {
        if let Some(policy) = &route.policy {
            let path = route.path.clone();
            service = service.hoop_when(cors(policy)?, move |request, _| request.uri().path() == path);
        }
    }
    let paths: Vec<String> = routes.iter().map(|route| route.path.clone()).collect();
    Ok(service.hoop_when(cors(policy)?, move |request, _| {
        paths.iter().all(|path| request.uri().path() != path)
    }))
}

/// Serves an application on its own socket until the runtime ends.
///
/// # Errors
/// If no socket is available.
pub async fn serve(application: Service) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    let server = Server::new(TcpAcceptor::try_from(listener)?);
    tokio::spawn(server.serve(application));
    Ok(address)
}

/// The library panics on a rejected policy.
fn cors(policy: &Policy) -> Result<CorsHandler, Unfit> {
    let cors = configured(policy)?;
    caught(|| cors.into_handler()).map_err(Unfit::Refused)
}

fn configured(policy: &Policy) -> Result<Cors, Unfit> {
    let mut cors = Cors::new()
        .allow_origin(origins(policy)?)
        .allow_credentials(policy.credentials.for_all())
        .allow_private_network(policy.private_network)
        .allow_methods(match &policy.methods {
            Names::Any => AllowMethods::any(),
            Names::List(names) => {
                let methods: Result<Vec<Method>, _> = names.iter().map(|m| m.parse()).collect();
                AllowMethods::list(methods.map_err(Unfit::refused)?)
            }
        })
        .allow_headers(match &policy.headers {
            Names::Any => AllowHeaders::any(),
            Names::List(names) => AllowHeaders::list(header_names(names)?),
        });
    cors = match &policy.expose {
        Names::Any => cors.expose_headers(Any),
        Names::List(names) => cors.expose_headers(ExposeHeaders::list(header_names(names)?)),
    };
    Ok(match policy.max_age {
        Some(seconds) => cors.max_age(seconds),
        None => cors,
    })
}

fn origins(policy: &Policy) -> Result<AllowOrigin, Unfit> {
    match &policy.origins {
        Origins::Any => Ok(AllowOrigin::any()),
        Origins::List { list, .. } => {
            let values: Result<Vec<HeaderValue>, _> = list.iter().map(|o| o.parse()).collect();
            let values = values.map_err(Unfit::refused)?;
            caught(|| AllowOrigin::list(values)).map_err(Unfit::Refused)
        }
        Origins::Predicate(predicate) => {
            let predicate = predicate.clone();
            Ok(AllowOrigin::dynamic(move |origin: Option<&HeaderValue>, _, _| {
                origin
                    .filter(|origin| origin.to_str().is_ok_and(|origin| predicate.holds(origin)))
                    .cloned()
            }))
        }
        Origins::Regex(_) => Err(Unfit::Unsupported("origins-regex")),
    }
}

fn header_names(names: &[String]) -> Result<Vec<HeaderName>, Unfit> {
    let names: Result<Vec<HeaderName>, _> = names.iter().map(|n| n.parse()).collect();
    names.map_err(Unfit::refused)
}

struct Application;

#[async_trait]
impl Handler for Application {
    async fn handle(&self, request: &mut Request, _: &mut Depot, response: &mut Response, _: &mut FlowCtrl) {
        let authorized = request.headers().contains_key(header::AUTHORIZATION);
        let Some(reply) = reply(request.method().as_str(), request.uri().path(), authorized) else {
            response.render(StatusError::internal_server_error());
            return;
        };
        response.status_code(StatusCode::from_u16(reply.status).unwrap_or_default());
        for (name, value) in reply.headers {
            response
                .headers_mut()
                .insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        response.render(reply.body);
    }
}

/// The response of salvo's router if it has no route.
struct Unrouted;

#[async_trait]
impl Handler for Unrouted {
    async fn handle(&self, _: &mut Request, _: &mut Depot, response: &mut Response, _: &mut FlowCtrl) {
        response.status_code(StatusCode::NOT_FOUND);
    }
}
