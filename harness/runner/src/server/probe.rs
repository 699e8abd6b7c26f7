//! Probes a running server by its URL.

use super::after_all::{Answers, compare, failed};
use super::browse::FailureKind;
use super::case::CaseRun;
use super::case_result::{blank, broken, finish, not_applicable};
use super::control::{Control, Target};
use super::harmless::soften;
use super::listener::Listener;
use super::remote_server::{ProbeError, RemoteServer};
use super::watch::{Counted, Watch};
use crosscheck_corpus::{Case, FetchSpec, Policy, PolicyQuery, probes};
use crosscheck_fetch::Url;
use crosscheck_judge::{DocumentedBehavior, Examined, Findings};
use crosscheck_results::rules;
use crosscheck_results::{CaseResult, Verdict, redact};
use crosscheck_text::Redactor;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// How many cases in a row may get no answer before the remaining ones are skipped.
const MAX_SILENT: usize = 3;

/// The server to probe, and its policy.
#[derive(Clone, Debug)]
pub struct Probing {
    /// The server, with the URL that the policy describes.
    pub server: RemoteServer,
    /// The name of the policy.
    pub policy_id: String,
    /// The policy.
    pub policy: Policy,
}

impl Probing {
    /// Derives the cases, in the order in which they run: those that a browser can send first, each kind sorted by id.
    #[must_use]
    pub fn cases(&self) -> Vec<Arc<Case>> {
        let cases = cases_at(self.server.url.expose(), &self.policy_id, &self.policy);
        let mut cases: Vec<Arc<Case>> = cases.into_iter().map(Arc::new).collect();
        // What no browser sends comes last: a firewall may ban its sender.
        cases.sort_by_key(|case| (probes::is_after_all(case), case.send().is_some()));
        cases
    }
}

/// A server that accepts connections, and the cases to run on it.
#[derive(Debug)]
pub struct Probe {
    watch: Watch<()>,
    listener: Listener,
    cases: Vec<Arc<Case>>,
    policy: Policy,
    /// The time limit of a case, including the pauses of the rate limit.
    limit: Duration,
    silent: usize,
    /// What hides the secrets of the user and of the server in the results.
    redactor: Redactor,
    /// The answers to the requests of the case that compares them before and after the others, if all cases are selected.
    first: First,
}

/// A rate limit that several probes share: the time between two requests, which a rate limiter may have made longer, and when the last
/// request was sent.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    pause: Duration,
    last: Option<Instant>,
}

/// The answers before all cases.
#[derive(Debug)]
enum First {
    /// No case has run yet.
    Unknown,
    /// Some cases are not selected, or the server gave no answer.
    None,
    Answers(Answers),
}

impl Probe {
    /// Resolves the name, checks that the server accepts a connection, and derives the cases.
    ///
    /// # Errors
    /// Returns an error if the server cannot be probed.
    pub async fn open(probing: &Probing) -> Result<Self, ProbeError> {
        Self::open_after(probing, None).await
    }

    /// The same after another probe, whose rate limit holds for this one, too.
    ///
    /// # Errors
    /// Returns an error if the server cannot be probed.
    pub async fn open_after(probing: &Probing, earlier: Option<Pace>) -> Result<Self, ProbeError> {
        let (server, redactor) = (&probing.server, probing.server.headers.redactor());
        let (mut listener, pause) = server.connect(earlier.map(|earlier| earlier.pause)).await?;
        listener.last = earlier.and_then(|earlier| earlier.last);
        let (url, limit) = (server.url.expose(), server.timeout);
        let target = Target::of(url);
        let (control, control_result) = Control::open(&mut listener, &target, Some(&probing.policy), limit).await;
        Ok(Self {
            watch: Watch::new(control, &control_result),
            listener,
            cases: probing.cases(),
            policy: probing.policy.clone(),
            limit: limit + pause.saturating_mul(MOST_REQUESTS),
            silent: 0,
            redactor: redactor.clone(),
            first: First::Unknown,
        })
    }

    /// The rate limit as it is now, for a probe that follows this one.
    #[must_use]
    pub fn pace(&self) -> Pace {
        Pace {
            pause: self.listener.limits.pause.unwrap_or_default(),
            last: self.listener.last,
        }
    }

    /// Returns the cases in the order in which they run: those that a browser can send first, each kind sorted by id.
    #[must_use]
    pub fn cases(&self) -> &[Arc<Case>] {
        &self.cases
    }

    /// Keeps only some of the cases.
    pub fn select(&mut self, keep: impl Fn(&Case) -> bool) {
        let all = self.cases.len();
        self.cases.retain(|case| keep(case));
        if self.cases.len() < all {
            self.first = First::None;
        }
    }

    /// Replaces the cases by some of them.
    pub(crate) fn keep(&mut self, cases: Vec<Arc<Case>>) {
        if cases.len() < self.cases.len() {
            self.first = First::None;
        }
        self.cases = cases;
    }

    /// Runs one case. Returns the results that are certain now: the server was itself.
    pub(crate) async fn run_case(&mut self, subject: &str, case: &Case) -> Vec<(CaseResult, Examined)> {
        self.record_first_answers().await;
        let before = self.listener.exchanges;
        self.watch.before_case(&mut self.listener).await;
        let (result, examined) = if self.watch.is_lost() {
            self.watch.not_judged(blank(subject, case, Verdict::NotJudged))
        } else {
            self.ask(subject, case).await
        };
        // Also a result of a case that was not run keeps its place behind those that are held back.
        let released = if self.listener.exchanges == before && !self.watch.holds() {
            vec![((), result, examined)]
        } else {
            self.watch.add(&mut self.listener, ((), result, examined)).await
        };
        self.redacted(released)
    }

