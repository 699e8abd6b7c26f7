//! The services on loopback sockets, on a thread with an actix system of its own.

use crate::app;
use crate::cors::{Unfit, check, cors, mode};
use actix_http::HttpService;
use actix_service::{Service, ServiceFactory, map_config};
use actix_web::dev::AppConfig;
use actix_web::{App, HttpResponse, rt, web};
use crosscheck_corpus::policy::{Mode, Policy};
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::thread::JoinHandle;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// Why the server did not start.
#[derive(Debug, Error)]
pub enum StartError {
    /// The thread or its sockets failed.
    #[error("actix-cors did not start: {0}")]
    Io(#[from] io::Error),
    /// The thread ended early.
    #[error("the thread of actix-cors ended before it was ready")]
    Gone,
}

/// The running services. Dropping it ends them.
#[derive(Debug)]
pub struct Server {
    /// Where each document is served, in the order given.
    pub listeners: Vec<Result<SocketAddr, Unfit>>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // The thread ends as soon as it sees that the sender is gone.
            let _ = thread.join();
        }
    }
}

/// What the library is configured with.
#[derive(Clone, Debug)]
pub enum Document {
    /// A completed policy.
    Policy(Policy),
    /// Nothing, or what its documentation recommends.
    Mode(Mode),
}

/// Serves documents, each on a listener of its own.
///
/// # Errors
/// Where the thread or a socket cannot be had.
pub async fn start(documents: Vec<Document>) -> Result<Server, StartError> {
    let (ready, started) = oneshot::channel();
    let (stop, stopped) = oneshot::channel();
    let thread = std::thread::Builder::new()
        .name("actix-cors".to_owned())
        .spawn(move || {
            rt::System::new().block_on(async move {
                let mut listeners = Vec::with_capacity(documents.len());
                for document in documents {
                    match serve(document).await {
                        Ok(listener) => listeners.push(listener),
                        Err(error) => {
                            let _ = ready.send(Err(error));
                            return;
                        }
                    }
                }
                if ready.send(Ok(listeners)).is_ok() {
                    let _ = stopped.await;
                }
            });
        })?;
    let listeners = started.await.map_err(|_| StartError::Gone)??;
    Ok(Server {
        listeners,
        stop: Some(stop),
        thread: Some(thread),
    })
}

async fn serve(document: Document) -> io::Result<Result<SocketAddr, Unfit>> {
    let (own, routes) = match document {
        Document::Mode(named) => (mode(named), Vec::new()),
        Document::Policy(policy) => {
            if let Err(unfit) = check(&policy) {
                return Ok(Err(unfit));
            }
            (cors(&policy), policy.routes)
        }
    };
    // The routes are registered before the rest, which takes every path that is left.
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
        return Ok(Err(Unfit::Refused(
            "the middleware does not start with this configuration; the library only logs why".to_owned(),
        )));
    };
    let service = Rc::new(service);
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    rt::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let service = Rc::clone(&service);
            rt::spawn(async move {
                // How a connection ends is the client's to judge.
                let _ = service.call(stream).await;
            });
        }
    });
    Ok(Ok(address))
}
