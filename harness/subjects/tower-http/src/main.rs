//! The adapter: reads the policies from stdin, says per policy where it listens, ends when stdin closes.

use crosscheck_adapter_tower_http::{Unfit, VERSION, mode, router, serve};
use crosscheck_corpus::policy::{Mode, Policy};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::error::Error;
use std::io::{BufRead, Write, stdin, stdout};
use tokio::net::TcpListener;

#[derive(Deserialize)]
struct Hello {
    policies: BTreeMap<String, Option<Policy>>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Answer<'a> {
    Ready {
        policy: &'a str,
        ready: String,
    },
    Refused {
        policy: &'a str,
        refused: String,
    },
    Unsupported {
        policy: &'a str,
        unsupported: Vec<&'static str>,
    },
    Done {
        done: bool,
        library: &'a str,
        version: &'a str,
    },
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut line = String::new();
    stdin().lock().read_line(&mut line)?;
    let hello: Hello = serde_json::from_str(&line)?;
    for (id, policy) in &hello.policies {
        let router = match (policy, Mode::named(id)) {
            (Some(policy), _) => router(policy),
            (None, Some(named)) => Ok(mode(named)),
            (None, None) => Err(Unfit::Refused("there is no such mode".to_owned())),
        };
        match router {
            Ok(router) => {
                let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
                let ready = format!("http://{}", listener.local_addr()?);
                tokio::spawn(serve(listener, router));
                say(&Answer::Ready { policy: id, ready })?;
            }
            Err(Unfit::Refused(refused)) => say(&Answer::Refused { policy: id, refused })?,
            Err(Unfit::Unsupported(flags)) => {
                let unsupported = flags.iter().map(|f| f.as_str()).collect();
                say(&Answer::Unsupported {
                    policy: id,
                    unsupported,
                })?;
            }
        }
    }
    say(&Answer::Done {
        done: true,
        library: "tower-http",
        version: VERSION,
    })?;
    // Whoever started this ends it by closing stdin.
    tokio::task::spawn_blocking(|| {
        let mut rest = String::new();
        while stdin().lock().read_line(&mut rest).is_ok_and(|n| n > 0) {
            rest.clear();
        }
    })
    .await?;
    Ok(())
}

fn say(answer: &Answer<'_>) -> Result<(), Box<dyn Error>> {
    let mut out = stdout().lock();
    serde_json::to_writer(&mut out, answer)?;
    out.write_all(b"\n")?;
    out.flush()?;
    Ok(())
}
