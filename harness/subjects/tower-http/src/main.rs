//! The adapter program.

use axum::Router;
use crosscheck_adapter_common::{Asked, Unfit, speak};
use crosscheck_adapter_tower_http::{LIBRARY, mode, router, serve};
use crosscheck_corpus::policy::Mode;
use std::io;
use std::net::SocketAddr;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> io::Result<()> {
    speak(LIBRARY, configure, listen).await
}

fn configure(asked: Asked<'_>) -> Result<Router, Unfit> {
    match asked {
        Asked::Policy(policy) => router(policy),
        Asked::Defaults => Ok(mode(Mode::Defaults)),
        Asked::Docs => Ok(mode(Mode::Docs)),
    }
}

/// Serves an application on a socket of its own until the runtime ends.
async fn listen(application: Router) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    tokio::spawn(serve(listener, application));
    Ok(address)
}
