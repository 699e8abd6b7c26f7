//! The report on a terminal: causes first, then each deviation with its diff, its wire, its trace and the command to repeat it.

mod case;
mod event;
mod subject;

pub(crate) use case::write_case;
pub use event::write_event;

use crate::standard::Requirements;
use crate::text::Style;
use crosscheck_results::Run;
use std::io::{self, Write};
use std::sync::Arc;
use subject::Subject;

/// What is shown, and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// Colour or none.
    pub style: Style,
    /// Deviations shown in full per subject; the others are counted.
    pub details: usize,
    /// Show the deviations that the baseline knows in full as well.
    pub known: bool,
    /// The requirements that steps link to.
    pub requirements: Arc<Requirements>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            style: Style::Plain,
            details: 12,
            known: false,
            requirements: Arc::default(),
        }
    }
}

/// Writes the report of all runs.
///
/// # Errors
/// Where `out` fails.
pub fn write_terminal(out: &mut dyn Write, runs: &[Run], options: &Options) -> io::Result<()> {
    for run in runs {
        write_subject(out, run, options)?;
    }
    write_closing(out, runs, options)
}

/// Writes the part of one run.
///
/// # Errors
/// Where `out` fails.
pub fn write_subject(out: &mut dyn Write, run: &Run, options: &Options) -> io::Result<()> {
    Subject { run, options }.write(out)
}

/// Writes what follows the last run: the comparison of clients, and the matrix of servers.
///
/// # Errors
/// Where `out` fails.
pub fn write_closing(out: &mut dyn Write, runs: &[Run], options: &Options) -> io::Result<()> {
    crate::interop::write(out, runs, options.style)?;
    if runs.iter().filter(|r| r.header.role == "server").count() > 1 {
        crate::matrix::write_matrix(out, runs, options.style)?;
    }
    Ok(())
}
