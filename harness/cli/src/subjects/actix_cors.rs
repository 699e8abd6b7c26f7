//! actix-cors, in this process, on a thread of its own.

use super::support;
use crosscheck_adapter_actix_cors::VERSION;
use crosscheck_runner::subject::{Configurations, InProcess, InProcessError, InProcessServer, PolicySupport, Starting};
use std::collections::BTreeMap;

/// The library.
pub(super) struct ActixCors;

impl InProcess for ActixCors {
    fn start<'a>(&'a self, configurations: &'a Configurations) -> Starting<'a> {
        Box::pin(start(configurations))
    }

    fn version(&self) -> Option<&str> {
        Some(VERSION)
    }
}

async fn start(configurations: &Configurations) -> Result<InProcessServer, InProcessError> {
    let server = crosscheck_adapter_actix_cors::start(configurations.values().cloned().collect()).await;
    let server = server.map_err(|error| InProcessError::Server(error.into()))?;
    let mut listeners = BTreeMap::new();
    for (id, served) in configurations.keys().zip(&server.listeners) {
        let support = match served {
            Ok(address) => PolicySupport::Ready(*address),
            Err(unfit) => support(unfit)?,
        };
        listeners.insert(id.clone(), support);
    }
    Ok(InProcessServer::new(listeners, server))
}
