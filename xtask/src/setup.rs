//! Installs what the tests need in addition to Rust: Debian packages, and the subjects of other registries from their lock files.

use crate::process::command;
use anyhow::{Context as _, Result, bail};
use crosscheck_runner::subject::{Registry, Subject, SubjectSpec, install};
use std::process::Command;

/// Debian packages, each with a program that proves that it is installed. The program is on PATH, or where Debian installs it.
const DEBIAN: [(&str, &str); 10] = [
    ("nginx-light", "nginx"),
    ("nodejs", "node"),
    ("npm", "npm"),
    ("g++", "g++"),
    ("chromium", "chromium"),
    ("firefox-esr", "firefox-esr"),
    ("webkit2gtk-driver", "webkit2gtk-4.1/MiniBrowser"),
    ("xvfb", "Xvfb"),
    ("maven", "mvn"),
    ("strace", "strace"),
];

/// Further Debian packages for the long form of `cargo xtask torture`.
const DEBIAN_TORTURE: [(&str, &str); 1] = [("faketime", "faketime/libfaketimeMT.so.1")];

/// Further Debian packages for the subjects from Debian, each with a file that proves that it is installed. None of them has to run as
/// a service.
const DEBIAN_SUBJECTS: [(&str, &str); 9] = [
    ("apache2-bin", "apache2"),
    ("haproxy", "haproxy"),
    ("caddy", "caddy"),
    ("lighttpd", "lighttpd"),
    ("lighttpd-modules-lua", "lighttpd/mod_magnet.so"),
    (
        "libplack-middleware-crossorigin-perl",
        "Plack/Middleware/CrossOrigin.pm",
    ),
    ("twiggy", "twiggy"),
    ("ruby-rack-cors", "rack/cors.rb"),
    ("puma", "puma"),
];

/// The Debian package that static programs are built with.
const DEBIAN_STATIC: [(&str, &str); 1] = [("musl-tools", "x86_64-linux-musl-gcc")];

/// A subject in Go and one from Maven. Every test run runs a few cases on each.
pub(crate) const SMOKE_SERVERS: [&str; 2] = ["rs-cors", "javalin"];
/// Registries whose subjects are all part of the tests.
pub(crate) const REGISTRIES: [Registry; 2] = [Registry::Npm, Registry::PyPi];
/// The subjects of the other registries that run a few cases.
const SMOKE: [&str; 2] = SMOKE_SERVERS;

/// Installs everything that the tests need.
pub(crate) fn run() -> Result<()> {
    debian(&DEBIAN)?;
    subjects(|known| {
        let registry = known.description.package.registry;
        REGISTRIES.contains(&registry) || SMOKE.contains(&known.name.as_str())
    })
}

/// Installs the compiler of static programs.
pub(crate) fn musl() -> Result<()> {
    debian(&DEBIAN_STATIC)
}

/// Installs everything that the subjects of all registries need.
pub(crate) fn everything() -> Result<()> {
    debian(&[&DEBIAN[..], &DEBIAN_SUBJECTS, &DEBIAN_TORTURE].concat())?;
    subjects(|_| true)
}

fn debian(packages: &[(&'static str, &str)]) -> Result<()> {
    let missing: Vec<&str> = packages
        .iter()
        .filter(|(_, file)| !is_there(file))
        .map(|(package, _)| *package)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    if !is_root()? {
        bail!(
            "these Debian packages are missing; run: sudo apt-get install --yes {}",
            missing.join(" ")
        );
    }
    let mut update = command("apt-get");
    update.args(["update", "--quiet"]);
    crate::process::run(update)?;
    let mut install = command("apt-get");
    install
        .args(["install", "--yes", "--quiet", "--no-install-recommends"])
        .args(&missing)
        .env("DEBIAN_FRONTEND", "noninteractive");
    crate::process::run(install)
}

/// Installs the selected subjects from lock files.
fn subjects(is_selected: impl Fn(&Subject) -> bool) -> Result<()> {
    let all = crosscheck::subjects::all()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    for known in all.values().filter(|k| !k.is_built_in() && is_selected(k)) {
        let spec: SubjectSpec = known.name.parse()?;
        runtime
            .block_on(install(known, &spec))
            .with_context(|| format!("cannot install {}", known.name))?;
    }
    Ok(())
}

fn is_there(file: &str) -> bool {
    let libraries = [
        "/usr/lib/x86_64-linux-gnu",
        "/usr/lib/aarch64-linux-gnu",
        "/usr/lib",
        "/usr/share/perl5",
        "/usr/lib/ruby/vendor_ruby",
    ];
    std::env::var_os("PATH").is_some_and(|path| {
        std::env::split_paths(&path)
            .chain(["/usr/sbin".into(), "/sbin".into()])
            .chain(libraries.iter().map(Into::into))
            .any(|folder: std::path::PathBuf| folder.join(file).is_file())
    })
}

/// Returns whether the user may install packages.
pub(crate) fn is_root() -> Result<bool> {
    let id = Command::new("id").arg("-u").output().context("cannot start `id -u`")?;
    Ok(String::from_utf8_lossy(&id.stdout).trim() == "0")
}
