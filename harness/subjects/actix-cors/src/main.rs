//! The adapter program.

use crosscheck_adapter_actix_cors::{Document, LIBRARY, serve};
use crosscheck_adapter_common::{Asked, Unfit, speak};
use crosscheck_corpus::policy::Mode;

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    speak(LIBRARY, configure, serve).await
}

/// The library looks at its settings only when the service starts.
fn configure(asked: Asked<'_>) -> Result<Document, Unfit> {
    Ok(match asked {
        Asked::Policy(policy) => Document::Policy(policy.clone()),
        Asked::Defaults => Document::Mode(Mode::Defaults),
        Asked::Docs => Document::Mode(Mode::Docs),
    })
}
