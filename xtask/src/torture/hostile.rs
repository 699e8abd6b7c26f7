//! Adapters that die, stop, flood, lie or leave something behind: the examples of the documentation, made hostile.

use super::program::{Invocation, Try};
use super::setting::Setting;
use anyhow::{Context as _, Result};
use crosscheck_results::{Verdict, read_file};
use std::path::Path;

/// The two sides that have adapters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Server,
    Client,
}

/// A command that starts an adapter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    Run,
    Check,
}

impl Use {
    pub(super) const ALL: [Self; 2] = [Self::Run, Self::Check];
}

/// What must hold of a run with a hostile adapter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    /// Nothing can be observed: no case passes, and the exit code is not 0.
    Nothing,
    /// The adapter serves well, if only for a time.
    Anything,
    /// The adapter serves well, and the output names what it left behind.
    Survivor,
}

/// A way in which an adapter is hostile. Its name is the argument of the adapter.
#[derive(Clone, Copy, Debug)]
pub(super) struct Way {
    side: Side,
    pub(super) name: &'static str,
    expected: Expected,
    /// Whether a run waits for a time limit.
    pub(super) is_slow: bool,
}

/// The file of the hostile adapter in the folder of a subject, and the one that it makes hostile.
const HOSTILE: &str = "hostile.cjs";
const ADAPTER: &str = "adapter.cjs";
/// What the hostile adapters share.
const COMMON: &str = "common.cjs";
/// The start of an adapter that never gets ready is given up after that many seconds.
const START_TIMEOUT: u32 = 2;
/// What the program prints of a subject that leaves a process behind.
const SURVIVOR: &str = "left processes behind";

const fn way(side: Side, expected: Expected, name: &'static str) -> Way {
    Way {
        side,
        name,
        expected,
        is_slow: false,
    }
}

const fn slow(way: Way) -> Way {
    Way { is_slow: true, ..way }
}

