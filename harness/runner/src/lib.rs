//! Runs the corpus against subjects. For a server, the model acts as the browser; for a client, the harness acts as the servers.

pub mod baseline;
pub mod bisect;
pub mod client;
pub mod export;
pub mod finished;
pub mod net;
pub mod process;
pub mod project;
pub mod recall;
pub mod release;
pub mod run;
pub mod server;
pub mod status;
pub mod stop;
pub mod subject;
pub mod subjects;
mod which;
