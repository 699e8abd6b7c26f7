//! The CPU time of a process group, read from `/proc`.

use std::fs;
use std::io::Read as _;
use std::time::Duration;

/// The maximum length of a `stat` line, in bytes.
const MAX_STAT: u64 = 4096;
/// The maximum number of processes of a group.
const MAX_MEMBERS: usize = 256;

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

    /// The CPU time that they have used so far, including their reaped children.
    pub(crate) fn spent(&self) -> Duration {
        let ticks: u64 = self.0.iter().filter_map(|id| stat(*id)).map(|s| s.ticks).sum();
        let per_second = rustix::param::clock_ticks_per_second().max(1);
        Duration::from_millis(ticks.saturating_mul(1000) / per_second)
    }
}

struct Stat {
    group: u32,
    ticks: u64,
}

fn stat(id: u32) -> Option<Stat> {
    let file = fs::File::open(format!("/proc/{id}/stat")).ok()?;
    let mut text = Vec::new();
    file.take(MAX_STAT).read_to_end(&mut text).ok()?;
    parse(&String::from_utf8_lossy(&text))
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
    use super::parse;

    #[test]
    fn a_stat_line_is_parsed_with_any_process_name() {
        let line = "42 (a) b) S 1 7 7 0 -1 4194560 1 2 3 4 10 20 3 4 20 0 1 0 100 1 1";
        let stat = parse(line).expect("a line");
        assert_eq!((stat.group, stat.ticks), (7, 37));
        assert!(parse("42 (a) S 1").is_none() && parse("").is_none());
    }
}
