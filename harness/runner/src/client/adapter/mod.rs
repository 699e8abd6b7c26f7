//! Clients behind an adapter: JSON lines over its stdin and stdout, several fetches in flight, limits for everything.

mod conversation;
mod drive;
mod error;
mod line;
mod process;

pub(super) use conversation::Reply;
pub(super) use drive::AdapterDrive;
pub use error::ClientAdapterError;
pub(super) use error::{Finished, Lost};
pub(super) use process::{Adapter, Ready, Starting};

use super::origin::CertificateAuthority;
use crate::process::{RunFolder, TemporaryFile};
use serde_json::{Value, json};
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

/// The time limit for an adapter to get ready.
pub(super) const START: Duration = Duration::from_secs(60);
/// The time limit for an adapter to end after its stdin was closed.
pub(super) const STOP: Duration = Duration::from_secs(3);
/// How long the pipes of an adapter are read after it has ended.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// Writes the authority's certificate to a file that is deleted when the value is dropped.
pub(super) fn authority(ca: &CertificateAuthority) -> io::Result<TemporaryFile> {
    let folder = RunFolder::current().map_err(io::Error::other)?;
    folder.file(("authority-", ".pem"), &ca.authority_pem())
}

/// The first line that the harness sends.
pub(super) fn hello(proxy: SocketAddr, authority: &Path) -> Value {
    json!({ "crosscheck": 1, "proxy": format!("http://{proxy}"), "ca": authority })
}
