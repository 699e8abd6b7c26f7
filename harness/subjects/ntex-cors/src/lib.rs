//! ntex-cors in front of an ntex application, configured according to its documentation only.

mod serve;

pub use serve::serve;

use crosscheck_adapter_common::{Configuration, Mode, Names, Origins, Policy, Unfit, caught, reply};
use ntex::http::{Method, StatusCode, header};
use ntex::web::{self, DefaultError, HttpRequest, HttpResponse, error};
use ntex_cors::{Cors, CorsFactory};

/// The input from which the workers build their application.
#[derive(Clone, Debug)]
pub enum Application {
    /// A policy that the library has accepted.
    Policy(Box<Policy>),
    /// The library with its defaults.
    Defaults,
    /// The first example of its documentation.
    Docs,
}

/// The application behind the library.
///
/// # Errors
/// If the library rejects the policy.
pub fn configure(configuration: &Configuration) -> Result<Application, Unfit> {
    let policy = match configuration {
        Configuration::Policy(policy) => policy,
        Configuration::Mode(Mode::Defaults) => return Ok(Application::Defaults),
        Configuration::Mode(Mode::Docs) => return Ok(Application::Docs),
    };
    // The library panics on a rejected policy; each worker builds its own instance afterwards.
    let routes = policy.routes.iter().filter_map(|route| route.policy.as_ref());
    for policy in routes.chain([&**policy]) {
        caught(|| drop(cors(policy))).map_err(Unfit::Refused)?;
    }
    Ok(Application::Policy(policy.clone()))
}

/// The configuration of an application.
pub(crate) fn of(application: &Application) -> CorsFactory<DefaultError> {
    match application {
        Application::Policy(policy) => cors(policy),
        Application::Defaults => Cors::default(),
        Application::Docs => Cors::new()
            .allowed_origin("https://www.rust-lang.org/")
            .allowed_methods(vec![Method::GET, Method::POST])
            .allowed_headers(vec![header::AUTHORIZATION, header::ACCEPT])
            .allowed_header(header::CONTENT_TYPE)
            .max_age(3600)
            .finish(),
    }
}

pub(crate) fn cors(policy: &Policy) -> CorsFactory<DefaultError> {
    let mut cors = Cors::new().allowed_methods(policy.methods.listed().iter().map(String::as_str));
    match &policy.origins {
        Origins::List { list, .. } => {
            for origin in list {
                cors = cors.allowed_origin(origin);
            }
        }
        // The wildcard, as documented. With credentials the library refuses to start. The others are
        // never sent, because its subject.yaml denies them.
        _ => cors = cors.send_wildcard(),
    }
    // Documented: any header is allowed, unless some are listed.
    if let Names::List(names) = &policy.headers {
        cors = cors.allowed_headers(names.iter().map(String::as_str));
    }
    cors = cors.expose_headers(policy.expose.listed().iter().map(String::as_str));
    if policy.credentials.for_all() {
        cors = cors.supports_credentials();
    }
    if let Some(seconds) = policy.max_age {
        cors = cors.max_age(usize::try_from(seconds).unwrap_or(usize::MAX));
    }
    cors.finish()
}

pub(crate) async fn answer(request: HttpRequest) -> Result<HttpResponse, web::Error> {
    if request.path() == "/missing" {
        // The response of ntex if it has no route.
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
