//! Certificates that are issued at run time: one authority per run, one leaf per host, one key for all leaves.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, PublicKeyData, SanType, SerialNumber,
};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert};
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::{self, ServerConfig};

/// The maximum number of hosts with a certificate.
const MAX_HOSTS: usize = 4096;

/// Why certificates cannot be created.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// The certificate generator failed.
    #[error("cannot make a certificate: {0}")]
    Rcgen(#[from] rcgen::Error),
    /// The TLS library failed.
    #[error("cannot set up TLS: {0}")]
    Rustls(#[from] rustls::Error),
}

/// The authority and the certificates that it has issued.
pub(crate) struct CertificateAuthority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    leaf: KeyPair,
    issued: Mutex<HashMap<String, Arc<CertifiedKey>>>,
}

impl std::fmt::Debug for CertificateAuthority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CertificateAuthority")
    }
}

impl CertificateAuthority {
    /// Creates an authority.
    pub(crate) fn new() -> Result<Self, CertificateError> {
        let mut params = CertificateParams::new(Vec::new())?;
        params
            .distinguished_name
            .push(DnType::CommonName, "Crosscheck test authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        Ok(Self {
            issuer: CertifiedIssuer::self_signed(params, KeyPair::generate()?)?,
            leaf: KeyPair::generate()?,
            issued: Mutex::default(),
        })
    }

    /// The authority's certificate in PEM, for clients that read a file.
    #[must_use]
    pub(crate) fn authority_pem(&self) -> String {
        self.issuer.pem()
    }

    /// SHA-256 of the leaves' public key, in base64, as Chromium's list of trusted keys expects it.
    #[must_use]
    pub(crate) fn leaf_key_hash(&self) -> String {
        use base64::Engine as _;
        let hash = Sha256::digest(self.leaf.subject_public_key_info());
        base64::engine::general_purpose::STANDARD.encode(hash)
    }

    /// SHA-256 of a host's certificate, in the notation of Firefox.
    pub(crate) fn fingerprint(&self, host: &str) -> Result<String, CertificateError> {
        let key = self.certified(host)?;
        let der = key.cert.first().map(|c| c.as_ref()).unwrap_or_default();
        let hash = Sha256::digest(der);
        Ok(hash.iter().map(|b| format!("{b:02X}")).collect::<Vec<_>>().join(":"))
    }

    /// Returns the certificate of a host; the first call issues it.
    fn certified(&self, host: &str) -> Result<Arc<CertifiedKey>, CertificateError> {
        let host = host.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
        let mut issued = self.issued.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = issued.get(&host) {
            return Ok(Arc::clone(known));
        }
        if issued.len() >= MAX_HOSTS {
            return Err(rustls::Error::General("too many hosts".to_owned()).into());
        }
        let mut params = CertificateParams::new(Vec::new())?;
        let name = match host.parse::<IpAddr>() {
            Ok(ip) => SanType::IpAddress(ip),
            Err(_) => SanType::DnsName(host.trim_end_matches('.').try_into()?),
        };
        // By default the generator derives the serial number from the key, which all leaves share. Firefox rejects a repeated number.
        params.serial_number = Some(SerialNumber::from_slice(&Sha256::digest(host.as_bytes())[..16]));
        params.subject_alt_names = vec![name];
        params
            .distinguished_name
            .push(DnType::CommonName, "Crosscheck test host");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        let certificate = params.signed_by(&self.leaf, &self.issuer)?;
        let key = PrivateKeyDer::Pkcs8(self.leaf.serialize_der().into());
        let chain: Vec<CertificateDer<'static>> = vec![certificate.der().clone(), self.issuer.der().clone()];
        let certified = Arc::new(CertifiedKey::new(chain, ring::sign::any_supported_type(&key)?));
        issued.insert(host, Arc::clone(&certified));
        Ok(certified)
    }

    /// Returns the TLS configuration for a handshake. `host` is the host of a CONNECT; without it, the SNI of the client decides.
    pub(crate) fn config(self: &Arc<Self>, host: Option<&str>) -> Result<Arc<ServerConfig>, CertificateError> {
        let resolver = Resolver {
            ca: Arc::clone(self),
            host: host.map(str::to_owned),
        };
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(resolver));
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}

#[derive(Debug)]
struct Resolver {
    ca: Arc<CertificateAuthority>,
    host: Option<String>,
}

impl ResolvesServerCert for Resolver {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let host = self.host.as_deref().or(hello.server_name())?;
        self.ca.certified(host).ok()
    }
}
