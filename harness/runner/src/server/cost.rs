//! Measures the CPU time that a growing header costs a subject. No other request is in flight, so that the time belongs to this one.

use super::baseline_request::is_rejected_without_cors;
use super::browse::{FailedExchange, FailureKind};
use super::listener::Listener;
use crate::net::Outgoing;
use crate::subject::ProcessGroup;
use crosscheck_corpus::{Case, Send, probes};
use crosscheck_judge::Findings;
use crosscheck_judge::Reply;
use crosscheck_judge::record;
use crosscheck_judge::server::{self as judge, Cost};
use crosscheck_results::ExchangeRecord;
use crosscheck_results::rules;
use std::time::Duration;
use tokio::time::timeout;

/// How often each size is sent.
const TIMES: usize = 5;
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

/// Measures the cost and judges it. What seems to grow too fast is measured a second time: noise does not come twice.
pub(super) async fn measure(
    listener: &mut Listener,
    group: &ProcessGroup,
    case: &Case,
    header: &str,
    limit: Duration,
) -> Measured {
    warm_up(listener, case, limit).await;
    let first = sizes(listener, group, case, limit).await;
    let resolution = group.resolution();
    let last = if first.failure.is_none() && judge::is_slow(&first.costs, resolution) {
        sizes(listener, group, case, limit).await
    } else {
        first
    };
    let mut measured = Measured {
        findings: Findings::default(),
        records: last.records,
        failure: None,
    };
    measured.findings.examine(&rules::CRASH);
    let slow = judge::slow(&mut measured.findings, header, &last.costs, resolution);
    if let Some(failure) = last.failure {
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

/// What the sizes cost.
struct Sizes {
    costs: Vec<Cost>,
    records: Vec<ExchangeRecord>,
    /// Why the larger sizes were not sent.
    failure: Option<FailedExchange>,
}

async fn sizes(listener: &mut Listener, group: &ProcessGroup, case: &Case, limit: Duration) -> Sizes {
    let mut sizes = Sizes {
        costs: Vec::new(),
        records: Vec::new(),
        failure: None,
    };
    for size in probes::SIZES {
        let is_expensive = sizes.costs.last().is_some_and(|cost| cost.spent >= ENOUGH);
        if is_expensive && judge::is_slow(&sizes.costs, group.resolution()) {
            break;
        }
        let Some(send) = probes::grown(case, size) else {
            continue;
        };
        let mut size = Size {
            size,
            send: &send,
            limit,
            best: None,
        };
        let ended = size.measure(listener, group).await;
        if let Some((cost, reply)) = size.best.take() {
            sizes.costs.push(cost);
            let what = format!("{} bytes, {:.1} ms", cost.size, cost.spent.as_secs_f64() * 1000.0);
            let (sent, received) = reply.map(|r| (r.sent, r.received)).unwrap_or_default();
            sizes.records.push(record::exchange(&what, &sent, &received));
        }
        if let Err(failure) = ended {
            let outgoing = Outgoing::of_send(&send, listener.host());
            if !is_rejected_without_cors(listener, &outgoing, &failure).await {
                sizes.failure = Some(failure);
            }
            break;
        }
    }
    sizes
}

/// One size of the header, sent several times.
struct Size<'a> {
    size: usize,
    send: &'a Send,
    limit: Duration,
    best: Option<(Cost, Option<Reply>)>,
}

impl Size<'_> {
    async fn measure(&mut self, listener: &mut Listener, group: &ProcessGroup) -> Result<(), FailedExchange> {
        let outgoing = Outgoing::of_send(self.send, listener.host());
        for _ in 0..TIMES {
            let before = group.times();
            let reply = timeout(self.limit, listener.send(&outgoing)).await;
            let spent = group.spent_since(&before);
            match reply {
                Ok(reply) => {
                    let reply = reply?;
                    self.note(reply.response.status, spent, Some(reply));
                }
                Err(_) => {
                    let (sent, received) = listener.reset();
                    self.best = None;
                    self.note(0, spent, None);
                    return Err(FailedExchange {
                        error: FailureKind::Hang(self.limit.as_secs_f64()),
                        sent,
                        received,
                    });
                }
            }
        }
        Ok(())
    }

    fn note(&mut self, status: u16, spent: Duration, reply: Option<Reply>) {
        if self.best.as_ref().is_none_or(|(best, _)| spent < best.spent) {
            let cost = Cost {
                size: self.size,
                status,
                spent,
            };
            self.best = Some((cost, reply));
        }
    }
}
