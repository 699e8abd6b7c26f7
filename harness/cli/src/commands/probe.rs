//! `crosscheck probe`: compares a server that is already running with a policy.

use super::reports::Reports;
use super::request_headers::{headers, hide_headers, repeated_headers};
use super::run::{Collector, report_end, seconds, selected_results};
use crate::args::{Format, Probe as Args};
use crate::corpus::{filters, nothing_selected, report_problems, requirements, selects};
use crate::ending::Session;
use crate::exit::{Exit, Failure};
use crate::output::Out;
use crosscheck_corpus::Corpus;
use crosscheck_fetch::Url;
use crosscheck_input::ReadError;
use crosscheck_report::terminal::Options;
use crosscheck_report::{Progress, summary, write_terminal};
use crosscheck_results::{Run, exit_code};
use crosscheck_runner::run::{RunError, run_probe};
use crosscheck_runner::server::{AddedHeaders, Probe, ProbeError, Probing, basic_authorization};
use crosscheck_text::Redactor;
use std::io::Write as _;
use std::path::Path;

/// The maximum size of a file of certificates.
const MAX_PEM: u64 = 4 << 20;
/// How a certificate in a PEM file begins, and how one in DER does.
const CERTIFICATE: &[u8] = b"-----BEGIN CERTIFICATE-----";
const DER: &[u8] = b"\x30\x82";
/// The header for the user and the password of the URL.
const AUTHORIZATION: &[u8] = b"authorization";

pub(crate) fn probe(args: &Args, out: &mut Out) -> Result<Exit, Failure> {
    let redactor = redactor(args);
    out.hide(&redactor);
    probe_without(args, &redactor, out).map_err(|failure| failure.redacted(&redactor))
}

/// What hides the secrets of the user and of the server.
fn redactor(args: &Args) -> Redactor {
    if args.show_secrets {
        return Redactor::default();
    }
    let mut redactor = Redactor::by_name();
    redactor.add_url(args.url.expose());
    if let Some(value) = Url::parse(args.url.expose())
        .ok()
        .as_ref()
        .and_then(basic_authorization)
    {
        redactor.add_header(AUTHORIZATION, value.expose().as_bytes());
    }
    hide_headers(&args.headers, &mut redactor);
    redactor
}

/// Probes without showing the secrets that the redactor knows.
fn probe_without(args: &Args, redactor: &Redactor, out: &mut Out) -> Result<Exit, Failure> {
    let filters = filters(&args.filters)?;
    let reports = Reports::open(
        &args.report_files.reports,
        args.output.as_deref(),
        args.output_format.format,
    )?;
    let probing = probing(args, redactor)?;
    let mut collector = Collector {
        progress: Progress::new(true),
        filters: filters.iter().filter(|f| f.of_results()).cloned().collect(),
        // A probe has a few hundred cases, and not always a results file.
        keeps_all: !reports.is_empty(),
        runs: Vec::new(),
    };
    let subject = redactor.text(args.url.expose()).into_owned();
    let session = Session::new()?;
    let mut file = None;
    let ended = session.run_to_end(async {
        let mut probe = Probe::open(&probing).await.map_err(Ended::Probe)?;
        probe.select(|case| selects(&filters, case));
        if probe.cases().is_empty() {
            return Err(Ended::NoCase);
        }
        let run = run_probe(
            &mut probe,
            &subject,
            repeat(args),
            args.output.as_deref(),
            session.stop(),
            &mut collector,
        );
        file = run.await.map_err(Ended::Run)?.file;
        Ok(())
    });
    let ended = ended.interrupted().map_err(|e| failure(e, &args.filters))?;
    let interrupted = ended.or(session.stop().is_requested());
    collector.progress.finish();
    let runs = collector.runs;
    match args.output_format.format {
        Format::Json => {
            let mut value = summary(&runs);
            if !reports.is_empty() {
                value["reports"] = reports.json();
            }
            reports.write(&runs, out)?;
            out.json(&value)?;
        }
        Format::Text if reports.take_stdout() => reports.write(&runs, out)?,
        Format::Text => {
            let options = Options {
                style: out.style,
                details: args.details,
                known: false,
                requirements: requirements(),
            };
            let shown: Vec<Run> = runs
                .iter()
                .map(|run| selected_results(run, &collector.filters).into_owned())
                .collect();
            write_terminal(out, &shown, &options)?;
            reports.write(&runs, out)?;
            reports.list(out)?;
        }
    }
    out.flush()?;
    report_end(interrupted, file, args.output.as_deref());
    if interrupted.is_some() {
        return Ok(Exit::from(exit_code(&runs)).max(Exit::Unexpected));
    }
    Ok(exit_code(&runs).into())
}

