//! `cargo xtask torture`: ends runs at random moments and in bad conditions, and checks what is left.

mod examine;
mod program;

use crate::process::target;
use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use program::{Condition, Limit, Signal, Try};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What a run is made of.
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
}

impl Mode {
    const fn arguments(self) -> &'static [&'static str] {
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
        }
    }

    /// The latest moment of a signal after the start. Loading the corpus takes about a second of it.
    const fn latest(self) -> Duration {
        Duration::from_secs(match self {
            Self::Embedded | Self::Undici => 6,
            Self::ExpressNginx | Self::WebServers | Self::Jsdom => 10,
            Self::Chromium | Self::Firefox | Self::Webkit => 15,
        })
    }
}

#[derive(Args)]
pub(crate) struct Arguments {
    /// The number of tries of each kind in each mode.
    #[arg(long, default_value_t = 3)]
    tries: u32,
    /// The modes; all if none is given.
    #[arg(long = "mode", value_enum)]
    modes: Vec<Mode>,
    /// Selects the random moments.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

impl Arguments {
    /// Ten tries of each kind in each mode, at other moments each time.
    pub(crate) fn nightly() -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let arguments = Self {
            tries: 10,
            modes: Vec::new(),
            seed: now.map_or(1, |now| now.as_secs()),
        };
        println!("seed {}", arguments.seed);
        arguments
    }
}

/// The numbers of SplitMix64: small, and the same on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit.max(1)
    }
}

/// What became of the tries of one kind in one mode.
#[derive(Default)]
struct Count {
    tries: u32,
    /// How many ended before the signal or without an effect of the condition.
    unaffected: u32,
    violations: u32,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let program = target().join(crate::process::PROFILE).join("crosscheck");
    let modes = if arguments.modes.is_empty() {
        Mode::value_variants()
    } else {
        &arguments.modes
    };
    let mut random = Random(arguments.seed);
    let mut table: BTreeMap<(Mode, String), Count> = BTreeMap::new();
    for mode in modes {
        for condition in conditions(*mode, &mut random, arguments.tries) {
            attempt(&program, *mode, condition, &mut table)?;
        }
    }
    println!(
        "{:<14}  {:<12}  {:>5}  {:>10}  {:>10}",
        "mode", "kind", "tries", "unaffected", "violations"
    );
    for ((mode, kind), count) in &table {
        let mode = mode
            .to_possible_value()
            .map(|v| v.get_name().to_owned())
            .unwrap_or_default();
        println!(
            "{mode:<14}  {kind:<12}  {:>5}  {:>10}  {:>10}",
            count.tries, count.unaffected, count.violations
        );
    }
    let violations: u32 = table.values().map(|count| count.violations).sum();
    if violations > 0 {
        bail!("{violations} violations");
    }
    Ok(())
}

/// The conditions of a mode: each signal at random moments, twice in a row, and limits of the system.
fn conditions(mode: Mode, random: &mut Random, tries: u32) -> Vec<Condition> {
    let latest = u64::try_from(mode.latest().as_millis()).unwrap_or(u64::MAX);
    let mut all = Vec::new();
    for _ in 0..tries {
        for signal in Signal::ALL {
            let after = Duration::from_millis(random.below(latest));
            all.push(Condition::Signal { signal, after });
        }
        let after = Duration::from_millis(random.below(latest));
        let between = Duration::from_millis(random.below(500));
        all.push(Condition::Twice { after, between });
        for limit in [
            Limit::FileSize(1 + random.below(256)),
            Limit::Descriptors(4 + random.below(60)),
            Limit::Memory(random.below(400)),
        ] {
            let after = mode.latest();
            all.push(Condition::Limited { limit, after });
        }
    }
    all
}

fn attempt(
    program: &Path,
    mode: Mode,
    condition: Condition,
    table: &mut BTreeMap<(Mode, String), Count>,
) -> Result<()> {
    let tried = Try::make(program, mode.arguments(), &condition)?;
    let found = examine::violations(program, &tried)?;
    let count = table.entry((mode, condition.kind().to_owned())).or_default();
    count.tries += 1;
    count.unaffected += u32::from(tried.code == Some(0));
    if !found.is_empty() {
        count.violations += 1;
        println!("{mode:?}, {condition:?}: exit {:?}", tried.code);
        for violation in &found {
            println!("  {violation}");
        }
        println!("  stderr: {}", tried.stderr.trim().replace('\n', "\n          "));
    }
    Ok(())
}
