//! A stream that records the bytes that pass through it.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The bytes of one exchange.
#[derive(Debug, Default)]
pub(super) struct Log {
    pub(super) sent: Vec<u8>,
    pub(super) received: Vec<u8>,
    /// The highest number of bytes that are received.
    pub(super) limit: usize,
    /// Whether more bytes arrived than the limit allows.
    pub(super) over: bool,
}

/// The log, shared by the stream and the code that judges the bytes.
#[derive(Clone, Debug)]
pub(super) struct Shared(Arc<Mutex<Log>>);

impl Shared {
    pub(super) fn new(limit: usize) -> Self {
        Self(Arc::new(Mutex::new(Log {
            limit,
            ..Log::default()
        })))
    }

    pub(super) fn with<T>(&self, f: impl FnOnce(&mut Log) -> T) -> T {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Returns the bytes since the last call.
    pub(super) fn take(&self) -> (Vec<u8>, Vec<u8>) {
        self.with(|log| (std::mem::take(&mut log.sent), std::mem::take(&mut log.received)))
    }
}

/// A stream and its log.
#[derive(Debug)]
pub(super) struct Tee<S> {
    io: S,
    log: Shared,
}

impl<S> Tee<S> {
    pub(super) const fn new(io: S, log: Shared) -> Self {
        Self { io, log }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Tee<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.io).poll_read(cx, buf))?;
        let new = buf.filled().get(before..).unwrap_or_default();
        let over = self.log.with(|log| {
            let room = log.limit.saturating_sub(log.received.len());
            log.received.extend_from_slice(&new[..new.len().min(room)]);
            log.over |= new.len() > room;
            log.over
        });
        Poll::Ready(if over {
            Err(io::Error::other("more bytes were received than the limit allows"))
        } else {
            Ok(())
        })
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Tee<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.io).poll_write(cx, buf))?;
        self.log
            .with(|log| log.sent.extend_from_slice(buf.get(..written).unwrap_or_default()));
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}
