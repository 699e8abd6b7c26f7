//! The adapter program.

use axum::Router;
use crosscheck_adapter_common::{Configuration, Unfit, speak};
use crosscheck_adapter_tower_http::{mode, router, serve};
use std::io;
use std::net::SocketAddr;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> io::Result<()> {
    speak("tower-http", configure, listen).await
}

fn configure(configuration: &Configuration) -> Result<Router, Unfit> {
    match configuration {
        Configuration::Policy(policy) => router(policy),
        Configuration::Mode(named) => Ok(mode(*named)),
    }
}

/// Serves an application on its own socket until the runtime ends.
async fn listen(application: Router) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    tokio::spawn(serve(listener, application));
    Ok(address)
}
