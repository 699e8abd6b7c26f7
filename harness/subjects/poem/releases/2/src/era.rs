//! What differs between the releases of poem: before 1.3.59 there are no globs.

use poem::middleware::Cors;

/// Lets origins in that a glob matches.
#[cfg(feature = "globs")]
pub(crate) fn pattern(cors: Cors, glob: String) -> Cors {
    cors.allow_origin_regex(glob)
}

/// Is not called: no policy that needs globs is sent.
#[cfg(not(feature = "globs"))]
pub(crate) fn pattern(cors: Cors, _: String) -> Cors {
    cors
}
