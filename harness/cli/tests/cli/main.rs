//! Runs the program as users do.

mod bisect;
mod explain;
mod files;
mod lint;
mod list;
mod probe;
mod program;
mod report;
mod run;
