//! The adapter program.

use crosscheck_adapter_common::speak;
use crosscheck_adapter_salvo::{configure, serve};

#[tokio::main]
async fn main() -> std::io::Result<()> {
    speak("salvo-cors", configure, serve).await
}
