//! The lines of the adapter protocol: those that the harness writes, and those that it accepts. Every size is limited.

use super::adapter::Report;
use super::capability::{Capability, CapabilityError};
use super::running::{Configurations, PolicySupport};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::{IpAddr, SocketAddr};
use thiserror::Error;
use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _};

/// The longest line, in bytes.
const MAX_LINE: u64 = 64 << 10;
/// The longest name of a library or version, in bytes.
const MAX_NAME: usize = 100;
/// The longest reason for a refusal, in bytes.
const MAX_REASON: usize = 2000;

/// What is wrong with a line.
#[derive(Debug, Error)]
pub enum Fault {
    /// It has no line end within the limit.
    #[error("a line that does not end")]
    Endless,
    /// It is not a JSON object of the protocol.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    /// The adapter wrote `done` too early.
    #[error("`done` without an answer for the policy `{0}`")]
    Missing(String),
    /// The address is not a loopback address.
    #[error("`ready` is not a loopback URL")]
    Address,
    /// Two policies share an address.
    #[error("two policies at one address; each needs its own listener")]
    SharedAddress,
    /// It has no answer, or more than one.
    #[error("exactly one of `ready`, `refused`, `unsupported` is needed")]
    NotOne,
    /// `unsupported` does not name a capability.
    #[error("`unsupported` must be FLAG or FLAG/KIND, as in `denies` of subject.yaml: {0}")]
    Capability(#[from] CapabilityError),
    /// It names a policy that was not sent.
    #[error("a policy that was not sent")]
    UnknownPolicy,
    /// It names a policy for the second time.
    #[error("a policy twice")]
    Twice,
}

/// Why there is no report.
#[derive(Debug)]
pub(super) enum Ended {
    /// The adapter closed its stdout.
    Closed,
    /// The pipe broke.
    Pipe(io::Error),
    /// A line is wrong.
    Fault {
        what: Fault,
        /// Truncated and escaped.
        line: String,
    },
}

/// The line that the harness writes.
#[derive(Serialize)]
pub(super) struct Hello<'a> {
    crosscheck: u32,
    policies: &'a Configurations,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    apps: BTreeMap<&'a str, String>,
}

impl<'a> Hello<'a> {
    /// Creates the line from the configurations and, for each that has one, the plain application behind it.
    pub(super) fn new(policies: &'a Configurations, apps: &'a BTreeMap<String, SocketAddr>) -> Self {
        let apps = apps.iter().map(|(id, a)| (id.as_str(), format!("http://{a}")));
        Self {
            crosscheck: 1,
            policies,
            apps: apps.collect(),
        }
    }

    pub(super) fn to_line(&self) -> serde_json::Result<Vec<u8>> {
        serde_json::to_vec(self)
    }
}

/// A line that an adapter writes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    policy: Option<String>,
    ready: Option<String>,
    refused: Option<String>,
    unsupported: Option<String>,
    done: Option<bool>,
    library: Option<String>,
    version: Option<String>,
}

/// The answers of an adapter so far.
pub(super) struct Reading<'a> {
    configurations: &'a Configurations,
    report: Report,
    addresses: BTreeSet<SocketAddr>,
}

impl<'a> Reading<'a> {
    pub(super) fn new(configurations: &'a Configurations) -> Self {
        Self {
            configurations,
            report: Report::default(),
            addresses: BTreeSet::new(),
        }
    }

    /// Reads until the adapter is done.
    pub(super) async fn all(mut self, lines: &mut (impl AsyncBufRead + Unpin)) -> Result<Report, Ended> {
        let mut line = Vec::new();
        loop {
            line.clear();
            let read = lines.take(MAX_LINE).read_until(b'\n', &mut line).await;
            if read.map_err(Ended::Pipe)? == 0 {
                return Err(Ended::Closed);
            }
            match self.line(&line) {
                Ok(true) => return Ok(self.report),
                Ok(false) => {}
                Err(what) => {
                    return Err(Ended::Fault {
                        what,
                        line: crosscheck_text::escape_truncated(&line, 200),
                    });
                }
            }
        }
    }

    /// Processes a line; returns whether it is the last one.
    fn line(&mut self, line: &[u8]) -> Result<bool, Fault> {
        if line.last() != Some(&b'\n') {
            return Err(Fault::Endless);
        }
        let answer: Answer = serde_json::from_slice(line)?;
        if answer.done == Some(true) {
            let name =
                |text: Option<String>| crosscheck_text::escape_truncated(text.unwrap_or_default().as_bytes(), MAX_NAME);
            self.report.library = name(answer.library);
            self.report.version = name(answer.version);
            let is_missing = |id: &&String| !self.report.listeners.contains_key(*id);
            return match self.configurations.keys().find(is_missing) {
                Some(missing) => Err(Fault::Missing(missing.clone())),
                None => Ok(true),
            };
        }
        let support = match (answer.ready, answer.refused, answer.unsupported) {
            (Some(url), None, None) => {
                let address = address(&url).ok_or(Fault::Address)?;
                if !self.addresses.insert(address) {
                    return Err(Fault::SharedAddress);
                }
                PolicySupport::Ready(address)
            }
            (None, Some(words), None) => {
                PolicySupport::Refused(crosscheck_text::escape_truncated(words.as_bytes(), MAX_REASON))
            }
            (None, None, Some(capability)) => PolicySupport::Unsupported(vec![capability.parse::<Capability>()?]),
            _ => return Err(Fault::NotOne),
        };
        let id = answer
            .policy
            .filter(|id| self.configurations.contains_key(id))
            .ok_or(Fault::UnknownPolicy)?;
        if self.report.listeners.insert(id, support).is_some() {
            return Err(Fault::Twice);
        }
        Ok(false)
    }
}

/// Returns the address of a base URL; `None` if it is not a loopback address.
fn address(url: &str) -> Option<SocketAddr> {
    let url = url::Url::parse(url).ok().filter(|u| u.scheme() == "http")?;
    let ip = match url.host()? {
        url::Host::Ipv4(ip) => IpAddr::V4(ip),
        url::Host::Ipv6(ip) => IpAddr::V6(ip),
        url::Host::Domain("localhost") => IpAddr::from([127, 0, 0, 1]),
        url::Host::Domain(_) => return None,
    };
    Some(SocketAddr::new(ip, url.port_or_known_default()?)).filter(|a| a.ip().is_loopback())
}
