//! The adapter program.

use crosscheck_adapter_common::speak;
use crosscheck_adapter_poem::{configure, serve};

#[tokio::main]
async fn main() -> std::io::Result<()> {
    speak("poem", configure, serve).await
}
