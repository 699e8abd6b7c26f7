//! Passes the path of the lock file to the library: that of the harness, or that of a separately built release.

use std::path::{Path, PathBuf};

fn main() {
    println!("cargo::rerun-if-env-changed=CROSSCHECK_LOCK");
    let lock = std::env::var_os("CROSSCHECK_LOCK").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../Cargo.lock"),
        PathBuf::from,
    );
    println!("cargo::rerun-if-changed={}", lock.display());
    println!("cargo::rustc-env=CROSSCHECK_LOCK={}", lock.display());
}
