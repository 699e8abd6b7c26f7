//! Runs the corpus against subjects: the model plays the browser on a live server, and the judge says by effect what deviates.

pub mod baseline;
pub mod bisect;
pub mod client;
mod judge;
pub mod model;
pub mod net;
mod path;
pub mod recall;
pub mod record;
pub mod release;
pub mod results;
pub mod rules;
pub mod run;
pub mod server;
pub mod status;
pub mod subject;

pub use judge::Examined;
