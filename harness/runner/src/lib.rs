//! Runs the corpus against subjects: the model plays the browser on a live server, the harness plays the servers for a client.

pub mod baseline;
pub mod bisect;
pub mod client;
pub mod net;
pub mod process;
pub mod recall;
pub mod release;
pub mod run;
pub mod server;
pub mod status;
pub mod subject;
pub mod version;
mod which;
