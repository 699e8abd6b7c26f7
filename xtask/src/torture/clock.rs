//! A clock that is set while the program runs, by `libfaketime`.

use super::Random;
use anyhow::{Context as _, Result};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where Debian installs the library. With threads, the other variant of the library can wait for itself.
const LIBRARIES: [&str; 3] = [
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib/faketime/libfaketimeMT.so.1",
];
/// The clock is set forward or back by at most that many days.
const MAX_DAYS: u64 = 4000;

/// The clock is set after a time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Jump {
    pub(super) after: Duration,
    days: i64,
}

impl Jump {
    pub(super) fn random(latest: u64, random: &mut Random) -> Self {
        let days = i64::try_from(1 + random.below(MAX_DAYS)).unwrap_or(1);
        Self {
            after: Duration::from_millis(random.below(latest)),
            days: if random.below(2) == 0 { days } else { -days },
        }
    }

    /// The command under which the program runs. The clock is right until a file says something else.
    pub(super) fn command(self, file: &Path) -> Result<Vec<String>> {
        std::fs::write(file, "+0\n").with_context(|| format!("cannot write {}", file.display()))?;
        Ok(vec![
            "env".to_owned(),
            format!("LD_PRELOAD={}", library()?.display()),
            format!("FAKETIME_TIMESTAMP_FILE={}", file.display()),
            "FAKETIME_NO_CACHE=1".to_owned(),
            // Setting the clock does not change the time since the start of the system.
            "FAKETIME_DONT_FAKE_MONOTONIC=1".to_owned(),
            "DONT_FAKE_MONOTONIC=1".to_owned(),
        ])
    }

    /// Sets the clock.
    pub(super) fn set(self, file: &Path) -> Result<()> {
        std::fs::write(file, format!("{:+}d\n", self.days)).with_context(|| format!("cannot write {}", file.display()))
    }
}

fn library() -> Result<PathBuf> {
    let found = LIBRARIES.iter().map(PathBuf::from).find(|path| path.is_file());
    found.context("libfaketime is not installed; install it with `apt-get install faketime`")
}

/// Fails if the library is missing.
pub(super) fn check() -> Result<()> {
    library().map(|_| ())
}
