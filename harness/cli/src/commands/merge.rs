//! `crosscheck merge`: puts the results of several runs into one file.

use crate::args::{Format, Merge};
use crate::exit::{Exit, Failure};
use crate::output::Out;
use crosscheck_report::clean;
use crosscheck_results::{MergeError, WriteError, merge as merge_files};
use std::io::Write as _;

pub(crate) fn merge(args: &Merge, out: &mut Out) -> Result<Exit, Failure> {
    let merged = merge_files(&args.files, &args.output, args.allow_incomplete).map_err(|error| {
        let help = help(&error);
        Failure::usage(error, help)
    })?;
    let is_complete = merged
        .iter()
        .all(|(_, footer)| footer.complete || footer.error.is_some());
    let cases: usize = merged.iter().flat_map(|(_, footer)| footer.verdicts.values()).sum();
    match args.output_format.format {
        Format::Json => out.json(&serde_json::json!({
            "crosscheck": 1,
            "file": args.output,
            "subjects": merged.iter().map(|(header, _)| &header.subject).collect::<Vec<_>>(),
            "results": cases,
            "complete": is_complete,
        }))?,
        Format::Text => {
            let of = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
            let text = format!(
                "{}: {} of {} from {}{}",
                args.output.display(),
                of(cases, "result"),
                of(merged.len(), "subject"),
                of(args.files.len(), "file"),
                if is_complete {
                    ""
                } else {
                    "; it is marked as incomplete"
                }
            );
            writeln!(out, "{}", clean(&text))?;
        }
    }
    out.flush()?;
    Ok(Exit::Expected)
}

fn help(error: &MergeError) -> &'static str {
    match error {
        MergeError::Read(_) | MergeError::Empty(_) => "name results files that `crosscheck run` wrote with --output",
        MergeError::Write(WriteError::InUse { .. }) => {
            "wait for the run to end, or name another file with --output FILE"
        }
        MergeError::Write(_) => "name another file with --output FILE",
        MergeError::Differs(_) => "run all shards with the same program, the same cases and the same filters",
        MergeError::OtherSubject { .. } => "run all shards of a subject in the same version and on the same platform",
        MergeError::Twice { .. } | MergeError::ShardTwice { .. } => "leave out one of the files",
        MergeError::WholeAndShard { .. } => "merge the shards without the file that has everything",
        MergeError::Division { .. } => "merge only shards of the same N",
        MergeError::MissingShard { .. } => {
            "name its file too, or run it with --shard; --allow-incomplete merges the others"
        }
        MergeError::Incomplete { .. } => {
            "continue the run with --resume, or merge what is there with --allow-incomplete"
        }
    }
}
