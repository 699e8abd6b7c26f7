//! The adapter program.

use crosscheck_adapter_common::speak;
use crosscheck_adapter_ntex_cors::{configure, serve};

#[ntex::main]
async fn main() -> std::io::Result<()> {
    speak("ntex-cors", configure, serve).await
}
