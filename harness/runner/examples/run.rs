//! Runs subjects over the project's corpus and prints the causes: the thinnest front end.

use crosscheck_corpus::{Corpus, Filter};
use crosscheck_runner::run::{DEFAULT_TIMEOUT, RunOptions, all_cases, run};
use crosscheck_runner::subject::{Known, subjects_folder};
use std::error::Error;
use std::path::PathBuf;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (filters, subjects): (Vec<String>, Vec<String>) =
        std::env::args().skip(1).partition(|a| a.contains(['/', ':', '#', '*']));
    let corpus = Corpus::load(&[PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../cases"))]);
    let parsed: Vec<Filter> = filters.iter().map(|f| Filter::parse(f)).collect::<Result<_, _>>()?;
    let selected: Vec<_> = all_cases(&corpus)
        .into_iter()
        .filter(|c| parsed.is_empty() || parsed.iter().any(|f| f.matches(c)))
        .collect();
    let options = RunOptions {
        corpus: &corpus,
        selected: &selected,
        filters,
        known: &Known::all(&subjects_folder())?,
        subjects: subjects.iter().map(|s| s.parse()).collect::<Result<_, _>>()?,
        baselines: None,
        jobs: 2,
        timeout: DEFAULT_TIMEOUT,
        output: Some(PathBuf::from("/tmp/results.jsonl")),
    };
    let summary = run(options, &mut ()).await?;
    for (header, footer) in &summary.subjects {
        println!(
            "{} {} {}: {} cases in {} s, {:?}",
            header.subject, header.library, header.version, footer.cases, footer.seconds, footer.verdicts
        );
        println!("examined {:?}", footer.examined);
        if let Some(error) = &footer.error {
            println!("ERROR {error}");
        }
        for cause in &footer.causes {
            println!(
                "  {} {} x{}: {}",
                cause.verdict,
                cause.cause,
                cause.cases.len(),
                cause.cases.iter().take(4).cloned().collect::<Vec<_>>().join(" ")
            );
        }
    }
    println!("exit {}", summary.exit_code());
    Ok(())
}
