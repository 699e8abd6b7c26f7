//! The adapter program.

use crosscheck_adapter_common::speak;
use crosscheck_adapter_rocket_cors::{configure, serve};
use log::{Log, Metadata, Record, set_logger};

/// Rocket logs to stdout, which carries the protocol, until its log level is configured.
struct Silent;

impl Log for Silent {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        false
    }
    fn log(&self, _: &Record<'_>) {}
    fn flush(&self) {}
}

#[rocket::main]
async fn main() -> std::io::Result<()> {
    set_logger(&Silent).map_err(|error| std::io::Error::other(error.to_string()))?;
    speak("rocket_cors", configure, serve).await
}
