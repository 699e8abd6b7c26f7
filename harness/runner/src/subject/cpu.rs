//! The CPU time of a process group, read from `/proc`.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::time::Duration;

/// The maximum length of a `stat` line, in bytes.
const MAX_STAT: u64 = 4096;
/// The maximum number of processes of a group.
const MAX_MEMBERS: usize = 256;
/// The maximum number of threads of a process.
const MAX_THREADS: usize = 1024;
/// The shortest time that can be distinguished from the noise of a request, where the system counts in nanoseconds.
const FINE: Duration = Duration::from_micros(250);

/// The processes of a group at the time of the call to `look`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ProcessGroup(Vec<u32>);

impl ProcessGroup {
    /// Returns the processes that are in the group now; `None` if the system does not report them.
    pub(crate) fn look(group: u32) -> Option<Self> {
        let entries = fs::read_dir("/proc").ok()?;
        let ids = entries
            .flatten()
            .filter_map(|e| e.file_name().to_str()?.parse::<u32>().ok());
        let mut members: Vec<u32> = ids
            .filter(|id| stat(*id).is_some_and(|s| s.group == group))
            .take(MAX_MEMBERS)
            .collect();
        members.sort_unstable();
        (!members.is_empty()).then_some(Self(members))
    }

    /// The CPU time that they have used so far.
    pub(crate) fn times(&self) -> CpuTimes {
        CpuTimes {
            threads: self.0.iter().flat_map(|id| threads(*id)).collect(),
            ticks: self.ticks(),
        }
    }

    /// The CPU time that they have used since then, including their reaped children where the system counts in ticks only.
    pub(crate) fn spent_since(&self, before: &CpuTimes) -> Duration {
        let now = self.times();
        if now.threads.is_empty() {
            return now.ticks.saturating_sub(before.ticks);
        }
        // Thread by thread: one that has ended since then would otherwise take away all the time that it ever used.
        let since = |(thread, spent): (&Thread, &u64)| {
            let before = before.threads.get(thread).copied().unwrap_or_default();
            Duration::from_nanos(spent.saturating_sub(before))
        };
        now.threads.iter().map(since).sum()
    }

    /// The shortest CPU time that can be distinguished from none.
    pub(crate) fn resolution(&self) -> Duration {
        if self.is_fine() {
            FINE
        } else {
            Duration::from_millis(2000 / rustix::param::clock_ticks_per_second().max(1))
        }
    }

    /// Whether the system counts the time of each thread in nanoseconds.
    fn is_fine(&self) -> bool {
        self.0.iter().any(|id| !threads(*id).is_empty())
    }

    fn ticks(&self) -> Duration {
        let ticks: u64 = self.0.iter().filter_map(|id| stat(*id)).map(|s| s.ticks).sum();
        let per_second = rustix::param::clock_ticks_per_second().max(1);
        Duration::from_millis(ticks.saturating_mul(1000) / per_second)
    }
}

/// A process and one of its threads.
type Thread = (u32, u32);

/// CPU times at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CpuTimes {
    /// Nanoseconds by thread; empty if the system does not count them.
    threads: BTreeMap<Thread, u64>,
    ticks: Duration,
}

/// The CPU time of each thread that a process has now, in nanoseconds; empty if it is gone, or if the system does not count it.
fn threads(id: u32) -> Vec<(Thread, u64)> {
    let Ok(tasks) = fs::read_dir(format!("/proc/{id}/task")) else {
        return Vec::new();
    };
    let spent = |task: fs::DirEntry| {
        let thread = task.file_name().to_str()?.parse().ok()?;
        let text = read(&task.path().join("schedstat").to_string_lossy())?;
        let nanoseconds = text.split(' ').next()?.parse().ok()?;
        Some(((id, thread), nanoseconds))
    };
    tasks.take(MAX_THREADS).flatten().filter_map(spent).collect()
}

struct Stat {
    group: u32,
    ticks: u64,
}

fn stat(id: u32) -> Option<Stat> {
    parse(&read(&format!("/proc/{id}/stat"))?)
}

fn read(path: &str) -> Option<String> {
    let file = fs::File::open(path).ok()?;
    let mut text = Vec::new();
    file.take(MAX_STAT).read_to_end(&mut text).ok()?;
    Some(String::from_utf8_lossy(&text).into_owned())
}

/// Parses the fields after the name, which may contain any character: state, parent, group. The 12th to 15th field are the user and
/// system time of the process and of its children.
fn parse(text: &str) -> Option<Stat> {
    let (_, rest) = text.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
    let times = fields.get(11..15)?;
    Some(Stat {
        group: fields.get(2)?.parse().ok()?,
        ticks: times.iter().filter_map(|t| t.parse::<u64>().ok()).sum(),
    })
}

#[cfg(test)]
mod tests {
    use super::{CpuTimes, ProcessGroup, parse};
    use std::collections::BTreeMap;
    use std::time::Duration;

    #[test]
    fn a_thread_that_has_ended_does_not_reduce_what_the_others_spent() {
        let own = std::process::id();
        let group = ProcessGroup(vec![own]);
        let now = group.times();
        if now.threads.is_empty() {
            // The system counts in ticks only.
            return;
        }
        // As if every thread had just begun, and another one had ended after an hour.
        let mut threads: BTreeMap<(u32, u32), u64> = now.threads.keys().map(|thread| (*thread, 0)).collect();
        threads.insert((own, u32::MAX), 3_600_000_000_000);
        let before = CpuTimes {
            threads,
            ticks: now.ticks,
        };
        assert!(group.spent_since(&before) > Duration::ZERO);
    }

    #[test]
    fn a_stat_line_is_parsed_with_any_process_name() {
        let line = "42 (a) b) S 1 7 7 0 -1 4194560 1 2 3 4 10 20 3 4 20 0 1 0 100 1 1";
        let stat = parse(line).expect("a line");
        assert_eq!((stat.group, stat.ticks), (7, 37));
        assert!(parse("42 (a) S 1").is_none() && parse("").is_none());
    }
}
