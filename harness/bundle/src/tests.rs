use super::*;
use std::collections::BTreeSet;
use std::path::Path;

fn root() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[test]
fn the_program_carries_the_files_of_the_checkout() {
    for file in all().unwrap() {
        assert_eq!(
            std::fs::read(root().join(file.path)).unwrap(),
            file.content,
            "{}",
            file.path
        );
    }
    let one = |folder: &str, name: &str| {
        let found = below(folder).unwrap();
        assert!(
            found.iter().any(|file| file.path == name),
            "{name} is not below {folder}"
        );
    };
    one("cases", "cases/steps.yaml");
    one("cases/policies", "cases/policies/one.yaml");
    one("harness/subjects", "harness/subjects/starlette/adapter.py");
    one("reports/baselines", "reports/baselines/express-cors.yaml");
    one("Cargo.lock", "Cargo.lock");
}

#[test]
fn a_folder_does_not_include_those_whose_names_it_begins() {
    assert_eq!(below("harness/subjects/h").unwrap(), []);
}

#[test]
fn files_are_unpacked_once_and_restored_if_they_were_changed() {
    let folder = tempfile::tempdir().unwrap();
    let own = unpack(folder.path()).unwrap();
    let adapter = own.join("harness/subjects/starlette/adapter.py");
    let right = std::fs::read(&adapter).unwrap();
    let first = std::fs::metadata(&adapter).unwrap().modified().unwrap();
    assert_eq!(unpack(folder.path()).unwrap(), own);
    assert_eq!(std::fs::metadata(&adapter).unwrap().modified().unwrap(), first);
    std::fs::write(&adapter, "import os").unwrap();
    std::fs::remove_file(own.join("Cargo.lock")).unwrap();
    let other = own.join("cases/steps.yaml");
    std::fs::remove_file(&other).unwrap();
    std::os::unix::fs::symlink("/etc/hostname", &other).unwrap();
    unpack(folder.path()).unwrap();
    assert_eq!(std::fs::read(&adapter).unwrap(), right);
    assert!(own.join("Cargo.lock").is_file() && !other.is_symlink());
    let names: BTreeSet<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    assert_eq!(names.len(), 1, "{names:?}");
}

#[test]
fn folders_of_many_other_versions_are_removed() {
    let folder = tempfile::tempdir().unwrap();
    for version in 0..9 {
        std::fs::create_dir(folder.path().join(format!("{version:016}"))).unwrap();
    }
    std::fs::create_dir(folder.path().join("other")).unwrap();
    unpack(folder.path()).unwrap();
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 4 + 2);
}

#[test]
fn an_unwritable_folder_is_an_error_with_its_path() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let error = unpack(&file.join("below")).unwrap_err().to_string();
    assert!(
        error.contains("cannot unpack the adapters into") && error.contains("below"),
        "{error}"
    );
}

/// A release of a crate is built with what the program carries: the package of a release, as the installation writes it, has all the
/// crates that it names by path.
#[test]
fn the_crates_that_a_release_is_built_with_are_complete() {
    let folder = tempfile::tempdir().unwrap();
    let own = unpack(folder.path()).unwrap();
    let release = folder.path().join("release");
    std::fs::create_dir_all(release.join("src")).unwrap();
    std::fs::write(release.join("src/lib.rs"), "").unwrap();
    std::fs::copy(own.join("Cargo.lock"), release.join("Cargo.lock")).unwrap();
    let common = own.join("harness/subjects/rust-common");
    let manifest = format!(
        "[package]\nname = \"release\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n[dependencies]\ncrosscheck-adapter-common = {{ path = {common:?} }}\n"
    );
    std::fs::write(release.join("Cargo.toml"), manifest).unwrap();
    // The packages of the registry are there: this test was built with them.
    let cargo = std::process::Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--prefix", "none", "--manifest-path"])
        .arg(release.join("Cargo.toml"))
        .output()
        .unwrap();
    assert!(cargo.status.success(), "{}", String::from_utf8_lossy(&cargo.stderr));
    let tree = String::from_utf8(cargo.stdout).unwrap();
    for name in ["corpus", "fetch", "input", "text"] {
        let folder = own.join("harness").join(name);
        assert!(tree.contains(&format!("({})", folder.display())), "{name}: {tree}");
    }
}
