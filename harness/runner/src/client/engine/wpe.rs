//! WPE WebKit in cog, without any display.

use super::LaunchContext;
use tokio::process::Command;

pub(super) const PROGRAMS: &[&str] = &["cog"];

pub(super) fn configure(command: &mut Command, context: &LaunchContext<'_>) {
    command
        .args(["-P", "headless"])
        .arg(format!("--proxy=http://{}", context.proxy))
        .args(["--ignore-tls-errors", "--cookie-store=always"])
        .env("XDG_RUNTIME_DIR", context.profile)
        .arg(context.url);
}
