//! Prints a fetch as text: the exchanges, the trace, the outcome, and the change that would fix it.

use crate::corpus::requirements;
use crate::output::Out;
use crosscheck_explain::{Change, Edit, Exchanged, FetchRun, Fix, SuggestedFix};
use crosscheck_fetch::{Answer, HeaderList, Init, Outcome, Page, TypeError, WireRequest, escape};
use crosscheck_judge::record::event;
use crosscheck_report::{clean, quoted, terminal};
use std::io::{self, Write as _};

/// Prints the page and its request.
pub(super) fn request(out: &mut Out, page: &Page, init: &Init) -> io::Result<()> {
    let method = init.method.as_ref().map_or_else(|| "GET".to_owned(), |m| escape(m));
    let mut details = Vec::new();
    details.extend(init.mode.map(|m| format!("mode {m}")));
    details.extend(init.credentials.map(|c| format!("credentials {c}")));
    details.extend(init.redirect.map(|r| format!("redirect {r}")));
    details.extend(
        init.headers
            .iter()
            .map(|(n, v)| format!("{}: {}", escape(n), escape(v))),
    );
    let details = if details.is_empty() {
        String::new()
    } else {
        format!(" ({})", details.join(", "))
    };
    let page = page.origin.serialize();
    writeln!(
        out,
        "a page of {} makes a request with {}: {method} {}{}",
        clean(&page),
        init.via,
        clean(&init.url),
        clean(&details)
    )
}

/// Prints a fetch: exchanges, trace, outcome, fix.
pub(super) fn fetch(out: &mut Out, run: &FetchRun, fix: &Fix) -> io::Result<()> {
    for (i, exchange) in run.exchanges.iter().enumerate() {
        wire(out, i + 1, exchange)?;
    }
    if run.exchanges.is_empty() {
        writeln!(out, "\nno request is sent")?;
    }
    if run.unused > 0 {
        writeln!(
            out,
            "\n{} of the given responses are unused: the browser sends no request for them",
            run.unused
        )?;
    }
    if !run.trace.events.is_empty() {
        writeln!(out, "\n{}", out.style.bold("trace"))?;
        let (style, requirements) = (out.style, requirements());
        for e in &run.trace.events {
            terminal::write_event(out, &event(e), style, &requirements)?;
        }
    }
    writeln!(out)?;
    outcome(out, "outcome", &run.outcome)?;
    suggestion(out, fix, run)
}

fn wire(out: &mut Out, number: usize, exchange: &Exchanged) -> io::Result<()> {
    let request = &exchange.request;
    let what = if request.preflight { "preflight" } else { "request" };
    writeln!(out, "\n{}", out.style.bold(&format!("exchange {number}: {what}")))?;
    writeln!(out, "  > {} {}", escape(&request.method), clean(request.url.as_str()))?;
    headers(out, '>', &request.headers)?;
    match &exchange.answer {
        Some(Answer::Response(response)) => {
            let line = format!("{} {}", response.status, escape(&response.status_text));
            writeln!(out, "  < {}", line.trim_end())?;
            headers(out, '<', &response.headers)
        }
        Some(Answer::Failure) => writeln!(out, "  < the connection fails, or the answer is not HTTP"),
        None => {
            writeln!(
                out,
                "  < the input has no answer to this request; without one the page gets an error"
            )?;
            writeln!(out, "    to get one: {}", clean(&curl(request)))
        }
    }
}

fn headers(out: &mut Out, sign: char, headers: &HeaderList) -> io::Result<()> {
    for header in headers {
        writeln!(out, "  {sign} {}: {}", escape(&header.name), escape(&header.value))?;
    }
    Ok(())
}