/// The ways. `adapters/` has the code of each.
pub(super) const WAYS: &[Way] = {
    use Expected::{Anything, Nothing, Survivor};
    use Side::{Client, Server};
    &[
        way(Server, Nothing, "ends-at-once"),
        way(Server, Nothing, "fails-at-once"),
        way(Server, Nothing, "dies-at-once"),
        slow(way(Server, Nothing, "stops-at-once")),
        slow(way(Server, Nothing, "never-answers")),
        way(Server, Nothing, "floods-stdout-without-a-line-end"),
        way(Server, Nothing, "floods-stdout-with-lines"),
        slow(way(Server, Nothing, "floods-stderr-and-never-answers")),
        slow(way(Server, Nothing, "writes-binary")),
        slow(way(Server, Nothing, "closes-stdout")),
        slow(way(Server, Nothing, "never-reads-stdin")),
        slow(way(Server, Nothing, "says-done-alone")),
        slow(way(Server, Nothing, "is-deeply-nested")),
        slow(way(Server, Nothing, "knows-another-policy")),
        way(Server, Anything, "leaves-a-child-in-its-group"),
        way(Server, Survivor, "leaves-a-child-elsewhere"),
        slow(way(Server, Survivor, "leaves-many-children")),
        slow(way(Server, Survivor, "leaves-a-child-with-its-pipes")),
        way(Server, Anything, "ignores-the-end"),
        way(Server, Anything, "floods-stderr"),
        way(Server, Anything, "fills-its-temporary-folder"),
        way(Server, Nothing, "dies-before-ready"),
        slow(way(Server, Nothing, "stops-before-ready")),
        way(Server, Nothing, "dies-after-ready"),
        way(Server, Anything, "dies-after-done"),
        way(Server, Nothing, "is-silent-after-ready"),
        way(Server, Nothing, "lies-port-closed"),
        way(Server, Nothing, "lies-port-0"),
        way(Server, Nothing, "lies-port-99999"),
        way(Server, Nothing, "lies-another-host"),
        way(Server, Nothing, "lies-every-address"),
        way(Server, Nothing, "lies-no-url"),
        way(Server, Nothing, "answers-twice"),
        way(Server, Nothing, "answers-both"),
        way(Server, Nothing, "answers-with-a-long-line"),
        way(Server, Anything, "floods-stdout-after-done"),
        way(Server, Anything, "closes-stdout-after-done"),
        way(Server, Nothing, "dies-at-a-request"),
        way(Server, Anything, "dies-at-the-fifth-request"),
        slow(way(Server, Nothing, "stops-at-a-request")),
        slow(way(Server, Anything, "stops-at-the-fifth-request")),
        way(Server, Anything, "ends-at-the-fifth-request"),
        way(Server, Nothing, "closes-at-each-request"),
        slow(way(Server, Nothing, "resets-at-each-request")),
        slow(way(Server, Nothing, "never-answers-a-request")),
        way(Server, Nothing, "sends-no-http"),
        slow(way(Server, Nothing, "sends-endless-headers")),
        slow(way(Server, Nothing, "sends-endless-interim")),
        way(Server, Nothing, "sends-an-endless-body"),
        slow(way(Server, Nothing, "sends-a-short-body")),
        way(Client, Nothing, "ends-at-once"),
        way(Client, Nothing, "fails-at-once"),
        way(Client, Nothing, "dies-at-once"),
        slow(way(Client, Nothing, "stops-at-once")),
        slow(way(Client, Nothing, "never-answers")),
        way(Client, Nothing, "floods-stdout-without-a-line-end"),
        way(Client, Nothing, "floods-stdout-with-lines"),
        slow(way(Client, Nothing, "floods-stderr-and-never-answers")),
        way(Client, Nothing, "writes-binary"),
        way(Client, Nothing, "closes-stdout"),
        way(Client, Nothing, "is-deeply-nested"),
        way(Client, Anything, "leaves-a-child-in-its-group"),
        slow(way(Client, Survivor, "leaves-a-child-elsewhere")),
        slow(way(Client, Survivor, "leaves-a-child-with-its-pipes")),
        way(Client, Anything, "ignores-the-end"),
        way(Client, Anything, "floods-stderr"),
        way(Client, Nothing, "dies-before-ready"),
        slow(way(Client, Nothing, "stops-before-ready")),
        slow(way(Client, Nothing, "dies-after-ready")),
        way(Client, Anything, "dies-at-the-fifth-fetch"),
        slow(way(Client, Anything, "stops-at-the-fifth-fetch")),
        way(Client, Anything, "ends-at-the-fifth-fetch"),
        slow(way(Client, Nothing, "never-answers-a-fetch")),
        slow(way(Client, Nothing, "answers-another-id")),
        way(Client, Anything, "answers-twice"),
        slow(way(Client, Nothing, "answers-without-an-outcome")),
        slow(way(Client, Nothing, "answers-with-wrong-types")),
        slow(way(Client, Nothing, "answers-with-an-unknown-type")),
        slow(way(Client, Nothing, "answers-with-a-bad-body")),
        slow(way(Client, Nothing, "answers-with-a-long-line")),
        slow(way(Client, Anything, "floods-stdout-after-ready")),
        slow(way(Client, Anything, "closes-stdout-after-ready")),
        way(Client, Nothing, "invents-errors"),
        way(Client, Nothing, "invents-responses"),
    ]
};

