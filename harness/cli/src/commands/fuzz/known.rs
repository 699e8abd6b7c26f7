//! Which findings a baseline explains.

use crosscheck_results::baseline::{Baseline, Cause, GeneratedTrial};
use crosscheck_search::fuzz::Finding;

/// The causes of a baseline that hold for a version.
pub(super) struct Known<'b> {
    causes: Vec<&'b Cause>,
}

impl<'b> Known<'b> {
    pub(super) fn new(baseline: &'b Baseline, version: &str) -> Self {
        let causes = baseline.causes().iter().filter(|cause| cause.holds(version));
        Self {
            causes: causes.collect(),
        }
    }

    /// The cause that explains a finding.
    pub(super) fn cause(&self, finding: &Finding) -> Option<&'b Cause> {
        let request = finding.trial.visit.requests.first();
        let trial = GeneratedTrial {
            rule: &finding.symptom.rule,
            verdict: finding.symptom.verdict,
            flags: finding.shape.flags.iter().map(|flag| flag.as_str()).collect(),
            host: finding.shape.host.as_str(),
            alphabet: finding.shape.alphabet.as_str(),
            operators: finding.operators.iter().copied().collect(),
            method: request.map_or("GET", |request| &request.method),
            path: request.map_or("/", |request| &request.path),
        };
        self.causes.iter().find(|cause| cause.explains(&trial)).copied()
    }
}
