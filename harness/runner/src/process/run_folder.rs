//! The folder for the temporary files of this program and of its children. It is removed with its last user.
//!
//! Every child gets it as `TMPDIR`, so that what a child leaves behind is removed too. While the folder is in use, it is locked. A
//! folder that is not locked belongs to a run that was killed, see `leftovers`.

use super::marked;
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use rustix::process::Pid;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::sleep;
use std::time::Duration;
use tempfile::{NamedTempFile, TempDir};

/// How the name of the folder begins.
pub(super) const PREFIX: &str = "crosscheck-run-";
/// The file with the children that were started.
pub(super) const CHILDREN: &str = "children";
/// How often the removal is tried: a process that was killed can still be writing.
const TRIES: u32 = 50;
const PAUSE: Duration = Duration::from_millis(20);
/// How often a folder is created until it can be locked: another program may look at it at the same moment.
const LOCK_TRIES: u32 = 20;

static CURRENT: Mutex<Weak<RunFolder>> = Mutex::new(Weak::new());

/// Why there is no folder for temporary files.
#[derive(Debug, thiserror::Error)]
#[error("cannot create a folder for temporary files in {}: {source}", parent.display())]
pub struct TemporaryFolderError {
    /// The folder for temporary files of the system, or of `TMPDIR`.
    pub parent: PathBuf,
    /// The error of the operating system.
    pub source: io::Error,
}

/// A folder that only this user can read, with the temporary files of the program.
#[derive(Debug)]
pub struct RunFolder {
    path: PathBuf,
    /// The folder itself, locked until the program ends, however it ends.
    _lock: File,
    /// `None` while the folder is removed, which needs a descriptor.
    children: Mutex<Option<File>>,
    next: AtomicU64,
}

/// A temporary folder below the [`RunFolder`].
#[derive(Debug)]
pub(crate) struct TemporaryFolder {
    // Dropped before the folder that contains it.
    folder: TempDir,
    _run: Arc<RunFolder>,
}

/// A temporary file below the [`RunFolder`].
#[derive(Debug)]
pub(crate) struct TemporaryFile {
    file: NamedTempFile,
    _run: Arc<RunFolder>,
}

impl RunFolder {
    /// Returns the folder of this program; the first user creates it.
    ///
    /// # Errors
    /// If it cannot be created.
    pub fn current() -> Result<Arc<Self>, TemporaryFolderError> {
        let mut current = CURRENT.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(folder) = current.upgrade() {
            return Ok(folder);
        }
        let parent = std::env::temp_dir();
        let folder = Self::create(&parent).map_err(|source| TemporaryFolderError { parent, source })?;
        let folder = Arc::new(folder);
        *current = Arc::downgrade(&folder);
        Ok(folder)
    }

    fn create(parent: &Path) -> io::Result<Self> {
        for _ in 0..LOCK_TRIES {
            let folder = tempfile::Builder::new()
                .prefix(PREFIX)
                .permissions(fs::Permissions::from_mode(0o700))
                .tempdir_in(parent)?;
            match Self::lock(folder.path()) {
                Ok(Some((lock, children))) => {
                    return Ok(Self {
                        path: folder.keep(),
                        _lock: lock,
                        children: Mutex::new(Some(children)),
                        next: AtomicU64::new(0),
                    });
                }
                Ok(None) => {}
                Err(error) => {
                    // Removing a folder with its files needs a descriptor, of which there may be none. This one is empty.
                    let _ = fs::remove_dir(folder.path());
                    return Err(error);
                }
            }
        }
        Err(io::Error::other("it was removed again and again"))
    }

    /// Locks a new folder, and creates the list of children in it; `None` if another program takes it for the folder of a run that was
    /// killed.
    fn lock(folder: &Path) -> io::Result<Option<(File, File)>> {
        let lock = File::open(folder)?;
        // On a file system without locks, no other process can lock the folder and remove it either.
        let is_taken = flock(&lock, FlockOperation::NonBlockingLockExclusive) == Err(Errno::WOULDBLOCK);
        if is_taken || !is_at(&lock, folder) {
            return Ok(None);
        }
        let children = OpenOptions::new()
            .append(true)
            .create_new(true)
            .mode(0o600)
            .open(folder.join(CHILDREN))?;
        Ok(Some((lock, children)))
    }

    /// The path.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// A new value of the variable that marks a child and everything that it starts.
    pub(super) fn mark(&self) -> String {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        format!("{}{number}.", marked::of(self.path.as_os_str()))
    }

    /// Notes a child, for the case that this program is killed.
    pub(super) fn note(&self, child: Pid) {
        let started = marked::started(child).unwrap_or_default();
        let mut children = self.children.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(children) = children.as_mut() {
            // On a full disk, the child can still be found by its mark.
            let _ = children.write_all(format!("{} {started}\n", child.as_raw_nonzero()).as_bytes());
        }
    }

    /// Ends the processes that hold files in it, and removes it.
    fn remove(&self) {
        // A process that has left its group may hold files in it.
        marked::kill_and_wait(&marked::of(self.path.as_os_str()));
        // The removal needs a descriptor, and the list may have the last one.
        *self.children.lock().unwrap_or_else(PoisonError::into_inner) = None;
        remove(&self.path);
    }

    /// Creates a folder in it.
    pub(crate) fn folder(self: &Arc<Self>, prefix: &str) -> io::Result<TemporaryFolder> {
        Ok(TemporaryFolder {
            folder: tempfile::Builder::new().prefix(prefix).tempdir_in(&self.path)?,
            _run: Arc::clone(self),
        })
    }

    /// Creates a file in it, with a text.
    pub(crate) fn file(self: &Arc<Self>, name: (&str, &str), text: &str) -> io::Result<TemporaryFile> {
        let mut file = tempfile::Builder::new()
            .prefix(name.0)
            .suffix(name.1)
            .tempfile_in(&self.path)?;
        file.write_all(text.as_bytes())?;
        Ok(TemporaryFile {
            file,
            _run: Arc::clone(self),
        })
    }
}

impl TemporaryFolder {
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }
}

impl TemporaryFile {
    pub(crate) fn path(&self) -> &Path {
        self.file.path()
    }
}

impl Drop for RunFolder {
    fn drop(&mut self) {
        self.remove();
    }
}

/// Removes the folder of this program at once, for an end that drops nothing. Its processes must have been killed.
pub(super) fn remove_current() {
    let current = CURRENT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(folder) = current.upgrade() {
        folder.remove();
    }
}

/// Removes a folder, with some patience.
pub(super) fn remove(folder: &Path) {
    for _ in 0..TRIES {
        match fs::remove_dir_all(folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => sleep(PAUSE),
            _ => return,
        }
    }
}

/// Whether an open folder is the one that a path names.
fn is_at(folder: &File, path: &Path) -> bool {
    let identity = |m: fs::Metadata| (m.dev(), m.ino());
    let here = fs::symlink_metadata(path).map(identity).ok();
    here.is_some() && here == folder.metadata().map(identity).ok()
}
