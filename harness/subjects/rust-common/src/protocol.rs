//! The adapter protocol: reads the policies from stdin, says per policy where it listens, ends when stdin closes.

use crosscheck_corpus::policy::Policy;
use crosscheck_corpus::words::Flag;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::future::pending;
use std::io::{self, BufRead, Read, Write, stdin, stdout};
use std::net::SocketAddr;
use thiserror::Error;

/// Why a library does not serve a policy.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Unfit {
    /// The library rejected it, in its own words.
    #[error("{0}")]
    Refused(String),
    /// The library cannot express it.
    #[error("cannot express {}", names(.0))]
    Unsupported(Vec<Flag>),
}

impl Unfit {
    /// What the library said when it rejected a policy.
    pub fn refused(words: impl ToString) -> Self {
        Self::Refused(words.to_string())
    }
}

fn names(flags: &[Flag]) -> String {
    flags.iter().map(|f| f.as_str()).collect::<Vec<_>>().join(", ")
}

/// Why an application is not served.
#[derive(Debug)]
pub enum NotServed {
    /// There is no socket to be had.
    Io(io::Error),
    /// The library rejects the policy only now.
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

/// What the library is to be configured with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Asked<'p> {
    /// A completed policy.
    Policy(&'p Policy),
    /// Nothing: the library as it comes.
    Defaults,
    /// What its documentation begins with.
    Docs,
}

/// The library under test.
#[derive(Clone, Copy, Debug)]
pub struct Library {
    /// The package, as the lock file has it.
    pub package: &'static str,
    /// What its documentation has no setting for.
    pub lacks: &'static [Flag],
}

impl Library {
    /// Whether the library's documentation has settings for all that is asked.
    ///
    /// # Errors
    /// Where it has not.
    pub fn check(&self, asked: Asked<'_>) -> Result<(), Unfit> {
        let needs = match asked {
            Asked::Policy(policy) => policy.flags_needed(),
            Asked::Defaults => [Flag::Defaults].into(),
            Asked::Docs => [Flag::Docs].into(),
        };
        let lacks: Vec<Flag> = needs.into_iter().filter(|f| self.lacks.contains(f)).collect();
        if lacks.is_empty() {
            Ok(())
        } else {
            Err(Unfit::Unsupported(lacks))
        }
    }
}

#[derive(Deserialize)]
struct Hello {
    policies: BTreeMap<String, Option<Policy>>,
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Said {
    Ready(String),
    Refused(String),
    Unsupported(Vec<&'static str>),
}

#[derive(Serialize)]
struct Answer<'a> {
    policy: &'a str,
    #[serde(flatten)]
    said: Said,
}

#[derive(Serialize)]
struct Done<'a> {
    done: bool,
    library: &'a str,
    version: &'a str,
}

/// Speaks the protocol. `configure` makes the application of a policy, `serve` puts it on a loopback socket and leaves it running.
/// The process ends with stdin.
///
/// # Errors
/// Where the pipes break, or a socket cannot be had.
pub async fn speak<A, E: Into<NotServed>>(
    library: Library,
    configure: impl Fn(Asked<'_>) -> Result<A, Unfit>,
    serve: impl AsyncFn(A) -> Result<SocketAddr, E>,
) -> io::Result<()> {
    let mut line = String::new();
    stdin().lock().read_line(&mut line)?;
    let hello: Hello = serde_json::from_str(&line)?;
    for (id, policy) in &hello.policies {
        let asked = match policy {
            Some(policy) => Asked::Policy(policy),
            None if id == "docs" => Asked::Docs,
            None => Asked::Defaults,
        };
        let served = match library.check(asked).and_then(|()| configure(asked)) {
            Ok(application) => match serve(application).await.map_err(Into::into) {
                Err(NotServed::Io(error)) => return Err(error),
                Err(NotServed::Unfit(unfit)) => Err(unfit),
                Ok(address) => Ok(address),
            },
            Err(unfit) => Err(unfit),
        };
        let said = match served {
            Ok(address) => Said::Ready(format!("http://{address}")),
            Err(Unfit::Refused(words)) => Said::Refused(words),
            Err(Unfit::Unsupported(flags)) => Said::Unsupported(flags.iter().map(|f| f.as_str()).collect()),
        };
        say(&Answer { policy: id, said })?;
    }
    say(&Done {
        done: true,
        library: library.package,
        version: crate::version(library.package),
    })?;
    // A thread, since no runtime that a framework brings along has to be able to wait for stdin.
    std::thread::spawn(|| {
        let mut rest = [0; 256];
        while stdin().lock().read(&mut rest).is_ok_and(|n| n > 0) {}
        std::process::exit(0);
    });
    pending().await
}

fn say(answer: &impl Serialize) -> io::Result<()> {
    let mut out = stdout().lock();
    serde_json::to_writer(&mut out, answer)?;
    out.write_all(b"\n")?;
    out.flush()
}
