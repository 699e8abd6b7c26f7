//! `crosscheck explain`: a case, a rule, a step, a leniency, a verdict, or the user's own request.

use super::answer;
use super::topics::Topic;
use crate::args::{Explain, Format};
use crate::exit::{Exit, Failure};
use crate::json;
use crate::output::Out;
use crosscheck_corpus::{Catalogue, Corpus, Step};
use crosscheck_explain::{AdHoc, Flags, Input, InputError, decode};
use crosscheck_input::ReadError;
use crosscheck_report::clean;
use crosscheck_text::{Redactor, Secret, is_negotiation};
use serde_json::Value;
use std::io::{Read as _, Write as _};
use std::path::Path;

/// The maximum length of the input on stdin.
const MAX_INPUT: u64 = 65 << 20;
/// The maximum number of cases that are listed for a step.
const NAMED: usize = 8;

pub(crate) fn explain(args: &Explain, out: &mut Out) -> Result<Exit, Failure> {
    let mut redactor = if args.show_secrets {
        Redactor::default()
    } else {
        Redactor::by_name()
    };
    explain_with(args, &mut redactor, out).map_err(|failure| failure.redacted(&redactor))
}

/// Explains, and adds the secrets of the input to what is hidden before anything is printed.
fn explain_with(args: &Explain, redactor: &mut Redactor, out: &mut Out) -> Result<Exit, Failure> {
    let flags = flags(args)?;
    let own = flags != Flags::default();
    if own {
        hide_flags(&flags, redactor);
        out.hide(redactor);
    }
    let exit = match args.what.as_deref() {
        None if own => input(
            AdHoc::from_flags(&flags).map(|a| Input::Fetch(Box::new(a))),
            args,
            redactor,
            out,
        )?,
        None => {
            return Err(Failure::message(
                "there is nothing to explain",
                "name a case, a rule, a step, a leniency or a verdict; paste an exchange with `crosscheck explain -`; or give --origin, --url and --response",
            ));
        }
        Some("-") => {
            let mut bytes = Vec::new();
            let read = std::io::stdin().lock().take(MAX_INPUT).read_to_end(&mut bytes);
            read.map_err(|e| {
                Failure::usage(
                    anyhow::Error::from(e).context("cannot read stdin"),
                    "pipe the exchange into the command",
                )
            })?;
            let text = decode(&bytes);
            if !redactor.is_empty() {
                redactor.add_paste(text.as_bytes());
                out.hide(redactor);
            }
            input(Input::read(&text, &flags), args, redactor, out)?
        }
        Some(what) if own => {
            return Err(Failure::message(
                format!("`{}` cannot be combined with a request of your own", clean(what)),
                "leave out either the name or --url and the other flags of a request",
            ));
        }
        Some(what) => named(what, args, out)?,
    };
    out.flush()?;
    Ok(exit)
}

fn flags(args: &Explain) -> Result<Flags, Failure> {
    let response = |text: &Secret<String>| -> Result<Secret<String>, Failure> {
        let Some(path) = text.expose().strip_prefix('@').map(Path::new) else {
            return Ok(text.clone());
        };
        let bytes = crosscheck_input::read(path, MAX_INPUT).map_err(|e| Failure::message(e.of(path), e.help()))?;
        match crosscheck_input::decode(bytes) {
            Ok(text) => Ok(Secret::from(text)),
            // A header may have any bytes.
            Err(ReadError::NotUtf8 { text, .. }) => Ok(Secret::from(text)),
            Err(e) => Err(Failure::message(e.of(path), e.help())),
        }
    };
    Ok(Flags {
        origin: args.origin.clone(),
        url: args.url.clone(),
        method: args.method.clone(),
        headers: args.headers.clone(),
        body: args.body.clone(),
        mode: args.mode.clone(),
        credentials: args.credentials.clone(),
        redirect: args.redirect.clone(),
        via: args.via.clone(),
        cookies: args.cookies.clone(),
        responses: args.responses.iter().map(response).collect::<Result<_, _>>()?,
    })
}

/// Adds the secrets of the flags to what is hidden. The values of headers such as Content-Type decide, and stay.
fn hide_flags(flags: &Flags, redactor: &mut Redactor) {
    if redactor.is_empty() {
        return;
    }
    for header in &flags.headers {
        match header.expose().split_once(':') {
            Some((name, _)) if is_negotiation(name.trim().as_bytes()) => {}
            Some((name, value)) => redactor.add_header(name.trim().as_bytes(), value.as_bytes()),
            None => redactor.add_value(header.expose().as_bytes()),
        }
    }
    for cookie in &flags.cookies {
        redactor.add_header(b"set-cookie", cookie.expose().as_bytes());
    }
    for text in flags.responses.iter().chain(&flags.body) {
        redactor.add_paste(text.expose().as_bytes());
        // The short form has all headers on one line.
        let lines = text.expose().split('|').map(str::trim);
        lines.for_each(|line| redactor.add_paste(line.as_bytes()));
    }
    if let Some(url) = &flags.url {
        redactor.add_url(url.expose());
    }
}

