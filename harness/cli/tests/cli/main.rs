//! Runs the program as users do.

mod bisect;
mod echo_server;
mod explain;
mod lint;
mod list;
mod probe;
mod program;
mod report;
mod run;
mod secrets;
