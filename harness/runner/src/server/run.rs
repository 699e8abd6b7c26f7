//! All cases of one server: listeners side by side, serial within each.

use super::case::{Ask, blank, finish};
use super::cost;
use super::host::Host;
use super::host::State;
use super::hosts::Hosts;
use super::listener::{Listener, Manners};
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

/// How many cases in a row may hang before the rest of a listener is not asked.
const MAX_HANGS: usize = 3;
/// The host that `host-aware` subjects are asked for: neither the allowed nor the foreign one.
const NEUTRAL_HOST: &str = "crosscheck.invalid";

/// What is asked of a server.
#[derive(Clone, Debug)]
pub struct ServerRun {
    /// The subject.
    pub known: Subject,
    /// As it was asked for.
    pub spec: SubjectSpec,
    /// Its name in results.
    pub subject: String,
    /// The cases with a policy, sorted by id.
    pub cases: Vec<Arc<Case>>,
    /// The policies by the id under which the subject gets them.
    pub policies: BTreeMap<String, Arc<Policy>>,
    /// How many listeners are asked at once.
    pub jobs: usize,
    /// How long a case may take.
    pub timeout: Duration,
}

/// A finished case: its index, its result, what was examined.
pub type Finished = (usize, CaseResult, Examined);

/// What is left to say at the end.
#[derive(Clone, Debug, Default)]
pub struct Ended {
    /// Requests that were answered or not.
    pub exchanges: usize,
    /// What no case explains: the subject died, and nothing makes it die again.
    pub unexplained: Option<String>,
}

/// What a server said of itself.
#[derive(Clone, Debug, Default)]
pub struct Identity {
    /// The library.
    pub library: String,
    /// Its version.
    pub version: String,
}

impl ServerRun {
    /// The cases of a corpus that can be asked of servers, probes included, and their policies.
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
    /// What the subject is started with: the policies, and the modes that it has and a case asks for.
    #[must_use]
    pub fn documents(&self) -> Configurations {
        let flags = &self.known.description.flags;
        let asked: BTreeSet<Mode> = self.cases.iter().filter_map(|c| c.mode()).collect();
        let modes = asked.into_iter().filter(|m| flags.contains(&m.flag()));
        let configuration = |policy: &Policy| Configuration::Policy(policy.complete());
        let policies = self.policies.iter().map(|(id, p)| (id.clone(), configuration(p)));
        let modes = modes.map(|m| (m.as_str().to_owned(), Configuration::Mode(m)));
        policies.chain(modes).collect()
    }
}

/// Starts the subject, says what it is, asks every case, and sends each result as it comes. The index is that of the case.
/// At the end it says what no case explains.
///
/// # Errors
/// Where the subject does not start.
pub async fn run_server(
    run: ServerRun,
    started: impl FnOnce(&Identity),
    finished: mpsc::Sender<Finished>,
) -> Result<Ended, StartError> {
    let hosts = Hosts::start(&run).await?;
    started(&hosts.identity);
    let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, case) in run.cases.iter().enumerate() {
        if let Some(reference) = &case.policy {
            groups.entry(reference.id(case).to_owned()).or_default().push(index);
        }
    }
    let jobs = Arc::new(Semaphore::new(run.jobs.max(1)));
    let (hosts, shared) = (Arc::new(hosts), Arc::new(run));
    let mut tasks = JoinSet::new();
    let mut policies = HashMap::new();
    for (policy, indices) in groups {
        let name = policy.clone();
        let (jobs, hosts, run) = (Arc::clone(&jobs), Arc::clone(&hosts), Arc::clone(&shared));
        let finished = finished.clone();
        let task = tasks.spawn(async move {
            // The semaphore is never closed.
            let _permit = jobs.acquire_owned().await;
            let lease = hosts.of(&run, &policy).await;
            let group = Group {
                run,
                host: Arc::clone(lease.host()),
                policy,
                finished,
            };
            let exchanges = group.all(indices).await;
            (exchanges, lease.end().await)
        });
        policies.insert(task.id(), name);
    }
    let mut ended = join(tasks, &policies).await;
    let unexplained = hosts.stop().await;
    ended.unexplained = ended.unexplained.or(unexplained);
    Ok(ended)
}

