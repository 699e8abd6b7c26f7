//! `crosscheck list`: cases, coverage, subjects.

use super::lint;
use crate::args::{Format, List};
use crate::corpus::{check_filters_match, filters, load, policy_name, report_problems, select};
use crate::ending::{Ended, Session};
use crate::exit::{Exit, Failure};
use crate::known::report_unusable;
use crate::output::Out;
use crosscheck_corpus::{Case, StepCoverage, StepId, coverage};
use crosscheck_report::clean;
use crosscheck_runner::status::Status;
use futures_util::future::join_all;
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use std::io::Write as _;

/// The status of a subject whose description has faults.
const UNUSABLE: &str = "cannot be used: its subject.yaml has faults";

pub(crate) fn list(args: &List, out: &mut Out) -> Result<Exit, Failure> {
    if args.subjects {
        if !args.filters.is_empty() {
            return Err(Failure::message(
                "--subjects lists all subjects and takes no filter",
                "leave out the filter or --subjects",
            ));
        }
        let exit = subjects(args.output.format, out)?;
        out.flush()?;
        return Ok(exit);
    }
    let corpus = load(&args.corpora.paths)?;
    let bad = report_problems(&corpus);
    if args.coverage {
        let named = |s: &StepCoverage| args.filters.is_empty() || args.filters.iter().any(|f| is_named(&s.id, f));
        let steps: Vec<_> = coverage(&corpus).into_iter().filter(named).collect();
        if steps.is_empty() {
            return Err(Failure::message(
                format!("no step matches {}", args.filters.join(" ")),
                "`crosscheck list --coverage` shows all steps; name one, or the group before its slash",
            ));
        }
        steps_covered(&steps, args.output.format, out)?;
    } else {
        let filters = filters(&args.filters)?;
        if let Some(text) = filters
            .iter()
            .zip(&args.filters)
            .find_map(|(f, text)| f.of_results().then_some(text))
        {
            return Err(Failure::message(
                format!("`{text}` selects results, and `crosscheck list` has no results"),
                "use it with `crosscheck run`",
            ));
        }
        check_filters_match(&filters, &args.filters, corpus.cases.iter().map(|case| &**case))?;
        let selected = select(&corpus, &filters);
        cases(&selected, args.output.format, out)?;
    }
    out.flush()?;
    Ok(if bad { Exit::Usage } else { Exit::Expected })
}

/// Whether a filter is the step or its group, with or without `step:`.
fn is_named(id: &StepId, filter: &str) -> bool {
    id.is_named_by(filter.strip_prefix("step:").unwrap_or(filter))
}

fn cases(cases: &[&Case], format: Format, out: &mut Out) -> Result<(), Failure> {
    if format == Format::Json {
        let value = cases.iter().map(|c| {
            json!({
                "id": c.id,
                "title": c.title,
                "steps": c.steps,
                "policy": policy_name(c),
                "tags": c.tags,
                "needs": c.needs.iter().map(|n| n.as_str()).collect::<Vec<_>>(),
            })
        });
        return Ok(out.json(&value.collect())?);
    }
    let style = out.style;
    for case in cases {
        writeln!(out, "{}  {}", clean(case.id.as_str()), style.dim(&clean(&case.title)))?;
    }
    Ok(())
}

fn steps_covered(steps: &[StepCoverage], format: Format, out: &mut Out) -> Result<(), Failure> {
    if format == Format::Json {
        let entry = |s: &StepCoverage| {
            let mut entry = Map::new();
            entry.insert("id".to_owned(), s.id.as_str().into());
            entry.insert("level".to_owned(), s.level.as_str().into());
            entry.insert("in_model".to_owned(), s.in_model.into());
            entry.insert("passing".to_owned(), s.passing.into());
            entry.insert("failing".to_owned(), s.failing.into());
            if let Some(reason) = &s.one_sided {
                entry.insert("one_sided".to_owned(), reason.clone().into());
            }
            Value::Object(entry)
        };
        return Ok(out.json(&json!({ "steps": steps.iter().map(entry).collect::<Vec<_>>() }))?);
    }
    writeln!(out, "{:<52} {:<5} {:>7} {:>7}  ", "step", "level", "passing", "failing")?;
    for step in steps {
        let remark = match &step.one_sided {
            _ if !step.in_model => "not in the model".to_owned(),
            Some(reason) => format!("one-sided: {}", clean(reason)),
            None if step.passing == 0 || step.failing == 0 => "no case on one side".to_owned(),
            None => String::new(),
        };
        let line = format!(
            "{:<52} {:<5} {:>7} {:>7}  {remark}",
            clean(step.id.as_str()),
            step.level.as_str(),
            step.passing,
            step.failing
        );
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

/// Lists all subjects. The faults of those that cannot be used are written to stderr.
pub(super) fn subjects(format: Format, out: &mut Out) -> Result<Exit, Failure> {
    let known = crosscheck::subjects::load();
    let exit = if report_unusable(&known) {
        Exit::Usage
    } else {
        Exit::Expected
    };
    let all = &known.usable;
    let session = Session::new()?;
    let statuses = match session.run(join_all(all.values().map(Status::of))) {
        Ended::ByItself(statuses) => statuses,
        Ended::BySignal(why) => {
            let text = format!("interrupted by {}", why.as_str());
            return Err(Failure::message(text, "run the command again").with(Exit::Unexpected));
        }
    };
    if format == Format::Json {
        let value = all.values().zip(&statuses).map(|(k, status)| {
            let d = &k.description;
            json!({
                "name": k.name,
                "role": d.role.as_str(),
                "language": d.language,
                "package": d.package.name,
                "version": d.package.version,
                "registry": d.package.registry.as_str(),
                "homepage": d.homepage,
                "status": render_status(status),
                "flags": d.flags.iter().map(|f| f.as_str()).collect::<Vec<_>>(),
                "denies": d.unsupported.iter().map(|(c, r)| (c.to_string(), json!(r))).collect::<serde_json::Map<_, _>>(),
                "lacks": d.lacks.iter().map(|l| json!({ "need": l.need.as_str(), "reason": l.reason })).collect::<Vec<_>>(),
            })
        });
        let unusable = known.unusable.iter().map(|(name, faults)| {
            json!({
                "name": name,
                "status": UNUSABLE,
                "faults": faults.iter().map(lint::value).collect::<Vec<_>>(),
            })
        });
        out.json(&value.chain(unusable).collect())?;
        return Ok(exit);
    }
    for (subject, status) in all.values().zip(&statuses) {
        let d = &subject.description;
        let package = &d.package;
        // The version of an engine is the installed one.
        let version = Some(&*package.version).filter(|v| *v != "installed");
        let package = [Some(package.registry.as_str()), Some(&*package.name), version];
        let package: Vec<&str> = package.into_iter().flatten().collect();
        writeln!(
            out,
            "{:<20} {:<7} {:<13} {:<52} {}",
            clean(&subject.name),
            d.role.as_str(),
            clean(&d.language),
            clean(&package.join(" ")),
            clean(&render_status(status))
        )?;
    }
    for name in known.unusable.keys() {
        writeln!(out, "{:<20} {UNUSABLE}", clean(name))?;
    }
    Ok(exit)
}

/// A status as text, with the command that installs a missing subject.
fn render_status(status: &Status) -> Cow<'static, str> {
    match status {
        Status::BuiltIn => "built in".into(),
        Status::Installed => "installed".into(),
        Status::Missing(command) => format!("not installed: {command}").into(),
        Status::Unknown => "unknown: the package manager of the system is not on this machine".into(),
    }
}
