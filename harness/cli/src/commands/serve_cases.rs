//! `crosscheck serve-cases`: runs only the origin server, for the tests of any HTTP client.

use crate::args::{Format, ServeCases as Args};
use crate::corpus::{filters, load, nothing_selected, report_problems, select};
use crate::ending::Session;
use crate::exit::{Exit, Failure};
use crate::output::Out;
use crosscheck_corpus::Case;
use crosscheck_runner::client::{ServeError, ServedCases};
use serde_json::json;
use std::io::{self, Write as _};
use std::sync::Arc;

/// Why the cases are not served.
enum Ended {
    Nothing,
    Serve(ServeError),
    Write(io::Error),
}

pub(crate) fn serve_cases(args: &Args, out: &mut Out) -> Result<Exit, Failure> {
    let filters = filters(&args.filters)?;
    let corpus = load(&args.corpora.paths)?;
    let bad = report_problems(&corpus);
    let cases: Vec<Arc<Case>> = select(&corpus, &filters).into_iter().cloned().map(Arc::new).collect();
    let session = Session::new()?;
    let ended = session.run(async {
        let served = ServedCases::start(&cases, args.port).await.map_err(Ended::Serve)?;
        if served.cases() == 0 {
            return Err(Ended::Nothing);
        }
        print_addresses(&served, args.output.format, out).map_err(Ended::Write)?;
        std::future::pending::<()>().await;
        Ok(())
    });
    match ended.interrupted() {
        Ok(_) if bad => Ok(Exit::Usage),
        Ok(_) => Ok(Exit::Expected),
        Err(Ended::Nothing) => Err(nothing_selected(&args.filters)),
        Err(Ended::Write(error)) => Err(error.into()),
        Err(Ended::Serve(error)) => {
            let help = match &error {
                ServeError::Socket(..) => "end the program that listens there, or leave out --port",
                ServeError::CertificateAuthority(_) => {
                    "https needs the certificate; report this with the version of crosscheck"
                }
            };
            Err(Failure::usage(error, help).with(Exit::Nothing))
        }
    }
}

fn print_addresses(served: &ServedCases, format: Format, out: &mut Out) -> io::Result<()> {
    let address = format!("http://{}", served.address());
    match format {
        Format::Json => out.json(&json!({ "crosscheck": 1, "address": address, "cases": served.cases() }))?,
        Format::Text => {
            writeln!(out, "serving {} cases on {address} until Ctrl-C", served.cases())?;
            writeln!(out, "  the cases: {address}/~cases")?;
            writeln!(out, "  the certificate authority for https: {address}/~ca.pem")?;
            writeln!(out, "  how to use them: crosscheck serve-cases --help")?;
        }
    }
    out.flush()
}
