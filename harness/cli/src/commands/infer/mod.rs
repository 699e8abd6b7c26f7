//! `crosscheck infer`: finds out which origins a running server lets in.

mod facts;
mod files;
mod json;
mod session;
mod text;

use super::probing::{Connection, Wanted, cannot_probe};
use super::request_headers::{hide_headers, hide_url};
use crate::args::{Format, Infer as Args};
use crate::ending::{Ended, Session};
use crate::exit::{Exit, Failure};
use crate::output::Out;
use crosscheck_fetch::Url;
use crosscheck_runner::server::InquiryError;
use crosscheck_search::infer::{Asked, Attack, Conclusion, Inference, Means};
use crosscheck_text::Redactor;
use facts::Facts;
use session::{Seen, Stopped, ask_all};
use std::io::Write as _;

/// The fewest requests with which a server can be asked.
const FEWEST: usize = 60;

/// What was found.
struct Found {
    /// The URL, without secrets.
    url: String,
    /// The origin from which the questions were derived, if the server lets any in.
    base: Option<Asked>,
    /// The questions and answers.
    inference: Inference,
    /// What each question showed, in the same order.
    seen: Vec<Seen>,
    /// The questions that got another answer when they were repeated.
    changed: Vec<Asked>,
    /// What the server grants to the origin that it lets in.
    facts: Option<Facts>,
    /// Origins that somebody else can have, each of which was let in.
    attacks: Vec<Attack>,
    /// How many requests were sent.
    requests: usize,
}

impl Found {
    /// Whether the comparison is known.
    fn is_explained(&self) -> bool {
        self.changed.is_empty()
            && (self.base.is_none() || matches!(self.inference.conclusion(), Conclusion::Explained(_)))
    }

    /// Whether every origin gets `*`, and credentials are for nobody.
    fn is_public(&self) -> bool {
        let mut allowed = self.seen.iter().filter(|seen| seen.allowed).peekable();
        allowed.peek().is_some() && allowed.all(|seen| seen.is_star)
    }

    /// Whether an origin is let in with credentials.
    fn has_credentials(&self, origin: &Asked) -> bool {
        let answers = self.inference.answers().iter().zip(&self.seen);
        answers
            .filter(|(answer, _)| answer.query.origin == *origin)
            .any(|(_, seen)| seen.credentials)
    }

    fn exit(&self) -> Exit {
        let is_dangerous = |attack: &Attack| {
            matches!(attack.means, Means::Domain | Means::Sandbox) && self.has_credentials(&attack.origin)
        };
        if !self.is_explained() || self.attacks.iter().any(is_dangerous) {
            return Exit::Unexpected;
        }
        Exit::Expected
    }
}

pub(crate) fn infer(args: &Args, out: &mut Out) -> Result<Exit, Failure> {
    let mut redactor = Redactor::default();
    if !args.show_secrets {
        redactor = Redactor::by_name();
        hide_url(args.url.expose(), &mut redactor);
        hide_headers(&args.headers, &mut redactor);
    }
    out.hide(&redactor);
    infer_without(args, &redactor, out).map_err(|failure| failure.redacted(&redactor))
}

fn infer_without(args: &Args, redactor: &Redactor, out: &mut Out) -> Result<Exit, Failure> {
    let url = args.url.expose().parse::<Url>().map_err(|error| {
        Failure::message(
            format!("the URL cannot be read: {error}"),
            "write the whole URL, for example https://api.example/data",
        )
    })?;
    let origin = args.origin.as_deref().map(Asked::read).transpose().map_err(|error| {
        Failure::usage(
            error,
            "write scheme, host and port as in an Origin header: --origin https://app.example",
        )
    })?;
    if args.max_requests < FEWEST {
        return Err(Failure::message(
            format!("{} requests are too few to find out and to verify", args.max_requests),
            format!("allow at least {FEWEST}: --max-requests {FEWEST}"),
        ));
    }
    let files = files::Targets::open(args)?;
    let wanted = Wanted {
        headers: &args.headers,
        timeout: args.timeout,
        authorities: args.authorities.as_deref(),
        allow_unsafe: false,
        rate: args.rate,
    };
    let at = Connection::of(&wanted, redactor)?.reach(&url.clone().into());
    let session = Session::new()?;
    let found = match session.run(ask_all(&at, origin.as_ref(), args.max_requests)) {
        Ended::ByItself(found) => found.map_err(stopped)?,
        Ended::BySignal(why) => {
            return Err(Failure::message(
                format!("interrupted by {}", why.as_str()),
                "run the command again; nothing was written",
            )
            .with(Exit::Unexpected));
        }
    };
    let found = Found {
        url: redactor.text(url.as_str()).into_owned(),
        ..found
    };
    let written = files.write(&found)?;
    match args.output.format {
        Format::Json => out.json(&json::value(&found))?,
        Format::Text => {
            text::write(out, &found, args.table)?;
            for line in written {
                writeln!(out, "{line}")?;
            }
        }
    }
    out.flush()?;
    Ok(found.exit())
}

/// The error if the server could not be asked to the end.
fn stopped(why: Stopped) -> Failure {
    match why {
        Stopped::Unreachable(error) => cannot_probe(error),
        Stopped::NoAnswer(error) => {
            let help = match &error {
                InquiryError::Limited { .. } => "ask more slowly, for example with --rate 1, or where no limiter is in front",
                InquiryError::Failed { .. } => "check that the URL answers: curl -i URL; --timeout gives it more time",
            };
            Failure::usage(error, help).with(Exit::Nothing)
        }
        Stopped::NotItself { status, number } => Failure::message(
            format!(
                "since request {number} the server answers {status} also to the origin that it let in before, so that something \
                 else answers in its place"
            ),
            "ask more slowly, for example with --rate 1, or where no firewall is in front",
        )
        .with(Exit::Nothing),
        Stopped::Refused { origin, status } => Failure::message(
            format!("the server does not let {origin} in: it answers {status} without a matching Access-Control-Allow-Origin"),
            "name an origin that it lets in with --origin ORIGIN, or leave --origin out",
        )
        .with(Exit::Nothing),
        Stopped::TooMany(limit) => Failure::message(
            format!("{limit} requests were not enough"),
            "allow more with --max-requests N",
        )
        .with(Exit::Nothing),
    }
}