/// Waits for the tasks of all policies. A task that panicked is a fault of the harness, and is reported as one: its cases have no
/// result.
async fn join(mut tasks: JoinSet<(usize, Option<String>)>, policies: &HashMap<task::Id, String>) -> Ended {
    let mut ended = Ended::default();
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
struct Group {
    run: Arc<ServerRun>,
    host: Arc<Host>,
    policy: String,
    finished: mpsc::Sender<Finished>,
}

impl Group {
    /// Asks them one after the other; returns how many exchanges there were.
    async fn all(&self, indices: Vec<usize>) -> usize {
        let policy = self.run.policies.get(&self.policy).cloned();
        if policy.is_none() && Mode::named(&self.policy).is_none() {
            return 0;
        }
        let documented = self.run.known.description.documented();
        let manners = Manners {
            host: self.run.known.description.host_aware.then(|| NEUTRAL_HOST.to_owned()),
            ..Manners::default()
        };
        let mut seat = Seat {
            group: self,
            policy: policy.as_deref(),
            documented: &documented,
            manners,
            listener: None,
            refusal: None,
            hangs: 0,
            exchanges: 0,
        };
        for index in indices {
            let Some(case) = self.run.cases.get(index) else {
                continue;
            };
            let (mut result, examined) = seat.one(case).await;
            if result.verdict >= Verdict::Allowed {
                // It is there to repeat what went wrong.
                result.asked.clear();
            }
            if self.finished.send((index, result, examined)).await.is_err() {
                break;
            }
        }
        seat.exchanges + seat.listener.map_or(0, |(_, listener)| listener.exchanges)
    }
}

/// Where the cases of one listener are asked from.
struct Seat<'a> {
    group: &'a Group,
    /// None in a mode.
    policy: Option<&'a Policy>,
    documented: &'a DocumentedBehavior,
    manners: Manners,
    listener: Option<(u64, Listener)>,
    refusal: Option<String>,
    hangs: usize,
    /// Those of listeners that are gone.
    exchanges: usize,
}

/// Whether a case can be asked.
enum Standing {
    Open,
    Closed(Box<(CaseResult, Examined)>),
}

