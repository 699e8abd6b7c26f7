//! Subjects that run in this process, on loopback sockets.

use super::running::{Configurations, PolicySupport, StartError};
use crosscheck_adapter_actix_cors as actix_cors;
use crosscheck_adapter_common::Unfit;
use crosscheck_adapter_tower_http as tower_http;
use crosscheck_corpus::policy::Configuration;
use std::collections::BTreeMap;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// A running embedded subject. Dropping it ends the subject.
#[derive(Debug)]
pub(super) enum Embedded {
    TowerHttp { _tasks: JoinSet<()> },
    ActixCors { _server: actix_cors::Server },
}

pub(super) struct Started {
    pub(super) embedded: Embedded,
    pub(super) library: &'static str,
    pub(super) version: &'static str,
    pub(super) listeners: BTreeMap<String, PolicySupport>,
}

pub(super) async fn start(name: &str, configurations: &Configurations) -> Result<Started, StartError> {
    match name {
        "tower-http" => tower_http(configurations).await,
        "actix-cors" => actix_cors(configurations).await,
        _ => Err(StartError::NotEmbedded(name.to_owned())),
    }
}

fn support(unfit: &Unfit) -> Result<PolicySupport, StartError> {
    Ok(match unfit {
        Unfit::Refused(words) => PolicySupport::Refused(words.clone()),
        Unfit::Unsupported(capability) => PolicySupport::Unsupported(vec![capability.parse()?]),
    })
}

async fn tower_http(configurations: &Configurations) -> Result<Started, StartError> {
    let mut tasks = JoinSet::new();
    let mut listeners = BTreeMap::new();
    for (id, configuration) in configurations {
        let router = match configuration {
            Configuration::Policy(policy) => tower_http::router(policy),
            Configuration::Mode(mode) => Ok(tower_http::mode(*mode)),
        };
        let support = match router {
            Ok(router) => {
                let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(StartError::Socket)?;
                let address = listener.local_addr().map_err(StartError::Socket)?;
                tasks.spawn(async move {
                    // It serves until the task is dropped.
                    let _ = tower_http::serve(listener, router).await;
                });
                PolicySupport::Ready(address)
            }
            Err(unfit) => support(&unfit)?,
        };
        listeners.insert(id.clone(), support);
    }
    Ok(Started {
        embedded: Embedded::TowerHttp { _tasks: tasks },
        library: "tower-http",
        version: tower_http::VERSION,
        listeners,
    })
}

async fn actix_cors(configurations: &Configurations) -> Result<Started, StartError> {
    let server = actix_cors::start(configurations.values().cloned().collect()).await?;
    let mut listeners = BTreeMap::new();
    for (id, served) in configurations.keys().zip(&server.listeners) {
        let support = match served {
            Ok(address) => PolicySupport::Ready(*address),
            Err(unfit) => support(unfit)?,
        };
        listeners.insert(id.clone(), support);
    }
    Ok(Started {
        embedded: Embedded::ActixCors { _server: server },
        library: "actix-cors",
        version: actix_cors::VERSION,
        listeners,
    })
}
