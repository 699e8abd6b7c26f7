//! Runs stages concurrently: one that compiles, and one that does not.
//!
//! The output of a stage is kept in a file and printed as a whole when the stage has ended, so that the outputs of two stages never
//! mix. The output of a stage that failed comes last, where it is found first.

use crate::process::{shown, target};
use anyhow::{Context as _, Result, bail};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// The slot that a stage occupies. At most one stage of a slot runs at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    /// For stages that compile. Cargo locks the build folder anyway.
    Compile,
    /// For stages that run programs which are already built.
    Run,
}

/// A step of the pipeline.
pub(crate) struct Stage {
    pub(crate) name: &'static str,
    pub(crate) slot: Slot,
    /// The stages that must have succeeded before this one starts.
    pub(crate) needs: &'static [&'static str],
    pub(crate) work: fn(&Output) -> Result<()>,
}

/// Runs commands and decides where their output goes.
pub(crate) trait Runner {
    /// Runs a command. If it fails, the error shows the command.
    fn run(&self, command: Command) -> Result<()>;
}

/// Sends the output of commands to the output of this program.
pub(crate) struct Inherited;

impl Runner for Inherited {
    fn run(&self, command: Command) -> Result<()> {
        crate::process::run(command)
    }
}

/// Sends the output of commands to the file of a stage.
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
struct StageEnd {
    index: usize,
    time: Duration,
    result: Result<()>,
}

/// The state of a stage.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Waiting,
    Running,
    Succeeded,
    Failed,
}

/// Runs all stages in the given order, each as soon as its slot is free and the stages that it needs have succeeded. After a failure, no
/// further stage starts; a stage that is still running is finished and reported.
///
/// # Errors
/// Returns an error if a stage fails, or needs one that does not exist.
pub(crate) fn run(stages: &[Stage]) -> Result<()> {
    check(stages)?;
    let folder = target().join("stages");
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let began = Instant::now();
    let mut states = vec![State::Waiting; stages.len()];
    let mut times = Vec::new();
    let mut failures = Vec::new();
    let (ended, ends) = mpsc::channel();
    std::thread::scope(|scope| -> Result<()> {
        loop {
            while let Some(index) = next(stages, &states) {
                states[index] = State::Running;
                println!("=== {}: started", stages[index].name);
                let (stage, ended) = (&stages[index], ended.clone());
                let file = log(stage, &folder);
                scope.spawn(move || {
                    let start = Instant::now();
                    let result = perform(stage, &file);
                    // The receiver lives as long as the scope.
                    let _ = ended.send(StageEnd {
                        index,
                        time: start.elapsed(),
                        result,
                    });
                });
            }
            if !states.contains(&State::Running) {
                return Ok(());
            }
            let StageEnd { index, time, result } = ends.recv().context("a stage ended without a result")?;
            let stage = &stages[index];
            states[index] = if result.is_ok() {
                State::Succeeded
            } else {
                State::Failed
            };
            println!("=== {}: {}, {:.1} s", stage.name, word(&result), time.as_secs_f64());
            times.push((stage.name, time));
            match result {
                Ok(()) => print_output(stage, &folder, None),
                Err(error) => failures.push((stage, error)),
            }
        }
    })?;
    println!("=== time of each stage, in the order in which they ended");
    for (name, time) in times {
        println!("{:>8.1} s  {name}", time.as_secs_f64());
    }
    println!("{:>8.1} s  all", began.elapsed().as_secs_f64());
    for (stage, error) in failures {
        println!("=== output of {}, which failed", stage.name);
        print_output(stage, &folder, Some(&error));
    }
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

/// Checks that each stage needs only stages listed before it. Otherwise, it would wait for ever.
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

/// Returns the first stage that can start now.
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
    let is_busy = |slot: Slot| {
        stages
            .iter()
            .zip(states)
            .any(|(s, state)| s.slot == slot && *state == State::Running)
    };
    (0..stages.len()).find(|index| {
        let stage = &stages[*index];
        states[*index] == State::Waiting
            && !is_busy(stage.slot)
            && stage.needs.iter().all(|need| state_of(need) == Some(State::Succeeded))
    })
}

fn perform(stage: &Stage, file: &Path) -> Result<()> {
    File::create(file).with_context(|| format!("cannot write {}", file.display()))?;
    (stage.work)(&Output(file.to_owned()))
}

const fn word(result: &Result<()>) -> &'static str {
    match result {
        Ok(()) => "ok",
        Err(_) => "FAILED",
    }
}

/// Prints the whole output of a stage, and why it failed.
fn print_output(stage: &Stage, folder: &Path, error: Option<&anyhow::Error>) {
    let file = log(stage, folder);
    let text = std::fs::read(&file).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    print!("{text}");
    if !text.is_empty() && !text.ends_with('\n') {
        println!();
    }
    if let Some(error) = error {
        println!("error: {error:#}");
    }
    if !text.is_empty() || error.is_some() {
        println!("=== end of {}", stage.name);
    }
}

/// Returns the file of the output of a stage.
fn log(stage: &Stage, folder: &Path) -> PathBuf {
    folder.join(format!("{}.log", stage.name.replace(' ', "-")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn stage(name: &'static str, slot: Slot, needs: &'static [&'static str]) -> Stage {
        Stage {
            name,
            slot,
            needs,
            work: |_| Ok(()),
        }
    }

    const STAGES: [Stage; 4] = [
        stage("build", Slot::Compile, &[]),
        stage("lints", Slot::Compile, &[]),
        stage("format", Slot::Run, &[]),
        stage("servers", Slot::Run, &["build"]),
    ];

    #[test]
    fn a_stage_starts_when_its_slot_is_free_and_the_stages_that_it_needs_have_succeeded() {
        use State::{Failed, Running, Succeeded, Waiting};
        for (states, expected) in [
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
            assert_eq!(next(&STAGES, &states), expected);
        }
    }

    #[test]
    fn a_stage_needs_only_stages_listed_before_it() {
        assert!(check(&STAGES).is_ok());
        assert!(check(&[stage("servers", Slot::Run, &["build"])]).is_err());
        assert!(check(&[stage("a", Slot::Run, &["b"]), stage("b", Slot::Run, &[])]).is_err());
    }
}
