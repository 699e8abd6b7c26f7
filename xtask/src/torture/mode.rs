//! What a run is made of.

use super::program::{FOLDER, Invocation};
use super::setting::Setting;
use clap::ValueEnum;
use std::time::Duration;

/// A command, and the subjects that it runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Mode {
    Embedded,
    ExpressNginx,
    WebServers,
    Jsdom,
    Undici,
    Chromium,
    Firefox,
    Webkit,
    /// `report` on a results file.
    Report,
    /// `lint` of a small corpus.
    Lint,
}

impl Mode {
    /// The name on the command line.
    pub(super) fn name(self) -> String {
        let value = self.to_possible_value();
        value.map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    const fn subjects(self) -> &'static [&'static str] {
        match self {
            Self::Embedded => &["--client", "model", "--server", "tower-http", "--server", "actix-cors"],
            Self::ExpressNginx => &["--server", "express-cors", "--server", "nginx"],
            Self::WebServers => &[
                "--server", "nginx", "--server", "apache", "--server", "caddy", "--server", "haproxy", "--server",
                "lighttpd",
            ],
            Self::Jsdom => &["--client", "jsdom"],
            Self::Undici => &["--client", "undici"],
            Self::Chromium => &["--client", "chromium"],
            Self::Firefox => &["--client", "firefox"],
            Self::Webkit => &["--client", "webkit"],
            Self::Report | Self::Lint => &[],
        }
    }

    /// Whether it runs cases.
    pub(super) const fn is_run(self) -> bool {
        !matches!(self, Self::Report | Self::Lint)
    }

    /// Whether it starts programs, and small runs of it are short.
    pub(super) const fn has_children(self) -> bool {
        !matches!(self, Self::Embedded | Self::Report | Self::Lint)
    }

    /// The whole corpus.
    pub(super) fn whole(self) -> Invocation {
        Invocation::run(self.subjects().iter().copied())
    }

    /// A few cases.
    pub(super) fn small(self, setting: &Setting) -> Invocation {
        match self {
            Self::Report => {
                let results = setting.results().to_string_lossy().into_owned();
                Invocation::other(["report", &results, "--html", &format!("{FOLDER}/html")])
            }
            Self::Lint => Invocation::other(["lint", &setting.corpus().to_string_lossy()]),
            _ => {
                let filters = ["cors-check/presence", "policies/one#plain-options"].map(Into::into);
                let subjects = self.subjects().iter().copied().map(Into::into);
                Invocation::run(setting.small().into_iter().chain(filters).chain(subjects))
            }
        }
    }

    /// The latest moment of a signal after the start. Loading the corpus takes about a second of it.
    pub(super) const fn latest(self) -> Duration {
        Duration::from_secs(match self {
            Self::Report | Self::Lint => 1,
            Self::Embedded | Self::Undici => 6,
            Self::ExpressNginx | Self::WebServers | Self::Jsdom => 10,
            Self::Chromium | Self::Firefox | Self::Webkit => 15,
        })
    }

    /// The modes in which calls fail: a run of them is short.
    pub(super) const fn is_short(self) -> bool {
        !matches!(self, Self::WebServers | Self::Chromium | Self::Firefox | Self::Webkit)
    }
}
