//! Runs the program as users do.

mod again;
mod bisect;
mod echo_server;
#[cfg(target_os = "linux")]
mod ending;
mod explain;
mod files;
mod fuzz;
mod init;
mod limits;
mod lint;
mod list;
#[cfg(target_os = "linux")]
mod package_managers;
mod probe;
mod process_mode;
mod program;
mod report;
mod reports;
mod results_files;
mod resume;
mod run;
mod secrets;
mod shards;
