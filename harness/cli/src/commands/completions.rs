//! `crosscheck completions` and `crosscheck man`: what packages install beside the program.

use crate::args::{Args, Completions, Man};
use crate::exit::{Exit, Failure};
use crate::output::Out;
use clap::CommandFactory as _;
use std::io::Write as _;

/// Writes the completions of a shell.
pub(crate) fn completions(args: &Completions, out: &mut Out) -> Result<Exit, Failure> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), "crosscheck", &mut text);
    out.write_all(&text)?;
    out.flush()?;
    Ok(Exit::Expected)
}

/// Writes the manual pages.
pub(crate) fn man(args: &Man) -> Result<Exit, Failure> {
    clap_mangen::generate_to(Args::command(), &args.folder).map_err(|e| {
        Failure::usage(
            e,
            format!("name a folder that can be written, not {}", args.folder.display()),
        )
    })?;
    Ok(Exit::Expected)
}
