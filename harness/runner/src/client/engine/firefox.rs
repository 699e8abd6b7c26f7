//! Firefox, headless.

use super::{EngineError, LaunchContext};
use std::fmt::Write as _;
use tokio::process::Command;

pub(super) const PROGRAMS: &[&str] = &["firefox-esr", "firefox"];

/// Preferences with the same value in every run.
const PREFERENCES: &[(&str, &str)] = &[
    ("network.proxy.type", "1"),
    ("network.proxy.http", "\"127.0.0.1\""),
    ("network.proxy.ssl", "\"127.0.0.1\""),
    ("network.proxy.no_proxies_on", "\"\""),
    // Without it localhost bypasses the proxy.
    ("network.proxy.allow_hijacking_localhost", "true"),
    ("dom.security.https_first", "false"),
    ("network.cookie.cookieBehavior", "0"),
    ("fission.autostart", "false"),
    ("dom.ipc.processCount", "1"),
    ("browser.aboutwelcome.enabled", "false"),
    ("browser.startup.homepage_override.mstone", "\"ignore\""),
    ("termsofuse.bypassNotification", "true"),
    ("datareporting.policy.dataSubmissionEnabled", "false"),
    ("app.normandy.enabled", "false"),
    ("app.update.enabled", "false"),
    ("network.captive-portal-service.enabled", "false"),
    ("network.connectivity-service.enabled", "false"),
    ("browser.sessionstore.resume_from_crash", "false"),
    ("toolkit.startup.max_resumed_crashes", "-1"),
    ("browser.shell.checkDefaultBrowser", "false"),
    ("dom.disable_open_during_load", "false"),
    // A dialog would block the page, because no user answers it. A form sent from https to http shows no warning, and a 401 for a
    // cross-origin subresource opens no password dialog.
    ("security.warn_submit_secure_to_insecure", "false"),
    ("network.auth.subresource-http-auth-allow", "1"),
];

pub(super) fn configure(command: &mut Command, context: &LaunchContext<'_>) -> Result<(), EngineError> {
    let failed = |e| EngineError::Profile("firefox", e);
    let mut text = String::new();
    let port = context.proxy.port().to_string();
    let ports = [
        ("network.proxy.http_port", port.as_str()),
        ("network.proxy.ssl_port", port.as_str()),
    ];
    for (name, value) in PREFERENCES.iter().chain(&ports) {
        // Writing into a string cannot fail.
        let _ = writeln!(text, "user_pref(\"{name}\", {value});");
    }
    std::fs::write(context.profile.join("user.js"), text).map_err(failed)?;
    // One exception per host, because Firefox reads no authority from a file.
    let mut overrides = String::new();
    for (host, port) in &context.hosts.tls {
        let fingerprint = context.ca.fingerprint(host)?;
        let shown = if host.contains(':') {
            format!("[{host}]")
        } else {
            host.clone()
        };
        let _ = writeln!(
            overrides,
            "{shown}:{port}:\tOID.2.16.840.1.101.3.4.2.1\t{fingerprint}\t"
        );
    }
    std::fs::write(context.profile.join("cert_override.txt"), overrides).map_err(failed)?;
    command
        .args(["--headless", "--no-remote", "--profile"])
        .arg(context.profile)
        .arg(context.url);
    Ok(())
}
