//! A server on loopback that allows every origin and sends back whatever it gets.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};

pub(crate) struct EchoServer {
    pub(crate) address: SocketAddr,
}

impl EchoServer {
    /// Starts it. It ends with the test.
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                std::thread::spawn(move || answer(stream));
            }
        });
        Self { address }
    }
}

/// Answers one request. All header lines and the target come back in one header and in the body, with a cookie and a token of the server.
fn answer(mut stream: TcpStream) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(1) => head.push(byte[0]),
            _ => return,
        }
    }
    let text = String::from_utf8_lossy(&head);
    let lines: Vec<&str> = text.trim_end().lines().collect();
    let origin = lines.iter().find_map(|l| l.strip_prefix("Origin: ")).unwrap_or("*");
    // The values of content negotiation are hidden in their own line alone.
    let echoed: Vec<&str> = lines
        .iter()
        .copied()
        .filter(|l| !l.starts_with("Accept-Language"))
        .collect();
    let echoed = echoed.join(" | ");
    let response = format!(
        "HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: {origin}\r\nAccess-Control-Allow-Credentials: true\r\n\
         Access-Control-Allow-Headers: {echoed}\r\nAccess-Control-Allow-Methods: {echoed}\r\nVary: {echoed}\r\n\
         Set-Cookie: sid=MARKMARKMARK-of-the-server; Path=/; SameSite=None; Secure\r\nX-Csrf-Token: MARKMARKMARK-csrf\r\n\
         X-Echo: {echoed}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{echoed}",
        echoed.len()
    );
    let _ = stream.write_all(response.as_bytes());
}
