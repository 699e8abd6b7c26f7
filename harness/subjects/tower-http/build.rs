//! Takes the version of the library under test from the lock file.

use std::path::{Path, PathBuf};

fn main() {
    println!("cargo::rerun-if-env-changed=CROSSCHECK_LOCK");
    // A separately built release has its own.
    let lock = std::env::var_os("CROSSCHECK_LOCK").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../Cargo.lock"),
        PathBuf::from,
    );
    println!("cargo::rerun-if-changed={}", lock.display());
    let text = std::fs::read_to_string(lock).unwrap_or_default();
    let version = text
        .split_once("name = \"tower-http\"\nversion = \"")
        .and_then(|(_, rest)| rest.split_once('"'))
        .map_or("unknown", |(version, _)| version);
    println!("cargo::rustc-env=LIBRARY_VERSION={version}");
}