impl Seat<'_> {
    async fn one(&mut self, case: &Case) -> (CaseResult, Examined) {
        let subject = &self.group.run.subject;
        let lacks = &self.group.run.known.description.lacks;
        if let Some(lack) = lacks.iter().find(|l| case.needs.contains(&l.need)) {
            return not_applicable(subject, case, format!("lacks {}: {}", lack.need, lack.reason));
        }
        let flags = &self.group.run.known.description.flags;
        if let Some(mode) = case.mode().filter(|m| !flags.contains(&m.flag())) {
            return not_applicable(subject, case, format!("says nothing of `{mode}`"));
        }
        if let Some(header) = probes::growing(case) {
            return self.cost(case, header).await;
        }
        let host = Arc::clone(&self.group.host);
        let asked = {
            let state = host.shared().await;
            let flight = host.depart();
            let (asked, death) = match self.ask(case, &state).await {
                Ok(asked) => asked,
                Err(closed) => return closed,
            };
            let Some(death) = death else { return asked };
            let alone = !host.is_busy();
            drop(flight);
            (asked, death, alone, state.generation)
        };
        let (asked, death, was_alone, generation) = asked;
        // The process is gone. Whoever was in flight may have killed it: each is asked again with no other beside.
        let mut state = host.alone().await;
        let restarted = state.generation != generation || host.restart(&mut state).await;
        if was_alone || !restarted {
            host.explain(1);
            return crashed(asked, &death);
        }
        match self.ask(case, &state).await {
            Ok((asked, Some(death))) => {
                // The end that brought us here, and this one.
                host.explain(2);
                host.restart(&mut state).await;
                crashed(asked, &death)
            }
            Ok((asked, None)) => asked,
            Err(closed) => closed,
        }
    }

    /// Asks what a header costs, with no other case in flight.
    async fn cost(&mut self, case: &Case, header: &str) -> (CaseResult, Examined) {
        let run = Arc::clone(&self.group.run);
        let host = Arc::clone(&self.group.host);
        let mut state = host.alone().await;
        if let Standing::Closed(closed) = self.standing(case, &state).await {
            return *closed;
        }
        let group = state.running().map(RunningSubject::process_group);
        let group = group.map(|g| g.and_then(ProcessGroup::look));
        let (Some(group), Some((_, listener))) = (group, &mut self.listener) else {
            return broken(&run.subject, case, "the subject is not running");
        };
        let Some(group) = group else {
            let reason = "its CPU time is not to be told from ours: it is in this process, or the system has no /proc";
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
        result.reason = measured.broke.as_ref().map(ToString::to_string);
        let examined = measured.findings.examined;
        if measured.broke.is_none() {
            return (result, examined);
        }
        let death = match state.running() {
            Some(running) => running.death().await,
            None => None,
        };
        // A process that is still busy would answer nobody else.
        host.explain(1);
        host.restart(&mut state).await;
        match death {
            Some(death) => crashed((result, examined), &death),
            None => (result, examined),
        }
    }

    /// Asks a case of a subject in that state; tells how the process ended if it did.
    async fn ask(
        &mut self,
        case: &Case,
        state: &State,
    ) -> Result<((CaseResult, Examined), Option<Death>), (CaseResult, Examined)> {
        let subject = &self.group.run.subject;
        if let Standing::Closed(closed) = self.standing(case, state).await {
            return Err(*closed);
        }
        let Some((_, listener)) = &mut self.listener else {
            return Err(broken(subject, case, "the subject is not running"));
        };
        if self.group.host.is_mute() {
            return Err(broken(
                subject,
                case,
                "not asked: the subject takes connections and answers nobody",
            ));
        }
        if self.hangs >= MAX_HANGS {
            return Err(broken(
                subject,
                case,
                "not asked: the listener hung on several cases in a row",
            ));
        }
        let ask = Ask {
            subject,
            case,
            policy: self.policy,
            documented: self.documented,
            limit: self.group.run.timeout,
            own_paths: true,
        };
        let mut asked = ask.run(listener).await;
        if self.policy.is_some_and(|p| !p.risky()) {
            asked.findings.examine(&rules::REFUSE_CONFIG);
        }
        self.hangs = match &asked.broke {
            Some(super::browse::BrokeError::Hang(_)) => self.hangs + 1,
            _ => 0,
        };
        if asked.broke.is_none() {
            self.group.host.heard();
        } else if self.hangs >= MAX_HANGS {
            self.group.host.give_up();
        }
        let death = match (&asked.broke, state.running()) {
            (Some(_), Some(running)) => running.death().await,
            _ => None,
        };
        Ok(((asked.result, asked.findings.examined), death))
    }

    /// Opens the listener, or says why there is none.
    async fn standing(&mut self, case: &Case, state: &State) -> Standing {
        let run = &self.group.run;
        let close = |closed| Standing::Closed(Box::new(closed));
        if self
            .listener
            .as_ref()
            .is_none_or(|(generation, _)| *generation != state.generation)
        {
            self.refusal = None;
            self.exchanges += self.listener.take().map_or(0, |(_, listener)| listener.exchanges);
            match state.listening(&self.group.policy) {
                None => {
                    let reason = match self.group.host.failure() {
                        Some(error) => format!("the subject's process for this policy did not start: {error}"),
                        None => "the subject ended and could not be started again".to_owned(),
                    };
                    return close(broken(&run.subject, case, &reason));
                }
                Some(PolicySupport::Ready(address)) => {
                    let mut listener = Listener::new(*address, self.manners.clone());
                    if let Some(policy) = self.policy.filter(|p| p.risky()) {
                        self.refusal = refuses_everybody(&mut listener, policy, run.timeout).await;
                    }
                    self.listener = Some((state.generation, listener));
                }
                Some(PolicySupport::Refused(words)) => return close(self.refused(case, words)),
                Some(PolicySupport::Unsupported(lacking)) => return close(self.unsupported(case, lacking)),
            }
        }
        match &self.refusal {
            Some(words) => close(self.refused(case, words)),
            None => Standing::Open,
        }
    }

    fn refused(&self, case: &Case, words: &str) -> (CaseResult, Examined) {
        let subject = &self.group.run.subject;
        let Some(policy) = self.policy else {
            return not_applicable(subject, case, format!("refuses to start without a policy: {words}"));
        };
        let risks = policy.risks();
        if !risks.is_empty() {
            let reason = format!("rightly refused ({}): {words}", risks.join(", "));
            let (mut result, examined) = not_applicable(subject, case, reason);
            result.rejected_policy = true;
            return (result, examined);
        }
        self.config(case, format!("the policy is refused: {words}"))
    }

    fn unsupported(&self, case: &Case, lacking: &[Capability]) -> (CaseResult, Examined) {
        let run = &self.group.run;
        let needed = match self.policy {
            Some(policy) => policy.flags_needed(),
            None => Mode::named(&self.group.policy).map(Mode::flag).into_iter().collect(),
        };
        match run.known.description.unsupported_reasons(&run.spec, &needed, lacking) {
            Ok(reasons) => not_applicable(&run.subject, case, format!("cannot express {reasons}")),
            Err(unfounded) => self.config(case, unfounded.to_string()),
        }
    }

    fn config(&self, case: &Case, what: String) -> (CaseResult, Examined) {
        let mut findings = Findings::default();
        findings.examine(&rules::REFUSE_CONFIG);
        findings.found(&rules::REFUSE_CONFIG, "", what);
        let mut result = blank(&self.group.run.subject, case, Verdict::OverDeny);
        finish(&mut result, &findings.deviations);
        (result, findings.examined)
    }
}

/// A library may refuse a risky policy by answering every origin with the same 5xx.
async fn refuses_everybody(listener: &mut Listener, policy: &Policy, limit: Duration) -> Option<String> {
    let mut statuses = Vec::new();
    // Whom the policy lets in as well: who refuses strangers alone refuses no policy. A request without Origin is no business of
    // the library.
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
        let reply = tokio::time::timeout(limit, listener.ask(&outgoing)).await.ok()?.ok()?;
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

/// The case on which the process ended.
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
