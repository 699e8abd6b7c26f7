//! The search on one server: what to try next, and what the results have shown.

use super::finding::{Finding, Stability};
use super::generation::{Generation, Sizes};
use super::key::RawKey;
use super::raw::Raw;
use super::symptom::Symptom;
use super::trial::{Judged, Trial};
use crosscheck_corpus::Flag;
use crosscheck_corpus::generate::kinds;
use std::collections::{BTreeMap, BTreeSet};

/// How often a deviation is repeated.
const REPETITIONS: usize = 3;
/// How many deviations of a generation are minimised at most, the worst first.
const MAX_RAW: usize = 12;

/// What is done with a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A new generation is tried.
    Generation,
    /// Deviations are repeated.
    Repetition,
    /// Simpler trials are tried.
    Simplification,
}

/// A search on one server.
#[derive(Debug)]
pub struct Search {
    seed: u64,
    subject: String,
    flags: BTreeSet<Flag>,
    sizes: Sizes,
    /// The number of the next generation.
    generation: usize,
    phase: Phase,
    raw: Vec<Raw>,
    findings: Vec<Finding>,
    /// How many trials had a result, did not apply, and were not judged, in generations.
    pub counts: Counts,
}

/// How many trials of all generations had which result.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// The server was judged.
    pub judged: usize,
    /// The server refuses the policy, or the policy says nothing about the visit.
    pub not_applicable: usize,
    /// How often each reason was why.
    pub reasons: BTreeMap<String, usize>,
    /// The responses said nothing about the server.
    pub not_judged: usize,
    /// Deviations that an earlier finding explains.
    pub explained: usize,
    /// Deviations that were new, before they were minimised.
    pub raw: usize,
}

#[derive(Clone, Debug)]
enum Phase {
    /// Nothing is left of the last generation.
    Between,
    Generated(Vec<Trial>),
    Repeat(usize),
    /// The trials of a round, each with the number of its deviation.
    Simplify(Vec<(usize, Trial)>),
}

impl Search {
    /// Begins a search on a server with these flags.
    #[must_use]
    pub fn new(seed: u64, subject: &str, flags: BTreeSet<Flag>, sizes: Sizes) -> Self {
        Self {
            seed,
            subject: subject.to_owned(),
            flags,
            sizes,
            generation: 0,
            phase: Phase::Between,
            raw: Vec::new(),
            findings: Vec::new(),
            counts: Counts::default(),
        }
    }

    /// What has been found, in the order in which it was found.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// How many generations have been tried.
    #[must_use]
    pub const fn generations(&self) -> usize {
        self.generation
    }

    /// Whether the next step is a new generation, so that the search can end here and nothing is lost.
    #[must_use]
    pub const fn is_between_generations(&self) -> bool {
        matches!(self.phase, Phase::Between)
    }

    /// Whether no further generation can find anything: the server can express no policy.
    #[must_use]
    pub fn is_over(&self) -> bool {
        kinds(&self.flags).is_empty()
    }

    /// The trials of the next step. Their results are to be recorded before the next call.
    pub fn next_step(&mut self) -> (Step, Vec<Trial>) {
        match &self.phase {
            Phase::Between | Phase::Generated(_) => {
                let generation = Generation::new(self.seed, &self.subject, self.generation, &self.flags, self.sizes);
                self.phase = Phase::Generated(generation.trials.clone());
                (Step::Generation, generation.trials)
            }
            Phase::Repeat(_) => {
                let trials = self.raw.iter().map(|raw| raw.trial.clone()).collect();
                (Step::Repetition, trials)
            }
            Phase::Simplify(trials) => {
                let trials = trials.iter().map(|(_, trial)| trial.clone()).collect();
                (Step::Simplification, trials)
            }
        }
    }

