//! A server that is correct except for one path or one kind of request. There it violates HTTP, byte by byte.

use crosscheck_runner::subject::{Configurations, InProcess, PolicySupport, Starting};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// The violation. It occurs at `/vary` unless stated otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Break {
    Hangs,
    Closes,
    HalfHead,
    HalfBody,
    HalfChunk,
    NotHttp,
    NulInTheHead,
    ManyHeaders,
    LongHeader,
    EndlessHead,
    EndlessBody,
    EndlessInformation,
    /// Closes the connection if any header is long.
    ClosesOnLongHeaders,
    /// Closes the connection if the Origin is long.
    ClosesOnLongOrigins,
}

impl Break {
    /// Returns whether a request with this head triggers the violation.
    fn is_due(self, head: &str) -> bool {
        let is_long = |line: &str| line.len() > 4096;
        match self {
            Self::ClosesOnLongHeaders => head.lines().any(is_long),
            Self::ClosesOnLongOrigins => head.lines().any(|line| is_long(line) && line.starts_with("Origin:")),
            _ => head.split(' ').nth(1) == Some("/vary"),
        }
    }
}

/// The server. Its policy must be `any`.
pub(crate) struct Raw {
    pub(crate) how: Break,
    /// Notified when a request triggers the violation.
    pub(crate) requested: Arc<Notify>,
}

impl InProcess for Raw {
    fn start<'a>(&'a self, policies: &'a Configurations) -> Starting<'a> {
        Box::pin(async move {
            let mut listeners = BTreeMap::new();
            for id in policies.keys() {
                let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
                listeners.insert(id.clone(), PolicySupport::Ready(listener.local_addr()?));
                let (how, requested) = (self.how, Arc::clone(&self.requested));
                tokio::spawn(async move {
                    while let Ok((stream, _)) = listener.accept().await {
                        tokio::spawn(serve(stream, how, Arc::clone(&requested)));
                    }
                });
            }
            Ok(listeners.into())
        })
    }
}

async fn serve(mut stream: TcpStream, how: Break, requested: Arc<Notify>) {
    loop {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            match stream.read_u8().await {
                Ok(byte) => head.push(byte),
                Err(_) => return,
            }
        }
        let text = String::from_utf8_lossy(&head);
        if !how.is_due(&text) {
            if stream
                .write_all(
                    b"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\nX-Hit: 1\r\nContent-Length: 0\r\n\r\n",
                )
                .await
                .is_err()
            {
                return;
            }
            continue;
        }
        requested.notify_one();
        breaks(&mut stream, how).await;
        return;
    }
}

async fn breaks(stream: &mut TcpStream, how: Break) {
    const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\n";
    let once: &[u8] = match how {
        Break::Hangs => return std::future::pending().await,
        Break::Closes | Break::ClosesOnLongHeaders | Break::ClosesOnLongOrigins => b"",
        Break::HalfHead => b"HTTP/1.1 200 OK\r\nAccess-Cont",
        Break::HalfBody => b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
        Break::HalfChunk => b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nabc",
        Break::NotHttp => b"SSH-2.0-OpenSSH_9.2\r\n",
        Break::NulInTheHead => b"HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n",
        Break::ManyHeaders | Break::LongHeader | Break::EndlessHead | Break::EndlessBody => HEAD,
        Break::EndlessInformation => b"",
    };
    let _ = stream.write_all(once).await;
    match how {
        Break::ManyHeaders => {
            for n in 0..100_000 {
                if stream.write_all(format!("X-{n}: v\r\n").as_bytes()).await.is_err() {
                    return;
                }
            }
            let _ = stream.write_all(b"\r\n").await;
        }
        Break::LongHeader => {
            let _ = stream.write_all(b"X: ").await;
            let _ = stream.write_all(&vec![b'a'; 8 << 20]).await;
            let _ = stream.write_all(b"\r\n\r\n").await;
        }
        Break::EndlessHead => while stream.write_all(b"X-Again: and again\r\n").await.is_ok() {},
        Break::EndlessBody => {
            let _ = stream.write_all(b"Transfer-Encoding: chunked\r\n\r\n").await;
            let chunk = [b"10000\r\n".as_slice(), &[b'a'; 0x10000], b"\r\n"].concat();
            while stream.write_all(&chunk).await.is_ok() {}
        }
        Break::EndlessInformation => while stream.write_all(b"HTTP/1.1 103 Early Hints\r\n\r\n").await.is_ok() {},
        _ => {}
    }
}
