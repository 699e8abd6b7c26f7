//! An adapter process: the correct server behind the adapter protocol, with an optional defect.

use super::right::{Flaw, Mini};
use crosscheck_corpus::Policy;
use crosscheck_corpus::policy::Configuration;
use crosscheck_runner::subject::{Configurations, InProcess, PolicySupport};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{BufRead, stdin};
use std::str::FromStr;

/// The defect of the library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    /// The policy that was configured last applies to all listeners.
    Global,
    /// No defect.
    Right,
    /// Long origins cost too much CPU time.
    Slow,
    /// A PUT ends the process.
    DiesOnPut,
    /// The policy `pair` ends the process before it is ready.
    DoesNotStartWithPair,
}

impl How {
    const ALL: [Self; 5] = [
        Self::Right,
        Self::Slow,
        Self::Global,
        Self::DiesOnPut,
        Self::DoesNotStartWithPair,
    ];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Right => "right",
            Self::Slow => "slow",
            Self::Global => "global",
            Self::DiesOnPut => "dies-on-put",
            Self::DoesNotStartWithPair => "does-not-start-with-pair",
        }
    }
}

impl FromStr for How {
    type Err = String;
    fn from_str(word: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|h| h.as_str() == word);
        known.ok_or_else(|| format!("`{word}` is not a known defect"))
    }
}

/// Speaks the protocol until stdin closes.
pub(crate) fn serve(how: How) {
    let mut line = String::new();
    stdin().lock().read_line(&mut line).unwrap();
    let hello: Value = serde_json::from_str(&line).unwrap();
    let documents: BTreeMap<String, Option<Policy>> = serde_json::from_value(hello["policies"].clone()).unwrap();
    let mut configurations: Configurations = documents
        .into_iter()
        .map(|(id, document)| {
            let configuration = Configuration::of_document(&id, document).unwrap();
            (id, configuration)
        })
        .collect();
    if how == How::DoesNotStartWithPair && configurations.contains_key("pair") {
        std::process::exit(3);
    }
    if how == How::Global {
        let last = configurations.values().next_back().cloned().unwrap();
        configurations.values_mut().for_each(|c| c.clone_from(&last));
    }
    let flaw = match how {
        How::Slow => Flaw::SlowOnLongOrigins,
        How::DiesOnPut => Flaw::ExitsOnPut,
        _ => Flaw::None,
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = runtime.block_on(Mini(flaw).start(&configurations)).unwrap();
    for (id, listening) in &server.listeners {
        let PolicySupport::Ready(address) = listening else {
            panic!("{listening:?}")
        };
        println!("{}", json!({ "policy": id, "ready": format!("http://{address}") }));
    }
    println!("{}", json!({ "done": true, "library": "self", "version": "1" }));
    line.clear();
    while stdin().lock().read_line(&mut line).is_ok_and(|n| n > 0) {
        line.clear();
    }
    std::process::exit(0);
}
