//! What differs between the releases of poem: before 1.3.59 there are no globs.

use crosscheck_adapter_common::{Flag, Library};
use poem::middleware::Cors;

/// The library under test.
pub const LIBRARY: Library = Library {
    package: "poem",
    lacks: if cfg!(feature = "globs") {
        &[Flag::OriginsRegex, Flag::ExposeAny, Flag::PrivateNetwork]
    } else {
        &[
            Flag::OriginsUnder,
            Flag::OriginsMixed,
            Flag::OriginsRegex,
            Flag::ExposeAny,
            Flag::PrivateNetwork,
        ]
    },
};

/// Lets origins in that a glob matches.
#[cfg(feature = "globs")]
pub(crate) fn pattern(cors: Cors, glob: String) -> Cors {
    cors.allow_origin_regex(glob)
}

/// Is not asked: `LIBRARY` lacks them.
#[cfg(not(feature = "globs"))]
pub(crate) fn pattern(cors: Cors, _: String) -> Cors {
    cors
}
