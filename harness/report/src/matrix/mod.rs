//! The servers of a run side by side: what each breaks, by rules and by topics, sorted by grade.

mod grade;
mod group;
mod json;
mod terminal;

pub use grade::Grade;
pub(crate) use group::topic_of;
pub use json::matrix_json;
pub use terminal::write as write_matrix;

use crate::counts::causes;
use crosscheck_results::{CaseResult, Deviation, Run, Verdict};
use std::collections::{BTreeMap, BTreeSet};

/// What is counted in a column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    /// How many cases deviate.
    pub deviating: usize,
    /// Whether anything was looked at.
    pub looked: bool,
    /// The worst of the deviations.
    pub worst: Option<Verdict>,
}

/// Columns in which somebody deviates: groups, and their members in the order of the groups.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    /// The groups.
    pub groups: Vec<String>,
    /// Each member with its group.
    pub members: Vec<(String, String)>,
}

/// The cells of a server below [`Columns`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cells {
    /// One per group.
    pub groups: Vec<Cell>,
    /// One per member.
    pub members: Vec<Cell>,
}

/// A server.
#[derive(Clone, Debug)]
pub struct Row {
    /// The index of its run.
    pub run: usize,
    /// None if no case ran.
    pub grade: Option<Grade>,
    /// By rule.
    pub rules: Cells,
    /// By topic.
    pub topics: Cells,
}

/// All servers of a run.
#[derive(Clone, Debug, Default)]
pub struct Matrix {
    /// The rules that are broken.
    pub rules: Columns,
    /// The topics in which something deviates.
    pub topics: Columns,
    /// The servers, best grade first; those that could not run at the end.
    pub rows: Vec<Row>,
}

impl Matrix {
    /// The matrix of the servers among the runs.
    #[must_use]
    pub fn of(runs: &[Run]) -> Self {
        let servers = runs.iter().enumerate().filter(|(_, run)| run.header.role == "server");
        let counted: Vec<(usize, &Run, Counted<'_>)> = servers.map(|(i, run)| (i, run, Counted::of(run))).collect();
        let rules = columns(counted.iter().map(|(.., c)| &c.rules), &group::OF_RULES);
        let topics = columns(counted.iter().map(|(.., c)| &c.topics), &group::OF_TOPICS);
        let mut rows: Vec<_> = counted
            .iter()
            .map(|(index, run, counted)| Row {
                run: *index,
                grade: Grade::of(run),
                rules: counted.rules.cells(&rules),
                topics: counted.topics.cells(&topics),
            })
            .map(|row| (order(&row, runs.get(row.run)), row))
            .collect();
        rows.sort_by(|(a, _), (b, _)| a.cmp(b));
        Self {
            rules,
            topics,
            rows: rows.into_iter().map(|(_, row)| row).collect(),
        }
    }
}

/// Servers without a grade come last; within a grade, servers with fewer causes of the worse verdicts come first.
fn order(row: &Row, run: Option<&Run>) -> (bool, Option<Grade>, Vec<usize>, String) {
    let causes = run.map(causes).unwrap_or_default();
    let of = |v: &Verdict| causes.iter().filter(|c| c.verdict == *v).count();
    let weight = Verdict::ALL.iter().filter(|v| v.counts()).map(of).collect();
    let name = run.map(|r| r.header.subject.clone()).unwrap_or_default();
    (row.grade.is_none(), row.grade, weight, name)
}

/// What the cases of a run come to, by groups and their members.
#[derive(Default)]
struct Counts<'a> {
    groups: BTreeMap<&'a str, Cell>,
    members: BTreeMap<(&'a str, &'a str), Cell>,
}

impl<'a> Counts<'a> {
    /// Something was looked at.
    fn look(&mut self, group: &'a str, member: &'a str) {
        self.groups.entry(group).or_default().looked = true;
        self.members.entry((member, group)).or_default().looked = true;
    }

