//! Serves an application, which differs between releases.

use crate::{Application, answer, cors, of};
use ntex::web::{self, App};
use std::io;
use std::net::{SocketAddr, TcpListener};

/// Serves an application on its own socket until the system ends.
///
/// # Errors
/// If no socket is available.
pub async fn serve(application: Application) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let address = listener.local_addr()?;
    let server = web::server(move || {
        let mut app = App::new();
        if let Application::Policy(policy) = &application {
            // The routes are registered before the rest, which serves all other paths.
            for route in &policy.routes {
                let resource = web::resource(route.path.as_str()).route(web::route().to(answer));
                app = match &route.policy {
                    Some(policy) => app.service(resource.wrap(cors(policy))),
                    None => app.service(resource),
                };
            }
        }
        let cors = of(&application);
        app.service(web::scope("/").wrap(cors).default_service(web::to(answer)))
    });
    drop(server.listen(listener)?.workers(1).disable_signals().run());
    Ok(address)
}
