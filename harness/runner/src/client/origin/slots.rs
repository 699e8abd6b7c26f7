//! The places of concurrent connections. If all are taken, a connection that has waited for long without a request loses its place, so that
//! idle connections do not shut out new ones. There is no limit per client address: all clients are on loopback, and share one address.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::task::AbortHandle;

/// The places.
#[derive(Debug)]
pub(super) struct Slots {
    /// How many there are.
    most: usize,
    /// How long a connection may wait for a request while the others need its place.
    grace: Duration,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    next: u64,
    connections: HashMap<u64, Connection>,
}

#[derive(Debug)]
struct Connection {
    /// Since when it waits for a request; `None` while it answers one.
    waiting: Option<Instant>,
    task: Option<AbortHandle>,
}

/// The place of one connection, until it is dropped.
#[derive(Debug)]
pub(super) struct Slot {
    id: u64,
    slots: Arc<Slots>,
}

impl Slots {
    pub(super) fn new(most: usize, grace: Duration) -> Arc<Self> {
        Arc::new(Self {
            most,
            grace,
            open: Mutex::default(),
        })
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a place; `None` if all are taken by connections that answer a request or have not waited for long.
    pub(super) fn take(self: &Arc<Self>) -> Option<Slot> {
        let mut open = self.open();
        if open.connections.len() >= self.most {
            let waiting = open
                .connections
                .iter()
                .filter_map(|(id, c)| Some((c.waiting?, *id, c.task.as_ref()?)));
            let (_, id, task) = waiting
                .filter(|(since, ..)| since.elapsed() >= self.grace)
                .min_by_key(|(since, id, _)| (*since, *id))?;
            task.abort();
            open.connections.remove(&id);
        }
        let id = open.next;
        open.next += 1;
        let connection = Connection {
            waiting: Some(Instant::now()),
            task: None,
        };
        open.connections.insert(id, connection);
        Some(Slot {
            id,
            slots: Arc::clone(self),
        })
    }

    /// Names the task of a connection, which ends with its place.
    pub(super) fn started(&self, id: u64, task: AbortHandle) {
        if let Some(connection) = self.open().connections.get_mut(&id) {
            connection.task = Some(task);
        }
    }
}

impl Slot {
    pub(super) const fn id(&self) -> u64 {
        self.id
    }

    /// The connection waits for a request from now on.
    pub(super) fn waits(&self) {
        self.set(Some(Instant::now()));
    }

    /// The connection has a request to answer.
    pub(super) fn answers(&self) {
        self.set(None);
    }

    fn set(&self, waiting: Option<Instant>) {
        if let Some(connection) = self.slots.open().connections.get_mut(&self.id) {
            connection.waiting = waiting;
        }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.slots.open().connections.remove(&self.id);
    }
}
