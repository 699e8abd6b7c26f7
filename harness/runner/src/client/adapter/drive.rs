//! Drives an adapter through the cases of a run.

use super::conversation::Reply;
use super::error::{ClientAdapterError, Lost};
use super::process::{Adapter, Starting};
use super::{START, STOP, authority, hello};
use crate::client::case_queue::{End, Handed};
use crate::client::origin::CertificateAuthority;
use crate::client::site::CaseSite;
use crate::subject::{Identity, Subject, SubjectSpec, start_command};
use crosscheck_fetch::{Origin, Url};
use serde_json::json;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The number of consecutive losses of an adapter, without progress in between, after which the run fails.
const MAX_FRUITLESS: usize = 3;

/// The parts that are needed to drive an adapter.
pub(in crate::client) struct AdapterDrive<'a> {
    pub(in crate::client) known: &'a Subject,
    pub(in crate::client) spec: &'a SubjectSpec,
    pub(in crate::client) site: Arc<CaseSite>,
    pub(in crate::client) ca: Arc<CertificateAuthority>,
    pub(in crate::client) proxy: SocketAddr,
    /// The time limit for one fetch.
    pub(in crate::client) patience: Duration,
    /// The number of cases in flight.
    pub(in crate::client) concurrency: usize,
}

impl AdapterDrive<'_> {
    /// Drives the adapter until every case has ended. Returns the names of the processes that it left behind.
    pub(in crate::client) async fn run(
        &self,
        mut started: impl FnMut(&Identity),
    ) -> Result<Vec<String>, ClientAdapterError> {
        let words = start_command(self.known, self.spec).await?;
        let install = &self.known.description.install;
        let help = match install.is_empty() {
            true => "install the requirements of the subjects with `cargo xtask setup`".to_owned(),
            false => format!("install it with `{install}`"),
        };
        let pem = authority(&self.ca).map_err(ClientAdapterError::Authority)?;
        let hello = hello(self.proxy, pem.path());
        let mut fruitless = 0;
        let mut survivors = Vec::new();
        loop {
            let before = self.site.state().queue.progress();
            let starting = Starting {
                name: &self.known.name,
                words: &words,
                help: &help,
                patience: START,
            };
            let (adapter, ready) = Adapter::start(&starting, &hello).await?;
            started(&ready.identity);
            let lost = self.run_all(&adapter).await;
            survivors.extend(adapter.stop(STOP).await.survivors);
            let mut state = self.site.state();
            let Some(lost) = lost else {
                state.collect_ended();
                return Ok(survivors);
            };
            state.queue.client_is_gone(&lost.to_string());
            state.collect_ended();
            if state.queue.is_done() {
                return Ok(survivors);
            }
            fruitless = if state.queue.progress() > before {
                0
            } else {
                fruitless + 1
            };
            if fruitless >= MAX_FRUITLESS {
                return Err(ClientAdapterError::Fruitless(lost));
            }
        }
    }

    /// Runs the waiting cases, several at a time; returns how the adapter was lost, if it was.
    async fn run_all(&self, adapter: &Adapter) -> Option<Lost> {
        loop {
            let waiting = self.site.state().queue.waiting();
            if waiting.is_empty() {
                return None;
            }
            let queue = Mutex::new(waiting.into_iter());
            let lost = Mutex::new(None);
            let worker = || async {
                loop {
                    let next = queue.lock().unwrap_or_else(PoisonError::into_inner).next();
                    let Some(n) = next else { return };
                    if lost.lock().unwrap_or_else(PoisonError::into_inner).is_some() {
                        return;
                    }
                    if let Err(how) = self.case(adapter, n).await {
                        lost.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(how);
                        return;
                    }
                }
            };
            futures_util::future::join_all((0..self.concurrency).map(|_| worker())).await;
            let lost = lost.into_inner().unwrap_or_else(PoisonError::into_inner);
            if lost.is_some() {
                return lost;
            }
            self.site.state().collect_ended();
        }
    }

    /// Runs one case: its cookies, its fetches, and the reset of its browser.
    async fn case(&self, adapter: &Adapter, n: usize) -> Result<(), Lost> {
        let seeds = self.site.state().seed_case(n);
        for url in seeds {
            let origin = Url::parse(&url)
                .map(|u| Origin::of(&u).serialize().into_owned())
                .unwrap_or_default();
            let page = json!({ "origin": origin, "url": format!("{origin}/") });
            let request = json!({ "url": url, "credentials": "include" });
            adapter.request(n, &page, &request, self.patience).await?;
        }
        let mut next: Option<Handed> = self.site.state().queue.hand(n, Instant::now());
        while let Some(handed) = next {
            if !handed.wait.is_zero() {
                tokio::time::sleep(handed.wait).await;
            }
            let reply = adapter
                .request(n, &handed.page.json(), &handed.request, self.patience)
                .await?;
            let mut state = self.site.state();
            next = match reply {
                Reply::Outcome(reported) => state
                    .queue
                    .report(n, handed.leg, reported, Instant::now())
                    .or_else(|| state.queue.hand(n, Instant::now())),
                Reply::Unsupported(why) => {
                    state.queue.end(
                        n,
                        End::Unsupported(crosscheck_text::escape_truncated(why.as_bytes(), 200)),
                    );
                    None
                }
            };
        }
        adapter.send(&json!({ "reset": n })).await
    }
}
