//! What differs between the releases of poem.

use poem::middleware::Cors;

/// Lets origins in that a glob matches.
pub(crate) fn pattern(cors: Cors, glob: String) -> Cors {
    cors.allow_origin_regex(glob)
}
