//! The service of a policy on a loopback socket, within a running system.

use crate::app;
use crate::cors::{cors, mode};
use actix_http::HttpService;
use actix_service::{Service, ServiceFactory, map_config};
use actix_web::dev::AppConfig;
use actix_web::{App, HttpResponse, rt, web};
use crosscheck_adapter_common::{Configuration, NotServed, Unfit};
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use tokio::net::TcpListener;

/// Runs a future in its own actix system, in which [`serve`] can spawn.
pub fn block_on<F: Future>(work: F) -> F::Output {
    rt::System::new().block_on(work)
}

/// Creates an actix system. `System::new` panics if the system has no descriptors left.
///
/// # Errors
/// If the operating system has no event queue for it.
pub(crate) fn system() -> io::Result<rt::SystemRunner> {
    let runtime = rt::Runtime::new()?;
    Ok(rt::System::with_tokio_rt(|| runtime))
}

/// Serves the application behind the library with a configuration, until the system ends.
///
/// # Errors
/// If the library rejects the policy, or no socket is available.
pub async fn serve(configuration: Configuration) -> Result<SocketAddr, NotServed> {
    let (own, routes) = match configuration {
        Configuration::Mode(named) => (mode(named), Vec::new()),
        Configuration::Policy(policy) => (cors(&policy), policy.routes),
    };
    // The routes are registered before the rest, which serves all other paths.
    let mut app = App::new();
    for route in &routes {
        let resource = web::resource(route.path.as_str()).route(web::route().to(app::answer));
        app = match &route.policy {
            Some(policy) => app.service(resource.wrap(cors(policy))),
            None => app.service(resource),
        };
    }
    let app = app.service(
        web::scope("")
            .wrap(own)
            .service(web::resource("/missing").default_service(web::to(HttpResponse::NotFound)))
            .default_service(web::to(app::answer)),
    );
    let factory = HttpService::build()
        .finish(map_config(app, |_| AppConfig::default()))
        .tcp();
    let Ok(service) = factory.new_service(()).await else {
        let words = "the middleware does not start with this configuration; the library only logs why";
        return Err(Unfit::refused(words).into());
    };
    let service = Rc::new(service);
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    rt::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let service = Rc::clone(&service);
            rt::spawn(async move {
                // The client judges the end of a connection.
                let _ = service.call(stream).await;
            });
        }
    });
    Ok(address)
}
