//! Tests the origin server with raw bytes.

use super::raw::Raw;
use super::stub::{BODY, HUGE, Stub};
use crate::client::origin::{CertificateAuthority, Limits, OriginServer};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

const GET: &str = "GET http://api.example/a HTTP/1.1\r\nHost: api.example\r\n\r\n";

/// Advances the clock without waiting.
async fn pass(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}

/// Waits until the server has read everything that was sent before: it has responded to a later request.
pub(super) async fn has_read(server: &OriginServer) {
    let mut client = Raw::connect(server.address()).await;
    client
        .request("GET http://api.example/later HTTP/1.1\r\nHost: api.example\r\n\r\n")
        .await;
}

pub(super) async fn tls(stream: TcpStream, ca: &CertificateAuthority, host: &str) -> Raw<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    let authority = CertificateDer::from_pem_slice(ca.authority_pem().as_bytes()).expect("a certificate");
    roots.add(authority).expect("an authority");
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(host.to_owned()).expect("a name");
    let connected = TlsConnector::from(Arc::new(config)).connect(name, stream).await;
    Raw(connected.expect("a handshake with a certificate that holds"))
}

/// Checks the status of a response.
#[track_caller]
fn check_status(answer: &[u8], status: &str) {
    let text = String::from_utf8_lossy(answer);
    assert!(text.starts_with(&format!("HTTP/1.1 {status} ")), "{text}");
}

#[tokio::test]
async fn absolute_form_origin_form_and_pipelined_requests_are_answered() {
    let (server, site, _) = Stub::start(Limits::default()).await;
    let mut client = Raw::connect(server.address()).await;
    client
        .send(format!("{GET}GET /b?c HTTP/1.1\r\nhost: api.example:8080\r\n\r\n"))
        .await;
    for _ in 0..2 {
        let (head, body) = client.answer().await;
        check_status(head.as_bytes(), "200");
        assert_eq!(body, BODY.as_bytes());
    }
    let urls: Vec<String> = site.requests().iter().map(|(u, _)| u.to_string()).collect();
    assert_eq!(urls, ["http://api.example/a", "http://api.example:8080/b?c"]);
    assert_eq!(site.unknown_requests(), [""; 0]);
}

#[tokio::test]
async fn an_incomplete_request_is_ignored() {
    let (server, site, _) = Stub::start(Limits::default()).await;
    for half in [
        "",
        "G",
        "GET / HT",
        "GET / HTTP/1.1\r\nHost: api.exa",
        "POST / HTTP/1.1\r\nHost: api.example\r\nContent-Length: 9\r\n\r\nabc",
    ] {
        let mut client = Raw::connect(server.address()).await;
        client.send(half).await;
        client.0.shutdown().await.expect("half a close");
        assert_eq!(client.rest().await.expect("a close"), b"", "{half:?}");
    }
    assert!(site.requests().is_empty());
}

#[tokio::test]
async fn a_head_that_is_too_long_is_refused_with_a_readable_status() {
    let (server, site, _) = Stub::start(Limits::default()).await;
    let mut client = Raw::connect(server.address()).await;
    let head = format!(
        "GET / HTTP/1.1\r\nHost: api.example\r\nX: {}\r\n\r\n",
        "a".repeat(1 << 20)
    );
    client.send(head).await;
    client.0.shutdown().await.expect("half a close");
    check_status(&client.rest().await.expect("no reset"), "431");
    assert!(site.requests().is_empty());
    assert_eq!(site.unknown_requests(), ["a request was refused with 431"]);
}

#[tokio::test]
async fn too_many_header_lines_are_refused() {
    let limits = Limits {
        headers: 8,
        ..Limits::default()
    };
    let (server, site, _) = Stub::start(limits).await;
    for (lines, status) in [(7, "200"), (8, "431")] {
        let mut client = Raw::connect(server.address()).await;
        let head = format!(
            "GET / HTTP/1.1\r\nConnection: close\r\n{}Host: api.example\r\n\r\n",
            "X: y\r\n".repeat(lines - 1)
        );
        client.send(head).await;
        check_status(&client.rest().await.expect("an answer"), status);
    }
    assert_eq!(site.requests().len(), 1);
}

