//! The adapter program.

use crosscheck_adapter_common::speak;
use crosscheck_adapter_ntex_cors::{LIBRARY, configure, serve};

#[ntex::main]
async fn main() -> std::io::Result<()> {
    speak(LIBRARY, configure, serve).await
}
