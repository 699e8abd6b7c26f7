//! The kept-alive connection to a server that closes it at any time.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use crosscheck_fetch::HeaderList;
use crosscheck_runner::net::{Client, Limits, Outgoing};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::timeout;

/// Only a test that hangs waits so long.
const LONG: Duration = Duration::from_secs(60);

/// Answers one request of each connection without announcing its end, and closes the connection a little later.
async fn fickle() -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let mut connections = 0_u64;
        while let Ok((mut stream, _)) = listener.accept().await {
            connections += 1;
            tokio::spawn(async move {
                let mut seen = Vec::new();
                while !seen.ends_with(b"\r\n\r\n") {
                    let mut byte = [0];
                    if stream.read_exact(&mut byte).await.is_err() {
                        return;
                    }
                    seen.push(byte[0]);
                }
                let _ = stream
                    .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
                    .await;
                // From 0 to 0.4 ms: around the time at which the next request is sent.
                let until = Instant::now() + Duration::from_micros(connections % 40 * 10);
                while Instant::now() < until {
                    std::hint::spin_loop();
                }
            });
        }
    });
    address
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_ends_between_requests_is_replaced() {
    let mut client = Client::new(fickle().await, Limits::default());
    let outgoing = Outgoing {
        method: b"GET".to_vec(),
        target: "/".to_owned(),
        host: "api.example".to_owned(),
        headers: HeaderList::new(),
        body: Vec::new(),
    };
    for number in 0..4000 {
        let reply = timeout(LONG, client.exchange(&outgoing)).await;
        let reply = reply.unwrap_or_else(|_| panic!("request {number} got no answer"));
        assert_eq!(reply.unwrap().response.status, 200, "request {number}");
    }
}
