//! Runs the program as users do.

mod bisect;
mod echo_server;
#[cfg(target_os = "linux")]
mod ending;
mod explain;
mod files;
mod limits;
mod lint;
mod list;
mod probe;
mod program;
mod report;
mod run;
mod secrets;
