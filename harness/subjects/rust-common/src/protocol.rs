//! The adapter protocol: reads the configurations from stdin, reports where each is served, ends when stdin closes.

use crosscheck_corpus::policy::{Configuration, Policy};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::future::pending;
use std::io::{self, BufRead, Read, Write, stdin, stdout};
use std::net::SocketAddr;
use thiserror::Error;

/// Why a library does not serve a configuration.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Unfit {
    /// The library rejected it with this message.
    #[error("{0}")]
    Refused(String),
    /// The library cannot express it although its flags cover it: `FLAG`, or `FLAG/KIND` of the `denies` in `subject.yaml`.
    #[error("cannot express {0}")]
    Unsupported(&'static str),
}

impl Unfit {
    /// The message with which the library rejected a policy.
    pub fn refused(words: impl ToString) -> Self {
        Self::Refused(words.to_string())
    }
}

/// Why an application is not served.
#[derive(Debug)]
pub enum NotServed {
    /// No socket is available.
    Io(io::Error),
    /// The library rejected the policy at this point.
    Unfit(Unfit),
}

impl From<io::Error> for NotServed {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<Unfit> for NotServed {
    fn from(unfit: Unfit) -> Self {
        Self::Unfit(unfit)
    }
}

#[derive(Deserialize)]
struct Hello {
    policies: BTreeMap<String, Option<Policy>>,
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Support {
    Ready(String),
    Refused(String),
    Unsupported(&'static str),
}

#[derive(Serialize)]
struct Answer<'a> {
    policy: &'a str,
    #[serde(flatten)]
    support: Support,
}

#[derive(Serialize)]
struct Done<'a> {
    done: bool,
    library: &'a str,
    version: &'a str,
}

/// Runs the protocol for the library of a package. `configure` creates the application of a configuration; `serve` serves it on a
/// loopback socket in the background. The process ends when stdin ends.
///
/// # Errors
/// If the pipes break or a socket is not available.
pub async fn speak<A, E: Into<NotServed>>(
    package: &'static str,
    configure: impl Fn(&Configuration) -> Result<A, Unfit>,
    serve: impl AsyncFn(A) -> Result<SocketAddr, E>,
) -> io::Result<()> {
    let mut line = String::new();
    stdin().lock().read_line(&mut line)?;
    let hello: Hello = serde_json::from_str(&line)?;
    for (id, document) in hello.policies {
        let configuration = Configuration::of_document(&id, document)
            .ok_or_else(|| io::Error::other(format!("`{id}` has no policy and is no mode")))?;
        let served = match configure(&configuration) {
            Ok(application) => match serve(application).await.map_err(Into::into) {
                Err(NotServed::Io(error)) => return Err(error),
                Err(NotServed::Unfit(unfit)) => Err(unfit),
                Ok(address) => Ok(address),
            },
            Err(unfit) => Err(unfit),
        };
        let support = match served {
            Ok(address) => Support::Ready(format!("http://{address}")),
            Err(Unfit::Refused(words)) => Support::Refused(words),
            Err(Unfit::Unsupported(capability)) => Support::Unsupported(capability),
        };
        write(&Answer { policy: &id, support })?;
    }
    write(&Done {
        done: true,
        library: package,
        version: crate::version(package),
    })?;
    // A thread, because not every framework's runtime can wait for stdin.
    std::thread::spawn(|| {
        let mut rest = [0; 256];
        while stdin().lock().read(&mut rest).is_ok_and(|n| n > 0) {}
        std::process::exit(0);
    });
    pending().await
}

fn write(answer: &impl Serialize) -> io::Result<()> {
    let mut out = stdout().lock();
    serde_json::to_writer(&mut out, answer)?;
    out.write_all(b"\n")?;
    out.flush()
}
