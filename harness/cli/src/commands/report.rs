//! `crosscheck report`: shows the results of a file.

use crate::args::{Format, Report};
use crate::corpus::requirements;
use crate::exit::{Exit, Failure};
use crate::output::Out;
use crosscheck_report::terminal::Options;
use crosscheck_report::{matrix_json, summary, write_html, write_matrix, write_terminal};
use crosscheck_results::{exit_code, read_file};
use std::io::Write as _;

pub(crate) fn report(args: &Report, out: &mut Out) -> Result<Exit, Failure> {
    let runs = read_file(&args.file).map_err(|e| {
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
    if let Some(folder) = &args.html {
        let pages = write_html(&runs, &requirements(), folder)
            .map_err(|e| Failure::usage(e, "name a folder that can be written"))?;
        let index = folder.join("index.html");
        match args.output.format {
            Format::Text => writeln!(out, "{pages} pages: {}", index.display())?,
            Format::Json => out.json(&serde_json::json!({ "crosscheck": 1, "pages": pages, "index": index }))?,
        }
    } else {
        let style = out.style;
        match args.output.format {
            Format::Json if args.matrix => out.json(&matrix_json(&runs))?,
            Format::Json => out.json(&summary(&runs))?,
            Format::Text if args.matrix => write_matrix(out, &runs, style)?,
            Format::Text => {
                let options = Options {
                    style,
                    details: args.details,
                    known: args.known,
                    requirements: requirements(),
                };
                write_terminal(out, &runs, &options)?;
            }
        }
    }
    out.flush()?;
    Ok(exit_code(&runs).into())
}
