//! Infers which origins a server allows.
//!
//! A [`Matcher`] is a way in which servers compare origins. Every matcher that allows the known origin is a candidate. The next
//! [`Query`] is the one whose result distinguishes the remaining candidates best. A matcher is *named* as soon as it is likely enough.
//! Then the remaining queries are sent, too, so that a server with a comparison of its own is not mistaken for one with a known comparison:
//! the matcher is *verified*, or the server is [unexplained](Conclusion::Unexplained).

mod attack;
mod candidates;
mod describe;
mod explanation;
mod inference;
mod matcher;
mod policy;
mod queries;

pub use attack::{Attack, AttackerNeeds, attack_candidates, attacks};
pub use describe::describe;
pub use explanation::Explanation;
pub use inference::{Conclusion, Inference, QueryResult};
pub use matcher::{Dots, Hosts, Labels, Leading, Matcher, Schemes, Trailing};
pub use policy::policy_origins;
pub use queries::{Query, queries};

#[cfg(test)]
mod tests;
