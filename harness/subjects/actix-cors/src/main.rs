//! The adapter program.

use crosscheck_adapter_actix_cors::serve;
use crosscheck_adapter_common::{Configuration, speak};

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    // The library looks at its settings only when the service starts.
    speak(
        "actix-cors",
        |configuration: &Configuration| Ok(configuration.clone()),
        serve,
    )
    .await
}
