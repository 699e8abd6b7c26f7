//! Process mode: a server that is started once per policy, without an adapter. The policy and the port are in its environment, and
//! it is ready when the port accepts connections.

use super::adapter::{AdapterError, START, hint};
use super::listening::listening_ports;
use super::process::SubjectProcess;
use super::running::{Configurations, PolicySupport};
use super::subjects::Subject;
use crate::process::ChildGroup;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::process::Stdio;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::process::Command;
use tokio::time::{sleep, timeout};

/// The variables with the policy, as the JSON document that an adapter gets, and with its id.
pub(super) const POLICY: &str = "CROSSCHECK_POLICY";
const POLICY_ID: &str = "CROSSCHECK_POLICY_ID";
/// The variables with the port and the address.
const PORT: &str = "PORT";
const HOST: &str = "HOST";
/// The exit code of a process whose library rejects the policy; its stderr is the reason. It is `EX_DATAERR` of sysexits.
const REFUSED: i32 = 65;
/// The pause between two attempts to connect.
const PAUSE: Duration = Duration::from_millis(20);
/// The ports that are tried, below those that systems give to outgoing connections.
const FIRST_PORT: u16 = 20_000;
const PORTS: u16 = 12_000;

/// Starts the process of the one policy, and waits until it is ready. Returns no process if the library rejected the policy.
///
/// # Errors
/// If it cannot be started, ends too early or is not ready in time.
pub(super) async fn start(
    subject: &Subject,
    words: &[String],
    configurations: &Configurations,
) -> Result<(Option<SubjectProcess>, Option<(String, PolicySupport)>), AdapterError> {
    let Some((id, configuration)) = configurations.first_key_value() else {
        return Ok((None, None));
    };
    let document = serde_json::to_string(configuration).map_err(|e| AdapterError::Pipe(e.into()))?;
    let port = free_port().map_err(|e| AdapterError::Spawn(words.join(" "), e, String::new()))?;
    let process = spawn(subject, words, (id, &document), port)?;
    let limit = subject.description.start_timeout.map_or(START, Duration::from_secs);
    let ready = tokio::select! {
        ready = timeout(limit, accepts(port)) => ready,
        code = process.exit_code() => {
            let death = process.ended().await;
            return if code == Some(REFUSED) {
                Ok((None, Some((id.clone(), PolicySupport::Refused(death.stderr)))))
            } else {
                Err(AdapterError::ProcessEnded { death, port, hint: hint(subject) })
            };
        }
    };
    match ready {
        Ok(address) => Ok((Some(process), Some((id.clone(), PolicySupport::Ready(address))))),
        Err(_) => {
            let others = process.group.map(listening_ports).unwrap_or_default();
            let stderr = process.stderr();
            process.terminate().await;
            Err(AdapterError::NotReady {
                port,
                limit,
                others,
                stderr,
            })
        }
    }
}

fn spawn(subject: &Subject, words: &[String], policy: (&str, &str), port: u16) -> Result<SubjectProcess, AdapterError> {
    let (program, arguments) = words
        .split_first()
        .ok_or_else(|| AdapterError::NoCommand(subject.name.clone()))?;
    let mut command = Command::new(program);
    command
        .args(arguments)
        .env(POLICY_ID, policy.0)
        .env(POLICY, policy.1)
        .env(PORT, port.to_string())
        .env(HOST, Ipv4Addr::LOCALHOST.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    if !subject.folder.as_os_str().is_empty() {
        command.current_dir(&subject.folder);
    }
    let child = ChildGroup::spawn(&mut command).map_err(|e| AdapterError::Spawn(words.join(" "), e, hint(subject)))?;
    Ok(SubjectProcess::watch(child))
}

/// Returns the address at which a port accepts connections, as soon as it does.
async fn accepts(port: u16) -> SocketAddr {
    loop {
        for host in [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)] {
            let address = SocketAddr::new(host, port);
            if TcpStream::connect(address).await.is_ok() {
                return address;
            }
        }
        sleep(PAUSE).await;
    }
}

/// Returns a port at which nothing listens. Each call returns another one, so that two processes that start at the same time do not get
/// the same port.
fn free_port() -> io::Result<u16> {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // Two runs at the same time begin at different ports.
    let begin = std::process::id().wrapping_mul(509);
    for _ in 0..PORTS {
        let offset = u32::from(NEXT.fetch_add(1, Ordering::Relaxed)).wrapping_add(begin) % u32::from(PORTS);
        let port = u16::try_from(offset).map_or(FIRST_PORT, |offset| FIRST_PORT + offset);
        let is_free = [IpAddr::V4(Ipv4Addr::UNSPECIFIED), IpAddr::V4(Ipv4Addr::LOCALHOST)]
            .into_iter()
            .all(|host| TcpListener::bind((host, port)).is_ok());
        if is_free {
            return Ok(port);
        }
    }
    Err(io::Error::new(io::ErrorKind::AddrInUse, "no port is free"))
}

#[cfg(test)]
mod tests;
