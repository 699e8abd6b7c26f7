//! Runs all cases of one server: listeners concurrently, the cases of a listener one after the other.

use super::case::{CaseRun, blank, finish};
use super::cost;
use super::listener::{Listener, RequestLimits};
use super::process_pool::ProcessPool;
use super::supervised::State;
use super::supervised::SupervisedSubject;
use crate::net::Outgoing;
use crate::subject::{
    Capability, Configurations, Death, PolicySupport, ProcessGroup, RunningSubject, StartError, Subject, SubjectSpec,
};
use crosscheck_corpus::policy::{Configuration, Mode};
use crosscheck_corpus::{Case, Corpus, Policy, PolicyRef, probes};
use crosscheck_fetch::HeaderList;
use crosscheck_judge::{DocumentedBehavior, Examined, Findings};
use crosscheck_results::rules;
use crosscheck_results::{CaseResult, Verdict};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::{self, JoinSet};

/// How many cases in a row may hang before the remaining cases of a listener are skipped.
const MAX_HANGS: usize = 3;
/// The Host header for `host-aware` subjects: neither the allowed host nor the foreign one.
const NEUTRAL_HOST: &str = "crosscheck.invalid";

/// A server to run, and its cases.
#[derive(Clone, Debug)]
pub struct ServerRun {
    /// The subject.
    pub known: Subject,
    /// The subject as the user named it.
    pub spec: SubjectSpec,
    /// Its name in results.
    pub subject: String,
    /// The cases with a policy, sorted by id.
    pub cases: Vec<Arc<Case>>,
    /// The policies by the id under which the subject gets them.
    pub policies: BTreeMap<String, Arc<Policy>>,
    /// How many listeners are tested at the same time.
    pub jobs: usize,
    /// The time limit of a case.
    pub timeout: Duration,
}

/// A finished case: its index, its result, and how often each rule examined something.
pub type Finished = (usize, CaseResult, Examined);

/// What a run reports at its end.
#[derive(Clone, Debug, Default)]
pub struct ServerRunEnd {
    /// The number of requests, answered or not.
    pub exchanges: usize,
    /// A failure that belongs to no case: the subject died, and no case reproduces the death.
    pub unexplained: Option<String>,
}

/// What a server reports about itself.
#[derive(Clone, Debug, Default)]
pub struct Identity {
    /// The library.
    pub library: String,
    /// Its version.
    pub version: String,
}

impl ServerRun {
    /// Returns the policies of some cases, by the id under which the subject gets them.
    #[must_use]
    pub fn policies_of(corpus: &Corpus, cases: &[Arc<Case>]) -> BTreeMap<String, Arc<Policy>> {
        let mut policies = BTreeMap::new();
        for case in cases {
            let Some(reference) = &case.policy else { continue };
            let id = reference.id(case);
            if policies.contains_key(id) {
                continue;
            }
            let policy = match reference {
                PolicyRef::Named(name) => corpus.policies.get(name).map(|p| p.policy.clone()),
                PolicyRef::Inline(policy) => Some((**policy).clone()),
            };
            if let Some(policy) = policy {
                policies.insert(id.to_owned(), Arc::new(policy));
            }
        }
        policies
    }
}

