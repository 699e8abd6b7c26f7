//! Why a request fails and what would mend it: exchanges from flags, from a paste or from a case, run on the model with a
//! trace, and the smallest change of the responses that shares the last one.
//!
//! A [`Scene`] is what the model needs: pages, requests, recorded answers. [`AdHoc`] makes one from what people have at hand,
//! [`Scene::of_case`] from a case; [`remedy`] looks for the change.

mod adhoc;
mod case;
mod change;
mod opens;
mod read;
mod remedy;
mod repair;
mod scene;

pub use adhoc::{AdHoc, Flags};
pub use change::{Change, Edit, apply};
pub use read::InputError;
pub use remedy::{Mending, Remedy, remedy};
pub use scene::{Exchanged, FetchRun, Recorded, Scene, SceneFetch};

#[cfg(test)]
mod tests;
