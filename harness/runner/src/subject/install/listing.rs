//! Lists the versions of a package with the package manager of its registry, which the user has configured.

use super::command::{Excerpt, Line, within};
use super::{InstallError, Registry, Subject};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;
use thiserror::Error;

/// The time limit for a package manager.
const PATIENCE: Duration = Duration::from_secs(180);
/// The limit for a file that it writes, in bytes.
const MOST: u64 = 16 << 20;
/// How the name of a folder for a listing begins.
const PREFIX: &str = "listing-";
/// The age from which no package manager runs in such a folder any more.
const KEPT: Duration = PATIENCE.saturating_mul(10);
/// A project of npm, of Go and of Cargo. Each package manager searches the folders above for one.
const EMPTY_PROJECTS: [(&str, &str); 3] = [
    ("package.json", "{}"),
    ("go.mod", "module listing\n"),
    ("Cargo.toml", "[workspace]\n"),
];

/// Why the versions of a package cannot be listed.
#[derive(Debug, Error)]
pub enum ListError {
    /// The package manager is missing or failed.
    #[error(transparent)]
    Command(#[from] InstallError),
    /// Its output, or a file that it writes, has no versions.
    #[error("cannot list the versions of {package}: {what}")]
    Unread {
        /// The package.
        package: String,
        /// What is wrong.
        what: String,
    },
    /// The registry has one version only.
    #[error("packages of {0} come in one version only")]
    OneVersion(Registry),
}

/// Returns every version of a subject's package that its registry lists, unordered.
///
/// # Errors
/// If the package manager is missing or fails, or the registry offers no choice of versions.
pub async fn list_versions(subject: &Subject) -> Result<Vec<String>, ListError> {
    let package = &subject.description.package;
    let name = package.name.as_str();
    let listed = match package.registry {
        Registry::Npm => npm(&printed(
            Registry::Npm,
            "npm",
            &["view", "--no-workspaces", name, "versions", "--json"],
        )
        .await?),
        Registry::PyPi => {
            let index = [
                "-m",
                "pip",
                "index",
                "versions",
                "--pre",
                "--disable-pip-version-check",
                name,
            ];
            pip(&printed(Registry::PyPi, "python3", &index).await?)
        }
        Registry::Go => go(&printed(Registry::Go, "go", &["list", "-m", "-versions", name]).await?),
        Registry::Maven => {
            // Maven writes a file with all versions when it looks for the newest one.
            let newest = format!("-Dartifact={name}:LATEST");
            let get = [
                "--batch-mode",
                "--quiet",
                "--update-snapshots",
                "dependency:get",
                newest.as_str(),
                "-Dtransitive=false",
            ];
            printed(Registry::Maven, "mvn", &get).await?;
            maven(&read_all(&maven_files(name)))
        }
        Registry::Crates => {
            // Cargo caches the whole index entry when it looks for the newest version.
            printed(Registry::Crates, "cargo", &["info", "--quiet", name]).await?;
            crates(&read_all(&cargo_files(name)))
        }
        registry @ (Registry::Debian | Registry::This) => return Err(ListError::OneVersion(registry)),
    };
    // Keeps only versions that are valid after the `@` of a subject's name.
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'+');
    let mut versions = listed;
    versions.retain(|v| v.starts_with(|c: char| c.is_ascii_alphanumeric()) && v.bytes().all(plain));
    if versions.is_empty() {
        return Err(ListError::Unread {
            package: name.to_owned(),
            what: format!("{} lists no versions", package.registry),
        });
    }
    Ok(versions)
}

