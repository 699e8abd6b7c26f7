//! A server to run with its cases, and what the run reports at its end.

use super::added_headers::AddedHeaders;
use crate::subject::{Configurations, Subject, SubjectSpec};
use crosscheck_corpus::policy::{Configuration, Mode};
use crosscheck_corpus::{Case, Corpus, Policy, PolicyRef};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// A server to run, and its cases.
#[derive(Clone, Debug)]
pub struct ServerRun {
    /// The subject.
    pub known: Subject,
    /// The subject as the user named it.
    pub spec: SubjectSpec,
    /// Its name in results.
    pub subject: String,
    /// The cases with a policy, sorted by id.
    pub cases: Vec<Arc<Case>>,
    /// The policies by the id under which the subject gets them.
    pub policies: BTreeMap<String, Arc<Policy>>,
    /// How many listeners are tested at the same time.
    pub jobs: usize,
    /// The time limit of a case.
    pub timeout: Duration,
    /// Headers on every request; one without a value leaves out what browsers send.
    pub headers: AddedHeaders,
}

/// What a run reports at its end.
#[derive(Clone, Debug, Default)]
pub struct ServerRunEnd {
    /// The number of requests, answered or not.
    pub exchanges: usize,
    /// A failure that belongs to no case: the subject died, and no case reproduces the death.
    pub unexplained: Option<String>,
}

impl ServerRun {
    /// Returns the policies of some cases, by the id under which the subject gets them.
    #[must_use]
    pub fn policies_of(corpus: &Corpus, cases: &[Arc<Case>]) -> BTreeMap<String, Arc<Policy>> {
        let mut policies = BTreeMap::new();
        for case in cases {
            let Some(reference) = case.policy() else { continue };
            let id = reference.id(case);
            if policies.contains_key(id) {
                continue;
            }
            let policy = match reference {
                PolicyRef::Named(name) => corpus.policies.get(name).map(|p| p.policy.clone()),
                PolicyRef::Mode(_) => None,
                PolicyRef::Inline(policy) => Some((**policy).clone()),
            };
            if let Some(policy) = policy {
                policies.insert(id.to_owned(), Arc::new(policy));
            }
        }
        policies
    }
    /// Returns the configurations that the subject is started with: the policies, and the modes that it has and a case needs.
    #[must_use]
    pub fn documents(&self) -> Configurations {
        let flags = &self.known.description.flags;
        let needed: BTreeSet<Mode> = self.cases.iter().filter_map(|c| c.mode()).collect();
        let modes = needed.into_iter().filter(|m| flags.contains(&m.flag()));
        let configuration = |policy: &Policy| Configuration::Policy(Box::new(policy.complete()));
        let policies = self.policies.iter().map(|(id, p)| (id.clone(), configuration(p)));
        let modes = modes.map(|m| (m.as_str().to_owned(), Configuration::Mode(m)));
        policies.chain(modes).collect()
    }
}
