//! Runs all cases of one server: listeners concurrently, the cases of a listener one after the other.

use super::policy_group::PolicyGroup;
use super::process_pool::ProcessPool;
use super::server_run::{ServerRun, ServerRunEnd};
use crate::finished::Finished;
use crate::subject::{Identity, StartError};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::{self, JoinSet};

/// Starts the subject, reports its identity, runs every case, and sends each result with the index of its case. Returns a failure
/// that belongs to no case, if there is one.
///
/// # Errors
/// Returns an error if the subject does not start.
pub async fn run_server(
    run: ServerRun,
    started: impl FnOnce(&Identity),
    finished: mpsc::Sender<Finished>,
) -> Result<ServerRunEnd, StartError> {
    let pool = ProcessPool::start(&run).await?;
    started(&pool.identity);
    let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, case) in run.cases.iter().enumerate() {
        if let Some(reference) = case.policy() {
            groups.entry(reference.id(case).to_owned()).or_default().push(index);
        }
    }
    let jobs = Arc::new(Semaphore::new(run.jobs.max(1)));
    let (pool, shared) = (Arc::new(pool), Arc::new(run));
    let mut tasks = JoinSet::new();
    let mut policies = HashMap::new();
    for (policy, indices) in groups {
        let name = policy.clone();
        let (jobs, pool, run) = (Arc::clone(&jobs), Arc::clone(&pool), Arc::clone(&shared));
        let finished = finished.clone();
        let task = tasks.spawn(async move {
            // The semaphore is never closed.
            let _permit = jobs.acquire_owned().await;
            let lease = pool.of(&run, &policy).await;
            let group = PolicyGroup {
                run,
                host: Arc::clone(lease.host()),
                policy,
                finished,
            };
            let exchanges = group.run_cases(indices).await;
            (exchanges, lease.end().await)
        });
        policies.insert(task.id(), name);
    }
    let mut ended = join(tasks, &policies).await;
    let unexplained = pool.stop().await;
    ended.unexplained = ended.unexplained.or(unexplained);
    Ok(ended)
}

/// Waits for the tasks of all policies. A task that panicked is reported as a fault of the harness; its cases have no result.
async fn join(mut tasks: JoinSet<(usize, Option<String>)>, policies: &HashMap<task::Id, String>) -> ServerRunEnd {
    let mut ended = ServerRunEnd::default();
    while let Some(joined) = tasks.join_next_with_id().await {
        match joined {
            Ok((_, (exchanges, unexplained))) => {
                ended.exchanges += exchanges;
                ended.unexplained = ended.unexplained.or(unexplained);
            }
            Err(error) => {
                let policy = policies.get(&error.id()).map_or("?", String::as_str);
                let fault = format!("the harness failed in the cases of policy {policy}: {error}");
                ended.unexplained = Some(fault);
            }
        }
    }
    ended
}

#[cfg(test)]
mod tests {
    use super::{HashMap, JoinSet, join};

    #[tokio::test]
    async fn a_panicked_task_is_reported_with_its_policy_and_the_other_tasks_are_counted() {
        let mut tasks = JoinSet::new();
        let mut policies = HashMap::new();
        for (policy, fails) in [("one", false), ("two", true), ("three", false)] {
            let task = tasks.spawn(async move {
                assert!(!fails, "an index is out of range");
                (5, None)
            });
            policies.insert(task.id(), policy.to_owned());
        }
        let ended = join(tasks, &policies).await;
        assert_eq!(ended.exchanges, 10);
        let fault = ended.unexplained.expect("a fault");
        assert!(
            fault.contains("policy two") && fault.contains("an index is out of range"),
            "{fault}"
        );
    }
}
