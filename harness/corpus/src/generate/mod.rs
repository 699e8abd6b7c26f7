//! Generates policies, and visits to servers that have them. Does no I/O, and the same seed gives the same policies and visits.
//!
//! A [`Visit`] is a fetch, or several, by pages of origins that are related to the origins of the policy by named [operators](Operator).
//! [`visit_case`](crate::probes::visit_case) makes it a case, whose verdict follows from the policy as that of every probe does.

mod host_kind;
mod operator;
mod parts;
mod policy;
mod random;
mod reduce;
mod visit;

pub use host_kind::HostKind;
pub use operator::{Alphabet, OPERATORS, Operator, by_name};
pub use policy::{PolicyKind, kinds, policy};
pub use random::{Random, Source};
pub use reduce::{CANONICAL, CANONICAL_HOST, related_visits, simpler_policies, simpler_visits};
pub use visit::{GeneratedRequest, Requester, Visit, visits};

#[cfg(test)]
mod tests;
