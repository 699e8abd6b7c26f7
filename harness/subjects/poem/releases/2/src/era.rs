//! Differences between releases of poem: before 1.3.59 there are no globs.

use poem::middleware::Cors;

/// Allows origins that a glob matches.
#[cfg(feature = "globs")]
pub(crate) fn pattern(cors: Cors, glob: String) -> Cors {
    cors.allow_origin_regex(glob)
}

/// Never called, because no policy that needs globs is sent.
#[cfg(not(feature = "globs"))]
pub(crate) fn pattern(cors: Cors, _: String) -> Cors {
    cors
}
