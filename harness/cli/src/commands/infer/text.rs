//! The report as text, for people.

use super::grants::{Grants, Names};
use super::report::{Outcome, Report};
use crate::output::Out;
use crosscheck_report::{clean, quoted};
use crosscheck_search::infer::{Attack, AttackerNeeds, describe};
use std::io::{self, Write as _};

pub(super) fn write(out: &mut Out, report: &Report, table: bool) -> io::Result<()> {
    let outcome = report.outcome();
    writeln!(out, "{}\n", clean(&headline(report, &outcome)))?;
    let queries = report.results().count();
    let named = match (&outcome, report.inference.named_after()) {
        (Outcome::Explained(_), Some(after)) => format!("named after {after} queries, verified with {queries}"),
        _ => format!("{queries} queries"),
    };
    writeln!(out, "  {named}; {} requests in total", report.requests)?;
    for origin in &report.changed {
        writeln!(out, "  another result when repeated: {}", clean(&origin.serialize()))?;
    }
    if let Some(grants) = &report.grants {
        write_grants(out, report, grants)?;
    }
    if !report.is_wildcard() {
        for attack in &report.attacks {
            write_attack(out, report, attack)?;
        }
    }
    let is_explained = matches!(outcome, Outcome::Explained(_));
    if table || !is_explained {
        write_table(out, report)?;
    }
    if is_explained {
        writeln!(
            out,
            "\nThe server may also list origins that are not related to the known origin. Queries do not find them."
        )?;
    }
    Ok(())
}

fn headline(report: &Report, outcome: &Outcome) -> String {
    let url = &report.url;
    match outcome {
        Outcome::Explained(explanation) => {
            let by = if report.is_wildcard() { ", with `*`" } else { "" };
            format!("{url} allows {}{by}", describe(explanation))
        }
        Outcome::Unexplained => format!("{url} compares origins in an unknown way; the table lists what it allows"),
        Outcome::Changed => format!("{url} changes its responses"),
        Outcome::NoneAllowed => format!("{url} allows none of the origins that were tried"),
    }
}

fn write_grants(out: &mut Out, report: &Report, grants: &Grants) -> io::Result<()> {
    let credentials = match report.with_credentials() {
        (_, 0) => "no".to_owned(),
        (all, with) if with == all => "yes, for every allowed origin".to_owned(),
        (all, with) => format!("for {with} of {all} allowed origins"),
    };
    let names = |names: &Names| match names {
        Names::Requested => "any".to_owned(),
        Names::Wildcard => "any, by `*`, without credentials".to_owned(),
        Names::Listed(names) => listed(names),
    };
    let max_age = grants
        .max_age
        .map_or_else(|| "not set".to_owned(), |seconds| format!("{seconds} s"));
    for (name, value) in [
        ("credentials", credentials),
        ("methods", names(&grants.methods)),
        ("headers", names(&grants.headers)),
        ("exposed", listed(&grants.exposed)),
        ("max-age", max_age),
    ] {
        writeln!(out, "  {name:<12} {}", clean(&value))?;
    }
    Ok(())
}

fn listed(names: &[String]) -> String {
    if names.is_empty() {
        "only the safelisted ones".to_owned()
    } else {
        names.join(", ")
    }
}

fn write_attack(out: &mut Out, report: &Report, attack: &Attack) -> io::Result<()> {
    let attacker = match attack.needs {
        AttackerNeeds::SandboxedFrame => "Any page with a sandboxed frame",
        AttackerNeeds::RegisteredDomain => "An attacker who registers a domain",
        AttackerNeeds::Subdomain => "An attacker who takes over a subdomain",
        AttackerNeeds::NetworkPosition => "An attacker on the network of the user",
    };
    let credentials = if report.has_credentials(&attack.origin) {
        "with the user's credentials"
    } else {
        "without credentials"
    };
    let origin = attack.origin.serialize();
    writeln!(
        out,
        "\n{attacker} can read the response {credentials}: {}",
        clean(&origin)
    )?;
    let header = quoted(&format!("Origin: {origin}"));
    writeln!(out, "  curl -si -H {} {}", clean(&header), clean(&quoted(&report.url)))
}

fn write_table(out: &mut Out, report: &Report) -> io::Result<()> {
    writeln!(out)?;
    for allowed in [true, false] {
        writeln!(out, "{}:", if allowed { "allowed" } else { "refused" })?;
        for (query, result) in report.results().filter(|(_, result)| result.allowed == allowed) {
            let origin = query.origin.serialize();
            let credentials = if result.credentials { "  with credentials" } else { "" };
            let (status, operator) = (result.status, query.operator);
            writeln!(out, "  {:<44} {status} {operator}{credentials}", clean(&origin))?;
        }
    }
    Ok(())
}
