//! Compares the transcripts of the adapter protocols with the messages between the example adapters and this harness.

use crate::blocks::{Block, root};
use crate::project::Project;

/// Runs the cases that the block names on the example adapter, and compares the messages of both sides.
pub(crate) fn replay(project: &Project, block: &Block) -> Result<(), String> {
    let (folder, flag) = match block.kind.as_str() {
        "server-adapter" => ("example", "--server example"),
        "client-adapter" => ("example-client", "--client example-client"),
        other => return Err(format!("`{other}` is not a transcript")),
    };
    let run = block.attributes.get("run").ok_or("the marker needs run=\"..\"")?;
    let example = root().join("docs/examples").join(folder);
    let description = std::fs::read_to_string(example.join("subject.yaml")).map_err(|e| e.to_string())?;
    let record = project.path().join(format!("{folder}.record"));
    let words = [
        "node",
        &tee(),
        &record.to_string_lossy(),
        "node",
        &example.join("adapter.cjs").to_string_lossy(),
    ]
    .map(|word| format!("{word:?}"))
    .join(", ");
    let recorded: Vec<String> = description
        .lines()
        .map(|line| {
            if line.starts_with("start:") {
                format!("start: [{words}]")
            } else {
                line.to_owned()
            }
        })
        .collect();
    project.write(&format!("recorded/{folder}/subject.yaml"), &recorded.join("\n"));
    project.succeeds(&format!(
        "CROSSCHECK_SUBJECTS=recorded crosscheck run {run} {flag} --no-baseline"
    ))?;
    let seen = std::fs::read_to_string(&record).map_err(|e| e.to_string())?;
    let seen: Vec<String> = seen.lines().map(without_places).collect();
    let shown: Vec<&str> = block.text.lines().collect();
    match seen == shown {
        true => Ok(()),
        false => Err(format!("the transcript is\n{}", seen.join("\n"))),
    }
}

fn tee() -> String {
    root()
        .join("harness/cli/tests/docs/tee.cjs")
        .to_string_lossy()
        .into_owned()
}

/// A line with `PORT` for each port on loopback, and `PATH` for the file of the certificate: these differ from run to run.
fn without_places(line: &str) -> String {
    const ADDRESS: &str = "127.0.0.1:";
    const AUTHORITY: &str = "\"ca\":\"";
    let mut out = String::new();
    let mut rest = line;
    while let Some(at) = rest.find(ADDRESS) {
        let (before, after) = rest.split_at(at + ADDRESS.len());
        out.push_str(before);
        out.push_str("PORT");
        rest = after.trim_start_matches(|c: char| c.is_ascii_digit());
    }
    out.push_str(rest);
    match out.split_once(AUTHORITY) {
        Some((before, after)) => {
            let end = after.find('"').unwrap_or_default();
            format!("{before}{AUTHORITY}PATH{}", &after[end..])
        }
        None => out,
    }
}
