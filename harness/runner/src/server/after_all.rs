//! Whether the requests of other cases change what a server answers: the same requests are sent before and after them.

use super::browse::{FailedExchange, FailureKind, browse};
use super::case_result::{blank, broken, finish, not_applicable};
use super::listener::Listener;
use super::policy_group::Worker;
use super::policy_state::PolicyState;
use super::supervised::State;
use crosscheck_corpus::{Case, CaseSource, probes};
use crosscheck_fetch::{Browser, HeaderList, WireRequest};
use crosscheck_judge::{Examined, Findings, KeptReply, record, summary};
use crosscheck_results::{CaseResult, ExchangeRecord, Verdict, rules};
use std::collections::HashSet;
use std::sync::Arc;
use tokio::time::timeout;

/// How many cases run until the answers are compared again, when the one to blame is searched.
const CHUNK: usize = 16;

/// The answers to the requests of a case, at one time.
#[derive(Debug)]
pub(super) struct Answers(Vec<(WireRequest, KeptReply)>);

/// An answer that is not what it was.
#[derive(Debug)]
struct Change {
    /// What differs, in words.
    what: String,
    /// The exchange at the beginning, and at the end.
    records: [ExchangeRecord; 2],
}

impl Answers {
    /// Sends the requests of the case, each as a page of a browser that knows nothing.
    pub(super) async fn to(case: &Case, listener: &mut Listener) -> Result<Self, FailedExchange> {
        let mut exchanges = Vec::new();
        // The case before may have stopped before its actual request.
        listener.preflights_only = false;
        for spec in case.fetches() {
            let run = browse(listener, &spec.page, &spec.request, &mut Browser::new(), None).await?;
            let answered = run.exchanges.into_iter().filter(|e| !e.received.is_empty());
            exchanges.extend(
                answered
                    .map(|e| (KeptReply::from(&e), e.request))
                    .map(|(kept, request)| (request, kept)),
            );
        }
        Ok(Self(exchanges))
    }

    /// The first answer that is not what it was before.
    fn change(first: &Self, now: &Self) -> Option<Change> {
        let changed = first.0.iter().zip(&now.0).find_map(|((request, then), (_, now))| {
            let status = summary(&then.response).difference(&summary(&now.response));
            let differs =
                || (vary(&then.response.headers) != vary(&now.response.headers)).then(|| "vary differs".to_owned());
            Some((status.or_else(differs)?, request, then, now))
        });
        let (what, request, then, now) = changed?;
        let method = String::from_utf8_lossy(&request.method);
        let origin = request.headers.get(b"origin").unwrap_or_default();
        let origin = crosscheck_text::escape_truncated(&origin, 80);
        Some(Change {
            what: format!(
                "after other requests, {method} {} by {origin} gets another answer: {what}",
                request.url.path()
            ),
            records: [then.record("at first"), now.record("after other requests")],
        })
    }
}

/// What a worker keeps to compare the answers at the end with those at the beginning. A process that was started again in between answers
/// as at the beginning, so that only the cases since then are covered.
#[derive(Debug, Default)]
pub(super) struct AfterAll {
    /// The case, if it is among those of the policy.
    case: Option<Arc<Case>>,
    /// The answers before any other case.
    first: Option<Result<Answers, FailedExchange>>,
    /// The cases that have run.
    ran: Vec<Arc<Case>>,
}

impl AfterAll {
    /// Prepares for the cases of a policy.
    pub(super) fn of<'a>(mut cases: impl Iterator<Item = &'a Arc<Case>>) -> Self {
        Self {
            case: cases.find(|case| probes::is_after_all(case)).cloned(),
            ..Self::default()
        }
    }

    /// Notes that a case runs.
    pub(super) fn note(&mut self, case: &Arc<Case>) {
        if self.first.is_some() {
            self.ran.push(Arc::clone(case));
        }
    }
}

