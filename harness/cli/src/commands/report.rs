//! `crosscheck report`: shows the results of a file, or writes them in other formats.

use super::reports::Reports;
use crate::args::{Format, Report};
use crate::corpus::requirements;
use crate::exit::{Exit, Failure};
use crate::output::Out;
use crosscheck_report::terminal::Options;
use crosscheck_report::{matrix_json, summary, write_html, write_matrix, write_terminal};
use crosscheck_results::{Run, exit_code, read_brief, read_file};
use std::io::Write as _;

pub(crate) fn report(args: &Report, out: &mut Out) -> Result<Exit, Failure> {
    let reports = Reports::open(&args.report_files.reports, Some(&args.file), args.output.format)?;
    // Reports for CI systems have no wire. They take the place of the text, as the HTML site does.
    let is_brief = args.html.is_none() && !reports.is_empty();
    let read = if is_brief { read_brief } else { read_file };
    let runs = read(&args.file).map_err(|e| {
        Failure::usage(
            e,
            "create results with `crosscheck run`, which writes them to reports/out/results.jsonl, and name that file",
        )
    })?;
    if runs.is_empty() {
        return Err(Failure::message(
            format!("{} has no results", args.file.display()),
            "create them with `crosscheck run`",
        ));
    }
    if args.html.is_some() || !reports.is_empty() {
        write_files(args, &runs, &reports, out)?;
    } else {
        show(args, &runs, out)?;
    }
    out.flush()?;
    Ok(exit_code(&runs).into())
}

/// Writes the HTML site and the reports, and lists them.
fn write_files(args: &Report, runs: &[Run], reports: &Reports, out: &mut Out) -> Result<(), Failure> {
    let mut value = serde_json::json!({ "crosscheck": 1 });
    let mut lines = Vec::new();
    if let Some(folder) = &args.html {
        let pages = write_html(runs, &requirements(), folder)
            .map_err(|e| Failure::usage(e, "name a folder that can be written"))?;
        let index = folder.join("index.html");
        value["pages"] = pages.into();
        lines.push(format!("{pages} pages: {}", index.display()));
        value["index"] = serde_json::json!(index);
    }
    if !reports.is_empty() {
        value["reports"] = reports.json();
    }
    reports.write(runs, out)?;
    match args.output.format {
        Format::Json => out.json(&value)?,
        // Standard output has a report, and nothing else.
        Format::Text if reports.take_stdout() => {}
        Format::Text => {
            for line in lines {
                writeln!(out, "{line}")?;
            }
            reports.list(out)?;
        }
    }
    Ok(())
}

/// Shows the results.
fn show(args: &Report, runs: &[Run], out: &mut Out) -> Result<(), Failure> {
    let style = out.style;
    match args.output.format {
        Format::Json if args.matrix => out.json(&matrix_json(runs))?,
        Format::Json => out.json(&summary(runs))?,
        Format::Text if args.matrix => write_matrix(out, runs, style)?,
        Format::Text => {
            let options = Options {
                style,
                details: args.details,
                known: args.known,
                requirements: requirements(),
            };
            write_terminal(out, runs, &options)?;
        }
    }
    Ok(())
}
