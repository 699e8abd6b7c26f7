//! Whether the page gets the response.

/// Whether the page gets the response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The page can read the response.
    Readable,
    /// The response is loaded, and the page can read nothing of it.
    Loaded,
    /// The browser blocks the response or the request.
    Blocked,
    /// The input does not show enough, or the answer depends on what it does not show.
    NotKnown,
}

impl Verdict {
    /// The word in JSON and in the text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Readable => "readable",
            Self::Loaded => "loaded",
            Self::Blocked => "blocked",
            Self::NotKnown => "not-known",
        }
    }
}
