//! The deviations that a run adds to a baseline.

use super::{Kind, Lists, range};
use crate::Verdict;
use crate::baseline::Baseline;
use crate::baseline::cases::{ListKey, by_group};
use crate::baseline::cause::{Broken, Cause, CauseName, OneOrMore, UNEXPLAINED};
use crate::baseline::place::CaseGlob;
use crosscheck_text::pattern::{fold, join};
use std::collections::{BTreeMap, BTreeSet};

/// The maximum number of files, folders or policies in a computed glob; more of them become a `*`.
const MAX_NAMED: usize = 8;
/// The folder of the cases that are derived from policies.
const POLICIES: &str = "policies/";

/// What new causes are grouped by: the name that the judge gave, whether it is about a rule, whether it is for one version.
type Group = (String, bool, bool);

/// The new deviations of a run.
pub(super) struct Adding<'b> {
    baseline: &'b Baseline,
    version: &'b str,
    /// Those that join a cause.
    joining: BTreeMap<ListKey, BTreeSet<String>>,
    /// Those that no cause covers, or several do.
    fresh: BTreeMap<Group, BTreeMap<Kind, BTreeSet<String>>>,
}

impl<'b> Adding<'b> {
    pub(super) fn new(baseline: &'b Baseline, version: &'b str) -> Self {
        Self {
            baseline,
            version,
            joining: BTreeMap::new(),
            fresh: BTreeMap::new(),
        }
    }

    /// Adds a deviation that is not known, with the name that the judge gave its cause.
    pub(super) fn deviation(&mut self, lists: &Lists<'_>, name: &str, kind: Kind, case: &str) {
        if let Some(cause) = lists.only_cause(&kind, case) {
            let key = ListKey {
                cause: cause.name.clone(),
                broken: kind.0,
                verdict: kind.1,
            };
            self.joining.entry(key).or_default().insert(case.to_owned());
            return;
        }
        let is_elsewhere = lists.elsewhere(&kind, case).next().is_some();
        let group = (name.to_owned(), matches!(kind.0, Broken::Rule(_)), is_elsewhere);
        let kinds = self.fresh.entry(group).or_default();
        kinds.entry(kind).or_default().insert(case.to_owned());
    }

    /// The number of cases that are added.
    pub(super) fn cases(&self) -> usize {
        let fresh = self.fresh.values().flat_map(BTreeMap::values);
        self.joining.values().chain(fresh).map(BTreeSet::len).sum()
    }

    /// Adds the cases to the lists; returns the new causes.
    pub(super) fn finish(self, lists: &mut BTreeMap<ListKey, BTreeSet<String>>) -> Vec<Cause> {
        for (key, cases) in self.joining {
            lists.entry(key).or_default().extend(cases);
        }
        let mut taken: BTreeSet<CauseName> = lists.keys().map(|key| key.cause.clone()).collect();
        taken.extend(self.baseline.causes.iter().map(|c| c.name.clone()));
        let mut causes = Vec::new();
        for ((name, _, is_elsewhere), kinds) in self.fresh {
            let Some(cause) = new_cause(&name, &taken, &kinds) else {
                continue;
            };
            let cause = Cause {
                versions: range(is_elsewhere, self.version),
                ..cause
            };
            taken.insert(cause.name.clone());
            for ((broken, verdict), cases) in kinds {
                let key = ListKey {
                    cause: cause.name.clone(),
                    broken,
                    verdict,
                };
                lists.entry(key).or_default().extend(cases);
            }
            causes.push(cause);
        }
        causes
    }
}

/// Creates a cause for deviations that have none; `None` if neither the judge's name nor the broken requirement can name it.
fn new_cause(name: &str, taken: &BTreeSet<CauseName>, kinds: &BTreeMap<Kind, BTreeSet<String>>) -> Option<Cause> {
    let ((broken, _), _) = kinds.first_key_value()?;
    let base: CauseName = name.parse().or_else(|_| broken.id().parse()).ok()?;
    let numbered = (2..).map(|n| format!("{base}-{n}").parse().ok());
    let free = std::iter::once(Some(base.clone())).chain(numbered);
    let name = free.map_while(|name| name).find(|name| !taken.contains(name))?;
    let ids: BTreeSet<&str> = kinds.keys().map(|(broken, _)| broken.id()).collect();
    let ids = OneOrMore::from_vec(ids.into_iter().map(str::to_owned).collect());
    let verdicts: BTreeSet<Verdict> = kinds.keys().map(|(_, verdict)| *verdict).collect();
    let (rule, step) = match broken {
        Broken::Rule(_) => (Some(ids), None),
        Broken::Step(_) => (None, Some(ids)),
    };
    Some(Cause {
        name,
        rule,
        step,
        verdict: OneOrMore::from_vec(verdicts.into_iter().collect()),
        places: places(kinds.values().flatten().map(String::as_str)),
        versions: None,
        when: Vec::new(),
        until: None,
        reason: UNEXPLAINED.to_owned(),
        upstream: None,
    })
}

/// Globs that match cases: the files or folders of written ones, the generators or the policies of derived ones, whichever are
/// fewer.
pub(super) fn places<'c>(cases: impl Iterator<Item = &'c str>) -> Vec<CaseGlob> {
    let (mut files, mut policies, mut probes) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let mut globs: Vec<Option<CaseGlob>> = Vec::new();
    for case in cases {
        match case.rsplit_once('#') {
            None => globs.push(None),
            Some((file, probe)) => match file.strip_prefix(POLICIES) {
                Some(policy) => {
                    policies.insert(policy);
                    probes.insert(probe);
                }
                None => _ = files.insert(file),
            },
        }
    }
    let generators: BTreeSet<&str> = by_group(probes.into_iter()).into_keys().collect();
    let folders = by_group(files.iter().copied());
    if files.len() <= MAX_NAMED {
        globs.extend(folders.iter().map(|(folder, files)| named(folder, files, "#*")));
    } else if folders.len() <= MAX_NAMED {
        globs.extend(folders.keys().map(|folder| named(folder, &BTreeSet::from([""]), "*")));
    } else {
        globs.push(None);
    }
    if !policies.is_empty() {
        let by_policy = named(POLICIES, &policies, "#*").filter(|_| policies.len() <= generators.len());
        globs.push(by_policy.or_else(|| named(&format!("{POLICIES}*#"), &generators, "*")));
    }
    // A glob that cannot be written, as with a brace in a file's name, is a `*` instead.
    let all = || "*".parse().ok();
    let mut globs: Vec<CaseGlob> = globs.into_iter().filter_map(|glob| glob.or_else(all)).collect();
    globs.dedup();
    globs
}

/// A glob that names some of many; `None` if they are too many, or have characters of the grammar.
fn named(before: &str, names: &BTreeSet<&str>, after: &str) -> Option<CaseGlob> {
    let is_plain = |name: &&str| !name.contains(['{', '}', ',', '*']);
    if names.len() > MAX_NAMED || !names.iter().all(is_plain) || before.contains(['{', '}', ',']) {
        return None;
    }
    format!("{before}{}{after}", join(&fold(names))).parse().ok()
}
