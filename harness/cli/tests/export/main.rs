//! `crosscheck export`: what the file has, that a runner in another language gives the verdicts of the program, and that the example
//! projects run.

mod file;
mod own_language;
mod runner;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The flags of the server in `docs/examples/process`.
const FLAGS: &str = "origins-list,origins-null,credentials,methods-list,headers-list,expose-list,max-age,max-age-zero";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn crosscheck(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_crosscheck"))
        .args(args)
        .current_dir(folder)
        .output()
        .expect("the program starts")
}