impl ServerRun {
    /// Returns the configurations that the subject is started with: the policies, and the modes that it has and a case needs.
    #[must_use]
    pub fn documents(&self) -> Configurations {
        let flags = &self.known.description.flags;
        let needed: BTreeSet<Mode> = self.cases.iter().filter_map(|c| c.mode()).collect();
        let modes = needed.into_iter().filter(|m| flags.contains(&m.flag()));
        let configuration = |policy: &Policy| Configuration::Policy(policy.complete());
        let policies = self.policies.iter().map(|(id, p)| (id.clone(), configuration(p)));
        let modes = modes.map(|m| (m.as_str().to_owned(), Configuration::Mode(m)));
        policies.chain(modes).collect()
    }
}

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
        if let Some(reference) = &case.policy {
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

/// The cases of one listener.
struct PolicyGroup {
    run: Arc<ServerRun>,
    host: Arc<SupervisedSubject>,
    policy: String,
    finished: mpsc::Sender<Finished>,
}

impl PolicyGroup {
    /// Runs the cases one after the other. Returns the number of exchanges.
    async fn run_cases(&self, indices: Vec<usize>) -> usize {
        let policy = self.run.policies.get(&self.policy).cloned();
        if policy.is_none() && Mode::named(&self.policy).is_none() {
            return 0;
        }
        let documented = self.run.known.description.documented();
        let limits = RequestLimits {
            host: self.run.known.description.host_aware.then(|| NEUTRAL_HOST.to_owned()),
            ..RequestLimits::default()
        };
        let mut worker = Worker {
            group: self,
            policy: policy.as_deref(),
            documented: &documented,
            limits,
            listener: None,
            refusal: None,
            hangs: 0,
            exchanges: 0,
        };
        for index in indices {
            let Some(case) = self.run.cases.get(index) else {
                continue;
            };
            let (mut result, examined) = worker.judge_case(case).await;
            if result.verdict >= Verdict::Allowed {
                // The requests serve to repeat a failure; a case that passes does not need them.
                result.asked.clear();
            }
            if self.finished.send((index, result, examined)).await.is_err() {
                break;
            }
        }
        worker.exchanges + worker.listener.map_or(0, |(_, listener)| listener.exchanges)
    }
}

/// Runs the cases of one listener.
struct Worker<'a> {
    group: &'a PolicyGroup,
    /// `None` in a mode.
    policy: Option<&'a Policy>,
    documented: &'a DocumentedBehavior,
    limits: RequestLimits,
    listener: Option<(u64, Listener)>,
    refusal: Option<String>,
    hangs: usize,
    /// The exchanges with listeners that no longer exist.
    exchanges: usize,
}

/// Whether a case can run.
enum PolicyState {
    Open,
    Closed(Box<(CaseResult, Examined)>),
}

