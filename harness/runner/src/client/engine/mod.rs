//! Browser engines. Each consists of a command line, a few profile files and a way to read its version, all of which its `subject.yaml`
//! states; no WebDriver is used.

mod display;
mod placeholders;

pub(crate) use display::Display;
pub use display::DisplayError;

use super::host_names::HostNames;
use super::origin::CertificateAuthority;
use crate::process::output;
use crate::subject::{Browser, BrowserPage, BuiltIn, Subject};
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::process::Command;

/// The time limit for a program to print its version.
const VERSION_TIMEOUT: Duration = Duration::from_secs(60);

/// The version of an engine that prints none.
const UNKNOWN: &str = "unknown";
/// The limit for its output, in bytes.
const MAX_OUTPUT: usize = 64 << 10;

/// The engines as subjects.
pub(crate) const SUBJECTS: [BuiltIn; 4] = [
    BuiltIn::engine("chromium", include_str!("chromium.yaml")),
    BuiltIn::engine("firefox", include_str!("firefox.yaml")),
    BuiltIn::engine("webkit", include_str!("webkit.yaml")),
    BuiltIn::engine("wpe", include_str!("wpe.yaml")),
];

/// A browser engine: a client that is started by its description and drives itself.
#[derive(Clone, Debug)]
pub(super) struct Engine {
    /// The name in commands.
    name: String,
    /// Its command line.
    start: Vec<String>,
    /// How to install it, for messages.
    install: String,
    browser: Browser,
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

/// Returns the path of a browser's program; `None` if the subject is no browser.
pub(crate) fn find(subject: &Subject) -> Option<Result<PathBuf, EngineError>> {
    Some(Engine::of(subject)?.program(None))
}

/// Why an engine is not available.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The program is not installed.
    #[error("{name} is not installed: found none of {programs}; {hint}give its path with `--engine-path {name}=FILE`")]
    Missing {
        /// The engine.
        name: String,
        /// The names and paths that were looked for.
        programs: String,
        /// How to install it.
        hint: String,
    },
    /// It does not print its version.
    #[error("`{0}` does not print a version: {1}")]
    Version(String, String),
    /// Its profile cannot be written.
    #[error("cannot write the profile of {0}: {1}")]
    Profile(String, io::Error),
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
    /// The engine of a subject, if it is a browser.
    pub(super) fn of(subject: &Subject) -> Option<Self> {
        let description = &subject.description;
        Some(Self {
            name: subject.name.clone(),
            start: description.start.clone(),
            install: description.install.clone(),
            browser: description.browser.clone()?,
        })
    }

    /// The engine with this command line, in which the places of its installation are filled in.
    pub(super) fn started_by(self, start: Vec<String>) -> Self {
        Self { start, ..self }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The number of fetches that one page has in flight.
    pub(super) fn concurrency(&self) -> usize {
        usize::try_from(self.browser.concurrency).unwrap_or(1)
    }

    /// The page that drives it.
    pub(super) const fn page(&self) -> BrowserPage {
        self.browser.page
    }

    /// Whether the engine needs an X display.
    pub(super) const fn needs_display(&self) -> bool {
        self.browser.display
    }

    /// Returns the path of the program: the given one, otherwise the first one that is installed.
    pub(super) fn program(&self, named: Option<&Path>) -> Result<PathBuf, EngineError> {
        let missing = |programs: String| {
            let hint = match self.install.as_str() {
                "" => String::new(),
                install => format!("install it with `{install}`, or "),
            };
            let name = self.name.clone();
            EngineError::Missing { name, programs, hint }
        };
        if let Some(path) = named {
            return if path.is_file() {
                Ok(path.to_owned())
            } else {
                Err(missing(path.display().to_string()))
            };
        }
        let programs = match self.browser.programs.as_slice() {
            [] => self.start.get(..1).unwrap_or_default(),
            programs => programs,
        };
        let found = programs.iter().find_map(|name| crate::which::find(name));
        found.ok_or_else(|| missing(programs.join(", ")))
    }

    /// Runs the program with the arguments for that and returns the version that it prints; `unknown` if it prints none.
    pub(super) async fn version(&self, program: &Path, display: Option<&Display>) -> Result<String, EngineError> {
        if self.browser.version.is_empty() {
            return Ok(UNKNOWN.to_owned());
        }
        let shown = format!("{} {}", program.display(), self.browser.version.join(" "));
        let mut command = Command::new(program);
        command.args(&self.browser.version);
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
    pub(super) fn command(&self, program: &Path, context: &LaunchContext<'_>) -> Result<Command, EngineError> {
        let failed = |e| EngineError::Profile(self.name.clone(), e);
        let texts = self
            .start
            .iter()
            .chain(self.browser.files.values())
            .chain(self.browser.environment.values());
        let values = placeholders::Values::of(program, context, texts)?;
        for (name, text) in &self.browser.files {
            let path = context.profile.join(name);
            let written = path.parent().map_or(Ok(()), std::fs::create_dir_all);
            written
                .and_then(|()| std::fs::write(&path, values.fill(text)))
                .map_err(failed)?;
        }
        let mut command = Command::new(program);
        command
            .env("HOME", context.profile)
            // An engine that is killed leaves temporary folders behind. In here, they are removed together with the profile.
            .env("TMPDIR", context.profile)
            .env_remove("http_proxy")
            .env_remove("https_proxy")
            .envs(
                self.browser
                    .environment
                    .iter()
                    .map(|(name, text)| (name, values.fill(text))),
            )
            .args(self.start.iter().skip(1).map(|word| values.fill(word)));
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
