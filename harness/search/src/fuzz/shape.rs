//! What a trial has, apart from what does not matter.

use super::trial::Trial;
use crosscheck_corpus::Flag;
use crosscheck_corpus::generate::{Alphabet, HostKind};
use std::collections::BTreeSet;

/// What a trial has: the flags of its policy, the kind of the listed host, the kind of page that sends the origin, and whether it has several requests.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Shape {
    /// What the policy needs for its origins, credentials and routes. What it needs for the rest, the rule says.
    pub flags: BTreeSet<Flag>,
    /// The host that the operators were applied to.
    pub host: HostKind,
    /// The kind of page that sends the origin.
    pub alphabet: Alphabet,
    /// Whether the visit has more than one request.
    pub several_requests: bool,
}

/// Whether a flag is one of origins, credentials or routes.
fn distinguishes(flag: &Flag) -> bool {
    let word = flag.as_str();
    word.starts_with("origins-") || word.contains("credentials") || *flag == Flag::Routes
}

impl Shape {
    /// The shape of a trial.
    #[must_use]
    pub fn of(trial: &Trial) -> Self {
        let requester = &trial.visit.requester;
        Self {
            flags: trial.policy.flags_needed().into_iter().filter(distinguishes).collect(),
            host: HostKind::of(&requester.base),
            alphabet: Alphabet::of(&requester.origin),
            several_requests: trial.visit.requests.len() > 1,
        }
    }

    /// Whether both are the same, but for a host or a scheme of one of them that is special. What a server does wrong for every host, it does
    /// for that one.
    pub(super) fn is_similar(&self, other: &Self) -> bool {
        let hosts = [self.host, other.host];
        let same_host = self.host == other.host || hosts.contains(&HostKind::Domain);
        let is_usual = |shape: &Self| shape.alphabet == Alphabet::Browser;
        let same_alphabet = self.alphabet == other.alphabet || is_usual(self) || is_usual(other);
        let same_requests = self.several_requests == other.several_requests;
        same_host && same_alphabet && same_requests && self.flags == other.flags
    }

    /// Whether both have the same origins, whatever credentials they have.
    pub(super) fn has_same_origins(&self, other: &Self) -> bool {
        let origins = |shape: &Self| -> Vec<Flag> {
            let flags = shape.flags.iter().filter(|flag| flag.as_str().starts_with("origins-"));
            flags.copied().collect()
        };
        origins(self) == origins(other) && self.host == other.host
    }

    /// Whether a trial of this shape has everything that a trial of another shape has.
    pub(super) fn includes(&self, other: &Self) -> bool {
        let has_host = other.host == HostKind::Domain || other.host == self.host;
        let has_requests = self.several_requests || !other.several_requests;
        other.flags.is_subset(&self.flags) && has_host && has_requests && other.alphabet <= self.alphabet
    }
}
