//! The folders of installations. Each installation has its own folder, which depends on its version and its sources. Two checkouts
//! or two branches of this project therefore share equal installations and do not overwrite others.

use super::{InstallError, InstallStep, command};
use crate::subject::keywords::Registry;
use crate::subject::subjects::Subject;
use etcetera::BaseStrategy as _;
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use sha2::{Digest, Sha256};
use std::fs::{File, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

/// An installation that was not used for this time is removed when another one of the same release is created.
const KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// The largest source of an adapter, in bytes.
const MAX_SOURCE: u64 = 64 << 20;
/// The variable with another folder for the installations.
const INSTALLED: &str = "CROSSCHECK_INSTALLED";
/// The mode of a folder in which a package manager runs, and of an installation that users share.
const PRIVATE: u32 = 0o700;
const SHARED: u32 = 0o755;
/// The file that marks an installation as complete and records its sources. Its modification time is that of the last use.
const MARK: &str = ".crosscheck-installed";

/// The marks of the installations that this process uses, each with a shared lock. The clock alone does not decide what is unused: it
/// may be set while a run takes place.
static IN_USE: Mutex<Vec<(PathBuf, File)>> = Mutex::new(Vec::new());

/// The build folder of this program, which also contains built adapters.
pub(crate) fn target() -> PathBuf {
    let exe = std::env::current_exe().unwrap_or_default();
    let folder = exe.parent().unwrap_or(Path::new("."));
    if folder.ends_with("deps") || folder.ends_with("examples") {
        return folder.parent().unwrap_or(folder).to_owned();
    }
    folder.to_owned()
}

/// Whether Cargo has built this program where it is, with the crates beside it. An installed program has no build folder.
pub(super) fn has_build_folder() -> bool {
    target().join(".cargo-lock").is_file()
}

/// The folder of this program in the user's cache, which outlives a checkout; the build folder if there is no cache.
#[must_use]
pub fn cache() -> PathBuf {
    let cache = etcetera::choose_base_strategy().ok();
    cache.map_or_else(|| target().join(".."), |base| base.cache_dir().join("crosscheck"))
}

/// Creates a folder that only this user can read, and its parents.
pub(super) fn create_private(folder: &Path) -> io::Result<()> {
    if let Some(parent) = folder.parent() {
        std::fs::create_dir_all(parent)?;
    }
    std::fs::DirBuilder::new().mode(PRIVATE).create(folder)
}

/// The root of all installations: `CROSSCHECK_INSTALLED`, otherwise the user's cache. Releases of crates are compiled with the sources of
/// this checkout and are in its build folder.
pub(super) fn root(registry: Registry) -> PathBuf {
    if let Some(requested) = std::env::var_os(INSTALLED) {
        // Package managers run in the folder of the installation, so relative paths would break.
        return std::path::absolute(&requested).unwrap_or_else(|_| requested.into());
    }
    match registry {
        Registry::Crates if has_build_folder() => target().join("../subjects"),
        _ => cache().join("subjects"),
    }
}

/// The place of one installation.
pub(super) struct Place {
    /// Its folder.
    pub(super) folder: PathBuf,
    /// The folder of all installations of the release, if it can have several.
    release: Option<PathBuf>,
    /// The version and the hash of its sources.
    stamp: String,
    /// Whether other users may use the complete installation: the folder of the installations was named, not chosen.
    shared: bool,
}

impl Place {
    /// Returns the place of a version, or of the locked version if it is `None`.
    ///
    /// # Errors
    /// If the sources cannot be read, or the program that runs the adapter is not installed.
    pub(super) async fn of(
        subject: &Subject,
        version: Option<&str>,
        step: &dyn InstallStep,
    ) -> Result<Self, InstallError> {
        let runtime = match step.runtime() {
            Some(line) => command::run(&line, Path::new("/")).await?,
            None => String::new(),
        };
        let registry = subject.description.package.registry;
        let shared = std::env::var_os(INSTALLED).is_some();
        let place = Self::below(&root(registry), subject, version, step.sources(), &runtime);
        let place = place.map(|place| Self { shared, ..place });
        place.map_err(|source| InstallError::Io {
            path: subject.folder.clone(),
            source,
        })
    }

    /// Returns the place of a version below a root folder.
    fn below(
        root: &Path,
        subject: &Subject,
        version: Option<&str>,
        sources: &[&str],
        runtime: &str,
    ) -> io::Result<Self> {
        let hash = hash(subject, sources, runtime)?;
        let name = match version {
            None => subject.name.clone(),
            Some(version) => format!("{}@{version}", subject.name),
        };
        let release = root.join(name);
        let stamp = format!("{} {hash}\n", version.unwrap_or("locked"));
        // Cargo detects changes in the folder of a crate, so one folder per release is enough.
        Ok(if subject.description.package.registry == Registry::Crates {
            Self {
                folder: release,
                release: None,
                stamp,
                shared: false,
            }
        } else {
            Self {
                folder: release.join(&hash[..16]),
                release: Some(release),
                stamp,
                shared: false,
            }
        })
    }

    /// Whether the installation is complete and from these sources.
    pub(super) fn is_filled(&self) -> bool {
        std::fs::read_to_string(self.folder.join(MARK)).is_ok_and(|mark| mark == self.stamp)
    }

    fn lock_file(&self) -> PathBuf {
        let mut path = self.folder.clone().into_os_string();
        path.push(".lock");
        path.into()
    }

    /// Locks the place against other processes until the returned file is dropped.
    pub(super) async fn lock(&self) -> Result<File, InstallError> {
        let path = self.lock_file();
        let wait = move || {
            std::fs::create_dir_all(path.parent().unwrap_or(Path::new("/")))?;
            let file = File::create(&path)?;
            flock(&file, FlockOperation::LockExclusive)?;
            Ok(file)
        };
        let waited = tokio::task::spawn_blocking(wait).await;
        waited
            .map_err(io::Error::other)
            .and_then(|lock| lock)
            .map_err(|e| self.failed(e))
    }

    /// Creates the folder for a new installation, which only this user can read. The rest of an earlier installation is removed, except
    /// that of a crate, which no longer counts as complete.
    pub(super) fn open(&self) -> io::Result<()> {
        let is_kept = self.release.is_none() && self.folder.is_dir();
        let removed = if is_kept {
            std::fs::remove_file(self.folder.join(MARK))
        } else {
            std::fs::remove_dir_all(&self.folder)
        };
        match removed {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
            _ => {}
        }
        if is_kept {
            return std::fs::set_permissions(&self.folder, Permissions::from_mode(PRIVATE));
        }
        create_private(&self.folder)
    }

    /// Marks the installation as complete, and removes unused installations of the same release.
    pub(super) fn close(&self) -> io::Result<()> {
        if self.shared {
            std::fs::set_permissions(&self.folder, Permissions::from_mode(SHARED))?;
        }
        std::fs::write(self.folder.join(MARK), &self.stamp)?;
        for (folder, used) in self.all() {
            if SystemTime::now().duration_since(used).is_ok_and(|age| age > KEPT) && !is_in_use(&folder) {
                // A failure to remove one does not affect the new installation.
                let _ = std::fs::remove_dir_all(folder);
            }
        }
        Ok(())
    }

    /// Removes the rest of a failed installation, except for a crate: its next build continues from it.
    pub(super) fn abandon(&self) {
        if let Some(release) = &self.release {
            // Files that cannot be removed do not count as an installation.
            let _ = std::fs::remove_dir_all(&self.folder);
            let _ = std::fs::remove_file(self.lock_file());
            let _ = std::fs::remove_dir(release);
        }
    }

    /// Converts an I/O error of the installation.
    pub(super) fn failed(&self, source: io::Error) -> InstallError {
        InstallError::Io {
            path: self.folder.clone(),
            source,
        }
    }

    /// The complete installations of the release, each with the time of its last use.
    fn all(&self) -> Vec<(PathBuf, SystemTime)> {
        let all = self
            .release
            .as_ref()
            .and_then(|release| std::fs::read_dir(release).ok());
        let used = |folder: PathBuf| {
            let mark = std::fs::metadata(folder.join(MARK)).ok()?;
            Some((folder, mark.modified().ok()?))
        };
        let all = all.into_iter().flatten().flatten();
        all.filter_map(|entry| used(entry.path())).collect()
    }

    /// Whether the release has been installed from other sources.
    pub(super) fn has_others(&self) -> bool {
        !self.all().is_empty()
    }

    /// Records the time of its last use, and keeps the installation until this process ends.
    pub(super) fn touch(&self) {
        let path = self.folder.join(MARK);
        // If the file does not exist, the start of the adapter fails with a message. If it belongs to another user, that user's runs
        // keep it.
        let mark = File::options().append(true).open(&path);
        let _ = mark.and_then(|mark| mark.set_modified(SystemTime::now()));
        let mut in_use = IN_USE.lock().unwrap_or_else(PoisonError::into_inner);
        if in_use.iter().any(|(known, _)| *known == path) {
            return;
        }
        // On a file system without locks, the time decides.
        if let Some(mark) = File::open(&path)
            .ok()
            .filter(|mark| flock(mark, FlockOperation::NonBlockingLockShared).is_ok())
        {
            in_use.push((path, mark));
        }
    }
}

/// Whether a process uses an installation.
fn is_in_use(folder: &Path) -> bool {
    let mark = File::open(folder.join(MARK));
    mark.is_ok_and(|mark| flock(&mark, FlockOperation::NonBlockingLockExclusive) == Err(Errno::WOULDBLOCK))
}

/// Returns a hash of everything that determines the installation. It is the same in every checkout.
fn hash(subject: &Subject, sources: &[&str], runtime: &str) -> io::Result<String> {
    let mut hash = Sha256::new();
    // The lengths separate consecutive texts.
    let mut add = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_be_bytes());
        hash.update(bytes);
    };
    add(runtime.as_bytes());
    for source in sources {
        for folder in [Some(&subject.folder), subject.overlay.as_ref()].into_iter().flatten() {
            let mut files = Vec::new();
            collect(&folder.join(source), &mut files)?;
            files.sort();
            for file in files {
                let name = file.strip_prefix(folder).unwrap_or(&file);
                add(name.to_string_lossy().as_bytes());
                add(&crosscheck_input::read(&file, MAX_SOURCE).map_err(io::Error::other)?);
            }
        }
    }
    Ok(hash.finalize().iter().map(|b| format!("{b:02x}")).collect())
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    if path.is_file() {
        files.push(path.to_owned());
    } else if path.is_dir() {
        for entry in std::fs::read_dir(path)? {
            collect(&entry?.path(), files)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::subject::Subjects;
    use std::fs;

    const SOURCES: [&str; 2] = ["package.json", "../common"];

    /// Creates a checkout with one subject that has these sources.
    fn checkout(registry: &str, package: &str, common: &str) -> (tempfile::TempDir, Subject) {
        let folder = tempfile::tempdir().unwrap();
        for name in ["one", "common"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        let description =
            format!("{{name: one, role: server, package: {{registry: {registry}, name: one, version: '1'}}}}");
        for (name, text) in [
            ("one/subject.yaml", &*description),
            ("one/package.json", package),
            ("common/all", common),
        ] {
            fs::write(folder.path().join(name), text).unwrap();
        }
        let subject = Subjects::load(folder.path(), &[])
            .strict()
            .unwrap()
            .remove("one")
            .unwrap();
        (folder, subject)
    }

    #[test]
    fn checkouts_share_only_installations_from_the_same_sources() {
        let folder_of = |package: &str, common: &str, version: Option<&str>, runtime: &str| {
            let (_checkout, subject) = checkout("npm", package, common);
            Place::below(Path::new("/cache"), &subject, version, &SOURCES, runtime)
                .unwrap()
                .folder
        };
        let first = folder_of("a", "b", None, "");
        assert!(first.starts_with("/cache/one"), "{}", first.display());
        assert_eq!(folder_of("a", "b", None, ""), first);
        for other in [
            folder_of("c", "b", None, ""),
            folder_of("a", "c", None, ""),
            folder_of("a", "b", Some("1.2"), ""),
            folder_of("a", "b", None, "another Python"),
        ] {
            assert_ne!(other, first);
        }
    }

    #[tokio::test]
    async fn an_installation_in_use_is_kept_whatever_the_clock_says() {
        let cache = tempfile::tempdir().unwrap();
        let made = |package: &str| {
            let (_checkout, subject) = checkout("npm", package, "");
            let place = Place::below(cache.path(), &subject, None, &SOURCES, "").unwrap();
            place.open().unwrap();
            place.close().unwrap();
            place
        };
        let (used, unused) = (made("used"), made("unused"));
        used.touch();
        for place in [&used, &unused] {
            let mark = File::options().append(true).open(place.folder.join(MARK)).unwrap();
            mark.set_modified(SystemTime::now() - 2 * KEPT).unwrap();
        }
        made("new");
        assert!(used.is_filled() && !unused.folder.exists());
    }

    #[tokio::test]
    async fn an_installation_counts_when_it_is_complete_and_until_it_is_unused_for_long() {
        let cache = tempfile::tempdir().unwrap();
        let made = async |package: &str| {
            let (_checkout, subject) = checkout("npm", package, "");
            let place = Place::below(cache.path(), &subject, None, &SOURCES, "").unwrap();
            let _lock = place.lock().await.unwrap();
            place.open().unwrap();
            assert!(!place.is_filled());
            place.close().unwrap();
            place
        };
        let (old, used) = (made("old").await, made("used").await);
        for place in [&old, &used] {
            let mark = File::options().append(true).open(place.folder.join(MARK)).unwrap();
            mark.set_modified(SystemTime::now() - 2 * KEPT).unwrap();
        }
        used.touch();
        assert!(old.is_filled() && used.is_filled() && old.has_others());
        let new = made("new").await;
        assert!(!old.folder.exists() && used.is_filled() && new.is_filled());
    }

    #[test]
    fn a_package_manager_runs_in_a_new_folder_that_only_the_user_can_read() {
        let cache = tempfile::tempdir().unwrap();
        let (_checkout, subject) = checkout("npm", "", "");
        let mode = |place: &Place| fs::metadata(&place.folder).unwrap().permissions().mode() & 0o777;
        for (shared, complete) in [(false, PRIVATE), (true, SHARED)] {
            let place = Place::below(cache.path(), &subject, None, &SOURCES, "").unwrap();
            let place = Place { shared, ..place };
            fs::create_dir_all(&place.folder).unwrap();
            let planted = place.folder.join(".npmrc");
            fs::write(&planted, "").unwrap();
            place.open().unwrap();
            assert!(!planted.exists());
            assert_eq!(mode(&place), PRIVATE);
            place.close().unwrap();
            assert_eq!(mode(&place), complete);
        }
    }

    #[tokio::test]
    async fn two_processes_do_not_install_into_one_place_at_once() {
        let cache = tempfile::tempdir().unwrap();
        let (_checkout, subject) = checkout("npm", "", "");
        let place = Place::below(cache.path(), &subject, None, &SOURCES, "").unwrap();
        let lock = place.lock().await.unwrap();
        let other = File::create(place.lock_file()).unwrap();
        let try_it = || flock(&other, FlockOperation::NonBlockingLockExclusive);
        assert!(try_it().is_err());
        drop(lock);
        assert!(try_it().is_ok());
    }

    #[test]
    fn each_release_of_a_crate_has_one_folder_next_to_the_common_build() {
        let (_checkout, subject) = checkout("crates.io", "", "");
        let place = Place::below(Path::new("/build"), &subject, Some("1.0.0"), &SOURCES, "").unwrap();
        assert_eq!(place.folder, Path::new("/build/one@1.0.0"));
        assert!(!place.has_others());
    }
}
