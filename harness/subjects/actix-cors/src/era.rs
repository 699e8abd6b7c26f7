//! What differs between the releases of actix-cors.

use actix_cors::Cors;
use crosscheck_adapter_common::{Flag, Library, Policy};

/// The library under test.
pub const LIBRARY: Library = Library {
    package: "actix-cors",
    lacks: &[Flag::OriginsUnder, Flag::OriginsRegex, Flag::OriginsMixed],
};

pub(crate) fn private_network(cors: Cors, policy: &Policy) -> Cors {
    if policy.private_network {
        cors.allow_private_network_access()
    } else {
        cors
    }
}
