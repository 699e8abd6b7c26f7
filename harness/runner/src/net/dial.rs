//! Opens connections: plain TCP, or TLS for a server that is probed by an https URL.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use tokio_rustls::{TlsConnector, rustls};
use tokio_util::either::Either;

/// TLS to one server: the trusted authorities, and the expected name.
#[derive(Clone)]
pub struct Tls {
    connector: TlsConnector,
    name: ServerName<'static>,
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tls").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Why TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The host of the URL cannot appear in a certificate.
    #[error("`{0}` is not a name that a certificate can contain")]
    Name(String),
    /// The file of authorities cannot be used.
    #[error("the certificates in {0} cannot be used: {1}")]
    Authorities(String, String),
    /// The TLS library reports an error.
    #[error(transparent)]
    Rustls(#[from] rustls::Error),
}

impl Tls {
    /// Trusts the system's authorities and those of a PEM text, if there is one. Errors name it by its `source`.
    ///
    /// # Errors
    /// Returns an error if the name or the PEM text cannot be used.
    pub fn new(host: &str, authorities: Option<(&str, &[u8])>) -> Result<Self, TlsError> {
        use rustls::pki_types::{CertificateDer, pem::PemObject};
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let name = ServerName::try_from(bare.to_owned()).map_err(|_| TlsError::Name(host.to_owned()))?;
        let mut roots = RootCertStore::empty();
        // If the system has no authorities, no certificate is trusted and the handshake reports it.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if let Some((source, pem)) = authorities {
            let bad = |what: String| TlsError::Authorities(source.to_owned(), what);
            let mut any = false;
            for certificate in CertificateDer::pem_slice_iter(pem) {
                roots
                    .add(certificate.map_err(|e| bad(e.to_string()))?)
                    .map_err(|e| bad(e.to_string()))?;
                any = true;
            }
            if !any {
                return Err(bad("the file contains no certificate".to_owned()));
            }
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self {
            connector: TlsConnector::from(Arc::new(config)),
            name,
        })
    }
}

/// An open connection, plain or TLS.
pub(super) type Stream = Either<TcpStream, Box<TlsStream<TcpStream>>>;

/// Opens a connection.
pub(super) async fn dial(address: SocketAddr, tls: Option<&Tls>) -> io::Result<Stream> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(match tls {
        None => Either::Left(stream),
        Some(tls) => Either::Right(Box::new(tls.connector.connect(tls.name.clone(), stream).await?)),
    })
}
