//! The settings of requests to a running server, its policy, and the errors if it cannot be probed.

use super::request_headers::{AUTHORIZATION, headers};
use super::run::seconds;
use crate::args::RequestOptions;
use crate::corpus::report_problems;
use crate::exit::{Exit, Failure};
use crosscheck_corpus::{Corpus, Policy};
use crosscheck_fetch::{HeaderList, Url};
use crosscheck_input::ReadError;
use crosscheck_runner::server::{AddedHeaders, ProbeError, Probing, RemoteServer, basic_authorization};
use crosscheck_text::{Redactor, Secret};
use std::path::Path;
use std::time::Duration;

/// The maximum size of a file of certificates.
const MAX_PEM: u64 = 4 << 20;
/// How a certificate in a PEM file begins, and how one in DER does.
const CERTIFICATE: &[u8] = b"-----BEGIN CERTIFICATE-----";
const DER: &[u8] = b"\x30\x82";

/// The settings of the requests to a server, as the user wrote them.
pub(super) struct ProbeSettings<'a> {
    /// The headers on every request.
    pub(super) headers: &'a [Secret<String>],
    /// The time limit of a case, in seconds.
    pub(super) timeout: f64,
    /// A file of certificate authorities.
    pub(super) authorities: Option<&'a Path>,
    /// Whether methods other than GET, HEAD and OPTIONS are sent.
    pub(super) allow_unsafe: bool,
    /// The highest number of requests per second.
    pub(super) rate: f64,
}

/// The settings of the requests to a server, checked and read.
pub(super) struct Connection {
    headers: HeaderList,
    redactor: Redactor,
    timeout: Duration,
    authorities: Option<(String, Vec<u8>)>,
    allow_unsafe: bool,
    rate: f64,
}

/// What all probes of a run have in common.
pub(super) struct Setup {
    policy_id: String,
    policy: Policy,
    connection: Connection,
}

impl<'a> ProbeSettings<'a> {
    /// The settings of the command line.
    pub(super) fn of(options: &'a RequestOptions, allow_unsafe: bool) -> Self {
        Self {
            headers: &options.headers,
            timeout: options.timeout,
            authorities: options.authorities.as_deref(),
            allow_unsafe,
            rate: options.rate,
        }
    }

    /// Checks the settings and reads the certificates.
    pub(super) fn connection(&self, redactor: &Redactor) -> Result<Connection, Failure> {
        Ok(Connection {
            headers: headers(self.headers)?,
            redactor: redactor.clone(),
            timeout: seconds("--timeout", self.timeout)?,
            authorities: self.authorities.map(pem).transpose()?,
            allow_unsafe: self.allow_unsafe,
            rate: self.rate,
        })
    }
}

impl Connection {
    /// The server at a URL.
    pub(super) fn server(&self, url: &Secret<Url>) -> RemoteServer {
        let mut headers = self.headers.clone();
        if let Some(value) = basic_authorization(url.expose()).filter(|_| !headers.contains(AUTHORIZATION)) {
            headers.append(AUTHORIZATION, value.expose().as_bytes().to_vec());
        }
        RemoteServer {
            url: url.expose().clone().into(),
            headers: AddedHeaders::new(headers, self.redactor.clone()),
            allow_unsafe: self.allow_unsafe,
            rate: self.rate,
            timeout: self.timeout,
            authorities: self.authorities.clone(),
        }
    }
}

impl Setup {
    pub(super) fn of(policy: &Path, settings: &ProbeSettings<'_>, redactor: &Redactor) -> Result<Self, Failure> {
        let corpus = Corpus::load_policy(policy);
        let named = corpus.policies.values().next();
        let (false, Some(named)) = (report_problems(&corpus), named) else {
            return Err(Failure::message(
                format!("the policy {} does not load", policy.display()),
                "correct the errors above; cases/policies/ has examples",
            ));
        };
        Ok(Self {
            policy_id: named.name.clone(),
            policy: named.policy.clone(),
            connection: settings.connection(redactor)?,
        })
    }

    /// What is probed at one URL.
    pub(super) fn probing(&self, url: &Secret<Url>) -> Probing {
        Probing {
            server: self.connection.server(url),
            policy_id: self.policy_id.clone(),
            policy: self.policy.clone(),
        }
    }
}

/// Whether the command line is wrong, and not the server.
pub(super) const fn is_usage(error: &ProbeError) -> bool {
    matches!(error, ProbeError::Url(_) | ProbeError::Rate(_) | ProbeError::Tls(_))
}

/// The error if a server cannot be probed.
pub(super) fn cannot_probe(error: ProbeError) -> Failure {
    let exit = if is_usage(&error) { Exit::Usage } else { Exit::Nothing };
    let help = match &error {
        ProbeError::Url(_) => "write the whole URL, for example http://localhost:3000/api/data",
        ProbeError::Rate(_) => "give a number above 0, for example --rate 20",
        ProbeError::Tls(_) => "check the host of the URL and the file of --ca",
        ProbeError::Handshake(..) => {
            "name the certificate authority of the server with --ca FILE, or probe an http URL"
        }
        ProbeError::Resolve(..) => "check the host of the URL",
        ProbeError::Connect(..) => "start the server, or check the port of the URL",
    };
    Failure::usage(error, help).with(exit)
}

fn pem(path: &Path) -> Result<(String, Vec<u8>), Failure> {
    let failed = |e: &ReadError| Failure::message(e.of(path), e.help());
    let bytes = crosscheck_input::read(path, MAX_PEM).map_err(|e| failed(&e))?;
    if !bytes.windows(CERTIFICATE.len()).any(|part| part == CERTIFICATE) {
        let message = |what: &str| format!("{}: {what}", path.display());
        if bytes.starts_with(DER) {
            return Err(Failure::message(
                message("the file has a certificate in DER, not in PEM"),
                "convert it: openssl x509 -inform der -in FILE -out FILE.pem",
            ));
        }
        // A comment in PEM may be in any encoding that has the bytes of ASCII.
        if let Err(error @ ReadError::Encoding(_)) = crosscheck_input::decode(bytes) {
            return Err(failed(&error));
        }
        return Err(Failure::message(
            message("the file has no certificate in PEM"),
            "name a file that has `-----BEGIN CERTIFICATE-----`: the certificate of the server or of its authority",
        ));
    }
    Ok((path.display().to_string(), bytes))
}
