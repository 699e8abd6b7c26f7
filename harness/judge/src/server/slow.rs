//! What a header costs as it grows.

use crate::findings::Findings;
use crosscheck_results::rules;
use std::time::Duration;

/// The statuses of a server that refuses a header for its length.
const TOO_LONG: [u16; 4] = [400, 413, 414, 431];
/// How many times as much the larger one must cost.
const TIMES: u32 = 8;
/// How much more it must cost.
const MORE: Duration = Duration::from_millis(50);

/// What a request with a header of that size cost.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// Bytes of the header's value.
    pub size: usize,
    /// The status; 0 where no answer came in time.
    pub status: u16,
    /// The least CPU time.
    pub spent: Duration,
}

/// Judges what the sizes cost, smallest first; whether it grows too fast.
pub fn slow(found: &mut Findings, header: &str, costs: &[Cost]) -> bool {
    let taken: Vec<&Cost> = costs.iter().filter(|c| !TOO_LONG.contains(&c.status)).collect();
    let [.., smaller, larger] = taken.as_slice() else {
        return false;
    };
    found.examine(&rules::SLOW);
    let limit = smaller
        .spent
        .saturating_mul(TIMES)
        .max(smaller.spent.saturating_add(MORE));
    if larger.spent <= limit {
        return false;
    }
    let what = format!("what {header} costs grows faster than its size");
    if let Some(d) = found.found(&rules::SLOW, &header.to_ascii_lowercase(), what) {
        let shown = |c: &Cost| format!("{} ms for {} bytes", c.spent.as_millis(), c.size);
        d.expected = Some(format!(
            "{}, and at most {} ms for {}",
            shown(smaller),
            limit.as_millis(),
            larger.size
        ));
        let unanswered = if larger.status == 0 { ", and no answer" } else { "" };
        d.actual = Some(format!("{}{unanswered}", shown(larger)));
    }
    true
}

#[cfg(test)]
mod tests {
    use super::{Cost, Findings, slow};
    use std::time::Duration;

    #[track_caller]
    fn check(costs: &[(u16, u64)], found: bool) {
        let cost = |(i, (status, millis)): (usize, &(u16, u64))| Cost {
            size: 1024 << i,
            status: *status,
            spent: Duration::from_millis(*millis),
        };
        let costs: Vec<Cost> = costs.iter().enumerate().map(cost).collect();
        assert_eq!(slow(&mut Findings::default(), "Origin", &costs), found, "{costs:?}");
    }

    #[test]
    fn over_eight_times_and_over_fifty_milliseconds_more_is_too_fast() {
        check(&[(200, 0), (200, 0), (200, 0), (200, 60)], true);
        check(&[(200, 0), (200, 0), (200, 0), (200, 50)], false);
        check(&[(200, 0), (200, 0), (200, 20), (200, 160)], false);
        check(&[(200, 0), (200, 0), (200, 20), (200, 170)], true);
    }

    #[test]
    fn only_sizes_that_are_taken_count() {
        check(&[(200, 0), (200, 100), (431, 0), (431, 900)], true);
        check(&[(200, 0), (413, 900), (414, 900), (400, 900)], false);
        check(&[(400, 0), (200, 10), (200, 10), (0, 9000)], true);
    }
}
