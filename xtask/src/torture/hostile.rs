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
/// The start of an adapter that never gets ready is given up after that many seconds.
const START_TIMEOUT: u32 = 2;
/// What the program prints of a subject that leaves a process behind.
const SURVIVOR: &str = "left processes behind";

const fn nothing(side: Side, name: &'static str) -> Way {
    let expected = Expected::Nothing;
    Way {
        side,
        name,
        expected,
        is_slow: false,
    }
}

const fn anything(side: Side, name: &'static str) -> Way {
    let expected = Expected::Anything;
    Way {
        side,
        name,
        expected,
        is_slow: false,
    }
}

const fn survivor(side: Side, name: &'static str) -> Way {
    let expected = Expected::Survivor;
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
    use Side::{Client, Server};
    &[
        nothing(Server, "ends-at-once"),
        nothing(Server, "fails-at-once"),
        nothing(Server, "dies-at-once"),
        slow(nothing(Server, "stops-at-once")),
        slow(nothing(Server, "never-answers")),
        nothing(Server, "floods-stdout-without-a-line-end"),
        nothing(Server, "floods-stdout-with-lines"),
        slow(nothing(Server, "floods-stderr-and-never-answers")),
        slow(nothing(Server, "writes-binary")),
        slow(nothing(Server, "closes-stdout")),
        slow(nothing(Server, "never-reads-stdin")),
        slow(nothing(Server, "says-done-alone")),
        slow(nothing(Server, "is-deeply-nested")),
        slow(nothing(Server, "knows-another-policy")),
        anything(Server, "leaves-a-child-in-its-group"),
        survivor(Server, "leaves-a-child-elsewhere"),
        slow(survivor(Server, "leaves-many-children")),
        slow(survivor(Server, "leaves-a-child-with-its-pipes")),
        anything(Server, "ignores-the-end"),
        anything(Server, "floods-stderr"),
        anything(Server, "fills-its-temporary-folder"),
        nothing(Server, "dies-before-ready"),
        slow(nothing(Server, "stops-before-ready")),
        nothing(Server, "dies-after-ready"),
        anything(Server, "dies-after-done"),
        nothing(Server, "is-silent-after-ready"),
        nothing(Server, "lies-port-closed"),
        nothing(Server, "lies-port-0"),
        nothing(Server, "lies-port-99999"),
        nothing(Server, "lies-another-host"),
        nothing(Server, "lies-every-address"),
        nothing(Server, "lies-no-url"),
        nothing(Server, "answers-twice"),
        nothing(Server, "answers-both"),
        nothing(Server, "answers-with-a-long-line"),
        anything(Server, "floods-stdout-after-done"),
        anything(Server, "closes-stdout-after-done"),
        nothing(Server, "dies-at-a-request"),
        anything(Server, "dies-at-the-fifth-request"),
        slow(nothing(Server, "stops-at-a-request")),
        slow(anything(Server, "stops-at-the-fifth-request")),
        anything(Server, "ends-at-the-fifth-request"),
        nothing(Server, "closes-at-each-request"),
        slow(nothing(Server, "resets-at-each-request")),
        slow(nothing(Server, "never-answers-a-request")),
        nothing(Server, "sends-no-http"),
        slow(nothing(Server, "sends-endless-headers")),
        slow(nothing(Server, "sends-endless-interim")),
        nothing(Server, "sends-an-endless-body"),
        slow(nothing(Server, "sends-a-short-body")),
        nothing(Client, "ends-at-once"),
        nothing(Client, "fails-at-once"),
        nothing(Client, "dies-at-once"),
        slow(nothing(Client, "stops-at-once")),
        slow(nothing(Client, "never-answers")),
        nothing(Client, "floods-stdout-without-a-line-end"),
        nothing(Client, "floods-stdout-with-lines"),
        slow(nothing(Client, "floods-stderr-and-never-answers")),
        nothing(Client, "writes-binary"),
        nothing(Client, "closes-stdout"),
        nothing(Client, "is-deeply-nested"),
        anything(Client, "leaves-a-child-in-its-group"),
        slow(survivor(Client, "leaves-a-child-elsewhere")),
        slow(survivor(Client, "leaves-a-child-with-its-pipes")),
        anything(Client, "ignores-the-end"),
        anything(Client, "floods-stderr"),
        nothing(Client, "dies-before-ready"),
        slow(nothing(Client, "stops-before-ready")),
        slow(nothing(Client, "dies-after-ready")),
        anything(Client, "dies-at-the-fifth-fetch"),
        slow(anything(Client, "stops-at-the-fifth-fetch")),
        anything(Client, "ends-at-the-fifth-fetch"),
        slow(nothing(Client, "never-answers-a-fetch")),
        slow(nothing(Client, "answers-another-id")),
        anything(Client, "answers-twice"),
        slow(nothing(Client, "answers-without-an-outcome")),
        slow(nothing(Client, "answers-with-wrong-types")),
        slow(nothing(Client, "answers-with-an-unknown-type")),
        slow(nothing(Client, "answers-with-a-bad-body")),
        slow(nothing(Client, "answers-with-a-long-line")),
        slow(anything(Client, "floods-stdout-after-ready")),
        slow(anything(Client, "closes-stdout-after-ready")),
        nothing(Client, "invents-errors"),
        nothing(Client, "invents-responses"),
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
            found.extend(cases.filter(|case| !is_unobserved(case.verdict)).take(1).map(|case| {
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

/// Whether a verdict says that nothing about CORS was observed, or that something is wrong.
const fn is_unobserved(verdict: Verdict) -> bool {
    !matches!(verdict, Verdict::Pass | Verdict::Allowed | Verdict::Advice)
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
