//! `cargo xtask torture`: ends runs at random moments and in bad conditions, and checks what is left.

mod calls;
mod clock;
mod disk;
mod examine;
mod hostile;
mod mode;
mod program;
mod random;
mod setting;
mod table;

use crate::process::target;
use anyhow::Result;
use calls::Effect;
use clap::{Args, ValueEnum};
use clock::Jump;
use disk::Disk;
use hostile::{Use, WAYS};
use mode::Mode;
use program::{Condition, Invocation, Limit, Signal, Try};
use random::Random;
use setting::Setting;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use table::Table;

/// What happens to the tries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
enum Kind {
    /// Signals at random moments of a run of the whole corpus.
    Signals,
    /// Limits on the size of files, on descriptors, memory and processes, in such a run.
    Limits,
    /// System calls that fail in turn, in a small run.
    Calls,
    /// Hostile adapters of servers and clients.
    Adapters,
    /// A clock that is set during a small run.
    Clock,
    /// A disk of at most 2 MB for the results and the temporary files.
    Disk,
}

#[derive(Args)]
pub(crate) struct Arguments {
    /// The number of tries of each kind in each mode; of each system call and error, if calls fail.
    #[arg(long, default_value_t = 3)]
    tries: u32,
    /// The modes; all if none is given.
    #[arg(long = "mode", value_enum)]
    modes: Vec<Mode>,
    /// The kinds; all if none is given.
    #[arg(long = "kind", value_enum)]
    kinds: Vec<Kind>,
    /// Selects the random moments.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Print each try, with its exit code and its time.
    #[arg(long)]
    each: bool,
    /// Only what takes about a minute: calls that fail in the embedded servers, `report` and `lint`, and the hostile adapters that need
    /// no long wait.
    #[arg(long, conflicts_with_all = ["tries", "modes", "kinds"])]
    short: bool,
}

impl Arguments {
    /// Ten tries of each kind in each mode, at other moments each time.
    pub(crate) fn nightly() -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let arguments = Self {
            tries: 10,
            modes: Vec::new(),
            kinds: Vec::new(),
            seed: now.map_or(1, |now| now.as_secs()),
            each: false,
            short: false,
        };
        println!("seed {}", arguments.seed);
        arguments
    }

    fn modes(&self) -> &[Mode] {
        match self.modes.as_slice() {
            _ if self.short => &[Mode::Embedded, Mode::Report, Mode::Lint],
            [] => Mode::value_variants(),
            modes => modes,
        }
    }

    fn kinds(&self) -> &[Kind] {
        match self.kinds.as_slice() {
            _ if self.short => &[Kind::Limits, Kind::Calls, Kind::Adapters],
            [] => Kind::value_variants(),
            kinds => kinds,
        }
    }

    const fn tries(&self) -> u32 {
        if self.short { 1 } else { self.tries }
    }
}

/// The numbers of descriptors with which a small run is made.
const DESCRIPTORS: std::ops::Range<u64> = 3..30;

/// The tries so far, and what they use.
struct Torture {
    program: PathBuf,
    setting: Setting,
    random: Random,
    table: Table,
    tries: u32,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let program = target().join(crate::process::PROFILE).join("crosscheck");
    let mut torture = Torture {
        setting: Setting::new(&program)?,
        program,
        random: Random(arguments.seed),
        table: Table::new(arguments.each),
        tries: arguments.tries(),
    };
    for kind in arguments.kinds() {
        match kind {
            Kind::Calls => calls::check()?,
            Kind::Clock => clock::check()?,
            Kind::Disk if !disk::is_permitted() => {
                println!("not run: the system does not permit this user to mount a small disk");
                continue;
            }
            _ => {}
        }
        if *kind == Kind::Adapters {
            torture.adapters(arguments.short)?;
            continue;
        }
        for mode in arguments.modes() {
            match kind {
                Kind::Calls if mode.is_short() => torture.calls(*mode)?,
                Kind::Signals if mode.is_run() => torture.each(*mode, &mode.whole(), signals)?,
                Kind::Limits if mode.is_run() => {
                    if !arguments.short {
                        torture.each(*mode, &mode.whole(), limits)?;
                    }
                    torture.descriptors(*mode)?;
                }
                Kind::Disk if mode.is_run() => torture.each(*mode, &mode.whole(), disks)?,
                Kind::Clock if mode.is_run() => torture.clock(*mode)?,
                _ => {}
            }
        }
    }
    torture.table.finish()
}

impl Torture {
    /// Makes the tries of a kind in a mode.
    fn each(
        &mut self,
        mode: Mode,
        invocation: &Invocation,
        conditions: fn(Mode, &mut Random) -> Vec<Condition>,
    ) -> Result<()> {
        for _ in 0..self.tries {
            for condition in conditions(mode, &mut self.random) {
                let tried = Try::make(&self.program, invocation, &condition)?;
                let found = self.examine(&tried)?;
                self.table
                    .add(mode.name(), condition.kind(), &format!("{condition:?}"), &tried, &found);
            }
        }
        Ok(())
    }

    /// What must hold after each try.
    fn examine(&self, tried: &Try) -> Result<Vec<String>> {
        let mut found = examine::violations(&self.program, tried)?;
        if self.setting.has_changed()? {
            found.push("a file of the user has changed".to_owned());
        }
        Ok(found)
    }

