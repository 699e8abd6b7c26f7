//! What a run produces: verdicts, rules, deviations, exchanges, events and the file that holds them; and baselines, with which
//! results are compared.
//!
//! This crate knows neither the model nor a subject, so that a report builds without them.

pub mod baseline;
mod brief;
mod date;
pub mod diff;
mod earlier;
mod events;
mod exit;
mod file;
mod integrity;
mod interruption;
mod merge;
mod outline;
mod record;
mod redact;
pub mod rules;
mod run;
mod shard;
mod stream;
mod verdict;
pub mod version;
mod wire;
mod write;

pub use crosscheck_text::{CaseId, CaseIdParts, StepId};
pub use date::Date;
pub use earlier::{EarlierCase, EarlierResults, EarlierSubject};
pub use events::Events;
pub use exit::{RunExit, RunSummary, exit_code};
pub use file::{ReadError, read_brief, read_file};
pub use interruption::Interruption;
pub use merge::{Difference, MergeError, merge};
pub use outline::{CaseOutline, DeviationOutline, Outline, read_outline};
#[cfg(feature = "schema")]
pub use record::schema;
pub use record::{
    CaseResult, Cause, Deviation, ExchangeRecord, FORMAT, Footer, Header, Line, OutcomeRecord, PageRequest,
    SERVED_CLIENT, TraceEvent,
};
pub use redact::redact;
pub use rules::{RULES, Rule};
pub use run::{Discrepancy, Run};
pub use shard::{Shard, ShardError};
pub use stream::open_stream;
pub use verdict::{Level, Status, UnknownVerdict, Verdict};
pub use wire::WireBytes;
pub use write::{LinePosition, Position, WriteError, Writer, Written};