/// A new folder that only this user can read. Those of runs that were killed are removed.
fn new_folder(parent: &Path) -> io::Result<TempDir> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::create_dir_all(parent)?;
    for entry in std::fs::read_dir(parent)?.flatten() {
        let age = entry.metadata().and_then(|m| m.modified()).map(|used| used.elapsed());
        let is_left = matches!(age, Ok(Ok(age)) if age > KEPT);
        if is_left && entry.file_name().as_encoded_bytes().starts_with(PREFIX.as_bytes()) {
            // Another run may remove it at the same moment.
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
    tempfile::Builder::new()
        .prefix(PREFIX)
        .permissions(std::fs::Permissions::from_mode(0o700))
        .tempdir_in(parent)
}

/// Runs a program in a new folder in the user's cache, and returns its output. No project, and no other user of the machine, has
/// configuration there. Empty projects end the search for one in the folders above.
async fn printed(registry: Registry, program: &str, arguments: &[&str]) -> Result<String, InstallError> {
    let parent = super::place::cache();
    let failed = |path: &Path, source| InstallError::Io {
        path: path.to_owned(),
        source,
    };
    let folder = new_folder(&parent).map_err(|source| failed(&parent, source))?;
    let folder = folder.path();
    for (name, text) in EMPTY_PROJECTS {
        std::fs::write(folder.join(name), text).map_err(|source| failed(folder, source))?;
    }
    std::fs::create_dir(folder.join(super::maven::PROJECT)).map_err(|source| failed(folder, source))?;
    let mut line = Line::new(registry, program, arguments);
    line.environment = vec![
        ("GOTOOLCHAIN", "local".to_owned()),
        ("GOWORK", "off".to_owned()),
        ("GOFLAGS", "-mod=mod".to_owned()),
    ];
    line.excerpt = Excerpt::Stderr;
    within(PATIENCE, &line, folder).await
}

/// Parses a list, or the only version.
fn npm(text: &str) -> Vec<String> {
    match serde_json::from_str(text) {
        Ok(serde_json::Value::Array(list)) => list.iter().filter_map(|v| v.as_str().map(str::to_owned)).collect(),
        Ok(serde_json::Value::String(one)) => vec![one],
        _ => Vec::new(),
    }
}

/// Parses `Available versions: 2.0, 1.0`.
fn pip(text: &str) -> Vec<String> {
    let line = text.lines().find_map(|l| l.strip_prefix("Available versions:"));
    let versions = line.unwrap_or_default().split(',').map(str::trim);
    versions.filter(|v| !v.is_empty()).map(str::to_owned).collect()
}

/// Parses `module v1.0.0 v1.1.0`.
fn go(text: &str) -> Vec<String> {
    text.split_whitespace().skip(1).map(str::to_owned).collect()
}

/// Parses `<version>1.0</version>` in the cached metadata of a repository.
fn maven(text: &str) -> Vec<String> {
    let parts = text.split("<version>").skip(1);
    let versions = parts.filter_map(|part| part.split_once("</version>"));
    versions.map(|(version, _)| version.trim().to_owned()).collect()
}

/// Parses the index entries, one per version, separated by NUL. Yanked releases are skipped, because they cannot be built.
fn crates(text: &str) -> Vec<String> {
    #[derive(serde::Deserialize)]
    struct Listed {
        vers: String,
        #[serde(default)]
        yanked: bool,
    }
    let entries = text.split('\0').filter(|part| part.starts_with('{'));
    let listed = entries.filter_map(|entry| serde_json::from_str::<Listed>(entry).ok());
    listed.filter(|l| !l.yanked).map(|l| l.vers).collect()
}

fn home() -> PathBuf {
    std::env::var_os("HOME").map_or_else(PathBuf::new, PathBuf::from)
}

/// Returns the files in which Maven caches the metadata of an artifact, `group:artifact`.
fn maven_files(name: &str) -> Vec<PathBuf> {
    let mut folder = home().join(".m2/repository");
    let (group, artifact) = name.split_once(':').unwrap_or((name, ""));
    folder.extend(group.split('.'));
    folder.push(artifact);
    let is_metadata = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        name.starts_with("maven-metadata") && name.ends_with(".xml")
    };
    below(&folder).into_iter().filter(is_metadata).collect()
}

