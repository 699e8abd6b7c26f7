//! Differences between releases of poem.

use poem::middleware::Cors;

/// Allows origins that a glob matches.
pub(crate) fn pattern(cors: Cors, glob: String) -> Cors {
    cors.allow_origin_regex(glob)
}
