//! A server that is already running, as a `crosscheck.yaml` describes it.

use crosscheck_fetch::Url;
use crosscheck_text::Secret;
use std::path::PathBuf;

/// The requests per second if a description gives no number.
pub(crate) const RATE: u16 = 20;

/// The URL of a server that is already running, and what it should do there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// The URL that the policy describes. It may have a password.
    pub url: Secret<Url>,
    /// The file of the policy.
    pub policy: PathBuf,
    /// A file of certificate authorities to trust in addition to the system's.
    pub authorities: Option<PathBuf>,
    /// The highest number of requests per second.
    pub rate: u16,
    /// Whether methods other than GET, HEAD and OPTIONS are sent.
    pub allow_unsafe: bool,
}
