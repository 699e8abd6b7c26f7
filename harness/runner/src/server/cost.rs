//! Measures the CPU time that a growing header costs a subject. No other request is in flight, so that the time belongs to this one.

use super::baseline_request::is_rejected_without_cors;
use super::browse::{FailedExchange, FailureKind};
use super::listener::Listener;
use crate::net::Outgoing;
use crate::subject::{ProcessGroup, RESOLUTION};
use crosscheck_corpus::{Case, Send, probes};
use crosscheck_judge::Findings;
use crosscheck_judge::Reply;
use crosscheck_judge::record;
use crosscheck_judge::server::{self as judge, Cost, Growth};
use crosscheck_results::ExchangeRecord;
use crosscheck_results::rules;
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// How many rounds are sent until the growth is judged. A round is one request of each size.
const ROUNDS: usize = 5;
/// How often these rounds are sent at most. They are repeated while the growth is doubtful, and once where it is too fast.
const MOST_REPEATS: usize = 3;
/// How long to wait until a subject is idle: at most this often, this long.
const MOST_WAITS: usize = 100;
const WAIT: Duration = Duration::from_millis(1);
/// The size that is sent before the measurement, and how often.
const WARM_SIZE: usize = 1 << 10;
const WARM_TIMES: usize = 10;
/// The CPU time of a size from which on no larger one is sent, once the cost is known to grow too fast.
const ENOUGH: Duration = Duration::from_millis(100);

/// The outcome of a measurement.
pub(super) struct Measured {
    pub(super) findings: Findings,
    pub(super) records: Vec<ExchangeRecord>,
    /// Set if no answer came, or none in time: the process may be busy for ever, or gone.
    pub(super) failure: Option<FailureKind>,
}

/// Measures the cost and judges it. The median of several measurements counts. The least would not do: on a busy machine a short request
/// is more often undisturbed than a long one, so that the cost seems to grow faster than it does. The sizes are sent in turn, so that a
/// busy period affects all of them.
pub(super) async fn measure(
    listener: &mut Listener,
    group: &ProcessGroup,
    case: &Case,
    header: &str,
    limit: Duration,
) -> Measured {
    warm_up(listener, case, limit).await;
    until_idle(group).await;
    let mut sizes = Sizes::of(case);
    for repeat in 0..MOST_REPEATS {
        for _ in 0..ROUNDS {
            if sizes.failure.is_none() {
                sizes.send(listener, group, limit).await;
            }
        }
        let is_certain = match judge::growth(&sizes.costs(), RESOLUTION) {
            Growth::Linear => true,
            Growth::Faster => repeat > 0,
            Growth::Doubtful => false,
        };
        if sizes.failure.is_some() || is_certain {
            break;
        }
    }
    let costs = sizes.costs();
    let mut measured = Measured {
        findings: Findings::default(),
        records: sizes.records(),
        failure: None,
    };
    measured.findings.examine(&rules::CRASH);
    let slow = judge::slow(&mut measured.findings, header, &costs, RESOLUTION);
    if let Some(failure) = sizes.failure {
        let hung = matches!(failure.error, FailureKind::Hang(_));
        if !(hung && slow) {
            let (word, what) = (failure.error.word(), failure.error.to_string());
            measured.findings.found(&rules::CRASH, word, what);
            let broken = record::exchange("broken", &failure.sent, &failure.received);
            measured.records.push(broken);
        }
        measured.failure = Some(failure.error);
    }
    measured
}

/// Sends one size a few times, unless it gets no answer, so that a virtual machine compiles what is measured.
async fn warm_up(listener: &mut Listener, case: &Case, limit: Duration) {
    let Some(send) = probes::grown(case, WARM_SIZE) else {
        return;
    };
    let outgoing = Outgoing::of_send(&send, listener.host());
    for _ in 0..WARM_TIMES {
        match timeout(limit, listener.send(&outgoing)).await {
            Ok(Ok(_)) => {}
            // The measurement reports it.
            Ok(Err(_)) => return,
            Err(_) => {
                listener.reset();
                return;
            }
        }
    }
}

