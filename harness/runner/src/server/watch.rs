//! Holds results back until a control request shows that the server was itself when it answered.
//!
//! A refusal is no observation if a rate limiter, a firewall, a login or an outage answered in place of the application. Where a control
//! request shows that, the results since the last good one become `not-judged`, but for what an answer did grant.

use super::control::{Control, ControlResult};
use super::listener::{Doubtful, Listener};
use crosscheck_judge::{Examined, Reply, record};
use crosscheck_results::{CaseResult, ExchangeRecord, Verdict};
use std::collections::BTreeSet;

/// How many results are held back at most until a control is sent.
const MOST_HELD: usize = 32;
/// How many controls in a row may fail before the remaining cases are not run.
const MAX_FAILED: usize = 3;

/// A result, and what else belongs to it.
pub(super) type Counted<T> = (T, CaseResult, Examined);

/// The watch over the results of one listener.
#[derive(Debug)]
pub(super) struct Watch<T> {
    control: Control,
    held: Vec<Counted<T>>,
    /// Statuses of refusals that the application itself gives, as a control after them showed.
    proven: BTreeSet<u16>,
    /// The first doubtful answer since the last good control.
    doubtful: Option<Doubtful>,
    failed: usize,
    /// Why the next cases are not judged.
    lost: Option<Lost>,
}

/// The server is not itself.
#[derive(Debug)]
struct Lost {
    reason: String,
    control: ExchangeRecord,
}

impl<T> Watch<T> {
    /// Begins with what the first control showed.
    pub(super) fn new(control: Control, result: &ControlResult) -> Self {
        let mut watch = Self {
            control,
            held: Vec::new(),
            proven: BTreeSet::new(),
            doubtful: None,
            failed: 0,
            lost: None,
        };
        if let ControlResult::Other(reply) = result {
            watch.lose(reply);
        }
        watch
    }

    /// Sends a control before the next case if the last one failed, until it has failed too often.
    pub(super) async fn before_case(&mut self, listener: &mut Listener) {
        if self.lost.is_some() && self.failed < MAX_FAILED {
            // Nothing is held back while the server is lost.
            self.check(listener).await;
        }
    }

    /// Whether the server is known not to be itself, so that the next case is not run.
    pub(super) const fn is_lost(&self) -> bool {
        self.lost.is_some()
    }

    /// A result that says so.
    pub(super) fn not_judged(&self, mut result: CaseResult) -> (CaseResult, Examined) {
        if let Some(lost) = &self.lost {
            lost.apply(&mut result);
        }
        (result, Examined::new())
    }

    /// Adds the result of a case that was run. Returns the results that a control released.
    pub(super) async fn add(&mut self, listener: &mut Listener, result: Counted<T>) -> Vec<Counted<T>> {
        let doubtful = listener.doubtful;
        let is_limited = listener.limited.is_some();
        self.doubtful = self.doubtful.or(doubtful);
        self.held.push(result);
        if let (true, Some(doubtful)) = (is_limited, doubtful) {
            // No control can show that a limiter was not there: it may let every second request pass.
            let reason = reason(doubtful);
            if let Some((_, result, examined)) = self.held.last_mut() {
                withdraw(result, examined, &reason, None);
            }
        }
        let is_new = doubtful.is_some_and(|d| !self.proven.contains(&d.status));
        if is_new || self.held.len() >= MOST_HELD {
            return self.check(listener).await;
        }
        Vec::new()
    }

    /// Sends the control. Returns the results that are held back, as they are if the server is itself.
    pub(super) async fn check(&mut self, listener: &mut Listener) -> Vec<Counted<T>> {
        match self.control.again(listener).await {
            ControlResult::Itself => {
                self.failed = 0;
                self.lost = None;
                if let Some(doubtful) = self.doubtful.take() {
                    self.proven.insert(doubtful.status);
                }
            }
            // A server that does not answer at all has broken cases; what it answered before was an answer. While the server is lost, a
            // control without an answer has failed, too, so that their number is bounded.
            ControlResult::Silent => self.failed += usize::from(self.lost.is_some()),
            ControlResult::Other(reply) => {
                self.failed += 1;
                self.lose(&reply);
                listener.forget();
                if let Some(lost) = &self.lost {
                    for (_, result, examined) in &mut self.held {
                        withdraw(result, examined, &lost.reason, Some(&lost.control));
                    }
                }
                self.doubtful = None;
            }
        }
        std::mem::take(&mut self.held)
    }

    /// Whether results are held back.
    pub(super) const fn holds(&self) -> bool {
        !self.held.is_empty()
    }

    /// The results that are held back.
    pub(super) fn rest(&mut self) -> Vec<Counted<T>> {
        std::mem::take(&mut self.held)
    }

    fn lose(&mut self, reply: &Reply) {
        if self.lost.is_some() {
            return;
        }
        let status = reply.response.status;
        let reason = match self.doubtful {
            Some(doubtful) if doubtful.status == status => reason(doubtful),
            Some(doubtful) => format!("{}; a plain request gets {status}", reason(doubtful)),
            None => format!(
                "the server answers {status} to a plain request of a listed origin and to one without Origin; \
                 the answer is not the application's"
            ),
        };
        self.lost = Some(Lost {
            reason,
            control: record::exchange("control", &reply.sent, &reply.received),
        });
    }
}

fn reason(doubtful: Doubtful) -> String {
    let Doubtful { status, after } = doubtful;
    format!("the server began to answer {status} after {after} requests")
}

impl Lost {
    fn apply(&self, result: &mut CaseResult) {
        withdraw(result, &mut Examined::new(), &self.reason, Some(&self.control));
    }
}

/// Withdraws what a result says about refusals. What an answer granted was granted, whoever answers now.
fn withdraw(result: &mut CaseResult, examined: &mut Examined, reason: &str, control: Option<&ExchangeRecord>) {
    if result.verdict == Verdict::NotApplicable {
        return;
    }
    result.deviations.retain(|d| d.verdict == Verdict::OverGrant);
    if !result.deviations.is_empty() {
        result.verdict = Verdict::OverGrant;
        return;
    }
    result.verdict = Verdict::NotJudged;
    result.reason = Some(reason.to_owned());
    result.trace.clear();
    result.transcript = control.cloned().into_iter().collect();
    examined.clear();
}
