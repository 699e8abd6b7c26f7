//! Chromium, headless.

use super::LaunchContext;
use std::io;
use tokio::process::Command;

pub(super) const PROGRAMS: &[&str] = &["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

pub(super) fn configure(command: &mut Command, context: &LaunchContext<'_>) -> io::Result<()> {
    let folder = context.profile.join("Default");
    std::fs::create_dir_all(&folder)?;
    // Credentialed cases need third-party cookies.
    std::fs::write(
        folder.join("Preferences"),
        r#"{"profile":{"cookie_controls_mode":0,"block_third_party_cookies":false}}"#,
    )?;
    // A dialog would block the fetch, because no user answers it. Without a supported scheme, a 401 opens no password dialog.
    std::fs::write(context.profile.join("Local State"), r#"{"auth":{"schemes":""}}"#)?;
    command
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage",
            // Loopback hosts go through the proxy too.
            "--proxy-bypass-list=<-loopback>",
            // Keeps the http pages of the cases on http, and does not throttle pages that wait.
            "--disable-features=HttpsUpgrades",
            "--disable-background-timer-throttling",
            "--disable-renderer-backgrounding",
            "--disable-popup-blocking",
        ])
        .arg(format!("--user-data-dir={}", context.profile.display()))
        .arg(format!("--proxy-server={}", context.proxy))
        // Unlike the switch that ignores all certificate errors, this one keeps the HTTP cache working.
        .arg(format!(
            "--ignore-certificate-errors-spki-list={}",
            context.ca.leaf_key_hash()
        ))
        .arg(context.url);
    Ok(())
}
