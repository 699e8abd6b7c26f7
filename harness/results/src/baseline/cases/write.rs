//! Writing the exact lists.

use super::escape::escape;
use super::{CaseLists, ListKey};
use crate::baseline::cause::Broken;
use crosscheck_text::pattern::{fold, join};
use std::collections::{BTreeMap, BTreeSet};

/// The maximum width of a line with several patterns; a single pattern may be wider.
const WIDTH: usize = 160;
/// The folder of the cases that are derived from policies.
const POLICIES: &str = "policies/";

/// The text of a file of lists.
pub(in crate::baseline) fn render(subject: &str, lists: &CaseLists) -> String {
    let mut out = format!(
        "# The exact cases of the known deviations of {subject}, by cause.\n\
         # Written by `crosscheck run --update-baseline`; causes and reasons are in ../{subject}.yaml.\n"
    );
    let mut cause = None;
    for (key, cases) in lists.iter() {
        let ListKey {
            cause: name,
            broken,
            verdict,
        } = key;
        if cause != Some(name) {
            out.push_str(&format!("cause {name}\n"));
            cause = Some(name);
        }
        let kind = match broken {
            Broken::Rule(_) => "rule",
            Broken::Step(_) => "step",
        };
        out.push_str(&format!(" {kind} {} {verdict}\n", broken.id()));
        for line in case_lines(cases) {
            out.push_str(&line);
            out.push('\n');
        }
    }
    out
}

/// The lines of one list, indented.
fn case_lines(cases: &BTreeSet<String>) -> Vec<String> {
    let escaped: Vec<String> = cases.iter().map(|id| escape(id)).collect();
    // Written cases by file, derived cases by what they probe.
    let mut written: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut whole = BTreeSet::new();
    let mut policies_of: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for id in &escaped {
        match id.rsplit_once('#') {
            None => _ = whole.insert(id.as_str()),
            Some((file, probe)) => match file.strip_prefix(POLICIES) {
                Some(policy) => _ = policies_of.entry(probe).or_default().insert(policy),
                None => _ = written.entry(file).or_default().insert(probe),
            },
        }
    }
    let mut lines = Vec::new();
    for (file, names) in written {
        lines.extend(patterns(&format!("  {file}#"), &names));
    }
    lines.extend(fold(&whole).into_iter().map(|pattern| format!("  {pattern}")));
    let mut probes_of: BTreeMap<BTreeSet<&str>, BTreeSet<&str>> = BTreeMap::new();
    for (probe, policies) in policies_of {
        probes_of.entry(policies).or_default().insert(probe);
    }
    for (policies, probes) in probes_of {
        lines.push(format!("  {POLICIES}{}#", join(&fold(&policies))));
        lines.extend(probe_lines(&probes));
    }
    lines
}

/// The lines of derived cases, without their policies: by generator, or by the generators that have the same slugs if that is shorter.
fn probe_lines(probes: &BTreeSet<&str>) -> Vec<String> {
    let groups = by_group(probes.iter().copied());
    let by_generator: Vec<String> = groups
        .iter()
        .flat_map(|(generator, slugs)| patterns(&format!("   {generator}"), slugs))
        .collect();
    let mut generators_of: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (generator, slugs) in &groups {
        for slug in slugs {
            generators_of.entry(slug).or_default().insert(generator);
        }
    }
    let mut slugs_of: BTreeMap<BTreeSet<&str>, BTreeSet<&str>> = BTreeMap::new();
    for (slug, generators) in generators_of {
        slugs_of.entry(generators).or_default().insert(slug);
    }
    let together: Vec<String> = slugs_of
        .into_iter()
        .flat_map(|(generators, slugs)| patterns(&format!("   {}", join(&fold(&generators))), &slugs))
        .collect();
    let length = |lines: &[String]| lines.iter().map(|line| line.len() + 1).sum::<usize>();
    if length(&together) < length(&by_generator) {
        together
    } else {
        by_generator
    }
}

/// Groups names by the part before their first slash, such as the generator of a derived case or the folder of a file. The part
/// includes the slash, and is empty if there is none.
pub(in crate::baseline) fn by_group<'n>(names: impl Iterator<Item = &'n str>) -> BTreeMap<&'n str, BTreeSet<&'n str>> {
    let mut groups: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for name in names {
        let (group, rest) = name.split_at(name.find('/').map_or(0, |at| at + 1));
        groups.entry(group).or_default().insert(rest);
    }
    groups
}

/// Names behind a common beginning, on as few lines as their width allows.
fn patterns(start: &str, names: &BTreeSet<&str>) -> Vec<String> {
    let mut lines = Vec::new();
    let mut on_line: Vec<String> = Vec::new();
    let mut width = 0;
    for pattern in fold(names) {
        // The beginning, a pair of braces and a comma between two patterns.
        if !on_line.is_empty() && width + pattern.len() + 1 > WIDTH {
            lines.push(format!("{start}{}", join(&std::mem::take(&mut on_line))));
        }
        if on_line.is_empty() {
            width = start.len() + 2;
        }
        width += pattern.len() + 1;
        on_line.push(pattern);
    }
    lines.push(format!("{start}{}", join(&on_line)));
    lines
}
