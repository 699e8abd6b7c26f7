//! What differs between the releases of actix-cors: those before private network access.

use actix_cors::Cors;
use crosscheck_adapter_common::{Flag, Library, Policy};

/// The library under test.
pub const LIBRARY: Library = Library {
    package: "actix-cors",
    lacks: &[
        Flag::OriginsUnder,
        Flag::OriginsRegex,
        Flag::OriginsMixed,
        Flag::PrivateNetwork,
    ],
};

pub(crate) const fn private_network(cors: Cors, _: &Policy) -> Cors {
    cors
}
