//! Subjects in this process, on loopback sockets.

use super::running::{Documents, Listening, StartError};
use crosscheck_adapter_actix_cors as actix_cors;
use crosscheck_adapter_tower_http as tower_http;
use crosscheck_corpus::Flag;
use crosscheck_corpus::policy::Mode;
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

pub(super) async fn start(name: &str, policies: &Documents) -> Result<Started, StartError> {
    match name {
        "tower-http" => tower_http(policies).await,
        "actix-cors" => actix_cors(policies).await,
        _ => Err(StartError::NotEmbedded(name.to_owned())),
    }
}

fn unsupported(flags: &[Flag]) -> Listening {
    Listening::Unsupported(flags.iter().map(|f| f.as_str().to_owned()).collect())
}

/// The harness sends no other.
fn no_mode() -> Listening {
    Listening::Refused("there is no such mode".to_owned())
}

async fn tower_http(policies: &Documents) -> Result<Started, StartError> {
    let mut tasks = JoinSet::new();
    let mut listeners = BTreeMap::new();
    for (id, policy) in policies {
        let router = match (policy, Mode::named(id)) {
            (Some(policy), _) => tower_http::router(policy),
            (None, Some(mode)) => Ok(tower_http::mode(mode)),
            (None, None) => {
                listeners.insert(id.clone(), no_mode());
                continue;
            }
        };
        let listening = match router {
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

async fn actix_cors(policies: &Documents) -> Result<Started, StartError> {
    let mut listeners = BTreeMap::new();
    let (mut ids, mut documents) = (Vec::new(), Vec::new());
    for (id, policy) in policies {
        let document = match (policy, Mode::named(id)) {
            (Some(policy), _) => actix_cors::Document::Policy(policy.clone()),
            (None, Some(mode)) => actix_cors::Document::Mode(mode),
            (None, None) => {
                listeners.insert(id.clone(), no_mode());
                continue;
            }
        };
        ids.push(id.clone());
        documents.push(document);
    }
    let server = actix_cors::start(documents).await?;
    for (id, listening) in ids.into_iter().zip(&server.listeners) {
        let listening = match listening {
            Ok(address) => Listening::Ready(*address),
            Err(actix_cors::Unfit::Refused(words)) => Listening::Refused(words.clone()),
            Err(actix_cors::Unfit::Unsupported(flags)) => unsupported(flags),
        };
        listeners.insert(id, listening);
    }
    Ok(Started {
        embedded: Embedded::ActixCors { _server: server },
        library: "actix-cors",
        version: actix_cors::VERSION,
        listeners,
    })
}
