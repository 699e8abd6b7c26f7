//! `crosscheck infer`: infers which origins a running server allows.

mod files;
mod grants;
mod json;
mod report;
mod session;
mod text;

use super::probing::{ProbeSettings, cannot_probe};
use super::request_headers::{hide_headers, hide_url};
use crate::args::{Format, Infer as Args};
use crate::ending::{Ended, Session};
use crate::exit::{Exit, Failure};
use crate::output::Out;
use crosscheck_fetch::{Origin, Url};
use crosscheck_runner::server::InquiryError;
use crosscheck_text::Redactor;
use session::{QueryError, query};
use std::io::Write as _;

/// The fewest requests that are enough.
const MIN_REQUESTS: usize = 80;

pub(crate) fn infer(args: &Args, out: &mut Out) -> Result<Exit, Failure> {
    let mut redactor = Redactor::default();
    if !args.requests.show_secrets {
        redactor = Redactor::by_name();
        hide_url(args.url.expose(), &mut redactor);
        hide_headers(&args.requests.headers, &mut redactor);
    }
    out.hide(&redactor);
    infer_redacted(args, &redactor, out).map_err(|failure| failure.redacted(&redactor))
}

fn infer_redacted(args: &Args, redactor: &Redactor, out: &mut Out) -> Result<Exit, Failure> {
    let url = args.url.expose().parse::<Url>().map_err(|error| {
        Failure::message(
            format!("the URL is not valid: {error}"),
            "write the whole URL, for example https://api.example/data",
        )
    })?;
    let origin = args.origin.as_deref().map(Origin::parse_serialized).transpose();
    let origin = origin.map_err(|error| {
        Failure::usage(
            error,
            "write the origin as in an Origin header: --origin https://app.example",
        )
    })?;
    if args.max_requests < MIN_REQUESTS {
        return Err(Failure::message(
            format!("--max-requests {} is not enough", args.max_requests),
            format!("write --max-requests {MIN_REQUESTS} or more"),
        ));
    }
    let files = files::Targets::check(args)?;
    let settings = ProbeSettings::of(&args.requests, false);
    let server = settings.connection(redactor)?.server(&url.clone().into());
    let session = Session::new()?;
    let mut report = match session.run(query(&server, origin.as_ref(), args.max_requests)) {
        Ended::ByItself(report) => report.map_err(failure)?,
        Ended::BySignal(why) => {
            let message = format!("interrupted by {}; nothing was written", why.as_str());
            return Err(Failure::message(message, "run the command again").with(Exit::Unexpected));
        }
    };
    report.url = redactor.text(url.as_str()).into_owned();
    let written = files.write(&report)?;
    match args.output.format {
        Format::Json => out.json(&json::value(&report))?,
        Format::Text => {
            text::write(out, &report, args.table)?;
            for line in written {
                writeln!(out, "{line}")?;
            }
        }
    }
    out.flush()?;
    Ok(report.exit())
}

/// Returns the failure of a command without a report.
fn failure(error: QueryError) -> Failure {
    let failure = match error {
        QueryError::Unreachable(error) => return cannot_probe(error),
        QueryError::NoResponse(error) => {
            let help = match &error {
                InquiryError::Limited { .. } => "send fewer requests per second, for example --rate 1",
                InquiryError::TooMany(_) => "allow more with --max-requests N",
                InquiryError::Failed { .. } => "check the server with `curl -i URL`; --timeout allows more time",
            };
            Failure::usage(error, help)
        }
        QueryError::NotTheApplication { status, number } => Failure::message(
            format!(
                "since request {number} the server responds with {status} also to the origin that it allowed before: the response \
                 is not the application's"
            ),
            "send fewer requests per second, for example --rate 1, or bypass the firewall",
        ),
        QueryError::Refused { origin, status } => Failure::message(
            format!("the server does not allow {origin}: the response with status {status} fails the CORS check"),
            "name an allowed origin with --origin ORIGIN, or omit --origin",
        ),
    };
    failure.with(Exit::Nothing)
}