    /// Counts a case once in each column, with its worst there.
    fn add(&mut self, found: impl Iterator<Item = (&'a str, &'a str, Verdict)>) {
        let mut groups: BTreeMap<&str, Verdict> = BTreeMap::new();
        let mut members: BTreeMap<(&str, &str), Verdict> = BTreeMap::new();
        for (group, member, verdict) in found {
            self.look(group, member);
            let worse = |worst: &mut Verdict| *worst = verdict.min(*worst);
            worse(groups.entry(group).or_insert(verdict));
            worse(members.entry((member, group)).or_insert(verdict));
        }
        let count = |cell: &mut Cell, verdict: Verdict| {
            cell.deviating += 1;
            cell.worst = Some(cell.worst.map_or(verdict, |w| w.min(verdict)));
        };
        for (group, verdict) in groups {
            count(self.groups.entry(group).or_default(), verdict);
        }
        for (member, verdict) in members {
            count(self.members.entry(member).or_default(), verdict);
        }
    }

    fn cells(&self, columns: &Columns) -> Cells {
        let group = |group: &String| self.groups.get(group.as_str()).cloned().unwrap_or_default();
        let member =
            |(m, g): &(String, String)| self.members.get(&(m.as_str(), g.as_str())).cloned().unwrap_or_default();
        Cells {
            groups: columns.groups.iter().map(group).collect(),
            members: columns.members.iter().map(member).collect(),
        }
    }
}

/// The columns in which somebody deviates; groups in the order that is known, others behind.
fn columns<'a, 'c: 'a>(counts: impl Iterator<Item = &'a Counts<'c>>, order: &[&str]) -> Columns {
    let mut members: BTreeSet<(&str, &str)> = BTreeSet::new();
    for counts in counts {
        let deviating = counts.members.iter().filter(|(_, cell)| cell.deviating > 0);
        members.extend(deviating.map(|(key, _)| *key));
    }
    let rank = |group: &str| order.iter().position(|g| *g == group).unwrap_or(order.len());
    let mut members: Vec<_> = members.into_iter().collect();
    members.sort_by_key(|(member, group)| (rank(group), *group, *member));
    let mut groups: Vec<String> = members.iter().map(|(_, group)| (*group).to_owned()).collect();
    groups.dedup();
    let owned = |(member, group): (&str, &str)| (member.to_owned(), group.to_owned());
    Columns {
        groups,
        members: members.into_iter().map(owned).collect(),
    }
}

#[derive(Default)]
struct Counted<'a> {
    rules: Counts<'a>,
    topics: Counts<'a>,
}

impl<'a> Counted<'a> {
    fn of(run: &'a Run) -> Self {
        let mut counted = Self::default();
        let examined = run.footer.iter().flat_map(|f| &f.examined).filter(|(_, n)| **n > 0);
        for (rule, _) in examined {
            counted.rules.look(group::of_rule(rule), rule);
        }
        for case in &run.cases {
            counted.add(case);
        }
        counted
    }

    fn add(&mut self, case: &'a CaseResult) {
        self.rules.add(case.deviations.iter().filter_map(rule_column));
        let (group, topic) = (group::of_case(&case.id), topic_of(&case.id));
        if !matches!(case.verdict, Verdict::NotJudged | Verdict::NotApplicable) {
            self.topics.look(group, topic);
        }
        if case.verdict.counts() {
            self.topics.add([(group, topic, case.verdict)].into_iter());
        }
    }
}

/// The column of a deviation: its group, the rule, how bad it is. Advice has a column of its own, whatever its rule.
pub(crate) fn rule_column(deviation: &Deviation) -> Option<(&str, &str, Verdict)> {
    let rule = deviation.rule.as_deref()?;
    let group = match deviation.verdict {
        Verdict::Advice => group::ADVICE,
        _ => group::of_rule(rule),
    };
    Some((group, rule, deviation.verdict))
}

#[cfg(test)]
mod tests;