fn input(
    input: Result<Input, InputError>,
    args: &Explain,
    redactor: &Redactor,
    out: &mut Out,
) -> Result<Exit, Failure> {
    let mut input = input.map_err(|e| {
        let help = e.help.clone();
        Failure::usage(e, help)
    })?;
    if let Input::Fetch(adhoc) = &mut input {
        adhoc.redact(redactor);
    }
    match (&input, args.output.format) {
        (Input::Fetch(adhoc), Format::Text) => answer::text(adhoc, out)?,
        (Input::Fetch(adhoc), Format::Json) => answer::json(adhoc, out)?,
        (Input::Console(message), Format::Text) => answer::console_text(message, out)?,
        (Input::Console(message), Format::Json) => answer::console_json(message, out)?,
    }
    Ok(Exit::Expected)
}

/// A fetch, with the change that fixes it.
pub(super) fn fetch_value(run: &crosscheck_explain::FetchRun, fix: &crosscheck_explain::Fix) -> Value {
    let mut value = json::fetch(run);
    value["remedy"] = json::fix(fix);
    value
}

/// Explains a name: a list, an entry of one of the lists, a step of the catalogue, or otherwise a case.
fn named(what: &str, args: &Explain, out: &mut Out) -> Result<Exit, Failure> {
    let prefixes = ["rule:", "step:", "verdict:"];
    let what = prefixes
        .iter()
        .find_map(|prefix| what.strip_prefix(prefix))
        .unwrap_or(what);
    let format = args.output.format;
    if let Some(topic) = Topic::named(what) {
        topic.write(format, out)?;
        return Ok(Exit::Expected);
    }
    // A corpus may have a catalogue of its own; without one the embedded catalogue is used.
    let corpus = crate::corpus::load(&args.corpora.paths);
    let embedded = Catalogue::embedded();
    let catalogue = corpus.as_ref().map_or(&embedded, |c| &c.catalogue);
    if let Some(step) = catalogue.get(what) {
        step_text(step, corpus.as_ref().ok(), format, out)?;
        return Ok(Exit::Expected);
    }
    let corpus = corpus?;
    super::case::explain(what, &corpus, format, out)
}

fn step_text(step: &Step, corpus: Option<&Corpus>, format: Format, out: &mut Out) -> Result<(), Failure> {
    let cases = corpus.map(|c| c.cases.as_slice()).unwrap_or_default();
    let ids = |names: &dyn Fn(&crosscheck_corpus::Case) -> bool| -> Vec<&str> {
        cases.iter().filter(|c| names(c)).map(|c| c.id.as_str()).collect()
    };
    let decided = |c: &crosscheck_corpus::Case| {
        c.fetches()
            .iter()
            .any(|f| f.expect.decided_by.as_ref() == Some(&step.id))
    };
    let holds = ids(&|c| c.steps.contains(&step.id));
    let other = ids(&|c| c.not_steps.contains(&step.id) || decided(c));
    if format == Format::Json {
        let mut value = serde_json::to_value(step).unwrap_or_default();
        value["crosscheck"] = 1.into();
        value["kind"] = "step".into();
        value["link"] = step.link().into();
        value["holds_in"] = holds.into();
        value["other_side_in"] = other.into();
        return Ok(out.json(&value)?);
    }
    let style = out.style;
    writeln!(
        out,
        "step {} ({}) {}",
        style.bold(&clean(step.id.as_str())),
        step.level.as_str(),
        style.dim(&clean(&step.link()))
    )?;
    writeln!(out, "  {}", clean(&step.summary))?;
    if let Some(reason) = &step.out_of_model {
        writeln!(out, "  not in the model: {}", clean(reason))?;
    }
    if let Some(reason) = &step.one_sided {
        writeln!(out, "  one-sided: {}", clean(reason))?;
    }
    for boundary in &step.boundaries {
        writeln!(out, "  boundary: {}", clean(boundary))?;
    }
    for (title, ids) in [
        ("its condition holds in", holds),
        ("its condition does not hold in", other),
    ] {
        for id in ids.iter().take(NAMED) {
            writeln!(out, "  {title} {}", clean(id))?;
        }
        if ids.len() > NAMED {
            writeln!(
                out,
                "  {title} {} more: crosscheck list step:{}",
                ids.len() - NAMED,
                clean(step.id.as_str())
            )?;
        }
    }
    Ok(())
}
