//! Cleans up after runs that were killed: their processes and their folders.

use super::{marked, run_folder};
use rustix::fs::{FlockOperation, Mode, OFlags, flock};
use rustix::process::{Pid, Signal, geteuid, kill_process_group};
use std::fs::{self, File};
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

/// The maximum length of the list of children, in bytes.
const MAX_CHILDREN: u64 = 16 << 20;

/// How long a child gets to end after a request.
const WAITS: usize = 100;
const PAUSE: Duration = Duration::from_millis(20);

/// What was left of a run that was killed, and has been removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leftover {
    /// Its folder.
    pub folder: PathBuf,
    /// The names of its processes.
    pub processes: Vec<String>,
}

/// Ends the processes and removes the folders of this user's runs that were killed, and returns them.
#[must_use]
pub fn remove_leftovers() -> Vec<Leftover> {
    remove_below(&std::env::temp_dir())
}

fn remove_below(parent: &Path) -> Vec<Leftover> {
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    let folders = entries.filter(|e| {
        e.file_name()
            .as_encoded_bytes()
            .starts_with(run_folder::PREFIX.as_bytes())
    });
    folders.filter_map(|entry| remove(&entry.path())).collect()
}

/// Cleans up after one run; `None` if it still runs, or if it is somebody else's.
fn remove(folder: &Path) -> Option<Leftover> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let lock = File::from(rustix::fs::open(folder, flags, Mode::empty()).ok()?);
    if lock.metadata().ok()?.uid() != geteuid().as_raw() {
        return None;
    }
    flock(&lock, FlockOperation::NonBlockingLockExclusive).ok()?;
    let mut processes = Vec::new();
    for child in children(&folder.join(run_folder::CHILDREN)) {
        // The group of a child that is gone may be another's by now; its other members still carry the mark.
        if marked::started(child.id) == Some(child.started) {
            processes.push(marked::name(child.id));
            end(&child);
        }
    }
    let marked = marked::kill(&marked::of(folder.as_os_str()));
    processes.extend(marked.into_iter().map(|process| process.name));
    run_folder::remove(folder);
    Some(Leftover {
        folder: folder.to_owned(),
        processes,
    })
}

/// Ends a child and its group: by a request, since an X server that is killed leaves its lock, then by force.
fn end(child: &Child) {
    // Both fail if every member of the group has ended.
    let _ = kill_process_group(child.id, Signal::TERM);
    wait(|| marked::started(child.id) != Some(child.started));
    let _ = kill_process_group(child.id, Signal::KILL);
    wait(|| !marked::has_members(child.id));
}

fn wait(until: impl Fn() -> bool) {
    for _ in 0..WAITS {
        if until() {
            return;
        }
        sleep(PAUSE);
    }
}

/// A child as the folder notes it.
struct Child {
    id: Pid,
    started: u64,
}

fn children(path: &Path) -> Vec<Child> {
    let mut text = String::new();
    let read = File::open(path).and_then(|file| file.take(MAX_CHILDREN).read_to_string(&mut text));
    if read.is_err() {
        return Vec::new();
    }
    let child = |line: &str| {
        let (id, started) = line.split_once(' ')?;
        Some(Child {
            id: Pid::from_raw(id.parse().ok().filter(|id| *id > 1)?)?,
            started: started.parse().ok()?,
        })
    };
    text.lines().filter_map(child).collect()
}

#[cfg(test)]
mod tests;
