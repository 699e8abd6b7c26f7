//! Stages that run side by side: one that compiles beside one that does not.
//!
//! The output of a stage is kept in a file and printed in one piece when the stage has ended, so that the output of two stages is
//! never mixed.

use crate::process::{shown, target};
use anyhow::{Context as _, Result, bail};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// What a stage takes up. At most one stage of a lane runs at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lane {
    /// Compiles: Cargo locks the build folder anyway.
    Compile,
    /// Runs what is there.
    Run,
}

/// A step of the pipeline.
pub(crate) struct Stage {
    pub(crate) name: &'static str,
    pub(crate) lane: Lane,
    /// The stages that must have succeeded before.
    pub(crate) needs: &'static [&'static str],
    pub(crate) work: fn(&Output) -> Result<()>,
}

/// Where the output of a command goes.
pub(crate) trait Runner {
    /// Runs a command; anything but success is an error that shows the command.
    fn run(&self, command: Command) -> Result<()>;
}

/// To where the output of this program goes.
pub(crate) struct Inherited;

impl Runner for Inherited {
    fn run(&self, command: Command) -> Result<()> {
        crate::process::run(command)
    }
}

/// Into a file, for a stage.
pub(crate) struct Output(PathBuf);

impl Runner for Output {
    fn run(&self, mut command: Command) -> Result<()> {
        let shown = shown(&command);
        let file = self.open()?;
        command
            .stdin(Stdio::null())
            .stdout(file.try_clone().context("cannot open the output of a stage twice")?)
            .stderr(file);
        let status = command.status().with_context(|| format!("cannot start `{shown}`"))?;
        if !status.success() {
            bail!("`{shown}` failed: {status}");
        }
        Ok(())
    }
}

impl Output {
    fn open(&self) -> Result<File> {
        let file = File::options().create(true).append(true).open(&self.0);
        file.with_context(|| format!("cannot write {}", self.0.display()))
    }
}

/// How a stage ended.
struct Ended {
    index: usize,
    time: Duration,
    result: Result<()>,
}

/// What is known of a stage.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Waiting,
    Running,
    Succeeded,
    Failed,
}

/// Runs all stages, each as soon as its lane is free and what it needs is there, in the order given. After a failure no stage is
/// started any more; the one that runs beside it is finished, and reported too.
///
/// # Errors
/// Where a stage fails, or names one that does not exist.
pub(crate) fn run(stages: &[Stage]) -> Result<()> {
    check(stages)?;
    let folder = target().join("stages");
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let began = Instant::now();
    let mut states = vec![State::Waiting; stages.len()];
    let mut times = Vec::new();
    let (ended, ends) = mpsc::channel();
    std::thread::scope(|scope| -> Result<()> {
        loop {
            while let Some(index) = next(stages, &states) {
                states[index] = State::Running;
                println!("=== {}: started", stages[index].name);
                let (stage, ended) = (&stages[index], ended.clone());
                let file = folder.join(format!("{}.log", stage.name.replace(' ', "-")));
                scope.spawn(move || {
                    let start = Instant::now();
                    let result = perform(stage, &file);
                    // The receiver lives as long as the scope.
                    let _ = ended.send(Ended {
                        index,
                        time: start.elapsed(),
                        result,
                    });
                });
            }
            if !states.contains(&State::Running) {
                return Ok(());
            }
            let Ended { index, time, result } = ends.recv().context("a stage ended without a result")?;
            let stage = &stages[index];
            states[index] = if result.is_ok() {
                State::Succeeded
            } else {
                State::Failed
            };
            report(stage, &folder, time, &result);
            times.push((stage.name, time));
        }
    })?;
    println!("=== time of each stage, in the order in which they ended");
    for (name, time) in times {
        println!("{:>8.1} s  {name}", time.as_secs_f64());
    }
    println!("{:>8.1} s  all", began.elapsed().as_secs_f64());
    let named = |state: State| {
        let all = stages.iter().zip(&states).filter(|(_, s)| **s == state);
        all.map(|(stage, _)| stage.name).collect::<Vec<_>>()
    };
    let (failed, waiting) = (named(State::Failed), named(State::Waiting));
    match (failed.as_slice(), waiting.as_slice()) {
        ([], []) => Ok(()),
        (failed, []) => bail!("failed: {}", failed.join(", ")),
        (failed, waiting) => bail!("failed: {}; not run: {}", failed.join(", "), waiting.join(", ")),
    }
}