    /// Makes each call fail.
    fn calls(&mut self, mode: Mode) -> Result<()> {
        let invocation = mode.small(&self.setting);
        let tries = usize::try_from(self.tries)?;
        let plan = calls::plan(&self.program, &invocation, mode.has_children(), tries, &mut self.random)?;
        let found = self.examine(&plan.undisturbed)?;
        self.table
            .add(mode.name(), "undisturbed", "undisturbed", &plan.undisturbed, &found);
        for condition in plan.faults {
            let tried = Try::make(&self.program, &invocation, &condition)?;
            let effect = calls::effect(&tried);
            let mut found = self.examine(&tried)?;
            if effect == Effect::Failed && !tried.is_forced {
                let on_connection = mode.has_children() && calls::is_broken_connection(&condition);
                found.extend(examine::compare(&tried, &plan.undisturbed, on_connection));
                let is_silent = tried.stderr.trim().is_empty()
                    && !["broken", "error", "incomplete", "unexpected"]
                        .iter()
                        .any(|word| tried.stdout.contains(word));
                if tried.code != Some(0) && is_silent && !calls::is_mute(&tried) {
                    found.push("no reason is reported".to_owned());
                }
            }
            // One that nothing happened to is no try, unless something does not hold.
            if effect == Effect::Failed || (effect == Effect::NotMade && !found.is_empty()) {
                self.table
                    .add(mode.name(), condition.kind(), &format!("{condition:?}"), &tried, &found);
            }
        }
        Ok(())
    }

    /// Gives the program few descriptors: each number between one that it cannot start with and one with which a small run succeeds.
    fn descriptors(&mut self, mode: Mode) -> Result<()> {
        if !mode.is_short() || mode.has_children() {
            return Ok(());
        }
        let invocation = mode.small(&self.setting);
        for count in DESCRIPTORS {
            let limit = Limit::Descriptors(count);
            let after = mode.latest();
            let tried = Try::make(&self.program, &invocation, &Condition::Limited { limit, after })?;
            let found = self.examine(&tried)?;
            self.table
                .add(mode.name(), "few descriptors", &format!("{limit:?}"), &tried, &found);
        }
        Ok(())
    }

    /// Runs and checks each hostile adapter; in short, runs those that are not slow.
    fn adapters(&mut self, is_short: bool) -> Result<()> {
        let uses: &[Use] = if is_short { &[Use::Run] } else { &Use::ALL };
        for way in WAYS.iter().filter(|way| !is_short || !way.is_slow) {
            for usage in uses.iter().copied() {
                let invocation = way.invocation(usage, &self.setting);
                let tried = Try::make(&self.program, &invocation, &Condition::Undisturbed)?;
                let mut found = self.examine(&tried)?;
                found.extend(way.violations(usage, &tried));
                let mode = format!("{usage:?}").to_lowercase();
                self.table.add(mode, way.kind(), way.name, &tried, &found);
            }
        }
        Ok(())
    }

    /// Sets the clock: nothing may change.
    fn clock(&mut self, mode: Mode) -> Result<()> {
        let invocation = mode.small(&self.setting);
        let start = std::time::Instant::now();
        let undisturbed = Try::make(&self.program, &invocation, &Condition::Undisturbed)?;
        let latest = u64::try_from(start.elapsed().as_millis())?;
        for _ in 0..self.tries {
            let condition = Condition::Clock(Jump::random(latest, &mut self.random));
            let tried = Try::make(&self.program, &invocation, &condition)?;
            let mut found = self.examine(&tried)?;
            found.extend(examine::compare(&tried, &undisturbed, false));
            if tried.code != undisturbed.code {
                found.push(format!(
                    "exit code {:?}, without the jump {:?}",
                    tried.code, undisturbed.code
                ));
            }
            self.table
                .add(mode.name(), condition.kind(), &format!("{condition:?}"), &tried, &found);
        }
        Ok(())
    }
}

/// Each signal at a random moment, and two in a row.
fn signals(mode: Mode, random: &mut Random) -> Vec<Condition> {
    let latest = u64::try_from(mode.latest().as_millis()).unwrap_or(u64::MAX);
    let mut all = Vec::new();
    for signal in Signal::ALL {
        let after = Duration::from_millis(random.below(latest));
        all.push(Condition::Signal { signal, after });
    }
    let after = Duration::from_millis(random.below(latest));
    let between = Duration::from_millis(random.below(500));
    all.push(Condition::Twice { after, between });
    all
}

/// Limits of the system.
fn limits(mode: Mode, random: &mut Random) -> Vec<Condition> {
    // A program that cannot be started cannot tell.
    let is_root = crate::setup::is_root().unwrap_or(true);
    let after = mode.latest();
    let mut limits = vec![
        Limit::FileSize(1 + random.below(256)),
        Limit::Descriptors(4 + random.below(60)),
        Limit::Memory(random.below(400)),
    ];
    if !is_root {
        limits.push(Limit::Processes(1 + random.below(200)));
    }
    let limited = |limit| Condition::Limited { limit, after };
    limits.into_iter().map(limited).collect()
}

/// A small disk.
fn disks(_: Mode, random: &mut Random) -> Vec<Condition> {
    vec![Condition::Disk(Disk::random(random))]
}
