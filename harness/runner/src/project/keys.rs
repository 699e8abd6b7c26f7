//! The keys of `crosscheck.yaml`.

use crosscheck_corpus::Flag;

/// The keys of the file.
pub(super) const FILE: [&str; 12] = [
    "crosscheck",
    "servers",
    "clients",
    "baseline",
    "results",
    "cases",
    "corpus",
    "filters",
    "reports",
    "fail-on",
    "jobs",
    "timeout",
];
/// The keys of a server that are not those of a `subject.yaml`.
pub(super) const SERVER: [&str; 4] = ["build", "start", "adapter", "version"];
/// The keys of a server that is already running.
pub(super) const ADDRESS: [&str; 7] = ["url", "policy", "ca", "rate", "allow-unsafe", "version", "language"];
/// The keys of a client that are not those of a `subject.yaml`.
pub(super) const CLIENT: [&str; 4] = ["adapter", "start", "browser", "version"];
/// The keys of a `subject.yaml` that only servers have.
pub(super) const ONLY_SERVERS: [&str; 6] = ["flags", "denies", "scope", "anchoring", "globbing", "host-aware"];

/// The flags of a server that claims none: what almost every library can be configured with.
pub(super) const USUAL_FLAGS: [Flag; 8] = [
    Flag::OriginsAny,
    Flag::OriginsList,
    Flag::Credentials,
    Flag::MethodsList,
    Flag::HeadersList,
    Flag::ExposeList,
    Flag::MaxAge,
    Flag::AnyCredentials,
];