impl Worker<'_> {
    async fn judge_case(&mut self, case: &Case) -> (CaseResult, Examined) {
        let subject = &self.group.run.subject;
        let lacks = &self.group.run.known.description.lacks;
        if let Some(lack) = lacks.iter().find(|l| case.needs.contains(&l.need)) {
            return not_applicable(subject, case, format!("lacks {}: {}", lack.need, lack.reason));
        }
        let flags = &self.group.run.known.description.flags;
        if let Some(mode) = case.mode().filter(|m| !flags.contains(&m.flag())) {
            return not_applicable(subject, case, format!("does not declare support for `{mode}`"));
        }
        if let Some(header) = probes::growing(case) {
            return self.measure_cost(case, header).await;
        }
        let host = Arc::clone(&self.group.host);
        let (judged, death, was_alone, generation) = {
            let state = host.shared().await;
            let flight = host.begin_case();
            let (judged, death) = match self.run_case(case, &state).await {
                Ok(judged) => judged,
                Err(closed) => return closed,
            };
            let Some(death) = death else { return judged };
            let alone = !host.is_busy();
            drop(flight);
            (judged, death, alone, state.generation)
        };
        // The process is gone. Any case in flight may have killed it, so each of them runs again with no other case in flight.
        let mut state = host.alone().await;
        let restarted = state.generation != generation || host.restart(&mut state).await;
        if was_alone || !restarted {
            host.explain(1);
            return crashed(judged, &death);
        }
        match self.run_case(case, &state).await {
            Ok((judged, Some(death))) => {
                // This case explains the first death and the second one.
                host.explain(2);
                host.restart(&mut state).await;
                crashed(judged, &death)
            }
            Ok((judged, None)) => judged,
            Err(closed) => closed,
        }
    }

    /// Measures what a header costs, with no other case in flight.
    async fn measure_cost(&mut self, case: &Case, header: &str) -> (CaseResult, Examined) {
        let run = Arc::clone(&self.group.run);
        let host = Arc::clone(&self.group.host);
        let mut state = host.alone().await;
        if let PolicyState::Closed(closed) = self.policy_state(case, &state).await {
            return *closed;
        }
        let group = state.running().map(RunningSubject::process_group);
        let group = group.map(|g| g.and_then(ProcessGroup::look));
        let (Some(group), Some((_, listener))) = (group, &mut self.listener) else {
            return broken(&run.subject, case, "the subject is not running");
        };
        let Some(group) = group else {
            let reason =
                "the CPU time of the subject cannot be measured: it runs in this process, or the system has no /proc";
            return not_applicable(&run.subject, case, reason.to_owned());
        };
        let began = Instant::now();
        let measured = cost::measure(listener, &group, case, header, run.timeout).await;
        let mut result = blank(&run.subject, case, Verdict::Pass);
        finish(&mut result, &measured.findings.deviations);
        if !result.deviations.is_empty() {
            result.transcript = measured.records;
            // The largest size comes last.
            for deviation in &mut result.deviations {
                deviation.exchange = result.transcript.len().checked_sub(1);
            }
        }
        result.millis = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        result.reason = measured.failure.as_ref().map(ToString::to_string);
        let examined = measured.findings.examined;
        if measured.failure.is_none() {
            return (result, examined);
        }
        let death = match state.running() {
            Some(running) => running.death().await,
            None => None,
        };
        // A process that is still busy would not answer the next case.
        host.explain(1);
        host.restart(&mut state).await;
        match death {
            Some(death) => crashed((result, examined), &death),
            None => (result, examined),
        }
    }

    /// Runs a case on a subject in that state. Also returns how the process ended, if it did.
    async fn run_case(
        &mut self,
        case: &Case,
        state: &State,
    ) -> Result<((CaseResult, Examined), Option<Death>), (CaseResult, Examined)> {
        let subject = &self.group.run.subject;
        if let PolicyState::Closed(closed) = self.policy_state(case, state).await {
            return Err(*closed);
        }
        let Some((_, listener)) = &mut self.listener else {
            return Err(broken(subject, case, "the subject is not running"));
        };
        if self.group.host.is_unresponsive() {
            return Err(broken(
                subject,
                case,
                "not run: the subject accepts connections but has answered no request",
            ));
        }
        if self.hangs >= MAX_HANGS {
            return Err(broken(
                subject,
                case,
                "not run: the listener hung on several cases in a row",
            ));
        }
        let case_run = CaseRun {
            subject,
            case,
            policy: self.policy,
            documented: self.documented,
            limit: self.group.run.timeout,
            own_paths: true,
        };
        let mut judged = case_run.run(listener).await;
        if self.policy.is_some_and(|p| !p.risky()) {
            judged.findings.examine(&rules::REFUSE_CONFIG);
        }
        self.hangs = match &judged.failure {
            Some(super::browse::FailureKind::Hang(_)) => self.hangs + 1,
            _ => 0,
        };
        if judged.failure.is_none() {
            self.group.host.note_answer();
        } else if self.hangs >= MAX_HANGS {
            self.group.host.give_up();
        }
        let death = match (&judged.failure, state.running()) {
            (Some(_), Some(running)) => running.death().await,
            _ => None,
        };
        Ok(((judged.result, judged.findings.examined), death))
    }

    /// Opens the listener, or returns the result that states why there is none.
    async fn policy_state(&mut self, case: &Case, state: &State) -> PolicyState {
        let run = &self.group.run;
        let close = |closed| PolicyState::Closed(Box::new(closed));
        if self
            .listener
            .as_ref()
            .is_none_or(|(generation, _)| *generation != state.generation)
        {
            self.refusal = None;
            self.exchanges += self.listener.take().map_or(0, |(_, listener)| listener.exchanges);
            match state.policy_support(&self.group.policy) {
                None => {
                    let reason = match self.group.host.failure() {
                        Some(error) => format!("the subject's process for this policy did not start: {error}"),
                        None => "the subject ended and could not be started again".to_owned(),
                    };
                    return close(broken(&run.subject, case, &reason));
                }
                Some(PolicySupport::Ready(address)) => {
                    let mut listener = Listener::new(*address, self.limits.clone());
                    if let Some(policy) = self.policy.filter(|p| p.risky()) {
                        self.refusal = refuses_every_origin(&mut listener, policy, run.timeout).await;
                    }
                    self.listener = Some((state.generation, listener));
                }
                Some(PolicySupport::Refused(reason)) => return close(self.refused(case, reason)),
                Some(PolicySupport::Unsupported(lacking)) => return close(self.unsupported(case, lacking)),
            }
        }
        match &self.refusal {
            Some(reason) => close(self.refused(case, reason)),
            None => PolicyState::Open,
        }
    }

    fn refused(&self, case: &Case, message: &str) -> (CaseResult, Examined) {
        let subject = &self.group.run.subject;
        let Some(policy) = self.policy else {
            return not_applicable(subject, case, format!("refuses to start without a policy: {message}"));
        };
        let risks = policy.risks();
        if !risks.is_empty() {
            let reason = format!("rightly refused ({}): {message}", risks.join(", "));
            let (mut result, examined) = not_applicable(subject, case, reason);
            result.rejected_policy = true;
            return (result, examined);
        }
        self.rejected_policy(case, format!("the subject refuses the policy: {message}"))
    }

    fn unsupported(&self, case: &Case, lacking: &[Capability]) -> (CaseResult, Examined) {
        let run = &self.group.run;
        let needed = match self.policy {
            Some(policy) => policy.flags_needed(),
            None => Mode::named(&self.group.policy).map(Mode::flag).into_iter().collect(),
        };
        match run.known.description.unsupported_reasons(&run.spec, &needed, lacking) {
            Ok(reasons) => not_applicable(&run.subject, case, format!("cannot express {reasons}")),
            Err(unfounded) => self.rejected_policy(case, unfounded.to_string()),
        }
    }

    fn rejected_policy(&self, case: &Case, what: String) -> (CaseResult, Examined) {
        let mut findings = Findings::default();
        findings.examine(&rules::REFUSE_CONFIG);
        findings.found(&rules::REFUSE_CONFIG, "", what);
        let mut result = blank(&self.group.run.subject, case, Verdict::OverDeny);
        finish(&mut result, &findings.deviations);
        (result, findings.examined)
    }
}

