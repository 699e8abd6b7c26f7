//! tower-http, in this process.

use super::support;
use crosscheck_adapter_tower_http::{VERSION, mode, router, serve};
use crosscheck_corpus::policy::Configuration;
use crosscheck_runner::subject::{Configurations, InProcess, InProcessError, InProcessServer, PolicySupport, Starting};
use std::collections::BTreeMap;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// The library.
pub(super) struct TowerHttp;

impl InProcess for TowerHttp {
    fn start<'a>(&'a self, configurations: &'a Configurations) -> Starting<'a> {
        Box::pin(start(configurations))
    }

    fn version(&self) -> Option<&str> {
        Some(VERSION)
    }
}

async fn start(configurations: &Configurations) -> Result<InProcessServer, InProcessError> {
    let mut tasks = JoinSet::new();
    let mut listeners = BTreeMap::new();
    for (id, configuration) in configurations {
        let router = match configuration {
            Configuration::Policy(policy) => router(policy),
            Configuration::Mode(named) => Ok(mode(*named)),
        };
        let support = match router {
            Ok(router) => {
                let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
                let address = listener.local_addr()?;
                tasks.spawn(async move {
                    // It serves until the task is dropped.
                    let _ = serve(listener, router).await;
                });
                PolicySupport::Ready(address)
            }
            Err(unfit) => support(&unfit)?,
        };
        listeners.insert(id.clone(), support);
    }
    Ok(InProcessServer::new(listeners, tasks))
}
