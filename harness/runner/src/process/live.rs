//! The child groups that are alive, so that the end of the program can wait for them, or kill them.

use super::run_folder;
use rustix::process::{Pid, Signal, kill_process_group};
use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::timeout;

static NEXT: AtomicU64 = AtomicU64::new(0);
static LIVE: LazyLock<watch::Sender<BTreeMap<u64, Pid>>> = LazyLock::new(|| watch::Sender::new(BTreeMap::new()));

/// An entry of the register. Dropping it removes the entry.
#[derive(Debug)]
pub(super) struct Entry(u64);

/// Registers a group.
pub(super) fn register(group: Pid) -> Entry {
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    LIVE.send_modify(|live| {
        live.insert(number, group);
    });
    Entry(number)
}

impl Drop for Entry {
    fn drop(&mut self) {
        LIVE.send_modify(|live| {
            live.remove(&self.0);
        });
    }
}

/// Waits until every child group has ended, but not longer than `patience`. A group whose owner was dropped ends in a task of its own,
/// after a bounded time.
pub async fn all_ended(patience: Duration) {
    let mut live = LIVE.subscribe();
    // What is left is killed when the runtime drops its tasks.
    let _ = timeout(patience, live.wait_for(BTreeMap::is_empty)).await;
}

/// Kills every child group and removes the temporary files, for an end that drops nothing.
pub fn kill_all() {
    for group in LIVE.borrow().values() {
        // It fails if the group has just ended.
        let _ = kill_process_group(*group, Signal::KILL);
    }
    run_folder::remove_current();
}
