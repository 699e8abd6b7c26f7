//! Subjects in this process, on loopback sockets.

use super::running::{Listening, StartError};
use crosscheck_adapter_actix_cors as actix_cors;
use crosscheck_adapter_tower_http as tower_http;
use crosscheck_corpus::{Flag, Policy};
use std::collections::BTreeMap;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// A running embedded subject. Dropping it ends it.
#[derive(Debug)]
pub(super) enum Embedded {
    TowerHttp { _tasks: JoinSet<()> },
    ActixCors { _server: actix_cors::Server },
}

pub(super) struct Started {
    pub(super) embedded: Embedded,
    pub(super) library: &'static str,
    pub(super) version: &'static str,
    pub(super) listeners: BTreeMap<String, Listening>,
}

pub(super) async fn start(name: &str, policies: &BTreeMap<String, Policy>) -> Result<Started, StartError> {
    match name {
        "tower-http" => tower_http(policies).await,
        "actix-cors" => actix_cors(policies).await,
        _ => Err(StartError::NotEmbedded(name.to_owned())),
    }
}

fn unsupported(flags: &[Flag]) -> Listening {
    Listening::Unsupported(flags.iter().map(|f| f.as_str().to_owned()).collect())
}

async fn tower_http(policies: &BTreeMap<String, Policy>) -> Result<Started, StartError> {
    let mut tasks = JoinSet::new();
    let mut listeners = BTreeMap::new();
    for (id, policy) in policies {
        let listening = match tower_http::router(policy) {
            Ok(router) => {
                let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(StartError::Socket)?;
                let address = listener.local_addr().map_err(StartError::Socket)?;
                tasks.spawn(async move {
                    // It serves until it is dropped.
                    let _ = tower_http::serve(listener, router).await;
                });
                Listening::Ready(address)
            }
            Err(tower_http::Unfit::Refused(words)) => Listening::Refused(words),
            Err(tower_http::Unfit::Unsupported(flags)) => unsupported(&flags),
        };
        listeners.insert(id.clone(), listening);
    }
    Ok(Started {
        embedded: Embedded::TowerHttp { _tasks: tasks },
        library: "tower-http",
        version: tower_http::VERSION,
        listeners,
    })
}

async fn actix_cors(policies: &BTreeMap<String, Policy>) -> Result<Started, StartError> {
    let server = actix_cors::start(policies.values().cloned().collect()).await?;
    let listeners = policies
        .keys()
        .zip(&server.listeners)
        .map(|(id, listening)| {
            let listening = match listening {
                Ok(address) => Listening::Ready(*address),
                Err(actix_cors::Unfit::Refused(words)) => Listening::Refused(words.clone()),
                Err(actix_cors::Unfit::Unsupported(flags)) => unsupported(flags),
            };
            (id.clone(), listening)
        })
        .collect();
    Ok(Started {
        embedded: Embedded::ActixCors { _server: server },
        library: "actix-cors",
        version: actix_cors::VERSION,
        listeners,
    })
}
