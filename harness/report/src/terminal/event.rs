//! An event of a trace.

use crate::standard::{Requirements, standard_url};
use crate::text::{Style, clean};
use crosscheck_results::TraceEvent;
use std::io::{self, Write};

/// One event of a trace, the decisive one marked and each of its steps linked.
///
/// # Errors
/// Where `out` fails.
pub fn write_event(
    out: &mut dyn Write,
    event: &TraceEvent,
    style: Style,
    requirements: &Requirements,
) -> io::Result<()> {
    let mark = if event.decisive { "*" } else { "-" };
    let at = event
        .exchange
        .map_or(String::new(), |i| format!(" (exchange {})", i + 1));
    let line = format!("{mark} {}{at}: {}", clean(&event.algorithm), clean(&event.detail));
    writeln!(out, "      {}", if event.decisive { style.bold(&line) } else { line })?;
    if event.decisive {
        for step in &event.steps {
            let requirement = requirements.get(step.as_str());
            let link = standard_url(requirement.map_or(&event.anchor, |r| &r.anchor));
            writeln!(out, "        {} {}", clean(step.as_str()), style.dim(&clean(&link)))?;
        }
        if event.steps.is_empty() {
            writeln!(out, "        {}", style.dim(&clean(&standard_url(&event.anchor))))?;
        }
    }
    Ok(())
}
