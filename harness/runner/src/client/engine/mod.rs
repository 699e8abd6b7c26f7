//! Browser engines. Each consists of a command line, a few profile files and a way to read its version; no WebDriver is used.

mod chromium;
mod display;
mod firefox;
mod webkit;
mod wpe;

pub(crate) use display::Display;
pub use display::DisplayError;

use super::host_names::HostNames;
use super::origin::CertificateAuthority;
use crate::process::output;
use crate::subject::BuiltIn;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::process::Command;

/// The time limit for a program to print its version.
const VERSION_TIMEOUT: Duration = Duration::from_secs(60);

/// The limit for its output, in bytes.
const MAX_OUTPUT: usize = 64 << 10;

/// The engines as subjects.
pub(crate) const SUBJECTS: [BuiltIn; 4] = [
    BuiltIn::engine("chromium", include_str!("chromium.yaml")),
    BuiltIn::engine("firefox", include_str!("firefox.yaml")),
    BuiltIn::engine("webkit", include_str!("webkit.yaml")),
    BuiltIn::engine("wpe", include_str!("wpe.yaml")),
];

/// A browser engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    Chromium,
    Firefox,
    WebKit,
    Wpe,
}

/// What an engine needs in order to start.
pub(super) struct LaunchContext<'a> {
    /// A new, empty folder.
    pub(super) profile: &'a Path,
    pub(super) proxy: SocketAddr,
    pub(super) ca: &'a CertificateAuthority,
    pub(super) hosts: &'a HostNames,
    /// The first URL that the engine visits.
    pub(super) url: &'a str,
}

/// Returns the path of an engine's program; `None` if no engine has this name.
pub(crate) fn find(name: &str) -> Option<Result<PathBuf, EngineError>> {
    Some(Engine::named(name)?.program(None))
}

/// Why an engine is not available.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The program is not installed.
    #[error(
        "{0} is not installed: found none of {1}; install it with `apt-get install {2}`, or give its path with `--engine-path {0}=FILE`"
    )]
    Missing(&'static str, String, &'static str),
    /// It does not print its version.
    #[error("`{0}` does not print a version: {1}")]
    Version(String, String),
    /// Its profile cannot be written.
    #[error("cannot write the profile of {0}: {1}")]
    Profile(&'static str, io::Error),
    /// No display is available.
    #[error(transparent)]
    Display(#[from] DisplayError),
    /// The certificates cannot be created.
    #[error(transparent)]
    CertificateAuthority(#[from] super::origin::CertificateError),
    /// The program cannot be started.
    #[error("cannot start `{0}`: {1}")]
    Spawn(String, io::Error),
}

impl Engine {
    /// The name of the engine in commands.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Chromium => "chromium",
            Self::Firefox => "firefox",
            Self::WebKit => "webkit",
            Self::Wpe => "wpe",
        }
    }

    /// Returns the engine with this name.
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

    /// The Debian packages that install it.
    const fn packages(self) -> &'static str {
        match self {
            Self::Chromium => "chromium",
            Self::Firefox => "firefox-esr",
            Self::WebKit => "webkit2gtk-driver xvfb",
            Self::Wpe => "cog",
        }
    }

    /// The number of fetches that one page has in flight.
    pub(super) const fn concurrency(self) -> usize {
        match self {
            Self::Chromium | Self::Firefox => 6,
            // Many parallel requests to one host are slow in WebKit.
            Self::WebKit | Self::Wpe => 3,
        }
    }

    /// Whether the engine needs an X display.
    pub(super) const fn needs_display(self) -> bool {
        matches!(self, Self::WebKit)
    }

    /// Returns the path of the program: the given one, otherwise the first one that is installed.
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

    /// Runs the program with `--version` and returns the version that it prints.
    pub(super) async fn version(self, program: &Path, display: Option<&Display>) -> Result<String, EngineError> {
        let shown = format!("{} --version", program.display());
        let mut command = Command::new(program);
        command.arg("--version");
        if let Some(display) = display {
            command.env("DISPLAY", display.name());
        }
        let failed = |what: String| EngineError::Version(shown.clone(), what);
        let output = output(&mut command, MAX_OUTPUT, VERSION_TIMEOUT).await;
        let output = output.map_err(|e| failed(e.to_string()))?;
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        version_in(&printed).ok_or_else(|| failed(crosscheck_text::escape_truncated(printed.as_bytes(), 200)))
    }

    /// Writes the profile and returns the command that starts the engine.
    pub(super) fn command(self, program: &Path, context: &LaunchContext<'_>) -> Result<Command, EngineError> {
        let profile = |e| EngineError::Profile(self.name(), e);
        let mut command = Command::new(program);
        command
            .env("HOME", context.profile)
            // An engine that is killed leaves temporary folders behind. In here, they are removed together with the profile.
            .env("TMPDIR", context.profile)
            .env_remove("http_proxy")
            .env_remove("https_proxy");
        match self {
            Self::Chromium => chromium::configure(&mut command, context).map_err(profile)?,
            Self::Firefox => firefox::configure(&mut command, context)?,
            Self::WebKit => webkit::configure(&mut command, context),
            Self::Wpe => wpe::configure(&mut command, context),
        }
        Ok(command)
    }
}

/// Finds the version in the output of `--version`: the last dotted number of the last line that has one, without build dates.
/// Warnings come before that line, and cog prints its own version before that of WebKit.
fn version_in(printed: &str) -> Option<String> {
    let is_version = |word: &&str| {
        let digits_and_dots = |c: char| c.is_ascii_digit() || c == '.';
        let number = word.trim_end_matches(|c: char| c.is_ascii_lowercase());
        number.contains('.') && number.chars().all(digits_and_dots) && number.starts_with(|c: char| c.is_ascii_digit())
    };
    let words = |line: &str| {
        let mut words = line.split([' ', '(', ')', '\t']);
        words.rfind(is_version).map(str::to_owned)
    };
    let found = printed.lines().rev().find_map(words)?;
    Some(found.chars().take(40).collect())
}

#[cfg(test)]
mod tests {
    use super::version_in;

    #[test]
    fn versions_are_parsed_from_program_output() {
        for (printed, version) in [
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
            assert_eq!(version_in(printed).as_deref(), version, "{printed}");
        }
    }
}
