//! The topic of a case.

/// The first folder of an id.
pub(crate) fn topic(id: &str) -> &str {
    id.split(['/', '#']).next().unwrap_or(id)
}