impl Worker<'_> {
    /// Records the answers before all cases.
    pub(super) async fn record_first_answers(&mut self) {
        if let Some(case) = self.after_all.case.clone().filter(|_| self.has_all_probes()) {
            self.after_all.first = self.answers(&case).await;
        }
    }

    /// Sends the requests; `None` if the policy is refused or cannot be expressed. If the process ends meanwhile, another listener's case
    /// may have ended it, so that they are sent again with no case in flight.
    async fn answers(&mut self, case: &Case) -> Option<Result<Answers, FailedExchange>> {
        let host = Arc::clone(&self.group.host);
        let (answers, was_alone, generation) = {
            let state = host.shared().await;
            let flight = host.begin_case();
            let answers = self.answers_in(case, &state).await?;
            if !is_dead(&answers, &state).await {
                return Some(answers);
            }
            let was_alone = !host.is_busy();
            drop(flight);
            (answers, was_alone, state.generation)
        };
        let mut state = host.alone().await;
        let restarted = state.generation != generation || host.restart(&mut state).await;
        if was_alone || !restarted {
            host.explain(1);
            return Some(answers);
        }
        let answers = self.answers_in(case, &state).await?;
        if is_dead(&answers, &state).await {
            // These requests explain the first death and the second one.
            host.explain(2);
            host.restart(&mut state).await;
        }
        Some(answers)
    }

    /// Sends the requests to a subject in that state.
    async fn answers_in(&mut self, case: &Case, state: &State) -> Option<Result<Answers, FailedExchange>> {
        if self.group.host.is_unresponsive() || matches!(self.policy_state(case, state).await, PolicyState::Closed(_)) {
            return None;
        }
        let limit = self.group.run.timeout;
        let (_, listener) = self.listener.as_mut()?;
        listener.begin();
        let answers = timeout(limit, Answers::to(case, listener)).await;
        Some(answers.unwrap_or_else(|_| {
            let (sent, received) = listener.reset();
            let error = FailureKind::Hang(limit.as_secs_f64());
            Err(FailedExchange { error, sent, received })
        }))
    }

    /// Compares the answers with those at the beginning, and searches for the case to blame.
    pub(super) async fn judge_after_all(&mut self, case: &Case) -> (CaseResult, Examined) {
        let run = Arc::clone(&self.group.run);
        let host = Arc::clone(&self.group.host);
        if let PolicyState::Closed(closed) = self.policy_state(case, &*host.shared().await).await {
            return *closed;
        }
        let first = self.after_all.first.take();
        let now = match first {
            Some(_) => self.answers(case).await,
            None => None,
        };
        let (first, now) = match (first, now) {
            (Some(Ok(first)), Some(Ok(now))) => (first, now),
            (Some(Err(failure)), _) | (Some(_), Some(Err(failure))) => return failed(&run.subject, case, &failure),
            (Some(_), None) => return broken(&run.subject, case, "the subject is not running"),
            (None, _) => {
                let reason = "some cases of the policy are not selected, and this one compares the answers before and after them all";
                return not_applicable(&run.subject, case, reason.to_owned());
            }
        };
        let (mut result, mut findings) = (blank(&run.subject, case, Verdict::Pass), Findings::default());
        let blamed = match Answers::change(&first, &now) {
            Some(_) => {
                let mut state = host.alone().await;
                self.blame(case, &first, &mut state).await
            }
            None => Blamed::NotRepeated,
        };
        compare(&mut result, &mut findings, &first, &now, |change| match blamed {
            Blamed::Case(blamed) => {
                format!(
                    "{change}; the request to blame is that of {}: {}",
                    blamed.id,
                    described(&blamed)
                )
            }
            Blamed::Among(first, last) => {
                format!(
                    "{change}; the requests to blame are among those of {} to {}",
                    first.id, last.id
                )
            }
            Blamed::NotRepeated => format!("{change}; after a restart the same cases do not repeat it"),
            Blamed::NotStarted => {
                format!("{change}; the subject could not be started again to find the request to blame")
            }
        });
        (result, findings.examined)
    }

    /// Whether every probe of the policy is selected.
    fn has_all_probes(&self) -> bool {
        let Some(policy) = self.policy else { return false };
        let cases = self.group.run.cases.iter().filter(|c| c.source == CaseSource::Probe);
        let selected: HashSet<&str> = cases.map(|c| c.id.as_str()).collect();
        let all = probes::derive(&self.group.policy, policy);
        all.iter().all(|c| selected.contains(c.id.as_str()))
    }

    /// Runs the cases again on a new process, until the answers change.
    async fn blame(&mut self, case: &Case, first: &Answers, state: &mut State) -> Blamed {
        let cases = std::mem::take(&mut self.after_all.ran);
        if !self.begin_anew(state).await {
            return Blamed::NotStarted;
        }
        for chunk in cases.chunks(CHUNK) {
            if !self.changes(case, first, chunk, state).await {
                continue;
            }
            if self.begin_anew(state).await {
                for one in chunk {
                    if self.changes(case, first, std::slice::from_ref(one), state).await {
                        return Blamed::Case(Arc::clone(one));
                    }
                }
            }
            return match chunk {
                [only] => Blamed::Case(Arc::clone(only)),
                [first, .., last] => Blamed::Among(Arc::clone(first), Arc::clone(last)),
                [] => Blamed::NotRepeated,
            };
        }
        Blamed::NotRepeated
    }

    /// Restarts the subject. Returns whether that succeeded.
    async fn begin_anew(&self, state: &mut State) -> bool {
        self.group.host.explain(1);
        self.group.host.restart(state).await
    }

    /// Runs cases, and returns whether the answers are not those at the beginning any more.
    async fn changes(&mut self, case: &Case, first: &Answers, cases: &[Arc<Case>], state: &State) -> bool {
        for one in cases {
            // What the case shows has been reported.
            let _ = self.run_case(one, state).await;
        }
        let now = self.answers_in(case, state).await;
        matches!(now, Some(Ok(now)) if Answers::change(first, &now).is_some())
    }
}

