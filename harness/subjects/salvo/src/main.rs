//! The adapter program.

use crosscheck_adapter_common::speak;
use crosscheck_adapter_salvo::{LIBRARY, configure, serve};

#[tokio::main]
async fn main() -> std::io::Result<()> {
    speak(LIBRARY, configure, serve).await
}
