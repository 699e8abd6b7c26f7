//! Browser engines: each is a command line, a few profile files, and a way to tell its version. No driver.

mod chromium;
mod display;
mod firefox;
mod webkit;
mod wpe;

pub(crate) use display::Display;
pub use display::DisplayError;

use super::hosts::Hosts;
use super::origin::Mint;
use crate::process::output;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::process::Command;

/// How long a program may take to tell its version.
const TELLING: Duration = Duration::from_secs(60);

/// How much of its output is read, in bytes.
const MAX_OUTPUT: usize = 64 << 10;

/// An engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    Chromium,
    Firefox,
    WebKit,
    Wpe,
}

/// What an engine needs in order to start.
pub(super) struct Scene<'a> {
    /// A new, empty folder.
    pub(super) profile: &'a Path,
    pub(super) proxy: SocketAddr,
    pub(super) mint: &'a Mint,
    pub(super) hosts: &'a Hosts,
    /// Where it goes first.
    pub(super) url: &'a str,
}

/// Where the program of an engine is installed, if that is the name of one.
pub(crate) fn find(name: &str) -> Option<Result<PathBuf, EngineError>> {
    Some(Engine::named(name)?.program(None))
}

/// Why an engine cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// No such program.
    #[error(
        "{0} is not installed: none of {1} is there; `apt-get install {2}` brings it, `--engine-path {0}=FILE` names it"
    )]
    Missing(&'static str, String, &'static str),
    /// It does not tell its version.
    #[error("`{0}` does not tell its version: {1}")]
    Version(String, String),
    /// Its profile cannot be written.
    #[error("cannot write the profile of {0}: {1}")]
    Profile(&'static str, io::Error),
    /// There is no display for it.
    #[error(transparent)]
    Display(#[from] DisplayError),
    /// There are no certificates for it.
    #[error(transparent)]
    Mint(#[from] super::origin::MintError),
    /// It cannot be started.
    #[error("cannot start `{0}`: {1}")]
    Spawn(String, io::Error),
}

impl Engine {
    /// Its name in commands.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Chromium => "chromium",
            Self::Firefox => "firefox",
            Self::WebKit => "webkit",
            Self::Wpe => "wpe",
        }
    }

    /// The engine of that name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        [Self::Chromium, Self::Firefox, Self::WebKit, Self::Wpe]
            .into_iter()
            .find(|e| e.name() == name)
    }

    const fn programs(self) -> &'static [&'static str] {
        match self {
            Self::Chromium => chromium::PROGRAMS,
            Self::Firefox => firefox::PROGRAMS,
            Self::WebKit => webkit::PROGRAMS,
            Self::Wpe => wpe::PROGRAMS,
        }
    }

    /// The Debian packages that bring it.
    const fn packages(self) -> &'static str {
        match self {
            Self::Chromium => "chromium",
            Self::Firefox => "firefox-esr",
            Self::WebKit => "webkit2gtk-driver xvfb",
            Self::Wpe => "cog",
        }
    }

    /// Fetches that one page has in flight.
    pub(super) const fn lanes(self) -> usize {
        match self {
            Self::Chromium | Self::Firefox => 6,
            // Many parallel requests to one host are slow in WebKit.
            Self::WebKit | Self::Wpe => 3,
        }
    }

    /// Whether it draws on an X display.
    pub(super) const fn needs_display(self) -> bool {
        matches!(self, Self::WebKit)
    }

    /// The program: the one that is named, else the first that is installed.
    pub(super) fn program(self, named: Option<&Path>) -> Result<PathBuf, EngineError> {
        let missing = |names: String| EngineError::Missing(self.name(), names, self.packages());
        if let Some(path) = named {
            return if path.is_file() {
                Ok(path.to_owned())
            } else {
                Err(missing(path.display().to_string()))
            };
        }
        let found = self.programs().iter().find_map(|name| crate::which::find(name));
        found.ok_or_else(|| missing(self.programs().join(", ")))
    }

    /// The version that the program tells.
    pub(super) async fn version(self, program: &Path, display: Option<&Display>) -> Result<String, EngineError> {
        let shown = format!("{} --version", program.display());
        let mut command = Command::new(program);
        command.arg("--version");
        if let Some(display) = display {
            command.env("DISPLAY", display.name());
        }
        let failed = |what: String| EngineError::Version(shown.clone(), what);
        let output = output(&mut command, MAX_OUTPUT, TELLING).await;
        let output = output.map_err(|e| failed(e.to_string()))?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        version_in(&said).ok_or_else(|| failed(crosscheck_text::escape_truncated(said.as_bytes(), 200)))
    }

    /// The command that starts it, its profile written.
    pub(super) fn command(self, program: &Path, scene: &Scene<'_>) -> Result<Command, EngineError> {
        let profile = |e| EngineError::Profile(self.name(), e);
        let mut command = Command::new(program);
        command
            .env("HOME", scene.profile)
            // Engines that are killed leave temporary folders; these go with the profile.
            .env("TMPDIR", scene.profile)
            .env_remove("http_proxy")
            .env_remove("https_proxy");
        match self {
            Self::Chromium => chromium::dress(&mut command, scene).map_err(profile)?,
            Self::Firefox => firefox::dress(&mut command, scene)?,
            Self::WebKit => webkit::dress(&mut command, scene),
            Self::Wpe => wpe::dress(&mut command, scene),
        }
        Ok(command)
    }
}

/// The version in what a program says of itself: the last dotted number of the last line that has one, build dates apart. Warnings
/// come before, and cog names its own version before WebKit's.
fn version_in(said: &str) -> Option<String> {
    let is_version = |word: &&str| {
        let digits_and_dots = |c: char| c.is_ascii_digit() || c == '.';
        let number = word.trim_end_matches(|c: char| c.is_ascii_lowercase());
        number.contains('.') && number.chars().all(digits_and_dots) && number.starts_with(|c: char| c.is_ascii_digit())
    };
    let words = |line: &str| {
        let mut words = line.split([' ', '(', ')', '\t']);
        words.rfind(is_version).map(str::to_owned)
    };
    let found = said.lines().rev().find_map(words)?;
    Some(found.chars().take(40).collect())
}

#[cfg(test)]
mod tests {
    use super::version_in;

    #[test]
    fn versions_are_read_from_what_programs_say() {
        for (said, version) in [
            (
                "Chromium 156.0.8078.108 built on Debian GNU/Linux 12 (bookworm)\n",
                Some("156.0.8078.108"),
            ),
            ("Mozilla Firefox 153.7.0esr\n", Some("153.7.0esr")),
            (
                "\n(MiniBrowser:506): Gtk-WARNING **: a theme\nWebKitGTK 2.50.6\n",
                Some("2.50.6"),
            ),
            ("0.16.1 (WPE WebKit 2.38.6)\n", Some("2.38.6")),
            ("no version here\n", None),
            ("", None),
        ] {
            assert_eq!(version_in(said).as_deref(), version, "{said}");
        }
    }
}
