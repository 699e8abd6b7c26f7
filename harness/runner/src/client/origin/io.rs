//! A connection whose first bytes can be looked at, plain or TLS.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;
use tokio_util::either::Either;

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

/// A connection, plain or TLS.
pub(super) type Io = Either<Rewound<TcpStream>, Box<TlsStream<Rewound<TcpStream>>>>;

/// The first byte, which stays to be read; `None` at the end.
pub(super) async fn first_byte(mut io: Io) -> io::Result<(Io, Option<u8>)> {
    let mut byte = [0];
    if io.read(&mut byte).await? == 0 {
        return Ok((io, None));
    }
    Ok((rewind(io, byte.to_vec()), Some(byte[0])))
}

/// The same connection with bytes that were read too early.
pub(super) fn rewind(io: Io, mut early: Vec<u8>) -> Io {
    match io {
        Either::Left(plain) => {
            early.extend_from_slice(plain.early.get(plain.at..).unwrap_or_default());
            Either::Left(Rewound::new(plain.stream, early))
        }
        // Only plain connections are looked into before they are served.
        tls @ Either::Right(_) => tls,
    }
}

/// Closes it with a reset.
pub(super) fn reset(io: Io) {
    let tcp = match &io {
        Either::Left(plain) => &plain.stream,
        Either::Right(tls) => &tls.get_ref().0.stream,
    };
    // Where the system refuses, the client sees a close instead.
    let _ = tcp.set_zero_linger();
}
