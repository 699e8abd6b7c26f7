//! The placeholders in the description of a browser.

use super::{EngineError, LaunchContext};
use std::fmt::Write as _;
use std::path::Path;

/// The name of the file with the certificate of the authority, below the profile.
const AUTHORITY: &str = "crosscheck-authority.pem";

/// The placeholders with their values.
pub(super) struct Values(Vec<(&'static str, String)>);

impl Values {
    /// Returns the values that some of the texts need.
    pub(super) fn of<'t>(
        program: &Path,
        context: &LaunchContext<'_>,
        texts: impl Iterator<Item = &'t String> + Clone,
    ) -> Result<Self, EngineError> {
        let text = |path: &Path| path.to_string_lossy().into_owned();
        let is_needed = |name: &str| texts.clone().any(|text| text.contains(name));
        let mut values = vec![
            ("{program}", text(program)),
            ("{proxy}", context.proxy.to_string()),
            ("{proxy-port}", context.proxy.port().to_string()),
            ("{url}", context.url.to_owned()),
            ("{profile}", text(context.profile)),
        ];
        if is_needed("{ca}") {
            let path = context.profile.join(AUTHORITY);
            let written = std::fs::write(&path, context.ca.authority_pem());
            written.map_err(|e| EngineError::Profile(text(program), e))?;
            values.push(("{ca}", text(&path)));
        }
        if is_needed("{spki}") {
            values.push(("{spki}", context.ca.leaf_key_hash()));
        }
        if is_needed("{cert-override}") {
            values.push(("{cert-override}", cert_override(context)?));
        }
        Ok(Self(values))
    }

    /// Replaces the placeholders of a text.
    pub(super) fn fill(&self, text: &str) -> String {
        let values = self.0.iter();
        values.fold(text.to_owned(), |text, (name, value)| text.replace(name, value))
    }
}

/// The file with which Firefox accepts certificates: one exception per host, because it reads no authority from a file.
fn cert_override(context: &LaunchContext<'_>) -> Result<String, EngineError> {
    let mut overrides = String::new();
    for (host, port) in &context.hosts.tls {
        let fingerprint = context.ca.fingerprint(host)?;
        let shown = if host.contains(':') {
            format!("[{host}]")
        } else {
            host.clone()
        };
        // Writing into a string cannot fail.
        let _ = writeln!(
            overrides,
            "{shown}:{port}:\tOID.2.16.840.1.101.3.4.2.1\t{fingerprint}\t"
        );
    }
    Ok(overrides)
}