#[tokio::test]
async fn what_is_not_http_is_refused() {
    let (server, site, _) = Stub::start(Limits::default()).await;
    for bytes in [
        "HELO api.example\r\n\r\n",
        "GET /\r\n\r\n",
        "GET / HTTP/2.0\r\n\r\n",
        "G\u{e9}T / HTTP/1.1\r\n\r\n",
        " / HTTP/1.1\r\n\r\n",
        "\r\n\r\n",
        "GET / HTTP/1.1\r\nno colon\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: api.example\r\n folded\r\n\r\n",
        "GET / HTTP/1.1\r\nHost : api.example\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: api.example\r\nContent-Length: -1\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: api.example\r\nContent-Length: +1\r\n\r\na",
        "POST / HTTP/1.1\r\nHost: api.example\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na",
        "POST / HTTP/1.1\r\nHost: api.example\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        "POST / HTTP/1.1\r\nHost: api.example\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n",
    ] {
        let mut client = Raw::connect(server.address()).await;
        client.send(bytes).await;
        client.0.shutdown().await.expect("half a close");
        check_status(&client.rest().await.expect("an answer"), "400");
    }
    assert!(site.requests().is_empty(), "{:?}", site.requests());
}

#[tokio::test]
async fn a_body_that_is_too_long_is_refused() {
    let limits = Limits {
        body: 4,
        ..Limits::default()
    };
    let (server, site, _) = Stub::start(limits).await;
    for body in [
        "Content-Length: 5\r\n\r\nabcde",
        "Content-Length: 99999999999999999999\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
    ] {
        let mut client = Raw::connect(server.address()).await;
        client
            .send(format!("POST / HTTP/1.1\r\nHost: api.example\r\n{body}"))
            .await;
        client.0.shutdown().await.expect("half a close");
        let answer = client.rest().await.expect("an answer");
        assert!(answer.starts_with(b"HTTP/1.1 4"), "{body:?}");
    }
    assert!(site.requests().is_empty());
}

