//! `crosscheck check-client`: checks that the adapter of a client follows the protocol.

use super::run::seconds;
use crate::args::{CheckClient as Args, Format};
use crate::ending::Session;
use crate::exit::{Exit, Failure};
use crate::output::Out;
use crosscheck_report::clean;
use crosscheck_runner::client::{CheckError, ClientCheck, Patience, check_client as check};
use crosscheck_runner::run::DEFAULT_TIMEOUT;
use serde_json::json;
use std::io::{self, Write as _};

pub(crate) fn check_client(args: &Args, out: &mut Out) -> Result<Exit, Failure> {
    let patience = patience(args.timeout)?;
    let mut all = Vec::new();
    let mut written = Ok(());
    let session = Session::new()?;
    let ended = session.run(async {
        let report = |check: &ClientCheck| {
            if args.output.format == Format::Text && written.is_ok() {
                written = line(check, out);
            }
        };
        all = check(&args.command, patience, report).await?;
        Ok(())
    });
    written?;
    let ended = ended.interrupted();
    let interrupted = ended.map_err(|error: CheckError| {
        Failure::usage(
            error,
            "end other programs, or free some space in the folder for temporary files",
        )
        .with(Exit::Nothing)
    })?;
    let good = interrupted.is_none() && all.iter().all(ClientCheck::is_good);
    match args.output.format {
        Format::Json => out.json(&json!({ "crosscheck": 1, "good": good, "checks": all }))?,
        Format::Text => {
            let faulty = all.iter().filter(|c| !c.is_good()).count();
            match (interrupted, faulty) {
                (Some(why), _) => writeln!(out, "interrupted by {}", why.as_str())?,
                (None, 0) => writeln!(out, "the adapter follows the protocol")?,
                (None, n) => writeln!(out, "{n} of {} checks failed", all.len())?,
            }
        }
    }
    out.flush()?;
    Ok(if good { Exit::Expected } else { Exit::Unexpected })
}

/// The time limits: those of a run, and no longer than the one that is given.
fn patience(timeout: Option<f64>) -> Result<Patience, Failure> {
    let Some(given) = timeout else {
        return Ok(Patience::with_fetch(DEFAULT_TIMEOUT));
    };
    let given = seconds("--timeout", given)?;
    let limits = Patience::with_fetch(given);
    Ok(Patience {
        start: limits.start.min(given),
        ..limits
    })
}

fn line(check: &ClientCheck, out: &mut Out) -> io::Result<()> {
    let word = if check.is_good() { "good " } else { "wrong" };
    writeln!(out, "{word}  {:<12}  {}", check.check, check.title)?;
    for fault in &check.faults {
        writeln!(out, "       {}", clean(fault))?;
    }
    for note in &check.notes {
        writeln!(out, "       note: {}", clean(note))?;
    }
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::patience;
    use std::time::Duration;

    #[test]
    fn a_given_limit_holds_for_the_first_line_too() {
        for (given, start, fetch) in [
            (None, 60.0, 10.0),
            (Some(2.0), 2.0, 2.0),
            (Some(0.5), 0.5, 0.5),
            (Some(90.0), 60.0, 90.0),
        ] {
            let limits = patience(given).expect("a limit");
            let seconds = |limit: Duration| limit.as_secs_f64();
            assert_eq!(
                (seconds(limits.start), seconds(limits.fetch)),
                (start, fetch),
                "{given:?}"
            );
        }
        assert!(patience(Some(0.0)).is_err() && patience(Some(-1.0)).is_err());
    }
}
