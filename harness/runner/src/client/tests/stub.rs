//! A site that serves every path of two hosts and records the requests.

use crate::client::case_queue::Answer;
use crate::client::origin::{CertificateAuthority, Incoming, Limits, OriginServer, Site};
use crosscheck_fetch::Url;
use std::sync::{Arc, Mutex};

/// The body of every answer.
pub(super) const BODY: &str = "stub";

/// The size of the response at `/huge`: more bytes than any socket buffers.
pub(super) const HUGE: usize = 64 << 20;

#[derive(Debug, Default)]
pub(super) struct Stub {
    requests: Mutex<Vec<(Url, Incoming)>>,
    unknown_requests: Mutex<Vec<String>>,
}

impl Stub {
    /// Starts a server; returns it, its site, and the authority of its certificates.
    pub(super) async fn start(limits: Limits) -> (OriginServer, Arc<Self>, Arc<CertificateAuthority>) {
        let site = Arc::new(Self::default());
        let ca = Arc::new(CertificateAuthority::new().expect("an authority"));
        let server = OriginServer::start(Arc::clone(&site), Arc::clone(&ca), limits, 0)
            .await
            .expect("a socket");
        (server, site, ca)
    }

    pub(super) fn requests(&self) -> Vec<(Url, Incoming)> {
        self.requests.lock().expect("no panic").clone()
    }

    /// The only request.
    #[track_caller]
    pub(super) fn only(&self) -> (Url, Incoming) {
        let mut requests = self.requests();
        assert_eq!(requests.len(), 1, "{requests:?}");
        requests.remove(0)
    }

    pub(super) fn unknown_requests(&self) -> Vec<String> {
        self.unknown_requests.lock().expect("no panic").clone()
    }
}

impl Site for Stub {
    fn knows(&self, host: &str) -> bool {
        matches!(host, "api.example" | "[::1]" | "::1")
    }

    fn answer(&self, url: Url, incoming: Incoming) -> Answer {
        let path = url.path().to_owned();
        self.requests.lock().expect("no panic").push((url, incoming));
        match path.as_str() {
            "/reset" => return Answer::Reset,
            "/huge" => {
                return Answer::Bytes {
                    bytes: vec![b'a'; HUGE],
                    close: false,
                };
            }
            _ => {}
        }
        Answer::Bytes {
            bytes: format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{BODY}", BODY.len()).into_bytes(),
            close: false,
        }
    }

    fn report_unknown(&self, what: &str) {
        self.unknown_requests.lock().expect("no panic").push(what.to_owned());
    }
}
