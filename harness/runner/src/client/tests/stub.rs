//! A site that answers everything of two hosts and remembers it.

use crate::client::book::Answer;
use crate::client::origin::{Incoming, Limits, Mint, OriginServer, Site};
use crosscheck_fetch::Url;
use std::sync::{Arc, Mutex};

/// The body of every answer.
pub(super) const BODY: &str = "stub";

/// More bytes than any socket buffers, of the answer at `/huge`.
pub(super) const HUGE: usize = 64 << 20;

#[derive(Debug, Default)]
pub(super) struct Stub {
    asked: Mutex<Vec<(Url, Incoming)>>,
    strangers: Mutex<Vec<String>>,
}

impl Stub {
    /// The server, the site behind it, and the authority of its certificates.
    pub(super) async fn start(limits: Limits) -> (OriginServer, Arc<Self>, Arc<Mint>) {
        let site = Arc::new(Self::default());
        let mint = Arc::new(Mint::new().expect("an authority"));
        let server = OriginServer::start(Arc::clone(&site), Arc::clone(&mint), limits, 0)
            .await
            .expect("a socket");
        (server, site, mint)
    }

    pub(super) fn asked(&self) -> Vec<(Url, Incoming)> {
        self.asked.lock().expect("no panic").clone()
    }

    /// The only request.
    #[track_caller]
    pub(super) fn only(&self) -> (Url, Incoming) {
        let mut asked = self.asked();
        assert_eq!(asked.len(), 1, "{asked:?}");
        asked.remove(0)
    }

    pub(super) fn strangers(&self) -> Vec<String> {
        self.strangers.lock().expect("no panic").clone()
    }
}

impl Site for Stub {
    fn knows(&self, host: &str) -> bool {
        matches!(host, "api.example" | "[::1]" | "::1")
    }

    fn answer(&self, url: Url, incoming: Incoming) -> Answer {
        let path = url.path().to_owned();
        self.asked.lock().expect("no panic").push((url, incoming));
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

    fn stranger(&self, what: &str) {
        self.strangers.lock().expect("no panic").push(what.to_owned());
    }
}
