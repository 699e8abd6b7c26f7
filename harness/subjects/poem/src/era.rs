//! What differs between the releases of poem.

use crosscheck_adapter_common::{Flag, Library};
use poem::middleware::Cors;

/// The library under test.
pub const LIBRARY: Library = Library {
    package: "poem",
    lacks: &[Flag::OriginsRegex, Flag::ExposeAny, Flag::PrivateNetwork],
};

/// Lets origins in that a glob matches.
pub(crate) fn pattern(cors: Cors, glob: String) -> Cors {
    cors.allow_origin_regex(glob)
}
