//! What the harness observed of a server: one exchange, one fetch.

use crosscheck_fetch::{Answer, Outcome, TypeError, WireRequest, WireResponse};

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
