//! Certificates, minted at run time: an authority of this run, one leaf per host under it, one key for all leaves.

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

/// The most hosts that get a certificate.
const MAX_HOSTS: usize = 4096;

/// Why there are no certificates.
#[derive(Debug, thiserror::Error)]
pub enum MintError {
    /// The generator refuses.
    #[error("cannot make a certificate: {0}")]
    Rcgen(#[from] rcgen::Error),
    /// The TLS library refuses.
    #[error("cannot set up TLS: {0}")]
    Rustls(#[from] rustls::Error),
}

/// The authority and what it has signed.
pub(crate) struct Mint {
    issuer: CertifiedIssuer<'static, KeyPair>,
    leaf: KeyPair,
    minted: Mutex<HashMap<String, Arc<CertifiedKey>>>,
}

impl std::fmt::Debug for Mint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Mint")
    }
}

impl Mint {
    /// A new authority.
    pub(crate) fn new() -> Result<Self, MintError> {
        let mut params = CertificateParams::new(Vec::new())?;
        params
            .distinguished_name
            .push(DnType::CommonName, "Crosscheck test authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        Ok(Self {
            issuer: CertifiedIssuer::self_signed(params, KeyPair::generate()?)?,
            leaf: KeyPair::generate()?,
            minted: Mutex::default(),
        })
    }

    /// The authority's certificate, for clients that take a file.
    #[must_use]
    pub(crate) fn authority_pem(&self) -> String {
        self.issuer.pem()
    }

    /// SHA-256 of the leaves' public key, in base64: what Chromium trusts by.
    #[must_use]
    pub(crate) fn leaf_key_hash(&self) -> String {
        use base64::Engine as _;
        let hash = Sha256::digest(self.leaf.subject_public_key_info());
        base64::engine::general_purpose::STANDARD.encode(hash)
    }

    /// SHA-256 of a host's certificate, as Firefox writes fingerprints.
    pub(crate) fn fingerprint(&self, host: &str) -> Result<String, MintError> {
        let key = self.certified(host)?;
        let der = key.cert.first().map(|c| c.as_ref()).unwrap_or_default();
        let hash = Sha256::digest(der);
        Ok(hash.iter().map(|b| format!("{b:02X}")).collect::<Vec<_>>().join(":"))
    }

    /// The certificate of a host, minted when it is first asked for.
    fn certified(&self, host: &str) -> Result<Arc<CertifiedKey>, MintError> {
        let host = host.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
        let mut minted = self.minted.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = minted.get(&host) {
            return Ok(Arc::clone(known));
        }
        if minted.len() >= MAX_HOSTS {
            return Err(rustls::Error::General("too many hosts".to_owned()).into());
        }
        let mut params = CertificateParams::new(Vec::new())?;
        let name = match host.parse::<IpAddr>() {
            Ok(ip) => SanType::IpAddress(ip),
            Err(_) => SanType::DnsName(host.trim_end_matches('.').try_into()?),
        };
        // The generator takes the serial number from the key, which all leaves share; Firefox refuses a number that it has seen.
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
        minted.insert(host, Arc::clone(&certified));
        Ok(certified)
    }

    /// What answers a TLS handshake; `host` is the one of a CONNECT, else the client's own SNI says.
    pub(crate) fn config(self: &Arc<Self>, host: Option<&str>) -> Result<Arc<ServerConfig>, MintError> {
        let resolver = Resolver {
            mint: Arc::clone(self),
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
    mint: Arc<Mint>,
    host: Option<String>,
}

impl ResolvesServerCert for Resolver {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let host = self.host.as_deref().or(hello.server_name())?;
        self.mint.certified(host).ok()
    }
}
