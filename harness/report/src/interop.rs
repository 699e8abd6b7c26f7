//! Interop: every difference between a client and the standard, or between two clients. One row per cause.

use crate::counts::{causes, results};
use crate::text::{Style, clean, clean_lines};
use crosscheck_results::{CaseId, Run, Verdict};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

/// A cause and the clients that have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interop {
    /// The cause.
    pub cause: String,
    /// The steps that its cases are for.
    pub steps: BTreeSet<String>,
    /// The reasons in the baselines; several if the clients have different ones.
    pub reasons: BTreeSet<String>,
    /// Where it is reported.
    pub upstream: BTreeSet<String>,
    /// Per client, in the order of the runs: the worst verdict and the cases; `None` if it follows the standard.
    pub clients: Vec<Option<(Verdict, BTreeSet<CaseId>)>>,
}

impl Interop {
    /// Its cases, over all clients.
    #[must_use]
    pub fn cases(&self) -> BTreeSet<&CaseId> {
        self.clients.iter().flatten().flat_map(|(_, c)| c).collect()
    }

    fn worst(&self) -> Verdict {
        self.clients
            .iter()
            .flatten()
            .map(|(v, _)| *v)
            .min()
            .unwrap_or(Verdict::NotApplicable)
    }
}

/// The runs of clients under test; the model is the standard itself.
#[must_use]
pub fn clients(runs: &[Run]) -> Vec<&Run> {
    runs.iter()
        .filter(|r| r.header.role == "client" && r.header.subject != "model" && results(r) > 0)
        .collect()
}

/// One row per cause, the worst and the widest first.
#[must_use]
pub fn interop(clients: &[&Run]) -> Vec<Interop> {
    let mut rows: BTreeMap<String, Interop> = BTreeMap::new();
    for (i, run) in clients.iter().enumerate() {
        for cause in causes(run) {
            let row = rows.entry(cause.cause.clone()).or_insert_with(|| Interop {
                cause: cause.cause.clone(),
                steps: BTreeSet::new(),
                reasons: BTreeSet::new(),
                upstream: BTreeSet::new(),
                clients: vec![None; clients.len()],
            });
            row.steps.extend(cause.rule);
            row.reasons.extend(cause.reason);
            row.upstream.extend(cause.upstream);
            if let Some(cell) = row.clients.get_mut(i) {
                let (verdict, cases) = cell.get_or_insert((cause.verdict, BTreeSet::new()));
                *verdict = (*verdict).min(cause.verdict);
                cases.extend(cause.cases);
            }
        }
    }
    let mut rows: Vec<Interop> = rows.into_values().collect();
    rows.sort_by(|a, b| {
        let width = |r: &Interop| std::cmp::Reverse((r.clients.iter().flatten().count(), r.cases().len()));
        (a.worst(), width(a), &a.cause).cmp(&(b.worst(), width(b), &b.cause))
    });
    rows
}

/// The rows as JSON.
#[must_use]
pub fn interop_json(runs: &[Run]) -> Value {
    let clients = clients(runs);
    let rows = interop(&clients).into_iter().map(|row| {
        let cells: serde_json::Map<String, Value> = clients
            .iter()
            .zip(&row.clients)
            .filter_map(|(run, cell)| {
                let (verdict, cases) = cell.as_ref()?;
                Some((run.header.subject.clone(), json!({ "verdict": verdict, "cases": cases })))
            })
            .collect();
        json!({ "cause": row.cause, "steps": row.steps, "reasons": row.reasons, "upstream": row.upstream, "clients": cells })
    });
    rows.collect()
}

/// Writes the table to a terminal; nothing if no client under test ran.
pub(crate) fn write(out: &mut dyn Write, runs: &[Run], style: Style) -> io::Result<()> {
    let clients = clients(runs);
    let rows = interop(&clients);
    if rows.is_empty() {
        return Ok(());
    }
    writeln!(out, "{}", style.bold("interop: where clients differ from the standard"))?;
    let names: Vec<String> = clients.iter().map(|r| clean(&r.header.subject).into_owned()).collect();
    for row in &rows {
        writeln!(out, "  {}", style.verdict_text(row.worst(), &clean(&row.cause)))?;
        let cells: Vec<String> = names
            .iter()
            .zip(&row.clients)
            .map(|(name, cell)| match cell {
                Some((verdict, cases)) => format!("{name} {verdict} {}", cases.len()),
                None => format!("{name} -"),
            })
            .collect();
        writeln!(out, "    {}", cells.join("   "))?;
        for reason in &row.reasons {
            for line in clean_lines(reason) {
                writeln!(out, "    {}", style.dim(&line))?;
            }
        }
        for link in &row.upstream {
            writeln!(out, "    {}", style.dim(&clean(link)))?;
        }
    }
    writeln!(out)
}
