//! The identity of a running subject.

/// What a subject reports about itself.
#[derive(Clone, Debug, Default)]
pub struct Identity {
    /// The library.
    pub library: String,
    /// Its version.
    pub version: String,
}