/// Checks whether a library refuses a risky policy by answering every origin with the same 5xx status. Returns a description of
/// the refusal.
async fn refuses_every_origin(listener: &mut Listener, policy: &Policy, limit: Duration) -> Option<String> {
    let mut statuses = Vec::new();
    // Listed origins are sent too: rejecting only unlisted origins does not count as rejecting the policy. No request without Origin is
    // sent, since the library need not handle it.
    let listed = probes::samples(&policy.origins).into_iter().take(3);
    let others = ["https://app.example", "https://stranger.test", "null"].map(str::to_owned);
    for origin in listed.chain(others) {
        let mut headers = HeaderList::new();
        headers.push(&b"Origin"[..], origin.as_bytes().to_vec());
        let outgoing = Outgoing {
            method: b"GET".to_vec(),
            target: "/".to_owned(),
            host: "api.example".to_owned(),
            headers,
            body: Vec::new(),
        };
        let reply = tokio::time::timeout(limit, listener.send(&outgoing)).await.ok()?.ok()?;
        statuses.push(reply.response.status);
    }
    let first = *statuses.first()?;
    (first >= 500 && statuses.iter().all(|s| *s == first)).then(|| format!("answers every origin with {first}"))
}

fn not_applicable(subject: &str, case: &Case, reason: String) -> (CaseResult, Examined) {
    let mut result = blank(subject, case, Verdict::NotApplicable);
    result.reason = Some(reason);
    (result, Examined::new())
}

fn broken(subject: &str, case: &Case, reason: &str) -> (CaseResult, Examined) {
    let mut findings = Findings::default();
    findings.found(&rules::CRASH, "not-asked", reason.to_owned());
    let mut result = blank(subject, case, Verdict::Broken);
    result.reason = Some(reason.to_owned());
    finish(&mut result, &findings.deviations);
    (result, findings.examined)
}

/// Returns the result of the case on which the process ended.
fn crashed((mut result, examined): (CaseResult, Examined), death: &Death) -> (CaseResult, Examined) {
    let reason = format!("the subject's process ended: {death}");
    for deviation in result
        .deviations
        .iter_mut()
        .filter(|d| d.rule.as_deref() == Some(rules::CRASH.id))
    {
        deviation.cause = format!("{}/process", rules::CRASH.id);
        deviation.what.clone_from(&reason);
    }
    result.reason = Some(reason);
    (result, examined)
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
