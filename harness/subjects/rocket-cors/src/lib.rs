//! rocket_cors in front of a Rocket application, configured according to its documentation only.

mod app;

use app::{Application, OPTIONS, Own};
use crosscheck_adapter_common::{Configuration, Mode, Names, Origins, Policy, Unfit};
use rocket::config::{LogLevel, Shutdown};
use rocket::fairing::AdHoc;
use rocket::http::Method;
use rocket::{Build, Config, Rocket, Route};
use rocket_cors::{AllOrSome, AllowedHeaders, AllowedMethods, AllowedOrigins, Cors, CorsOptions};
use std::collections::HashSet;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Mutex;
use tokio::sync::oneshot;

/// A path that must not conflict with the fairing's own route.
const RANK: isize = 10;

/// The application behind the library.
///
/// # Errors
/// If the library rejects the policy.
pub fn configure(configuration: &Configuration) -> Result<Rocket<Build>, Unfit> {
    let options = match configuration {
        Configuration::Policy(policy) if !policy.routes.is_empty() => return manual(policy),
        Configuration::Policy(policy) => options(policy)?,
        Configuration::Mode(Mode::Defaults) => CorsOptions::default(),
        Configuration::Mode(Mode::Docs) => CorsOptions {
            allowed_origins: AllowedOrigins::some_exact(&["https://www.acme.com"]),
            allowed_methods: [Method::Get].into_iter().map(From::from).collect(),
            allowed_headers: AllowedHeaders::some(&["Authorization", "Accept"]),
            allow_credentials: true,
            ..CorsOptions::default()
        },
    };
    let cors = options.to_cors().map_err(Unfit::refused)?;
    // Documented: with the fairing, applications need no routes for OPTIONS. This application has only its own.
    Ok(rocket(Own::default(), &OPTIONS).attach(cors))
}

/// The documented way to have different settings on different routes: the handlers call the library themselves, and the application
/// has the routes for OPTIONS.
fn manual(policy: &Policy) -> Result<Rocket<Build>, Unfit> {
    let cors = |policy: &Policy| -> Result<Cors, Unfit> { options(policy)?.to_cors().map_err(Unfit::refused) };
    let mut own = Own {
        main: Some(cors(policy)?),
        ..Own::default()
    };
    for route in &policy.routes {
        let settings = route.policy.as_ref().map(cors).transpose()?;
        own.paths.insert(route.path.clone(), settings);
    }
    Ok(rocket(own, &["/<path..>"]))
}

fn rocket(own: Own, options: &[&str]) -> Rocket<Build> {
    let application = Application::new(own);
    let methods = [
        Method::Get,
        Method::Put,
        Method::Post,
        Method::Delete,
        Method::Head,
        Method::Trace,
        Method::Connect,
        Method::Patch,
    ];
    let mut routes: Vec<Route> = methods
        .into_iter()
        .map(|method| Route::ranked(RANK, method, "/<path..>", application.clone()))
        .collect();
    for path in options {
        routes.push(Route::ranked(RANK, Method::Options, path, application.clone()));
    }
    let config = Config {
        address: Ipv4Addr::LOCALHOST.into(),
        port: 0,
        log_level: LogLevel::Off,
        shutdown: Shutdown {
            ctrlc: false,
            signals: HashSet::new(),
            ..Shutdown::default()
        },
        ..Config::debug_default()
    };
    rocket::custom(config).mount("/", routes)
}

/// Serves an application on its own socket until the runtime ends.
///
/// # Errors
/// If it does not launch.
pub async fn serve(application: Rocket<Build>) -> io::Result<SocketAddr> {
    let (sender, port) = oneshot::channel();
    let sender = Mutex::new(Some(sender));
    let application = application.attach(AdHoc::on_liftoff("port", move |rocket| {
        let sender = sender.lock().ok().and_then(|mut sender| sender.take());
        let port = rocket.config().port;
        Box::pin(async move {
            if let Some(sender) = sender {
                // The receiver may have been dropped.
                let _ = sender.send(port);
            }
        })
    }));
    let running = tokio::spawn(application.launch());
    match port.await {
        Ok(port) => Ok((Ipv4Addr::LOCALHOST, port).into()),
        Err(_) => Err(match running.await {
            Ok(Err(error)) => io::Error::other(error.to_string()),
            _ => io::Error::other("it ended before it was ready"),
        }),
    }
}

fn options(policy: &Policy) -> Result<CorsOptions, Unfit> {
    let methods: Result<AllowedMethods, ()> = policy.methods.listed().iter().map(|m| m.parse()).collect();
    let methods = methods.map_err(|()| Unfit::refused("a method that Rocket does not know"))?;
    let headers: Vec<&str> = policy.headers.listed().iter().map(String::as_str).collect();
    let options = CorsOptions::default()
        .allowed_origins(origins(policy))
        .allowed_methods(methods)
        .allowed_headers(match policy.headers {
            Names::Any => AllowedHeaders::all(),
            Names::List(_) => AllowedHeaders::some(&headers),
        })
        .allow_credentials(policy.credentials.for_all())
        .expose_headers(policy.expose.listed().iter().cloned().collect())
        .max_age(policy.max_age.map(|n| usize::try_from(n).unwrap_or(usize::MAX)));
    // The wildcard, as documented. With credentials the library refuses to start.
    let wildcard = policy.origins == Origins::Any;
    Ok(options.send_wildcard(wildcard))
}

fn origins(policy: &Policy) -> AllowedOrigins {
    match &policy.origins {
        Origins::List { list, .. } => AllOrSome::Some(rocket_cors::Origins {
            allow_null: list.iter().any(|origin| origin == "null"),
            exact: Some(list.iter().filter(|origin| *origin != "null").cloned().collect()),
            regex: None,
        }),
        Origins::Regex(expressions) => AllowedOrigins::some_regex(expressions),
        // Functions are never sent, because its subject.yaml denies them.
        Origins::Any | Origins::Predicate(_) => AllowedOrigins::all(),
    }
}