    /// Records the results of the trials of the last step, in their order.
    pub fn record(&mut self, judged: Vec<Judged>) {
        match std::mem::replace(&mut self.phase, Phase::Between) {
            Phase::Between => {}
            Phase::Generated(trials) => self.collect(trials, judged),
            Phase::Repeat(round) => {
                for (raw, judged) in self.raw.iter_mut().zip(&judged) {
                    if !raw.is_shown_by(judged) {
                        raw.stability = Stability::Unstable;
                    }
                }
                if round + 1 < REPETITIONS {
                    self.phase = Phase::Repeat(round + 1);
                } else {
                    self.set_unstable_apart();
                    self.begin_round();
                }
            }
            Phase::Simplify(trials) => {
                let mut rounds: BTreeMap<usize, Vec<(Trial, Judged)>> = BTreeMap::new();
                for ((number, trial), judged) in trials.into_iter().zip(judged) {
                    rounds.entry(number).or_default().push((trial, judged));
                }
                for (number, round) in rounds {
                    if let Some(raw) = self.raw.get_mut(number) {
                        raw.simplify(round);
                    }
                }
                self.begin_round();
            }
        }
    }

    /// Prepares the next round of simplifications; if there is none, folds the deviations into findings.
    fn begin_round(&mut self) {
        let mut trials = Vec::new();
        for (number, raw) in self.raw.iter_mut().enumerate() {
            trials.extend(raw.simpler().into_iter().map(|trial| (number, trial)));
        }
        if trials.is_empty() {
            for raw in std::mem::take(&mut self.raw) {
                self.add(raw.into_finding());
            }
            self.phase = Phase::Between;
        } else {
            self.phase = Phase::Simplify(trials);
        }
    }

    /// Collects the deviations of a generation that no finding explains.
    fn collect(&mut self, trials: Vec<Trial>, judged: Vec<Judged>) {
        let mut found: BTreeMap<RawKey, Raw> = BTreeMap::new();
        for (trial, judged) in trials.into_iter().zip(judged) {
            let result = match judged {
                Judged::Result(result) => result,
                Judged::NotApplicable(reason) => {
                    self.counts.not_applicable += 1;
                    *self.counts.reasons.entry(reason).or_default() += 1;
                    continue;
                }
                Judged::NotJudged => {
                    self.counts.not_judged += 1;
                    continue;
                }
            };
            self.counts.judged += 1;
            for symptom in Symptom::all(&result) {
                if let Some(finding) = self
                    .findings
                    .iter_mut()
                    .find(|finding| finding.explains(&symptom, &trial))
                {
                    finding.raw += 1;
                    self.counts.explained += 1;
                    continue;
                }
                self.counts.raw += 1;
                let key = RawKey::new(symptom.clone(), &trial);
                match found.get_mut(&key) {
                    Some(raw) => raw.add(trial.clone(), (*result).clone()),
                    None => {
                        let raw = Raw::new(symptom, trial.clone(), (*result).clone(), self.generation);
                        found.insert(key, raw);
                    }
                }
            }
        }
        self.generation += 1;
        // The keys begin with the verdict, so that the worst come first; the smaller ones of each symptom are the easier ones to minimise.
        let mut raw: Vec<Raw> = found.into_values().collect();
        raw.sort_by_key(|raw| (raw.symptom.verdict, raw.trial.size()));
        raw.truncate(MAX_RAW);
        self.raw = raw;
        self.phase = if self.raw.is_empty() {
            Phase::Between
        } else {
            Phase::Repeat(0)
        };
    }

    /// Deviations that were not repeated are findings of their own, as they are.
    fn set_unstable_apart(&mut self) {
        let (stable, unstable) = std::mem::take(&mut self.raw)
            .into_iter()
            .partition(|raw| raw.stability == Stability::Stable);
        self.raw = stable;
        for raw in unstable {
            self.add(raw.into_finding());
        }
    }

    fn add(&mut self, finding: Finding) {
        match self.findings.iter_mut().find(|known| known.is_same_cause(&finding)) {
            Some(known) => known.fold(finding),
            None => self.findings.push(finding),
        }
    }
}
