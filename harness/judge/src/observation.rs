//! What the harness observed of a server: one exchange, one fetch.

use crosscheck_fetch::{Answer, Outcome, TypeError, WireRequest, WireResponse};
use crosscheck_results::{ExchangeRecord, WireBytes};

/// A request and its answer, byte by byte.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The bytes of the request.
    pub sent: Vec<u8>,
    /// The bytes of the answer.
    pub received: Vec<u8>,
    /// The answer, parsed by the one reader of raw bytes (`corpus::wire`).
    pub response: WireResponse,
}

/// What stays of an answer that is kept for later comparisons: the response without its body, and of the bytes what results record. A
/// probe keeps hundreds of answers, each of which may be some MiB long.
#[derive(Clone, Debug)]
pub struct KeptReply {
    sent: WireBytes,
    received: WireBytes,
    /// The response, without its body.
    pub response: WireResponse,
}

impl KeptReply {
    /// The exchange, as results record it.
    #[must_use]
    pub fn record(&self, what: &str) -> ExchangeRecord {
        ExchangeRecord {
            what: what.to_owned(),
            request: self.sent.clone(),
            response: self.received.clone(),
        }
    }
}

impl From<Reply> for KeptReply {
    fn from(reply: Reply) -> Self {
        Self {
            sent: reply.sent.as_slice().into(),
            received: reply.received.as_slice().into(),
            response: without_body(reply.response),
        }
    }
}

impl From<&Exchanged> for KeptReply {
    fn from(exchanged: &Exchanged) -> Self {
        Self {
            sent: exchanged.sent.as_slice().into(),
            received: exchanged.received.as_slice().into(),
            response: without_body(exchanged.response.clone()),
        }
    }
}

fn without_body(response: WireResponse) -> WireResponse {
    WireResponse {
        body: Vec::new(),
        ..response
    }
}

/// One request of a fetch and its answer.
#[derive(Clone, Debug)]
pub struct Exchanged {
    /// The request.
    pub request: WireRequest,
    /// The bytes of the request; empty where it was not sent.
    pub sent: Vec<u8>,
    /// The bytes of the answer; empty where the simulated cache answered, or no answer came.
    pub received: Vec<u8>,
    /// The answer as the subject wrote it.
    pub response: WireResponse,
    /// The answer as the model got it: its Location is in terms of the case.
    pub answer: Answer,
    /// Whether the simulated shared cache answered.
    pub from_cache: bool,
    /// Whether the same request was sent a second time.
    pub sent_twice: bool,
    /// How the second answer to the same request differs.
    pub unstable: Option<Unstable>,
}

/// A second answer to one request that differs from the first.
#[derive(Clone, Debug)]
pub struct Unstable {
    /// How they differ, in words.
    pub what: String,
    /// The bytes of the second request.
    pub sent: Vec<u8>,
    /// The bytes of the second answer.
    pub received: Vec<u8>,
}

/// One fetch of a case on a server: its outcome and its exchanges.
#[derive(Clone, Debug)]
pub struct FetchRun {
    /// What the page got.
    pub outcome: Result<Outcome, TypeError>,
    /// The exchanges, in order.
    pub exchanges: Vec<Exchanged>,
}

#[cfg(test)]
mod tests {
    use super::{KeptReply, Reply};
    use crosscheck_fetch::{HeaderList, WireResponse};

    #[test]
    fn of_a_long_answer_the_head_and_few_bytes_are_kept() {
        let head = b"HTTP/1.1 200 OK\r\nX-Hit: 1\r\n\r\n";
        for (length, most) in [(0, 100), (10, 100), (4 << 20, 65 << 10)] {
            let body = vec![b'x'; length];
            let mut headers = HeaderList::new();
            headers.push(&b"X-Hit"[..], &b"1"[..]);
            let reply = Reply {
                sent: b"GET / HTTP/1.1\r\n\r\n".to_vec(),
                received: [&head[..], &body].concat(),
                response: WireResponse {
                    status: 200,
                    headers,
                    body: body.clone(),
                    ..WireResponse::default()
                },
            };
            let kept = KeptReply::from(reply);
            let record = kept.record("plain");
            assert!(record.response.bytes().starts_with(head), "{length}");
            assert_eq!(
                record.response.bytes().len() + record.response.omitted(),
                head.len() + length
            );
            assert!(kept.response.headers.contains(b"x-hit") && kept.response.status == 200);
            let bytes = record.response.bytes().len() + record.request.bytes().len() + kept.response.body.len();
            assert!(bytes <= most, "{bytes} bytes are kept of an answer with {length}");
        }
    }
}
