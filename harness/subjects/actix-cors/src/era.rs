//! Differences between releases of actix-cors.

use actix_cors::Cors;
use crosscheck_adapter_common::Policy;

pub(crate) fn private_network(cors: Cors, policy: &Policy) -> Cors {
    if policy.private_network {
        cors.allow_private_network_access()
    } else {
        cors
    }
}