/// A stage that needs one which is not listed before it would wait for ever.
fn check(stages: &[Stage]) -> Result<()> {
    for (index, stage) in stages.iter().enumerate() {
        for need in stage.needs {
            if !stages[..index].iter().any(|s| s.name == *need) {
                bail!(
                    "the stage `{}` needs `{need}`, which is not listed before it",
                    stage.name
                );
            }
        }
    }
    Ok(())
}

/// The first stage that can start now.
fn next(stages: &[Stage], states: &[State]) -> Option<usize> {
    if states.contains(&State::Failed) {
        return None;
    }
    let state_of = |name: &str| {
        stages
            .iter()
            .zip(states)
            .find(|(s, _)| s.name == name)
            .map(|(_, state)| *state)
    };
    let is_busy = |lane: Lane| {
        stages
            .iter()
            .zip(states)
            .any(|(s, state)| s.lane == lane && *state == State::Running)
    };
    (0..stages.len()).find(|index| {
        let stage = &stages[*index];
        states[*index] == State::Waiting
            && !is_busy(stage.lane)
            && stage.needs.iter().all(|need| state_of(need) == Some(State::Succeeded))
    })
}

fn perform(stage: &Stage, file: &Path) -> Result<()> {
    File::create(file).with_context(|| format!("cannot write {}", file.display()))?;
    (stage.work)(&Output(file.to_owned()))
}

/// Prints all of a stage in one piece.
fn report(stage: &Stage, folder: &Path, time: Duration, result: &Result<()>) {
    let file = folder.join(format!("{}.log", stage.name.replace(' ', "-")));
    let text = std::fs::read(&file).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let word = if result.is_ok() { "ok" } else { "FAILED" };
    println!("=== {}: {word}, {:.1} s", stage.name, time.as_secs_f64());
    print!("{text}");
    if !text.is_empty() && !text.ends_with('\n') {
        println!();
    }
    if let Err(error) = result {
        println!("error: {error:#}");
    }
    if !text.is_empty() || result.is_err() {
        println!("=== end of {}", stage.name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn stage(name: &'static str, lane: Lane, needs: &'static [&'static str]) -> Stage {
        Stage {
            name,
            lane,
            needs,
            work: |_| Ok(()),
        }
    }

    const STAGES: [Stage; 4] = [
        stage("build", Lane::Compile, &[]),
        stage("lints", Lane::Compile, &[]),
        stage("format", Lane::Run, &[]),
        stage("servers", Lane::Run, &["build"]),
    ];

    #[test]
    fn a_stage_starts_when_its_lane_is_free_and_what_it_needs_has_succeeded() {
        use State::{Failed, Running, Succeeded, Waiting};
        for (states, wanted) in [
            ([Waiting, Waiting, Waiting, Waiting], Some(0)),
            ([Running, Waiting, Waiting, Waiting], Some(2)),
            ([Running, Waiting, Running, Waiting], None),
            ([Running, Waiting, Succeeded, Waiting], None),
            ([Succeeded, Waiting, Running, Waiting], Some(1)),
            ([Succeeded, Running, Running, Waiting], None),
            ([Succeeded, Running, Succeeded, Waiting], Some(3)),
            ([Succeeded, Running, Failed, Waiting], None),
            ([Failed, Waiting, Waiting, Waiting], None),
            ([Succeeded, Succeeded, Succeeded, Succeeded], None),
        ] {
            assert_eq!(next(&STAGES, &states), wanted);
        }
    }

    #[test]
    fn a_stage_needs_only_stages_listed_before_it() {
        assert!(check(&STAGES).is_ok());
        assert!(check(&[stage("servers", Lane::Run, &["build"])]).is_err());
        assert!(check(&[stage("a", Lane::Run, &["b"]), stage("b", Lane::Run, &[])]).is_err());
    }
}
