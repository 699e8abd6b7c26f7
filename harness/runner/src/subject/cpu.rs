//! What a process group spends, read from `/proc`.

use std::fs;
use std::io::Read as _;
use std::time::Duration;

/// The longest `stat` line that is read.
const MAX_STAT: u64 = 4096;
/// The most processes of a group.
const MAX_MEMBERS: usize = 256;

/// A process group and who was in it when it was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ProcessGroup(Vec<u32>);

impl ProcessGroup {
    /// Those who are in the group now; `None` where the system does not tell.
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

    /// What they have spent so far, and the children that they have waited for.
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

/// The fields after the name, which may hold anything: state, parent, group; the 12th to 15th are user and system time, the
/// process's own and its children's.
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
    fn a_stat_line_is_read_whatever_the_name_is() {
        let line = "42 (a) b) S 1 7 7 0 -1 4194560 1 2 3 4 10 20 3 4 20 0 1 0 100 1 1";
        let stat = parse(line).expect("a line");
        assert_eq!((stat.group, stat.ticks), (7, 37));
        assert!(parse("42 (a) S 1").is_none() && parse("").is_none());
    }
}
