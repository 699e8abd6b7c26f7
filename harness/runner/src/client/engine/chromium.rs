//! Chromium, headless.

use super::Scene;
use std::io;
use tokio::process::Command;

pub(super) const PROGRAMS: &[&str] = &["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

pub(super) fn dress(command: &mut Command, scene: &Scene<'_>) -> io::Result<()> {
    let folder = scene.profile.join("Default");
    std::fs::create_dir_all(&folder)?;
    // Cookies of other sites are the point of credentialed cases.
    std::fs::write(
        folder.join("Preferences"),
        r#"{"profile":{"cookie_controls_mode":0,"block_third_party_cookies":false}}"#,
    )?;
    // Nobody is there to answer a dialog, and one stops the fetch: without a scheme that it knows, a 401 asks for no password.
    std::fs::write(scene.profile.join("Local State"), r#"{"auth":{"schemes":""}}"#)?;
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
            // http pages of the cases stay http; waiting pages are not slowed down.
            "--disable-features=HttpsUpgrades",
            "--disable-background-timer-throttling",
            "--disable-renderer-backgrounding",
            "--disable-popup-blocking",
        ])
        .arg(format!("--user-data-dir={}", scene.profile.display()))
        .arg(format!("--proxy-server={}", scene.proxy))
        // Unlike a switch that ignores all errors, this one leaves the HTTP cache at work.
        .arg(format!(
            "--ignore-certificate-errors-spki-list={}",
            scene.mint.leaf_key_hash()
        ))
        .arg(scene.url);
    Ok(())
}