/// Waits until the subject is idle, since only then its CPU time is exact. A subject that is never idle is measured all the same; its times
/// can be too small by a tick of the kernel.
async fn until_idle(group: &ProcessGroup) {
    for _ in 0..MOST_WAITS {
        if !group.is_running() {
            return;
        }
        sleep(WAIT).await;
    }
}

/// The sizes, smallest first, and what they cost.
struct Sizes {
    sizes: Vec<Size>,
    /// Why no more is sent.
    failure: Option<FailedExchange>,
}

/// One size of the header.
struct Size {
    size: usize,
    send: Send,
    /// What it cost each time.
    samples: Vec<Sample>,
}

struct Sample {
    cost: Cost,
    record: ExchangeRecord,
}

impl Sizes {
    fn of(case: &Case) -> Self {
        let sizes = probes::SIZES.into_iter().filter_map(|size| {
            Some(Size {
                size,
                send: probes::grown(case, size)?,
                samples: Vec::new(),
            })
        });
        Self {
            sizes: sizes.collect(),
            failure: None,
        }
    }

    fn costs(&self) -> Vec<Cost> {
        self.medians().map(|sample| sample.cost).collect()
    }

    fn records(&self) -> Vec<ExchangeRecord> {
        self.medians().map(|sample| sample.record.clone()).collect()
    }

    fn medians(&self) -> impl Iterator<Item = &Sample> {
        self.sizes.iter().filter_map(Size::median)
    }

    /// Sends each size once. No larger size is sent after one that is slow and costs enough.
    async fn send(&mut self, listener: &mut Listener, group: &ProcessGroup, limit: Duration) {
        let mut costs: Vec<Cost> = Vec::new();
        for size in &mut self.sizes {
            let is_expensive = costs.last().is_some_and(|cost| cost.spent >= ENOUGH);
            if is_expensive && judge::is_slow(&costs, RESOLUTION) {
                // An earlier round may have sent it.
                size.samples.clear();
                continue;
            }
            if let Err(failure) = size.send(listener, group, limit).await {
                let outgoing = Outgoing::of_send(&size.send, listener.host());
                if !is_rejected_without_cors(listener, &outgoing, &failure).await {
                    self.failure = Some(failure);
                }
                break;
            }
            costs.extend(size.median().map(|sample| sample.cost));
        }
    }
}

impl Size {
    fn median(&self) -> Option<&Sample> {
        let mut sorted: Vec<&Sample> = self.samples.iter().collect();
        sorted.sort_by_key(|sample| sample.cost.spent);
        sorted.get(sorted.len() / 2).copied()
    }

    async fn send(
        &mut self,
        listener: &mut Listener,
        group: &ProcessGroup,
        limit: Duration,
    ) -> Result<(), FailedExchange> {
        let outgoing = Outgoing::of_send(&self.send, listener.host());
        let before = group.times();
        let reply = timeout(limit, listener.send(&outgoing)).await;
        if reply.is_ok() {
            until_idle(group).await;
        }
        let spent = group.spent_since(&before);
        let Ok(reply) = reply else {
            let (sent, received) = listener.reset();
            self.samples.clear();
            self.note(0, spent, None);
            return Err(FailedExchange {
                error: FailureKind::Hang(limit.as_secs_f64()),
                sent,
                received,
            });
        };
        let reply = reply?;
        self.note(reply.response.status, spent, Some(&reply));
        Ok(())
    }

    fn note(&mut self, status: u16, spent: Duration, reply: Option<&Reply>) {
        let what = format!("{} bytes, {:.1} ms", self.size, spent.as_secs_f64() * 1000.0);
        let (sent, received) = match reply {
            Some(reply) => (reply.sent.as_slice(), reply.received.as_slice()),
            None => (&[][..], &[][..]),
        };
        self.samples.push(Sample {
            cost: Cost {
                size: self.size,
                status,
                spent,
            },
            record: record::exchange(&what, sent, received),
        });
    }
}
