//! `crosscheck diff`: what differs between two results files.

use crate::args::{Diff as Args, Format};
use crate::exit::{Exit, Failure};
use crate::output::Out;
use crosscheck_report::comparison::{ComparedFile, Comparison, diff_json, write_diff};
use crosscheck_results::diff::Diff;
use crosscheck_results::{Outline, read_outline};
use std::io::Write as _;
use std::path::Path;
use std::thread;

pub(crate) fn diff(args: &Args, out: &mut Out) -> Result<Exit, Failure> {
    let (before, after) = thread::scope(|scope| {
        let before = thread::Builder::new().spawn_scoped(scope, || outlines(&args.before));
        let after = outlines(&args.after);
        let before = before.ok().and_then(|thread| thread.join().ok());
        // Where the system has no thread left, this one reads both files.
        (before.unwrap_or_else(|| outlines(&args.before)), after)
    });
    let (before, after) = (before?, after?);
    let names = [&args.before, &args.after].map(|path| path.display().to_string());
    let [name_before, name_after] = &names;
    let comparison = Comparison {
        before: ComparedFile {
            name: name_before,
            outlines: &before,
        },
        after: ComparedFile {
            name: name_after,
            outlines: &after,
        },
        diff: &Diff::of(&before, &after),
    };
    match args.output.format {
        Format::Json => out.json(&diff_json(&comparison))?,
        Format::Text => {
            let style = out.style;
            write_diff(out, &comparison, style)?;
        }
    }
    out.flush()?;
    let is_good = comparison.is_complete() && !comparison.diff.is_worse();
    Ok(if is_good { Exit::Expected } else { Exit::Unexpected })
}

/// Reads a file, which must have results.
pub(super) fn outlines(path: &Path) -> Result<Vec<Outline>, Failure> {
    let help = "name a results file that `crosscheck run` wrote with --output";
    let outlines = read_outline(path).map_err(|error| Failure::usage(error, help))?;
    if outlines.is_empty() {
        return Err(Failure::message(format!("{} has no results", path.display()), help));
    }
    Ok(outlines)
}
