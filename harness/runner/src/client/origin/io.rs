//! A connection, plain or TLS, whose first bytes can be peeked at.

use std::io::{self, Write as _};
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;
use tokio_util::either::Either;

/// A stream with bytes that were read ahead.
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

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
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

/// Peeks at the first byte; `None` at the end of the stream.
pub(super) async fn first_byte(mut io: Io) -> io::Result<(Io, Option<u8>)> {
    let mut byte = [0];
    if io.read(&mut byte).await? == 0 {
        return Ok((io, None));
    }
    Ok((rewind(io, byte.to_vec()), Some(byte[0])))
}

/// Returns the connection with bytes that were read ahead put back.
pub(super) fn rewind(io: Io, mut early: Vec<u8>) -> Io {
    match io {
        Either::Left(plain) => {
            early.extend_from_slice(plain.early.get(plain.at..).unwrap_or_default());
            Either::Left(Rewound::new(plain.stream, early))
        }
        // The server only peeks at plain connections.
        tls @ Either::Right(_) => tls,
    }
}

/// The longest response that is sent at once with the end of TLS; rustls holds back no more than 64 KiB.
const MAX_AT_ONCE: usize = 16 << 10;

/// Writes the last bytes of a connection. The end of TLS goes with them: a client that reads the response first could send its next
/// request on a connection that is just being closed, and not every client repeats it.
pub(super) async fn write_last(io: &mut Io, bytes: &[u8]) -> io::Result<()> {
    match io {
        Either::Right(tls) if bytes.len() <= MAX_AT_ONCE => {
            let (_, session) = tls.get_mut();
            session.writer().write_all(bytes)?;
            session.send_close_notify();
        }
        _ => io.write_all(bytes).await?,
    }
    io.flush().await
}

/// Closes the connection with a reset.
pub(super) fn reset(io: Io) {
    let tcp = match &io {
        Either::Left(plain) => &plain.stream,
        Either::Right(tls) => &tls.get_ref().0.stream,
    };
    // If the system refuses, the client sees a normal close instead.
    let _ = tcp.set_zero_linger();
}