    /// Sends the last control. Returns the results that are still held back.
    pub(crate) async fn finish(&mut self) -> Vec<(CaseResult, Examined)> {
        let released = self.watch.check(&mut self.listener).await;
        self.redacted(released)
    }

    /// The results without secrets.
    fn redacted(&mut self, results: Vec<Counted<()>>) -> Vec<(CaseResult, Examined)> {
        let redactor = &mut self.redactor;
        let one = |((), mut result, examined): Counted<()>| {
            redact(&mut result, redactor);
            (result, examined)
        };
        results.into_iter().map(one).collect()
    }

    /// Records the answers before all cases, unless something in front of the application gives them.
    async fn record_first_answers(&mut self) {
        if !matches!(self.first, First::Unknown) {
            return;
        }
        self.first = First::None;
        let case = self.cases.iter().find(|case| probes::is_after_all(case));
        if let Some(case) = case.filter(|_| !self.watch.is_lost()) {
            self.listener.begin();
            let answers = timeout(self.limit, Answers::to(case, &mut self.listener)).await;
            match answers {
                Ok(Ok(answers)) if self.listener.limited.is_none() => self.first = First::Answers(answers),
                Ok(_) => {}
                Err(_) => {
                    self.listener.reset();
                }
            }
        }
    }

    /// Compares the answers with those before all cases.
    async fn after_all(&mut self, subject: &str, case: &Case) -> (CaseResult, Examined) {
        let First::Answers(first) = std::mem::replace(&mut self.first, First::None) else {
            let reason = "the answers before all other cases are not known: some cases are not selected, or a request got no answer";
            return not_applicable(subject, case, reason.to_owned());
        };
        let requests = self.listener.exchanges;
        match timeout(self.limit, Answers::to(case, &mut self.listener)).await {
            Ok(Ok(now)) => {
                let (mut result, mut findings) = (blank(subject, case, Verdict::Pass), Findings::default());
                compare(&mut result, &mut findings, &first, &now, |change| {
                    format!("{change}; the request to blame is one of the {requests} before")
                });
                (result, findings.examined)
            }
            Ok(Err(failure)) => failed(subject, case, &failure),
            Err(_) => {
                self.listener.reset();
                broken(subject, case, &FailureKind::Hang(self.limit.as_secs_f64()).to_string())
            }
        }
    }

    async fn ask(&mut self, subject: &str, case: &Case) -> (CaseResult, Examined) {
        self.listener.begin();
        if self.silent >= MAX_SILENT {
            let mut findings = Findings::default();
            let reason = "not run: several cases in a row got no answer";
            findings.found(&rules::CRASH, "not-asked", reason.to_owned());
            let mut result = blank(subject, case, Verdict::Broken);
            result.reason = Some(reason.to_owned());
            finish(&mut result, &findings.deviations);
            return (result, findings.examined);
        }
        if self.listener.limits.safe_methods_only
            && let Some(method) = unsafe_method(case)
        {
            let mut result = blank(subject, case, Verdict::NotApplicable);
            result.reason = Some(format!(
                "sends {method} without a preflight; --allow-unsafe allows that"
            ));
            return (result, Examined::new());
        }
        if probes::is_after_all(case) {
            return self.after_all(subject, case).await;
        }
        let case_run = CaseRun {
            subject,
            case,
            policy: Some(&self.policy),
            documented: &DocumentedBehavior::default(),
            limit: self.limit,
            own_paths: false,
        };
        let mut judged = case_run.run_patiently(&mut self.listener).await;
        soften(&mut judged.result, case, &self.policy);
        self.silent = match judged.failure {
            Some(_) => self.silent + 1,
            None => 0,
        };
        (judged.result, judged.findings.examined)
    }
}

/// More requests than any probe sends, including those that check Vary.
const MOST_REQUESTS: u32 = 40;

/// Derives the cases of the policy for this URL. The page always sees an https URL, even if the server is reached over http: blocked
/// mixed content would be the page's fault and not the server's.
#[must_use]
pub fn cases_at(url: &Url, policy_id: &str, policy: &Policy) -> Vec<Case> {
    let own = url.origin().ascii_serialization();
    let mut url = url.clone();
    url.set_fragment(None);
    let _ = url.set_username("");
    let _ = url.set_password(None);
    let port = url.port_or_known_default();
    if url.scheme() == "http" && url.set_scheme("https").is_ok() {
        let _ = url.set_port(port);
    }
    probes::derive_at(policy_id, policy, &url, &own)
}

/// Returns a method of the case that is sent without a preflight and is not GET, HEAD or OPTIONS.
fn unsafe_method(case: &Case) -> Option<String> {
    let is_safe = |method: &[u8]| matches!(method, b"GET" | b"HEAD" | b"OPTIONS");
    if let Some(send) = case.send() {
        return (!is_safe(&send.method)).then(|| String::from_utf8_lossy(&send.method).into_owned());
    }
    // After a preflight, the request is left out by itself. A page of the server's own origin sends none.
    let is_preflighted = |fetch: &FetchSpec| PolicyQuery::by(fetch).is_some_and(|query| query.needs_preflight());
    let sent_at_once = case.fetches().iter().filter(|fetch| !is_preflighted(fetch));
    let mut methods = sent_at_once.filter_map(|fetch| fetch.request.method.as_deref());
    let unsafe_one = methods.find(|m| !is_safe(&m.to_ascii_uppercase()));
    unsafe_one.map(|m| String::from_utf8_lossy(m).into_owned())
}