impl Way {
    /// The name in the table of tries.
    pub(super) const fn kind(&self) -> &'static str {
        match self.side {
            Side::Server => "server adapters",
            Side::Client => "client adapters",
        }
    }

    /// The name of its subject.
    fn subject(&self) -> String {
        match self.side {
            Side::Server => format!("server-{}", self.name),
            Side::Client => format!("client-{}", self.name),
        }
    }

    /// Writes the folder of its subject.
    fn write(&self, subjects: &Path) -> Result<()> {
        let (example, code) = match self.side {
            Side::Server => ("example", include_str!("adapters/server.cjs")),
            Side::Client => ("example-client", include_str!("adapters/client.cjs")),
        };
        let example = crate::process::root().join("docs/examples").join(example);
        let folder = subjects.join(self.subject());
        std::fs::create_dir(&folder)?;
        std::fs::copy(example.join(ADAPTER), folder.join(ADAPTER))?;
        std::fs::write(folder.join(HOSTILE), code)?;
        std::fs::write(folder.join(COMMON), include_str!("adapters/common.cjs"))?;
        let description = std::fs::read_to_string(example.join("subject.yaml"))?;
        let mut lines: Vec<String> = description
            .lines()
            .filter(|line| !line.starts_with("name:") && !line.starts_with("start:"))
            .map(Into::into)
            .collect();
        lines.push(format!("name: {}", self.subject()));
        lines.push(format!(r#"start: ["node", "{{subject}}/{HOSTILE}", "{}"]"#, self.name));
        // One that gets ready has the time that it needs, however slow the machine is.
        if self.side == Side::Server && self.expected == Expected::Nothing && !self.gets_ready() {
            lines.push(format!("start-timeout: {START_TIMEOUT}"));
        }
        std::fs::write(folder.join("subject.yaml"), lines.join("\n") + "\n")?;
        Ok(())
    }

    /// Whether it is hostile only to requests.
    fn gets_ready(&self) -> bool {
        ["request", "sends-", "lies-port-closed"]
            .iter()
            .any(|part| self.name.contains(part))
    }

    /// The command that starts it.
    pub(super) fn invocation(&self, usage: Use, setting: &Setting) -> Invocation {
        let subject = self.subject();
        let corpus = setting.corpus().to_string_lossy().into_owned();
        let options = ["--cases", corpus.as_str(), "--no-baseline", "--timeout", "1"];
        let invocation = match (usage, self.side) {
            (Use::Run, Side::Server) => {
                Invocation::run(
                    options
                        .into_iter()
                        .chain(["policies/one#plain-options", "--server", &subject]),
                )
            }
            (Use::Run, Side::Client) => Invocation::run(options.into_iter().chain(["--client", &subject])),
            (Use::Check, Side::Server) => Invocation::other(["subjects", "check", &subject]),
            (Use::Check, Side::Client) => {
                let adapter = setting.subjects().join(&subject).join(HOSTILE);
                let adapter = adapter.to_string_lossy().into_owned();
                Invocation::other(["check-client", "--timeout", "1", "--", "node", &adapter, self.name])
            }
        };
        invocation.with_subjects(setting.subjects())
    }

    /// Returns what does not hold.
    pub(super) fn violations(&self, usage: Use, tried: &Try) -> Vec<String> {
        let mut found = Vec::new();
        if tried.code.is_none() {
            found.push("no exit code".to_owned());
        }
        if self.expected == Expected::Nothing {
            if tried.code == Some(0) {
                found.push("exit code 0, although nothing was observed".to_owned());
            }
            if tried.stderr.trim().is_empty() && tried.stdout.trim().is_empty() {
                found.push("no reason is reported".to_owned());
            }
            // Another check reports a file that cannot be read.
            let cases = read_file(&tried.results())
                .unwrap_or_default()
                .into_iter()
                .flat_map(|run| run.cases);
            found.extend(cases.filter(|case| is_good(case.verdict)).take(1).map(|case| {
                format!(
                    "{} is `{}`, although nothing was observed",
                    case.id,
                    case.verdict.as_str()
                )
            }));
        }
        let is_reported = tried.stdout.contains(SURVIVOR) || tried.stderr.contains(SURVIVOR);
        if self.expected == Expected::Survivor && usage == Use::Run && !is_reported {
            found.push("the process that it left behind is not reported".to_owned());
        }
        found
    }
}

/// Whether a verdict says that the subject does as it must.
const fn is_good(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Pass | Verdict::Allowed | Verdict::Advice)
}

/// Writes the folders of all hostile subjects.
pub(super) fn write(subjects: &Path) -> Result<()> {
    for way in WAYS {
        way.write(subjects)
            .with_context(|| format!("cannot write the subject {}", way.subject()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn each_way_is_in_the_code_of_its_side_and_is_listed_once() {
        let subjects: BTreeSet<String> = WAYS.iter().map(Way::subject).collect();
        assert_eq!(subjects.len(), WAYS.len());
        for way in WAYS {
            let code = match way.side {
                Side::Server => include_str!("adapters/server.cjs"),
                Side::Client => include_str!("adapters/client.cjs"),
            };
            assert!(code.contains(&format!("'{}':", way.name)), "{}", way.name);
        }
    }
}
