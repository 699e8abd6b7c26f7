//! Processes that carry the mark of a child in their environment, wherever they are in the tree of processes.
//!
//! A process that leaves the group of its parent keeps its environment. Only Linux shows the environment of other processes.

use rustix::process::{Pid, Signal, kill_process};
use std::ffi::OsStr;
use std::fs;
use std::io::Read as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The variable with the mark.
pub(super) const VARIABLE: &str = "CROSSCHECK_CHILD";
/// The maximum length of an environment and of a `stat` line, in bytes.
const MAX_ENVIRONMENT: u64 = 4 << 20;
const MAX_STAT: u64 = 4096;
/// How often processes are looked for: one may start another at the same moment.
const ROUNDS: usize = 10;
/// How often, and with what pause, killed processes are expected to have ended.
const WAITS: usize = 1000;
const PAUSE: Duration = Duration::from_millis(5);

/// A process with a mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Marked {
    pub(super) id: Pid,
    /// The name of its program.
    pub(super) name: String,
}

/// Returns the processes whose mark begins with a text, other than this one.
pub(super) fn find(mark: &str) -> Vec<Marked> {
    let wanted = format!("{VARIABLE}={mark}").into_bytes();
    let own = rustix::process::getpid();
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let marked = processes.filter_map(|entry| {
        let id = Pid::from_raw(entry.file_name().to_str()?.parse().ok()?)?;
        let environment = read(&entry.path().join("environ"), MAX_ENVIRONMENT)?;
        let is_marked = environment.split(|b| *b == 0).any(|v| v.starts_with(&wanted));
        if id == own || !is_marked || !is_alive(&entry.path()) {
            return None;
        }
        Some(Marked { id, name: name(id) })
    });
    marked.collect()
}

/// Kills the processes whose mark begins with a text, and returns them.
pub(super) fn kill(mark: &str) -> Vec<Marked> {
    let mut killed: Vec<Marked> = Vec::new();
    for _ in 0..ROUNDS {
        let found = find(mark);
        if found.is_empty() {
            break;
        }
        for process in found {
            // It fails if the process has just ended.
            let _ = kill_process(process.id, Signal::KILL);
            if killed.iter().all(|known| known.id != process.id) {
                killed.push(process);
            }
        }
    }
    killed
}

/// Kills the processes whose mark begins with a text, and waits until they have ended, within bounds: the system takes time to end a
/// process that has much memory.
pub(super) fn kill_and_wait(mark: &str) {
    let killed = kill(mark);
    for _ in 0..WAITS {
        // A process that is ending has no environment any more.
        let is_alive = |process: &Marked| is_alive(&folder(process.id));
        if !killed.iter().any(is_alive) && find(mark).is_empty() {
            return;
        }
        std::thread::sleep(PAUSE);
    }
}

/// When a process was started, in ticks since the start of the system; `None` if it does not run.
pub(super) fn started(process: Pid) -> Option<u64> {
    let folder = folder(process);
    if !is_alive(&folder) {
        return None;
    }
    // The start is the 22nd field of the line, and the third one is the first after the name.
    stat(&folder)?.split_ascii_whitespace().nth(19)?.parse().ok()
}

/// Whether a process of a group still runs.
pub(super) fn has_members(group: Pid) -> bool {
    let wanted = group.as_raw_nonzero().to_string();
    let is_member = |entry: fs::DirEntry| {
        let is_process = entry.file_name().as_bytes().iter().all(u8::is_ascii_digit);
        let stat = stat(&entry.path()).filter(|_| is_process)?;
        // After the name: the state, the parent, the group.
        let mut fields = stat.split_ascii_whitespace();
        let is_alive = !matches!(fields.next()?, "Z" | "X");
        Some(is_alive && fields.nth(1)? == wanted)
    };
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(is_member).any(|is_member| is_member)
}

/// The name of a process's program.
pub(super) fn name(process: Pid) -> String {
    let name = read(&folder(process).join("comm"), MAX_STAT).unwrap_or_default();
    String::from_utf8_lossy(&name).trim().to_owned()
}

fn folder(process: Pid) -> PathBuf {
    Path::new("/proc").join(process.as_raw_nonzero().to_string())
}

/// Whether a process still runs: one that was killed stays in the list until its parent has taken note.
fn is_alive(folder: &Path) -> bool {
    stat(folder).is_some_and(|stat| !stat.trim_start().starts_with(['Z', 'X']))
}

/// The fields of the `stat` line after the name, which may contain any character.
fn stat(folder: &Path) -> Option<String> {
    let text = read(&folder.join("stat"), MAX_STAT)?;
    let text = String::from_utf8_lossy(&text).into_owned();
    text.rsplit_once(')').map(|(_, rest)| rest.to_owned())
}

fn read(path: &Path, limit: u64) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    fs::File::open(path).ok()?.take(limit).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// A path as the beginning of a mark.
pub(super) fn of(folder: &OsStr) -> String {
    format!("{}/", String::from_utf8_lossy(folder.as_bytes()))
}
