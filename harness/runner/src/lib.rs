//! Runs the corpus against subjects: the model plays the browser on a live server, and the judge says by effect what deviates.

pub mod baseline;
pub mod client;
mod judge;
pub mod model;
pub mod net;
pub mod recall;
pub mod record;
pub mod results;
pub mod rules;
pub mod run;
pub mod server;
pub mod subject;

pub use judge::Examined;
