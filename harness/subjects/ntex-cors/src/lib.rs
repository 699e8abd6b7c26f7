//! ntex-cors in front of an ntex application, by its documentation and nothing else.

use crosscheck_adapter_common::{Asked, Flag, Library, Names, Origins, Policy, Unfit, caught, reply};
use ntex::http::{Method, StatusCode, header};
use ntex::web::{self, App, DefaultError, HttpRequest, HttpResponse, error};
use ntex_cors::{Cors, CorsFactory};
use std::io;
use std::net::{SocketAddr, TcpListener};

/// The library under test.
pub const LIBRARY: Library = Library {
    package: "ntex-cors",
    lacks: &[
        Flag::OriginsUnder,
        Flag::OriginsRegex,
        Flag::OriginsPredicate,
        Flag::OriginsMixed,
        Flag::MethodsAny,
        Flag::ExposeAny,
        Flag::PrivateNetwork,
    ],
};

/// What the workers build their application from.
#[derive(Clone, Debug)]
pub enum Application {
    /// A policy that the library has accepted.
    Policy(Policy),
    /// The library as it comes.
    Defaults,
    /// What its documentation begins with.
    Docs,
}

/// The application behind the library.
///
/// # Errors
/// Where the library rejects the policy.
pub fn configure(asked: Asked<'_>) -> Result<Application, Unfit> {
    let Asked::Policy(policy) = asked else {
        return Ok(if asked == Asked::Docs {
            Application::Docs
        } else {
            Application::Defaults
        });
    };
    // The library panics on what it rejects; each worker builds its own afterwards.
    let routes = policy.routes.iter().filter_map(|route| route.policy.as_ref());
    for policy in routes.chain([policy]) {
        caught(|| drop(cors(policy))).map_err(Unfit::Refused)?;
    }
    Ok(Application::Policy(policy.clone()))
}

/// Serves an application on a socket of its own until the system ends.
///
/// # Errors
/// Where there is no socket to be had.
#[expect(
    clippy::unused_async,
    reason = "servers start inside a running system, as the others do"
)]
pub async fn serve(application: Application) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let address = listener.local_addr()?;
    let server = web::server(async move || {
        let mut app = App::new();
        if let Application::Policy(policy) = &application {
            // The routes are registered before the rest, which takes every path that is left.
            for route in &policy.routes {
                let resource = web::resource(route.path.as_str()).route(web::route().to(answer));
                app = match &route.policy {
                    Some(policy) => app.service(resource.middleware(cors(policy))),
                    None => app.service(resource),
                };
            }
        }
        let cors = match &application {
            Application::Policy(policy) => cors(policy),
            Application::Defaults => Cors::default(),
            Application::Docs => Cors::new()
                .allowed_origin("https://www.rust-lang.org/")
                .allowed_methods(vec![Method::GET, Method::POST])
                .allowed_headers(vec![header::AUTHORIZATION, header::ACCEPT])
                .allowed_header(header::CONTENT_TYPE)
                .max_age(3600)
                .finish(),
        };
        app.service(web::scope("/").middleware(cors).default_service(web::to(answer)))
    });
    drop(server.listen(listener)?.workers(1).disable_signals().run());
    Ok(address)
}

fn cors(policy: &Policy) -> CorsFactory<DefaultError> {
    let mut cors = Cors::new().allowed_methods(policy.methods.listed().iter().map(String::as_str));
    match &policy.origins {
        Origins::List { list, .. } => {
            for origin in list {
                cors = cors.allowed_origin(origin);
            }
        }
        // The wildcard, as its documentation has it; with credentials the library refuses to start. `LIBRARY` lacks the others.
        _ => cors = cors.send_wildcard(),
    }
    // Its documentation: any header, unless some are listed.
    if let Names::List(names) = &policy.headers {
        cors = cors.allowed_headers(names.iter().map(String::as_str));
    }
    cors = cors.expose_headers(policy.expose.listed().iter().map(String::as_str));
    if policy.credentials {
        cors = cors.supports_credentials();
    }
    if let Some(seconds) = policy.max_age {
        cors = cors.max_age(usize::try_from(seconds).unwrap_or(usize::MAX));
    }
    cors.finish()
}

async fn answer(request: HttpRequest) -> Result<HttpResponse, web::Error> {
    if request.path() == "/missing" {
        // What ntex says where it has no route.
        return Ok(HttpResponse::NotFound().finish());
    }
    let authorized = request.headers().contains_key(header::AUTHORIZATION);
    let Some(reply) = reply(request.method().as_str(), request.path(), authorized) else {
        return Err(error::ErrorInternalServerError("the handler failed").into());
    };
    let mut response = HttpResponse::build(StatusCode::from_u16(reply.status).unwrap_or_default());
    for (name, value) in reply.headers {
        response.header(name, value);
    }
    Ok(response.body(reply.body))
}