/// The `curl` command that sends the browser's request.
fn curl(request: &WireRequest) -> String {
    let text = |bytes: &[u8]| quoted(&String::from_utf8_lossy(bytes));
    let mut words = vec!["curl -v".to_owned()];
    if *request.method != *b"GET" {
        words.push(format!("-X {}", text(&request.method)));
    }
    for header in request
        .headers
        .iter()
        .filter(|h| !h.name.eq_ignore_ascii_case(b"content-length"))
    {
        words.push(format!(
            "-H {}",
            text(&[&header.name[..], b": ", &header.value].concat())
        ));
    }
    if !request.body.is_empty() {
        words.push(format!("--data-binary {}", text(&request.body)));
    }
    words.push(quoted(request.url.as_str()));
    words.join(" ")
}

/// Prints the outcome that the page gets.
pub(super) fn outcome(out: &mut Out, title: &str, outcome: &Result<Outcome, TypeError>) -> io::Result<()> {
    let title = out.style.bold(title);
    let outcome = match outcome {
        Err(error) => {
            return writeln!(
                out,
                "{title}: the call throws a TypeError: {}",
                clean(&error.to_string())
            );
        }
        Ok(outcome) => outcome,
    };
    let kind = outcome.response_type;
    let meaning = match kind.as_str() {
        "error" => "the page learns only that the request failed",
        "opaque" => "the response is loaded, and the page can read nothing of it",
        "opaqueredirect" => "a redirect that was not followed; the page can read nothing of it",
        _ => "the page can read it",
    };
    let status = if outcome.status > 0 {
        format!(" {}", outcome.status)
    } else {
        String::new()
    };
    writeln!(out, "{title}: {kind}{status}: {meaning}")?;
    let names: Vec<_> = outcome.headers.iter().map(|h| escape(&h.name)).collect();
    if !names.is_empty() {
        writeln!(out, "  headers that the page can read: {}", names.join(", "))?;
    }
    Ok(())
}

/// Prints the suggested fix, or why there is none.
fn suggestion(out: &mut Out, fix: &Fix, run: &FetchRun) -> io::Result<()> {
    match fix {
        Fix::NotNeeded => Ok(()),
        Fix::Impossible { reason } => writeln!(
            out,
            "\n{}: {}",
            out.style.bold("no change of the responses makes the request succeed"),
            clean(reason)
        ),
        Fix::Found(fix) => changes(out, fix, run),
    }
}

fn changes(out: &mut Out, fix: &SuggestedFix, run: &FetchRun) -> io::Result<()> {
    // With several fetches a change may belong to an earlier one.
    let several = fix
        .changes
        .iter()
        .any(|c| c.fetch != fix.changes[0].fetch || c.fetch > 0);
    writeln!(
        out,
        "\n{}",
        out.style
            .bold("the smallest change of the responses that makes the request succeed")
    )?;
    for change in &fix.changes {
        let fetch = if several {
            format!("fetch {}, ", change.fetch + 1)
        } else {
            String::new()
        };
        let seen = fix.after.exchanges.get(change.exchange).filter(|_| !several);
        let what = seen.map_or("", |e| {
            if e.request.preflight {
                " (preflight)"
            } else {
                " (request)"
            }
        });
        writeln!(
            out,
            "  {fetch}exchange {}{what}: {}",
            change.exchange + 1,
            clean(&change.edit.to_string())
        )?;
    }
    let known = run.exchanges.len();
    let unknown = |c: &&Change| c.exchange >= known && matches!(c.edit, Edit::Answer { .. });
    if let Some(change) = fix.changes.iter().find(unknown).filter(|_| !several) {
        let number = change.exchange + 1;
        writeln!(
            out,
            "  the answers from exchange {number} on are not known: any answer there needs these lines"
        )?;
    }
    outcome(out, "with this change", &fix.after.outcome)?;
    for (title, sentences) in [
        ("what this change allows", &fix.exposure),
        ("also recommended", &fix.hints),
    ] {
        if !sentences.is_empty() {
            writeln!(out, "{}", out.style.bold(title))?;
        }
        for sentence in sentences {
            writeln!(out, "  {}", clean(sentence))?;
        }
    }
    Ok(())
}
