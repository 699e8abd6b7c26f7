//! The adapter program.

use crosscheck_adapter_common::speak;
use crosscheck_adapter_poem::{LIBRARY, configure, serve};

#[tokio::main]
async fn main() -> std::io::Result<()> {
    speak(LIBRARY, configure, serve).await
}
