//! What a page must get.

use crosscheck_fetch::{ByteString, ResponseType};
use crosscheck_text::StepId;

/// An expectation: the outcome, and the step that decides it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expect {
    /// The outcome.
    pub outcome: ExpectedOutcome,
    /// The step that decides a refusal, or that a grant rests on; checked on the model.
    pub decided_by: Option<StepId>,
}

/// The outcome that a page must get.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExpectedOutcome {
    /// The API refuses the request: nothing reaches the wire.
    Throws,
    /// A response, network errors included.
    Response(ExpectedResponse),
}

/// The response that a page must get. What is not stated is not compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExpectedResponse {
    /// The type of the response.
    pub response_type: Option<ResponseType>,
    /// The status.
    pub status: Option<u16>,
    /// The reason phrase.
    pub status_text: Option<ByteString>,
    /// Headers that the page sees, with their values.
    pub readable: Vec<(ByteString, ByteString)>,
    /// Headers that the page must not see.
    pub hidden: Vec<ByteString>,
    /// Whether the response was redirected.
    pub redirected: Option<bool>,
    /// The response's URL.
    pub url: Option<String>,
    /// The body.
    pub body: Option<Vec<u8>>,
}

impl Expect {
    /// Expects a response of this type, or of any type.
    #[must_use]
    pub fn of_type(response_type: Option<ResponseType>) -> Self {
        Self {
            outcome: ExpectedOutcome::Response(ExpectedResponse {
                response_type,
                ..ExpectedResponse::default()
            }),
            decided_by: None,
        }
    }

    /// The type of the response, where one is stated.
    #[must_use]
    pub const fn response_type(&self) -> Option<ResponseType> {
        match &self.outcome {
            ExpectedOutcome::Throws => None,
            ExpectedOutcome::Response(response) => response.response_type,
        }
    }

    /// Whether the page must be refused: the API throws, or the fetch ends in a network error.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        match &self.outcome {
            ExpectedOutcome::Throws => true,
            ExpectedOutcome::Response(response) => response.response_type == Some(ResponseType::Error),
        }
    }
}
