//! The CPU time of a process group. The members are read from `/proc`, their times from the CPU-time clock of each process.

use nix::time::ClockId;
use nix::unistd::Pid;
use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::time::Duration;

/// The maximum length of a `stat` line, in bytes.
const MAX_STAT: u64 = 4096;
/// The maximum number of processes of a group.
const MAX_MEMBERS: usize = 256;
/// The maximum number of threads of a process.
const MAX_THREADS: usize = 1024;

/// The shortest CPU time that can be distinguished from the noise of a request.
pub(crate) const RESOLUTION: Duration = Duration::from_micros(250);

/// The processes of a group at the time of the call to `look`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ProcessGroup(Vec<u32>);

/// The CPU time of each process at one moment, by its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CpuTimes(BTreeMap<u32, Duration>);

impl ProcessGroup {
    /// Returns the processes that are in the group now; `None` if the system does not report them, or not what they use.
    pub(crate) fn look(group: u32) -> Option<Self> {
        let entries = fs::read_dir("/proc").ok()?;
        let ids = entries
            .flatten()
            .filter_map(|e| e.file_name().to_str()?.parse::<u32>().ok());
        let mut members: Vec<u32> = ids
            .filter(|id| group_of(*id) == Some(group) && cpu_time(*id).is_some())
            .take(MAX_MEMBERS)
            .collect();
        members.sort_unstable();
        (!members.is_empty()).then_some(Self(members))
    }

    /// The ids of the processes.
    pub(crate) fn members(&self) -> &[u32] {
        &self.0
    }

    /// Returns whether a thread of them is running or waits for a CPU.
    pub(crate) fn is_running(&self) -> bool {
        self.0.iter().any(|id| is_running(*id))
    }

    /// Returns the CPU time that they have used so far, including threads that have ended. It is exact while they are not running: of a
    /// running thread, the kernel counts what it has used up to its last tick, which can be milliseconds ago.
    pub(crate) fn times(&self) -> CpuTimes {
        let times = self.0.iter().filter_map(|id| Some((*id, cpu_time(*id)?)));
        CpuTimes(times.collect())
    }

    /// Returns the CPU time that they have used since then. A process that has ended counts as having used nothing.
    pub(crate) fn spent_since(&self, before: &CpuTimes) -> Duration {
        let CpuTimes(now) = self.times();
        let spent = |(id, now): (&u32, &Duration)| now.saturating_sub(before.0.get(id).copied().unwrap_or_default());
        now.iter().map(spent).sum()
    }
}

/// The CPU time of a process.
#[cfg(target_os = "linux")]
fn cpu_time(id: u32) -> Option<Duration> {
    let clock = ClockId::pid_cpu_clock_id(Pid::from_raw(i32::try_from(id).ok()?)).ok()?;
    clock.now().ok().map(Duration::from)
}

/// No other system has `/proc` with the members of a group.
#[cfg(not(target_os = "linux"))]
fn cpu_time(_: u32) -> Option<Duration> {
    None
}

/// Whether a thread of a process is running or waits for a CPU.
fn is_running(id: u32) -> bool {
    let threads = fs::read_dir(format!("/proc/{id}/task")).into_iter().flatten();
    let stats = threads.flatten().take(MAX_THREADS).map(|thread| stat(&thread.path()));
    stats.flatten().any(|stat| stat.state == 'R')
}

/// The group of a process.
fn group_of(id: u32) -> Option<u32> {
    stat(&Path::new("/proc").join(id.to_string())).map(|stat| stat.group)
}

/// What `stat` of a process or of a thread states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stat {
    state: char,
    group: u32,
}

fn stat(folder: &Path) -> Option<Stat> {
    let file = fs::File::open(folder.join("stat")).ok()?;
    let mut text = Vec::new();
    file.take(MAX_STAT).read_to_end(&mut text).ok()?;
    parse(&String::from_utf8_lossy(&text))
}

/// Parses the fields after the name, which may contain any character: state, parent, group.
fn parse(text: &str) -> Option<Stat> {
    let (_, rest) = text.rsplit_once(')')?;
    let mut fields = rest.split_ascii_whitespace();
    Some(Stat {
        state: fields.next()?.parse().ok()?,
        group: fields.nth(1)?.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::{CpuTimes, ProcessGroup, Stat, parse};
    use std::collections::BTreeMap;
    use std::hint::black_box;
    use std::io::Write as _;
    use std::process::{Command, Stdio};
    use std::time::Duration;

    fn own() -> ProcessGroup {
        ProcessGroup(vec![std::process::id()])
    }

    #[test]
    fn a_process_that_waits_for_input_is_not_running_and_one_that_works_is() {
        assert!(own().is_running());
        let mut child = Command::new("sh")
            .args(["-c", "read line; while :; do :; done"])
            .stdin(Stdio::piped())
            .spawn()
            .expect("a shell");
        let group = ProcessGroup(vec![child.id()]);
        while group.is_running() {
            std::thread::yield_now();
        }
        let exact = group.times();
        assert_eq!(group.spent_since(&exact), Duration::ZERO);
        let mut input = child.stdin.take().expect("its input");
        input.write_all(b"\n").expect("a line");
        while group.spent_since(&exact) == Duration::ZERO {
            std::thread::yield_now();
        }
        assert!(group.is_running());
        child.kill().expect("a child");
        child.wait().expect("its end");
    }

    #[test]
    fn what_a_thread_used_still_counts_after_it_has_ended() {
        let before = own().times();
        let used = std::thread::spawn(|| {
            let thread = nix::time::ClockId::CLOCK_THREAD_CPUTIME_ID;
            black_box((0..1_000_000_u64).fold(0, |sum, n| black_box(sum ^ n)));
            Duration::from(thread.now().expect("the clock of the thread"))
        });
        let used = used.join().expect("a thread");
        assert!(own().spent_since(&before) >= used);
    }

    #[test]
    fn a_process_that_is_gone_has_used_nothing() {
        let gone = ProcessGroup(vec![u32::MAX]);
        assert_eq!(gone.times(), CpuTimes(BTreeMap::new()));
        assert_eq!(gone.spent_since(&own().times()), Duration::ZERO);
    }

    #[test]
    fn a_stat_line_is_parsed_with_any_process_name() {
        let line = "42 (a) b) S 1 7 7 0 -1 4194560 1 2 3 4 10 20 3 4 20 0 1 0 100 1 1";
        assert_eq!(parse(line), Some(Stat { state: 'S', group: 7 }));
        assert!(parse("42 (a) S 1").is_none() && parse("").is_none());
    }
}
