//! Infers which origins a server lets in.
//!
//! A [`Matcher`] is a way in which servers compare origins. All that let in the origin that is known to be let in are candidates. The next
//! question is the one whose answer tells most about the candidates that are left, until one is likely enough to be *named*. After that, the other questions of the pool are asked too, so that a server that
//! compares in a way of its own is not taken for one that does not: the matcher is *verified*, or the server is [unexplained](Conclusion).
//!
//! A matcher is named when it is likely enough, together with those that give the same answers to all questions that are open.

mod asked;
mod attacker;
mod candidates;
mod conclusion;
mod explanation;
mod matcher;
mod policy;
mod queries;
mod words;

pub use asked::{Asked, NotAnOrigin};
pub use attacker::{Attack, Means, attacks};
pub use conclusion::{Answer, Conclusion, Inference};
pub use explanation::Explanation;
pub use matcher::{Dots, Hosts, Labels, Left, Matcher, Right, Schemes};
pub use policy::policy;
pub use queries::{Query, queries, strangers};
pub use words::describe;

#[cfg(test)]
mod tests;
