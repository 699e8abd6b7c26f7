//! Serves an application, which differs between releases.

use crate::Application;
use std::io;
use std::net::SocketAddr;

/// Serves an application on its own socket until the runtime ends.
///
/// # Errors
/// If no socket is available.
pub async fn serve(application: Application) -> io::Result<SocketAddr> {
    let loopback = ([127, 0, 0, 1], 0);
    let (address, server) = warp::serve(application)
        .try_bind_ephemeral(loopback)
        .map_err(io::Error::other)?;
    tokio::spawn(server);
    Ok(address)
}
