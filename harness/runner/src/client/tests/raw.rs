//! A client that consists of a bare connection.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// A time limit that is only reached if the server hangs.
const LONG: Duration = Duration::from_secs(20);

/// A connection, plain or TLS.
pub(in crate::client) struct Raw<S = TcpStream>(pub(super) S);

impl Raw {
    pub(in crate::client) async fn connect(address: SocketAddr) -> Self {
        Self(TcpStream::connect(address).await.expect("the server listens"))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Raw<S> {
    pub(in crate::client) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.try_send(bytes).await.expect("the server reads");
    }

    pub(in crate::client) async fn try_send(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        let write = async {
            self.0.write_all(bytes.as_ref()).await?;
            self.0.flush().await
        };
        timeout(LONG, write).await.expect("the server takes the bytes")
    }

    /// Reads everything until the connection ends.
    pub(in crate::client) async fn rest(&mut self) -> io::Result<Vec<u8>> {
        let mut all = Vec::new();
        timeout(LONG, self.0.read_to_end(&mut all))
            .await
            .expect("the connection ends")?;
        Ok(all)
    }

    /// Reads one response with a Content-Length: head and body.
    pub(in crate::client) async fn answer(&mut self) -> (String, Vec<u8>) {
        let read = async {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(self.0.read_u8().await?);
            }
            let head = String::from_utf8_lossy(&head).into_owned();
            let length = head
                .lines()
                .filter_map(|l| l.split_once(':'))
                .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
                .map_or(0, |(_, value)| value.trim().parse().expect("a length"));
            let mut body = vec![0; length];
            self.0.read_exact(&mut body).await?;
            io::Result::Ok((head, body))
        };
        timeout(LONG, read)
            .await
            .expect("an answer in time")
            .expect("an answer")
    }

    /// Sends a request and reads the response.
    pub(in crate::client) async fn request(&mut self, bytes: impl AsRef<[u8]>) -> (String, Vec<u8>) {
        self.send(bytes).await;
        self.answer().await
    }
}
