//! A connection whose first bytes can be looked at, plain or TLS.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

/// A stream with bytes that were read too early.
#[derive(Debug)]
pub(super) struct Rewound<S> {
    early: Vec<u8>,
    at: usize,
    stream: S,
}

impl<S> Rewound<S> {
    pub(super) const fn new(stream: S, early: Vec<u8>) -> Self {
        Self { early, at: 0, stream }
    }

    pub(super) const fn get_ref(&self) -> &S {
        &self.stream
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Rewound<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let rest = self.early.get(self.at..).unwrap_or_default();
        if rest.is_empty() {
            return Pin::new(&mut self.stream).poll_read(cx, buf);
        }
        let n = rest.len().min(buf.remaining());
        buf.put_slice(&rest[..n]);
        self.at += n;
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Rewound<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// A connection.
#[derive(Debug)]
pub(super) enum Io {
    Plain(Rewound<TcpStream>),
    Tls(Box<TlsStream<Rewound<TcpStream>>>),
}

impl Io {
    /// The first byte, which stays to be read; `None` at the end.
    pub(super) async fn first_byte(mut self) -> io::Result<(Self, Option<u8>)> {
        let mut byte = [0];
        if self.read(&mut byte).await? == 0 {
            return Ok((self, None));
        }
        Ok((self.rewind(byte.to_vec()), Some(byte[0])))
    }

    /// The same connection with bytes that were read too early.
    pub(super) fn rewind(self, mut early: Vec<u8>) -> Self {
        match self {
            Self::Plain(inner) => {
                early.extend_from_slice(inner.early.get(inner.at..).unwrap_or_default());
                Self::Plain(Rewound::new(inner.stream, early))
            }
            // Only plain connections are looked into before they are served.
            tls @ Self::Tls(_) => tls,
        }
    }

    fn tcp(&self) -> &TcpStream {
        match self {
            Self::Plain(inner) => inner.get_ref(),
            Self::Tls(tls) => tls.get_ref().0.get_ref(),
        }
    }

    /// Closes with a reset.
    pub(super) fn reset(self) {
        // Where the system refuses, the client sees a close instead.
        let _ = self.tcp().set_zero_linger();
    }
}

impl AsyncRead for Io {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(s) => Pin::new(s).poll_read(cx, buf),
            Self::Tls(s) => Pin::new(s).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Io {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(s) => Pin::new(s).poll_write(cx, buf),
            Self::Tls(s) => Pin::new(s).poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(s) => Pin::new(s).poll_flush(cx),
            Self::Tls(s) => Pin::new(s).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(s) => Pin::new(s).poll_shutdown(cx),
            Self::Tls(s) => Pin::new(s).poll_shutdown(cx),
        }
    }
}
