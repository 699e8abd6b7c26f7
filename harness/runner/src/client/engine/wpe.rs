//! WPE WebKit in cog, without any display.

use super::Scene;
use tokio::process::Command;

pub(super) const PROGRAMS: &[&str] = &["cog"];

pub(super) fn dress(command: &mut Command, scene: &Scene<'_>) {
    command
        .args(["-P", "headless"])
        .arg(format!("--proxy=http://{}", scene.proxy))
        .args(["--ignore-tls-errors", "--cookie-store=always"])
        .env("XDG_RUNTIME_DIR", scene.profile)
        .arg(scene.url);
}
