//! Compresses the files that the program carries into one archive, and writes the table of their paths and lengths.

use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

/// The files and folders of the checkout that the program carries. Those from the first manifest on are what a release of a crate is
/// built with.
const CARRIED: [&str; 14] = [
    "cases",
    "harness/subjects",
    "harness/templates",
    "reports/baselines",
    "Cargo.toml",
    "Cargo.lock",
    "harness/corpus/Cargo.toml",
    "harness/corpus/src",
    "harness/fetch/Cargo.toml",
    "harness/fetch/src",
    "harness/input/Cargo.toml",
    "harness/input/src",
    "harness/text/Cargo.toml",
    "harness/text/src",
];

/// The names of folders that tools create, and that are no sources.
const CREATED: [&str; 4] = ["__pycache__", "node_modules", "target", "venv"];

fn main() -> io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files = BTreeMap::new();
    for carried in CARRIED {
        println!("cargo:rerun-if-changed={}", root.join(carried).display());
        add(&root, carried, &mut files)?;
    }
    let out = PathBuf::from(std::env::var_os("OUT_DIR").unwrap_or_default());
    let (mut table, mut archive, mut digest) = (String::new(), Vec::new(), Sha256::new());
    for (path, bytes) in &files {
        let _ = writeln!(table, "    ({path:?}, {}),", bytes.len());
        digest.update(path.as_bytes());
        digest.update([0]);
        digest.update((bytes.len() as u64).to_le_bytes());
        digest.update(bytes);
        archive.extend_from_slice(bytes);
    }
    let digest = digest.finalize().iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    });
    std::fs::write(
        out.join("archive.lz4"),
        lz4_flex::block::compress_prepend_size(&archive),
    )?;
    let table = format!("const DIGEST: &str = {digest:?};\nconst FILES: &[(&str, usize)] = &[\n{table}];\n");
    std::fs::write(out.join("table.rs"), table)
}

/// Adds a file, or what is below a folder. Hidden files and what tools create are left out.
fn add(root: &Path, below: &str, files: &mut BTreeMap<String, Vec<u8>>) -> io::Result<()> {
    let path = root.join(below);
    if !path.is_dir() {
        files.insert(below.to_owned(), std::fs::read(path)?);
        return Ok(());
    }
    for entry in std::fs::read_dir(path)? {
        let name = entry?.file_name();
        let Some(name) = name.to_str() else { continue };
        if !name.starts_with('.') && !CREATED.contains(&name) {
            add(root, &format!("{below}/{name}"), files)?;
        }
    }
    Ok(())
}
