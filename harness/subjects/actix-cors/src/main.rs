//! The adapter program.

use crosscheck_adapter_actix_cors::{block_on, serve};
use crosscheck_adapter_common::{Configuration, speak};

fn main() -> std::io::Result<()> {
    // The library checks its settings only when the service starts.
    block_on(speak(
        "actix-cors",
        |configuration: &Configuration| Ok(configuration.clone()),
        serve,
    ))
}
