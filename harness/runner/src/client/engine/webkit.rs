//! WebKitGTK's MiniBrowser, on its own display.

use super::LaunchContext;
use tokio::process::Command;

pub(super) const PROGRAMS: &[&str] = &[
    "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser",
    "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.0/MiniBrowser",
    "/usr/lib/x86_64-linux-gnu/webkitgtk-6.0/MiniBrowser",
    "/usr/lib/aarch64-linux-gnu/webkit2gtk-4.1/MiniBrowser",
    "/usr/libexec/webkit2gtk-4.1/MiniBrowser",
    "MiniBrowser",
];

pub(super) fn configure(command: &mut Command, context: &LaunchContext<'_>) {
    command
        .arg(format!("--proxy=http://{}", context.proxy))
        .args(["--ignore-tls-errors", "--cookies-policy=always"])
        .arg("--javascript-can-open-windows-automatically=true")
        .env("XDG_RUNTIME_DIR", context.profile)
        .env("WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS", "1")
        .arg(context.url);
}
