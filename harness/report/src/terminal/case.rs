//! A case in full: its deviations with their diff, the wire, the trace, and the commands to repeat it.

use super::Options;
use super::event::write_event;
use crate::diff;
use crate::repeat::{Curl, Fetch, command, curl, exhibit, fetch};
use crate::text::{Style, clean, clean_lines, quoted};
use crosscheck_results::{CaseResult, Deviation, ExchangeRecord, Header};
use std::io::{self, Write};

/// The most lines of one message on the wire.
const WIRE_LINES: usize = 60;

/// One case in full.
pub(crate) fn write_case(out: &mut dyn Write, case: &CaseResult, header: &Header, options: &Options) -> io::Result<()> {
    let style = options.style;
    let status = case.status.map_or(String::new(), |s| format!("  {s}"));
    writeln!(
        out,
        "\n  {}  {}{status}",
        style.verdict(case.verdict),
        style.bold(&clean(case.id.as_str()))
    )?;
    if !case.title.is_empty() {
        writeln!(out, "    {}", clean(&case.title))?;
    }
    if let Some(reason) = &case.reason {
        for line in clean_lines(reason) {
            writeln!(out, "    {line}")?;
        }
    }
    for deviation in &case.deviations {
        write_deviation(out, deviation, style)?;
    }
    for (i, exchange) in case.transcript.iter().enumerate() {
        write_exchange(out, i + 1, exchange, style)?;
    }
    if !case.trace.is_empty() {
        writeln!(out, "    {}", style.dim("trace"))?;
        for event in &case.trace {
            write_event(out, event, options.style, &options.requirements)?;
        }
    }
    writeln!(
        out,
        "    {} {}",
        style.dim("repeat:"),
        clean(&command(header, &case.id))
    )?;
    if header.role == "client" {
        return Ok(());
    }
    write_snippets(out, case, header, style)
}

/// How to repeat it without this program.
fn write_snippets(out: &mut dyn Write, case: &CaseResult, header: &Header, style: Style) -> io::Result<()> {
    let server = header.server_url().unwrap_or_default();
    if let Some(exchange) = exhibit(case) {
        let number = case
            .transcript
            .iter()
            .position(|e| std::ptr::eq(e, exchange))
            .map_or(0, |i| i + 1);
        let text = match curl(&exchange.request, server) {
            Curl::Command(command) => command,
            Curl::None(why) => format!("none: {why}"),
        };
        if header.server_url().is_none() {
            let words = header.repeat.iter().map(String::as_str);
            let words = words.chain([case.subject.as_str(), case.id.as_str()]);
            let words: Vec<String> = words.map(quoted).collect();
            let command = format!("crosscheck subjects serve {}", words.join(" "));
            writeln!(out, "    {} {}", style.dim("$SERVER, from:"), clean(&command))?;
        }
        writeln!(
            out,
            "    {} {}",
            style.dim(&format!("curl, wire {number}:")),
            clean(&text)
        )?;
    }
    for request in &case.asked {
        match fetch(request, server) {
            Fetch::Code(code) => {
                writeln!(out, "    {}", style.dim("fetch:"))?;
                clean_lines(&code).try_for_each(|line| writeln!(out, "      {line}"))?;
            }
            Fetch::None(why) => writeln!(out, "    {} none: {why}", style.dim("fetch:"))?,
        }
    }
    Ok(())
}

fn write_deviation(out: &mut dyn Write, deviation: &Deviation, style: Style) -> io::Result<()> {
    let names: Vec<_> = deviation.names().map(clean).collect();
    let verdict = style.verdict(deviation.verdict);
    writeln!(out, "    {verdict} [{}] {}", names.join(", "), clean(&deviation.what))?;
    if let (None, None) = (&deviation.expected, &deviation.actual) {
        return Ok(());
    }
    writeln!(out, "      {} {}", style.red("- expected"), style.green("+ got"))?;
    let side = |s: &Option<String>| s.clone().unwrap_or_default();
    for line in diff::lines(&side(&deviation.expected), &side(&deviation.actual), style) {
        writeln!(out, "      {line}")?;
    }
    Ok(())
}

fn write_exchange(out: &mut dyn Write, number: usize, exchange: &ExchangeRecord, style: Style) -> io::Result<()> {
    writeln!(
        out,
        "    {}",
        style.dim(&format!("wire {number}: {}", clean(&exchange.what)))
    )?;
    for (sign, lines) in [('>', exchange.request.lines()), ('<', exchange.response.lines())] {
        for line in lines.iter().take(WIRE_LINES) {
            writeln!(out, "{}", format!("      {sign} {}", clean(line)).trim_end())?;
        }
        if lines.len() > WIRE_LINES {
            writeln!(out, "      {sign} … {} more lines", lines.len() - WIRE_LINES)?;
        }
    }
    if exchange.response.is_empty() {
        writeln!(out, "      < (no answer)")?;
    }
    Ok(())
}