/// Returns the files in which cargo caches the index entry of a crate: one per registry, below letters of the crate's name.
fn cargo_files(name: &str) -> Vec<PathBuf> {
    let home = std::env::var_os("CARGO_HOME").map_or_else(|| home().join(".cargo"), PathBuf::from);
    let name = name.to_lowercase();
    let letters = match name.len() {
        1..=2 => name.len().to_string(),
        3 => format!("3/{}", &name[..1]),
        _ => format!(
            "{}/{}",
            name.get(..2).unwrap_or_default(),
            name.get(2..4).unwrap_or_default()
        ),
    };
    let indexes = below(&home.join("registry/index"));
    indexes
        .iter()
        .map(|index| index.join(".cache").join(&letters).join(&name))
        .collect()
}

fn below(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

/// Returns the concatenated texts of the files that exist.
fn read_all(files: &[PathBuf]) -> String {
    let mut text = String::new();
    for file in files {
        if let Ok(bytes) = crosscheck_input::read(file, MOST) {
            text.push_str(&String::from_utf8_lossy(&bytes));
            text.push('\0');
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_listed_in_a_new_folder_that_only_the_user_can_read() {
        use std::os::unix::fs::PermissionsExt as _;
        let parent = tempfile::tempdir().unwrap();
        let root = parent.path().join("subjects");
        let (one, other) = (new_folder(&root).unwrap(), new_folder(&root).unwrap());
        assert!(one.path() != other.path() && one.path().starts_with(&root));
        let mode = std::fs::metadata(one.path()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }

    #[test]
    fn the_folder_of_a_run_that_was_killed_is_removed_later() {
        let parent = tempfile::tempdir().unwrap();
        let left = new_folder(parent.path()).unwrap().keep();
        let other = parent.path().join("subjects");
        std::fs::create_dir(&other).unwrap();
        let _one = new_folder(parent.path()).unwrap();
        assert!(left.exists());
        for folder in [&left, &other] {
            let folder = std::fs::File::open(folder).unwrap();
            folder.set_modified(std::time::SystemTime::now() - 2 * KEPT).unwrap();
        }
        let _other = new_folder(parent.path()).unwrap();
        assert!(!left.exists() && other.exists());
    }

    #[test]
    fn the_output_of_every_package_manager_is_parsed() {
        type Reader = fn(&str) -> Vec<String>;
        let table: [(&str, Reader, &str, &[&str]); 9] = [
            (
                "npm",
                npm,
                "[\n  \"1.0.0\",\n  \"1.1.0-rc.1\"\n]\n",
                &["1.0.0", "1.1.0-rc.1"],
            ),
            ("npm, one", npm, "\"1.0.0\"\n", &["1.0.0"]),
            ("npm, none", npm, "{\"error\": 3}", &[]),
            (
                "pip",
                pip,
                "a (2.0)\nAvailable versions: 2.0, 1.1, 1.0\n  INSTALLED: 1.0\n",
                &["2.0", "1.1", "1.0"],
            ),
            ("pip, none", pip, "ERROR: nothing\n", &[]),
            ("go", go, "go.example/a v1.0.0 v1.1.0\n", &["v1.0.0", "v1.1.0"]),
            ("go, none", go, "go.example/a\n", &[]),
            (
                "maven",
                maven,
                "<latest>2</latest><versions>\n<version>1.0</version>\n<version> 2.0 </version></versions>",
                &["1.0", "2.0"],
            ),
            (
                "cargo",
                crates,
                "\u{3}\u{2}\0etag\x000.1.0\0{\"vers\":\"0.1.0\",\"yanked\":true}\x000.2.0\0{\"vers\":\"0.2.0\"}\0{broken",
                &["0.2.0"],
            ),
        ];
        for (name, read, text, expected) in table {
            assert_eq!(read(text), expected, "{name}");
        }
    }

    #[test]
    fn index_entries_are_below_letters_of_the_name() {
        for (name, expected) in [("warp", "wa/rp/warp"), ("a", "1/a"), ("ab", "2/ab"), ("abc", "3/a/abc")] {
            let files = cargo_files(name);
            assert!(
                files.iter().all(|f| f.ends_with(Path::new(".cache").join(expected))),
                "{files:?}"
            );
        }
    }
}