/// The arguments of the command that repeats a case.
fn repeat(args: &Args) -> Vec<String> {
    let mut words = vec!["--policy".to_owned(), args.policy.display().to_string()];
    words.extend(repeated_headers(&args.headers, args.show_secrets));
    if args.allow_unsafe {
        words.push("--allow-unsafe".to_owned());
    }
    if let Some(file) = &args.authorities {
        words.extend(["--ca".to_owned(), file.display().to_string()]);
    }
    words
}

/// Why there are no results.
enum Ended {
    NoCase,
    Probe(ProbeError),
    Run(RunError),
}

fn failure(ended: Ended, texts: &[String]) -> Failure {
    match ended {
        Ended::NoCase => nothing_selected(texts),
        Ended::Probe(error) => {
            let (help, exit) = match &error {
                ProbeError::Url(_) => (
                    "write the whole URL, for example http://localhost:3000/api/data",
                    Exit::Usage,
                ),
                ProbeError::Rate(_) => ("give a number above 0, for example --rate 20", Exit::Usage),
                ProbeError::Tls(_) => ("check the host of the URL and the file of --ca", Exit::Usage),
                ProbeError::Handshake(..) => (
                    "name the certificate authority of the server with --ca FILE, or probe an http URL",
                    Exit::Nothing,
                ),
                ProbeError::Resolve(..) => ("check the host of the URL", Exit::Nothing),
                ProbeError::Connect(..) => ("start the server, or check the port of the URL", Exit::Nothing),
            };
            Failure::usage(error, help).with(exit)
        }
        Ended::Run(error) => Failure::usage(error, "name another file with --output FILE"),
    }
}

fn probing(args: &Args, redactor: &Redactor) -> Result<Probing, Failure> {
    let url = Url::parse(args.url.expose()).map_err(|e| {
        Failure::message(
            format!("`{}` is not a URL: {e}", args.url.expose()),
            "write the whole URL, for example http://localhost:3000/api/data",
        )
    })?;
    let corpus = Corpus::load_policy(&args.policy);
    let policy = corpus.policies.values().next();
    let (false, Some(policy)) = (report_problems(&corpus), policy) else {
        return Err(Failure::message(
            format!("the policy {} does not load", args.policy.display()),
            "correct the errors above; cases/policies/ has examples",
        ));
    };
    let mut headers = headers(&args.headers)?;
    if let Some(value) = basic_authorization(&url).filter(|_| !headers.contains(AUTHORIZATION)) {
        headers.append(AUTHORIZATION, value.expose().as_bytes().to_vec());
    }
    Ok(Probing {
        url: url.into(),
        policy_id: policy.name.clone(),
        policy: policy.policy.clone(),
        headers: AddedHeaders::new(headers, redactor.clone()),
        allow_unsafe: args.allow_unsafe,
        rate: args.rate,
        timeout: seconds("--timeout", args.timeout)?,
        authorities: args.authorities.as_deref().map(pem).transpose()?,
    })
}

fn pem(path: &Path) -> Result<(String, Vec<u8>), Failure> {
    let failed = |e: &ReadError| Failure::message(e.of(path), e.help());
    let bytes = crosscheck_input::read(path, MAX_PEM).map_err(|e| failed(&e))?;
    if !bytes.windows(CERTIFICATE.len()).any(|part| part == CERTIFICATE) {
        let message = |what: &str| format!("{}: {what}", path.display());
        if bytes.starts_with(DER) {
            return Err(Failure::message(
                message("the file has a certificate in DER, not in PEM"),
                "convert it: openssl x509 -inform der -in FILE -out FILE.pem",
            ));
        }
        // A comment in PEM may be in any encoding that has the bytes of ASCII.
        if let Err(error @ ReadError::Encoding(_)) = crosscheck_input::decode(bytes) {
            return Err(failed(&error));
        }
        return Err(Failure::message(
            message("the file has no certificate in PEM"),
            "name a file that has `-----BEGIN CERTIFICATE-----`: the certificate of the server or of its authority",
        ));
    }
    Ok((path.display().to_string(), bytes))
}
