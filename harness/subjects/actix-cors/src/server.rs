//! One service per policy, on a thread with its own actix system.

use crate::serve::{serve, system};
use crosscheck_adapter_common::{Configuration, NotServed, Unfit};
use std::io;
use std::net::SocketAddr;
use std::thread::JoinHandle;
use thiserror::Error;
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

/// The running services. Dropping the value ends them.
#[derive(Debug)]
pub struct Server {
    /// The address of each configuration, in the given order.
    pub listeners: Vec<Result<SocketAddr, Unfit>>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // The thread ends when the sender is dropped.
            let _ = thread.join();
        }
    }
}

/// Serves configurations, each on its own listener.
///
/// # Errors
/// If the thread or a socket is not available.
pub async fn start(configurations: Vec<Configuration>) -> Result<Server, StartError> {
    let (ready, started) = oneshot::channel();
    let (stop, stopped) = oneshot::channel();
    let thread = std::thread::Builder::new()
        .name("actix-cors".to_owned())
        .spawn(move || {
            let system = match system() {
                Ok(system) => system,
                Err(error) => {
                    let _ = ready.send(Err(error));
                    return;
                }
            };
            system.block_on(async move {
                let mut listeners = Vec::with_capacity(configurations.len());
                for configuration in configurations {
                    match serve(configuration).await {
                        Ok(listener) => listeners.push(Ok(listener)),
                        Err(NotServed::Unfit(unfit)) => listeners.push(Err(unfit)),
                        Err(NotServed::Io(error)) => {
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