#[tokio::test]
async fn a_chunked_body_is_joined_and_its_trailers_are_skipped() {
    let (server, site, _) = Stub::start(Limits::default()).await;
    let mut client = Raw::connect(server.address()).await;
    let chunked = "POST / HTTP/1.1\r\nHost: api.example\r\nTransfer-Encoding: chunked\r\n\r\n\
                   3;ext=1\r\nabc\r\nA\r\n0123456789\r\n0\r\nTrailer: x\r\nOther: y\r\n\r\n";
    client.send(format!("{chunked}{GET}")).await;
    client.answer().await;
    client.answer().await;
    let requests = site.requests();
    assert_eq!(requests[0].1.body, b"abc0123456789");
    assert_eq!(requests[1].0.path(), "/a");
    assert_eq!(site.unknown_requests(), [""; 0]);
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_dropped_although_each_line_arrives_in_time() {
    let (server, site, _) = Stub::start(Limits::default()).await;
    let mut client = Raw::connect(server.address()).await;
    client.send("GET / HTTP/1.1\r\n").await;
    has_read(&server).await;
    let mut sent = 0;
    while client.try_send("X: y\r\n").await.is_ok() {
        pass(Limits::default().patience / 4).await;
        has_read(&server).await;
        sent += 1;
        assert!(sent < 100, "the server goes on listening");
    }
    assert!(sent >= 4, "given up after {sent} lines");
    assert!(site.requests().iter().all(|(url, _)| url.path() == "/later"));
}

#[tokio::test]
async fn a_silent_client_is_dropped() {
    let (server, _, _) = Stub::start(Limits::default()).await;
    let mut client = Raw::connect(server.address()).await;
    has_read(&server).await;
    pass(Limits::default().patience).await;
    assert_eq!(client.rest().await.expect("a close"), b"");
}

#[tokio::test]
async fn a_client_that_does_not_read_is_dropped() {
    let (server, site, _) = Stub::start(Limits::default()).await;
    let mut client = Raw::connect(server.address()).await;
    client.send(GET.replace("/a HTTP", "/huge HTTP")).await;
    while site.requests().is_empty() {
        tokio::task::yield_now().await;
    }
    // The answer fills the buffers of the socket.
    has_read(&server).await;
    pass(Limits::default().patience).await;
    assert!(client.rest().await.is_ok_and(|all| all.len() < HUGE));
}

#[tokio::test]
async fn garbage_that_begins_like_tls_is_dropped() {
    let (server, site, _) = Stub::start(Limits::default()).await;
    for garbage in [&b"\x16"[..], b"\x16\x03\x01\xff\xff", b"\x16GET / HTTP/1.1\r\n\r\n"] {
        let mut client = Raw::connect(server.address()).await;
        client.send(garbage).await;
        client.0.shutdown().await.expect("half a close");
        // An alert may come first.
        let _ = client.rest().await;
    }
    let mut client = Raw::connect(server.address()).await;
    check_status(client.request(GET).await.0.as_bytes(), "200");
    assert_eq!(site.requests().len(), 1);
}

#[tokio::test]
async fn connections_over_the_limit_are_closed_and_the_others_go_on() {
    let limits = Limits {
        connections: 4,
        ..Limits::default()
    };
    let (server, site, _) = Stub::start(limits).await;
    let mut within = Vec::new();
    for _ in 0..4 {
        let mut client = Raw::connect(server.address()).await;
        client.request(GET).await;
        within.push(client);
    }
    for _ in 0..50 {
        let mut client = Raw::connect(server.address()).await;
        let sent = client.try_send(GET).await;
        let read = client.rest().await.unwrap_or_default();
        assert!(read.is_empty(), "{sent:?}");
    }
    for client in &mut within {
        check_status(client.request(GET).await.0.as_bytes(), "200");
    }
    assert_eq!(site.requests().len(), 8);
    drop(within);
    // The slots are free as soon as the server has seen the connections close.
    for attempt in 0.. {
        assert!(attempt < 1000, "no slot is free again");
        let mut client = Raw::connect(server.address()).await;
        if client
            .try_send(GET.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"))
            .await
            .is_ok()
            && client.rest().await.is_ok_and(|all| !all.is_empty())
        {
            break;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

#[tokio::test]
async fn idle_connections_do_not_shut_out_new_ones() {
    let limits = Limits {
        connections: 4,
        grace: Duration::ZERO,
        ..Limits::default()
    };
    let (server, site, _) = Stub::start(limits).await;
    // Idle: without a request, in the middle of one, after one, and before a handshake.
    let mut idle = Vec::new();
    for sent in ["", "GET http://api", GET, "\x16\x03\x01"] {
        let mut client = Raw::connect(server.address()).await;
        match sent {
            GET => drop(client.request(GET).await),
            _ => client.send(sent).await,
        }
        idle.push(client);
    }
    for _ in 0..20 {
        let mut client = Raw::connect(server.address()).await;
        check_status(client.request(GET).await.0.as_bytes(), "200");
        idle.push(client);
    }
    assert_eq!(site.requests().len(), 21);
    // Of all connections, the last four are open.
    let last = idle.split_off(idle.len() - 4);
    for mut client in idle {
        assert_eq!(client.rest().await.unwrap_or_default(), b"");
    }
    for mut client in last {
        check_status(client.request(GET).await.0.as_bytes(), "200");
    }
}

#[tokio::test]
async fn connections_end_with_the_server() {
    let (server, _, _) = Stub::start(Limits::default()).await;
    let mut client = Raw::connect(server.address()).await;
    client.request(GET).await;
    drop(server);
    assert_eq!(client.rest().await.unwrap_or_default(), b"");
}

#[tokio::test]
async fn unknown_hosts_get_502_and_are_recorded_separately() {
    let (server, site, _) = Stub::start(Limits::default()).await;
    for (request, what) in [
        (
            "CONNECT other.example:443 HTTP/1.1\r\n\r\n",
            "CONNECT other.example:443",
        ),
        ("GET http://other.example/x HTTP/1.1\r\n\r\n", "http://other.example/x"),
        (
            "GET /x HTTP/1.1\r\nHost: other.example\r\n\r\n",
            "http://other.example/x",
        ),
        ("GET /x HTTP/1.1\r\n\r\n", "http:///x"),
        (
            "GET /x HTTP/1.1\r\nHost: api.example\r\nHost: api.example\r\n\r\n",
            "http://api.example, api.example/x",
        ),
        ("GET /x HTTP/1.1\r\nHost: api.example/~1?\r\n\r\n", "http:///x"),
        ("OPTIONS * HTTP/1.1\r\nHost: api.example\r\n\r\n", "http://api.example*"),
    ] {
        let mut client = Raw::connect(server.address()).await;
        client.send(request).await;
        client.0.shutdown().await.expect("half a close");
        check_status(&client.rest().await.expect("an answer"), "502");
        assert_eq!(site.unknown_requests().pop().as_deref(), Some(what));
    }
    assert!(site.requests().is_empty());
}

#[tokio::test]
async fn a_tunnel_carries_tls_with_a_certificate_of_its_host() {
    let (server, site, ca) = Stub::start(Limits::default()).await;
    for (authority, name, url) in [
        ("api.example:443", "api.example", "https://api.example/a"),
        ("[::1]:8443", "::1", "https://[::1]:8443/a"),
    ] {
        let mut client = Raw::connect(server.address()).await;
        let (head, _) = client
            .request(format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n"))
            .await;
        check_status(head.as_bytes(), "200");
        let mut client = tls(client.0, &ca, name).await;
        // The tunnel decides the host, whatever the Host header is.
        client.request("GET /a HTTP/1.1\r\nHost: elsewhere\r\n\r\n").await;
        assert_eq!(site.requests().last().expect("a request").0.as_str(), url);
    }
}

#[tokio::test]
async fn a_tunnel_carries_plain_http_too() {
    let (server, site, _) = Stub::start(Limits::default()).await;
    for (tunnel, host, url) in [
        ("api.example:80", "", "http://api.example/a"),
        // Servo opens such a tunnel for a URL of http without a port.
        ("api.example:443", "Host: api.example\r\n", "http://api.example/a"),
        ("api.example:80", "Host: elsewhere\r\n", "http://api.example/a"),
    ] {
        let mut client = Raw::connect(server.address()).await;
        client.request(format!("CONNECT {tunnel} HTTP/1.1\r\n\r\n")).await;
        client.request(format!("GET /a HTTP/1.1\r\n{host}\r\n")).await;
        assert_eq!(site.requests().last().expect("a request").0.as_str(), url);
    }
}

#[tokio::test]
async fn bytes_sent_with_the_connect_are_not_lost() {
    let (server, site, _) = Stub::start(Limits::default()).await;
    let mut client = Raw::connect(server.address()).await;
    client
        .send("CONNECT api.example:80 HTTP/1.1\r\n\r\nGET /a HTTP/1.1\r\n\r\n")
        .await;
    client.answer().await;
    client.answer().await;
    assert_eq!(site.only().0.as_str(), "http://api.example/a");
}

#[tokio::test]
async fn a_tunnel_within_a_tunnel_or_within_tls_is_refused() {
    let (server, site, ca) = Stub::start(Limits::default()).await;
    let connect = "CONNECT api.example:443 HTTP/1.1\r\n\r\n";
    let mut client = Raw::connect(server.address()).await;
    client.request(connect).await;
    check_status(client.request(connect).await.0.as_bytes(), "502");
    let mut client = tls(Raw::connect(server.address()).await.0, &ca, "api.example").await;
    check_status(client.request(connect).await.0.as_bytes(), "502");
    assert_eq!(site.unknown_requests(), ["CONNECT api.example:443"; 2]);
}

#[tokio::test]
async fn tls_without_a_tunnel_uses_the_host_header() {
    let (server, site, ca) = Stub::start(Limits::default()).await;
    let mut client = tls(Raw::connect(server.address()).await.0, &ca, "api.example").await;
    client
        .request("GET /a HTTP/1.1\r\nHost: api.example:8443\r\n\r\n")
        .await;
    assert_eq!(site.only().0.as_str(), "https://api.example:8443/a");
}

#[tokio::test]
async fn ipv6_hosts_are_known_in_every_form() {
    let (server, site, _) = Stub::start(Limits::default()).await;
    for request in [
        "GET http://[::1]:81/a HTTP/1.1\r\nHost: [::1]:81\r\n\r\n",
        "GET /a HTTP/1.1\r\nHost: [::1]:81\r\n\r\n",
        "GET /a HTTP/1.1\r\nHost: [0:0::1]:81\r\n\r\n",
    ] {
        Raw::connect(server.address()).await.request(request).await;
        assert_eq!(
            site.requests().last().expect("a request").0.as_str(),
            "http://[::1]:81/a"
        );
    }
    // An authority without a port is valid too.
    let mut client = Raw::connect(server.address()).await;
    check_status(
        client.request("CONNECT [::1] HTTP/1.1\r\n\r\n").await.0.as_bytes(),
        "200",
    );
}

#[tokio::test]
async fn heads_are_recorded_byte_for_byte() {
    let (server, site, _) = Stub::start(Limits::default()).await;
    let head = b"GeT /a HTTP/1.1\r\nhOST: api.example\r\nX-Odd:\x01\0\x7f\xff a\rb \t\r\nX-Odd:\r\nx-odd: 2\r\n\r\n";
    Raw::connect(server.address()).await.request(head).await;
    let (_, incoming) = site.only();
    assert_eq!(incoming.head, head);
    assert_eq!(incoming.method, b"GeT");
    let values: Vec<Vec<u8>> = incoming.headers.get_all(b"x-odd").map(<[u8]>::to_vec).collect();
    assert_eq!(values, [&b"\x01\0\x7f\xff a\rb"[..], b"", b"2"]);
    let names: Vec<Vec<u8>> = incoming.headers.iter().map(|h| h.name.to_vec()).collect();
    assert_eq!(names, [&b"hOST"[..], b"X-Odd", b"X-Odd", b"x-odd"]);
}

#[tokio::test]
async fn a_reset_is_a_reset_and_not_a_close() {
    let (server, _, ca) = Stub::start(Limits::default()).await;
    let reset = "GET /reset HTTP/1.1\r\nHost: api.example\r\n\r\n";
    let mut client = Raw::connect(server.address()).await;
    client.send(reset).await;
    let error = client.rest().await.expect_err("no close");
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    let mut client = tls(Raw::connect(server.address()).await.0, &ca, "api.example").await;
    client.send(reset).await;
    let error = client.rest().await.expect_err("no close");
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn the_connection_closes_if_the_client_requests_it() {
    let (server, site, _) = Stub::start(Limits::default()).await;
    for request in [
        "GET /a HTTP/1.1\r\nHost: api.example\r\nConnection: Close\r\n\r\n",
        "GET /a HTTP/1.1\r\nHost: api.example\r\nConnection: te, close\r\n\r\n",
        "GET /a HTTP/1.0\r\nHost: api.example\r\n\r\n",
    ] {
        let mut client = Raw::connect(server.address()).await;
        client.send(request).await;
        assert!(client.rest().await.expect("a close").ends_with(BODY.as_bytes()));
    }
    assert_eq!(site.requests().len(), 3);
}
