//! The adapter program.

use crosscheck_adapter_common::speak;
use crosscheck_adapter_warp::{configure, serve};

#[tokio::main]
async fn main() -> std::io::Result<()> {
    speak("warp", configure, serve).await
}
