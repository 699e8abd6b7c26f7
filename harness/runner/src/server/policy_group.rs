//! Runs the cases of one listener, one after the other.

use super::after_all::AfterAll;
use super::browse::FailureKind;
use super::case::CaseRun;
use super::case_result::{blank, broken, crashed, finish, not_applicable};
use super::cost;
use super::listener::{Listener, RequestLimits};
use super::policy_state::PolicyState;
use super::server_run::ServerRun;
use super::supervised::{State, SupervisedSubject};
use super::watch::Watch;
use crate::finished::Finished;
use crate::subject::{Death, ProcessGroup, RunningSubject};
use crosscheck_corpus::policy::Mode;
use crosscheck_corpus::{Case, Policy, probes};
use crosscheck_judge::{DocumentedBehavior, Examined};
use crosscheck_results::rules;
use crosscheck_results::{CaseResult, Verdict, redact};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// How many cases in a row may hang before the remaining cases of a listener are skipped.
const MAX_HANGS: usize = 3;
/// How long a listener waits in all for a rate limiter.
const PATIENCE: Duration = Duration::from_secs(10);
/// The Host header for `host-aware` subjects: neither the allowed host nor the foreign one.
const NEUTRAL_HOST: &str = "crosscheck.invalid";

/// The cases of one listener.
pub(super) struct PolicyGroup {
    pub(super) run: Arc<ServerRun>,
    pub(super) host: Arc<SupervisedSubject>,
    pub(super) policy: String,
    pub(super) finished: mpsc::Sender<Finished>,
}

impl PolicyGroup {
    /// Runs the cases one after the other. Returns the number of exchanges.
    pub(super) async fn run_cases(&self, indices: Vec<usize>) -> usize {
        // A pattern of origins promises what the library documents.
        let globbing = self.run.known.description.globbing;
        let policy = self.run.policies.get(&self.policy).map(|p| p.with_globbing(globbing));
        if policy.is_none() && Mode::named(&self.policy).is_none() {
            return 0;
        }
        let documented = self.run.known.description.documented();
        let limits = RequestLimits {
            host: self.run.known.description.host_aware.then(|| NEUTRAL_HOST.to_owned()),
            patience: PATIENCE,
            headers: self.run.headers.clone(),
            ..RequestLimits::default()
        };
        let mut worker = Worker {
            group: self,
            policy: policy.as_ref(),
            documented: &documented,
            limits,
            listener: None,
            refusal: None,
            hangs: 0,
            watch: None,
            exchanges: 0,
            after_all: AfterAll::of(indices.iter().filter_map(|index| self.run.cases.get(*index))),
        };
        worker.record_first_answers().await;
        for index in odd_last(indices, &self.run.cases) {
            let Some(case) = self.run.cases.get(index) else {
                continue;
            };
            let before = worker.exchanges();
            worker.control_if_lost().await;
            let (result, examined) = worker.judge_case(case).await;
            let released = if worker.exchanges() == before {
                vec![(index, result, examined)]
            } else {
                worker.hold((index, result, examined)).await
            };
            if !self.send(released).await {
                return worker.exchanges();
            }
        }
        let released = worker.last_control().await;
        self.send(released).await;
        worker.exchanges()
    }

    /// Sends results. Returns false if the receiver is gone.
    async fn send(&self, results: Vec<Finished>) -> bool {
        let mut redactor = self.run.headers.redactor().clone();
        for (index, mut result, examined) in results {
            redact(&mut result, &mut redactor);
            if result.verdict >= Verdict::NotJudged {
                // The requests serve to repeat a failure; a case that passes does not need them.
                result.asked.clear();
            }
            if self.finished.send((index, result, examined)).await.is_err() {
                return false;
            }
        }
        true
    }
}

/// The cases in the order in which they run: those that a browser can send first. A firewall that bans the sender of an odd request then
/// affects no other case. Last comes the case that compares the answers before and after the others.
fn odd_last(mut indices: Vec<usize>, cases: &[Arc<Case>]) -> Vec<usize> {
    indices.sort_by_key(|index| {
        let case = cases.get(*index);
        (
            case.is_some_and(|case| probes::is_after_all(case)),
            case.is_none_or(|case| case.send().is_some()),
        )
    });
    indices
}

/// Runs the cases of one listener.
pub(super) struct Worker<'a> {
    pub(super) group: &'a PolicyGroup,
    /// `None` in a mode.
    pub(super) policy: Option<&'a Policy>,
    documented: &'a DocumentedBehavior,
    pub(super) limits: RequestLimits,
    pub(super) listener: Option<(u64, Listener)>,
    pub(super) refusal: Option<String>,
    hangs: usize,
    /// Whether the server is itself; `None` before the listener is open.
    pub(super) watch: Option<Watch<usize>>,
    /// The exchanges with listeners that no longer exist.
    pub(super) exchanges: usize,
    /// The answers before all cases, to be compared with those after them.
    pub(super) after_all: AfterAll,
}

impl Worker<'_> {
    /// How many exchanges have taken place.
    fn exchanges(&self) -> usize {
        self.exchanges + self.listener.as_ref().map_or(0, |(_, listener)| listener.exchanges)
    }

    /// Sends a control before the next case if the server was not itself.
    async fn control_if_lost(&mut self) {
        if let (Some(watch), Some((_, listener))) = (&mut self.watch, &mut self.listener) {
            watch.before_case(listener).await;
        }
    }

    /// Holds a result back until a control shows that the server was itself. Returns the results that are released.
    async fn hold(&mut self, result: Finished) -> Vec<Finished> {
        match (&mut self.watch, &mut self.listener) {
            (Some(watch), Some((_, listener))) => watch.add(listener, result).await,
            _ => vec![result],
        }
    }

    /// Sends the last control, and returns the results that are still held back.
    async fn last_control(&mut self) -> Vec<Finished> {
        match (&mut self.watch, &mut self.listener) {
            (Some(watch), Some((_, listener))) => watch.check(listener).await,
            (Some(watch), None) => watch.rest(),
            (None, _) => Vec::new(),
        }
    }

    async fn judge_case(&mut self, case: &Arc<Case>) -> (CaseResult, Examined) {
        let subject = &self.group.run.subject;
        let lacks = &self.group.run.known.description.lacks;
        if let Some(lack) = lacks.iter().find(|l| case.needs.contains(&l.need)) {
            return not_applicable(subject, case, format!("lacks {}: {}", lack.need, lack.reason));
        }
        let flags = &self.group.run.known.description.flags;
        if let Some(mode) = case.mode().filter(|m| !flags.contains(&m.flag())) {
            return not_applicable(subject, case, format!("does not declare support for `{mode}`"));
        }
        if let Some(watch) = self.watch.as_ref().filter(|watch| watch.is_lost()) {
            return watch.not_judged(blank(subject, case, Verdict::NotJudged));
        }
        if let Some(header) = probes::growing(case) {
            return self.measure_cost(case, header).await;
        }
        if probes::is_after_all(case) {
            return self.judge_after_all(case).await;
        }
        self.after_all.note(case);
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
        listener.begin();
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
    pub(super) async fn run_case(
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
        let mut judged = case_run.run_patiently(listener).await;
        if self.policy.is_some_and(|p| !p.risky()) {
            judged.findings.examine(&rules::REFUSE_CONFIG);
        }
        self.hangs = match &judged.failure {
            Some(FailureKind::Hang(_)) => self.hangs + 1,
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
}
