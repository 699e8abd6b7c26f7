//! What a client sends after the server has closed the connection.

use super::origin::{has_read, tls};
use super::raw::Raw;
use super::stub::Stub;
use crate::client::origin::Limits;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::AsyncWriteExt as _;

/// How often rustls has refused to send a second alert.
static PANICS: AtomicUsize = AtomicUsize::new(0);

#[tokio::test]
async fn bytes_after_the_end_of_tls_are_not_read_as_tls() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if panic.to_string().contains("sent_fatal_alert") {
            PANICS.fetch_add(1, Ordering::Relaxed);
        }
        before(panic);
    }));
    let (server, _, ca) = Stub::start(Limits::default()).await;
    let mut client = tls(Raw::connect(server.address()).await.0, &ca, "api.example").await;
    client
        .request("GET /a HTTP/1.1\r\nHost: api.example\r\nConnection: close\r\n\r\n")
        .await;
    client.rest().await.expect("the end of TLS");
    // A record of application data that was not encrypted.
    let record = b"\x17\x03\x03\x00\x20not encrypted, thus not readable!";
    let (stream, _) = client.0.get_mut();
    stream.write_all(record).await.expect("the server still reads");
    has_read(&server).await;
    assert_eq!(PANICS.load(Ordering::Relaxed), 0);
}
