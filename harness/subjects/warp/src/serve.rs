//! Serves an application, which differs between releases.

use crate::Application;
use std::io;
use std::net::SocketAddr;
use tokio::net::TcpListener;

/// Serves an application on its own socket until the runtime ends.
///
/// # Errors
/// If no socket is available.
pub async fn serve(application: Application) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    tokio::spawn(warp::serve(application).incoming(listener).run());
    Ok(address)
}