/// Judges the answers against the first ones. `blame` adds to the statement which request changed them.
pub(super) fn compare(
    result: &mut CaseResult,
    findings: &mut Findings,
    first: &Answers,
    now: &Answers,
    blame: impl FnOnce(&str) -> String,
) {
    findings.examine(&rules::UNSTABLE);
    if let Some(change) = Answers::change(first, now) {
        result.transcript.extend(change.records);
        if let Some(d) = findings.found(&rules::UNSTABLE, "after-all", blame(&change.what)) {
            d.exchange = Some(1);
        }
    }
    finish(result, &findings.deviations);
}

/// The result where the server does not answer the requests.
pub(super) fn failed(subject: &str, case: &Case, failure: &FailedExchange) -> (CaseResult, Examined) {
    let mut findings = Findings::default();
    findings.examine(&rules::CRASH);
    let mut result = blank(subject, case, Verdict::Broken);
    result.reason = Some(failure.error.to_string());
    result
        .transcript
        .push(record::exchange("broken", &failure.sent, &failure.received));
    if let Some(d) = findings.found(&rules::CRASH, failure.error.word(), failure.error.to_string()) {
        d.exchange = Some(0);
    }
    finish(&mut result, &findings.deviations);
    (result, findings.examined)
}

/// What changed the answers.
enum Blamed {
    Case(Arc<Case>),
    /// One of the cases from the first to the last of these.
    Among(Arc<Case>, Arc<Case>),
    /// A new process answers the same after all cases.
    NotRepeated,
    /// There is no new process.
    NotStarted,
}

/// Whether the process ended while it was to answer.
async fn is_dead(answers: &Result<Answers, FailedExchange>, state: &State) -> bool {
    match (answers, state.running()) {
        (Err(_), Some(running)) => running.death().await.is_some(),
        _ => false,
    }
}

fn vary(headers: &HeaderList) -> Vec<Vec<u8>> {
    let lines = headers.get_all(b"vary");
    let mut items: Vec<Vec<u8>> = lines
        .flat_map(|line| line.split(|b| *b == b','))
        .map(|item| item.trim_ascii().to_ascii_lowercase())
        .collect();
    items.sort_unstable();
    items
}

/// The request of a case that a report names.
fn described(case: &Case) -> String {
    if let Some(send) = case.send() {
        let origin = send.headers.get(b"origin").unwrap_or_default();
        let method = String::from_utf8_lossy(&send.method);
        return format!(
            "{method} {} by {}",
            send.url.path(),
            crosscheck_text::escape_truncated(&origin, 80)
        );
    }
    let Some(first) = case.fetches().first() else {
        return String::new();
    };
    let method = first.request.method.as_deref().unwrap_or(b"GET");
    format!(
        "{} {} by {}",
        String::from_utf8_lossy(method),
        first.request.url,
        first.page.origin.serialize()
    )
}
