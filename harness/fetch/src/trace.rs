//! The events that led to an outcome. Tracing is a type parameter: [`Off`] costs nothing.

use crate::steps::Step;

/// One event: an algorithm of the standard came to a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The algorithm under the standard's own name.
    pub algorithm: &'static str,
    /// Its anchor in the standard, with `#`.
    pub anchor: &'static str,
    /// The catalogue steps it rests on, four at the most, the most specific first.
    pub steps: Vec<Step>,
    /// What happened, in a sentence; bytes are escaped.
    pub detail: String,
    /// The exchange it speaks of: the index on the wire, from 0.
    pub exchange: Option<usize>,
    /// Whether this is the event that decided the outcome.
    pub decisive: bool,
}

/// The events of one fetch, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// The events.
    pub events: Vec<Event>,
}

impl Trace {
    /// The event that decided the outcome.
    #[must_use]
    pub fn deciding(&self) -> Option<&Event> {
        self.events.iter().rev().find(|e| e.decisive)
    }
}

/// Where events go.
pub trait Tracer: Default {
    /// Whether events are kept; where not, they are not even built.
    const ON: bool;
    /// Takes an event.
    fn record(&mut self, event: Event);
}

/// No trace.
#[derive(Clone, Copy, Debug, Default)]
pub struct Off;

impl Tracer for Off {
    const ON: bool = false;
    fn record(&mut self, _: Event) {}
}

impl Tracer for Trace {
    const ON: bool = true;
    fn record(&mut self, mut event: Event) {
        event.steps.truncate(4);
        if event.decisive {
            for earlier in &mut self.events {
                earlier.decisive = false;
            }
        }
        self.events.push(event);
    }
}

/// Bytes for people: printable ASCII as it is, the rest as `\xNN`, cut after 200 bytes.
#[must_use]
pub fn escape(bytes: &[u8]) -> String {
    const LONGEST: usize = 200;
    let mut text = String::with_capacity(bytes.len().min(LONGEST));
    for &b in bytes.iter().take(LONGEST) {
        match b {
            b'\\' => text.push_str("\\\\"),
            b'\t' => text.push_str("\\t"),
            0x20..=0x7E => text.push(char::from(b)),
            _ => text.push_str(&format!("\\x{b:02X}")),
        }
    }
    if bytes.len() > LONGEST {
        text.push_str(&format!("… ({} bytes)", bytes.len()));
    }
    text
}
