//! What a header costs as it grows.

use crate::findings::Findings;
use crosscheck_results::rules;
use std::time::Duration;

/// The statuses of a server that refuses a header for its length.
const TOO_LONG: [u16; 4] = [400, 413, 414, 431];
/// The exponent from which on the cost grows faster than the size: 1 is linear, 2 quadratic.
const FASTEST: f64 = 1.5;
/// An exponent within this distance of it is doubtful.
const MARGIN: f64 = 0.25;
/// How many increases of the cost, the last ones, are fitted; all of them must be measurable. What the smaller sizes cost is as much that
/// of a process which is not warm yet.
const FITTED: usize = 3;
/// How many times as much as the size before an unanswered one must have cost.
const UNANSWERED_TIMES: u32 = 8;
/// How much more it must have cost.
const UNANSWERED_MORE: Duration = Duration::from_millis(50);

/// What a request with a header of that size cost.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// Bytes of the header's value.
    pub size: usize,
    /// The status; 0 where no answer came in time.
    pub status: u16,
    /// The CPU time, the median of several requests.
    pub spent: Duration,
}

/// How what the sizes cost grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Growth {
    /// With the size, or too little to be measured.
    Linear,
    /// Faster than the size.
    Faster,
    /// Between the two, so that it must be measured again.
    Doubtful,
}

/// How what the sizes cost grows. The sizes double, smallest first; `resolution` is the shortest CPU time that can be measured.
#[must_use]
pub fn growth(costs: &[Cost], resolution: Duration) -> Growth {
    let taken = taken(costs);
    match unanswered(&taken) {
        Some(true) => Growth::Faster,
        Some(false) => Growth::Linear,
        None => match exponent(&taken, resolution) {
            Some(p) if p > FASTEST + MARGIN => Growth::Faster,
            Some(p) if p > FASTEST - MARGIN => Growth::Doubtful,
            _ => Growth::Linear,
        },
    }
}

/// Whether what the sizes cost grows faster than linearly. Unlike [`growth`], it decides doubtful cases, too.
#[must_use]
pub fn is_slow(costs: &[Cost], resolution: Duration) -> bool {
    let taken = taken(costs);
    unanswered(&taken).unwrap_or_else(|| exponent(&taken, resolution).is_some_and(|p| p > FASTEST))
}

/// Whether the last size, if it got no answer in time, cost much more than the one before.
fn unanswered(taken: &[&Cost]) -> Option<bool> {
    match taken {
        [.., before, last] if last.status == 0 => {
            let limit = before.spent.saturating_mul(UNANSWERED_TIMES);
            Some(last.spent > limit.max(before.spent.saturating_add(UNANSWERED_MORE)))
        }
        _ => None,
    }
}

/// Reports what the sizes cost, if it grows too fast. Returns whether it does.
pub fn slow(found: &mut Findings, header: &str, costs: &[Cost], resolution: Duration) -> bool {
    let taken = taken(costs);
    if taken.len() < 2 {
        return false;
    }
    found.examine(&rules::SLOW);
    if !is_slow(costs, resolution) {
        return false;
    }
    let what = format!("what {header} costs grows faster than its size");
    if let Some(d) = found.found(&rules::SLOW, &header.to_ascii_lowercase(), what) {
        let shown = |c: &&Cost| {
            let unanswered = if c.status == 0 { " (no answer)" } else { "" };
            format!(
                "{:.1} ms for {} bytes{unanswered}",
                c.spent.as_secs_f64() * 1000.0,
                c.size
            )
        };
        d.expected = Some("twice the increase for twice the size".to_owned());
        let all: Vec<String> = taken.iter().map(shown).collect();
        d.actual = Some(all.join(", "));
    }
    true
}

/// The sizes that the server does not refuse for their length.
fn taken(costs: &[Cost]) -> Vec<&Cost> {
    costs.iter().filter(|c| !TOO_LONG.contains(&c.status)).collect()
}

/// Fits `cost = a + b * size^p` to sizes that double, and returns p: each increase is then 2^p times the one before, whatever a request
/// costs besides. `None` if too few increases at the end can be measured.
fn exponent(costs: &[&Cost], resolution: Duration) -> Option<f64> {
    let increases = costs.windows(2).map(|pair| match pair {
        [smaller, larger] => larger.spent.saturating_sub(smaller.spent),
        _ => Duration::ZERO,
    });
    let increases: Vec<Duration> = increases.collect();
    let fitted = increases.get(increases.len().checked_sub(FITTED)?..)?;
    if fitted.iter().any(|increase| *increase < resolution) {
        return None;
    }
    // The least squares of the logarithms over equal steps.
    let logs: Vec<f64> = fitted.iter().map(|d| d.as_secs_f64().log2()).collect();
    let count = f64::from(u32::try_from(fitted.len()).ok()?);
    let mean_x = (count - 1.0) / 2.0;
    let mean_y = logs.iter().sum::<f64>() / count;
    let (mut product, mut square) = (0.0, 0.0);
    for (x, y) in (0_u32..).zip(&logs) {
        let x = f64::from(x) - mean_x;
        product += x * (y - mean_y);
        square += x * x;
    }
    Some(product / square)
}

#[cfg(test)]
mod tests {
    use super::{Cost, Findings, Growth, growth, is_slow, slow};
    use std::time::Duration;

    const RESOLUTION: Duration = Duration::from_micros(250);

    /// Costs of sizes that double.
    fn costs(costs: &[(u16, u64)]) -> Vec<Cost> {
        let cost = |(i, (status, micros)): (usize, &(u16, u64))| Cost {
            size: 256 << i,
            status: *status,
            spent: Duration::from_micros(*micros),
        };
        costs.iter().enumerate().map(cost).collect()
    }

    #[track_caller]
    fn check(cases: &[(u16, u64)], found: bool) {
        let costs = costs(cases);
        assert_eq!(is_slow(&costs, RESOLUTION), found, "{costs:?}");
        assert_eq!(slow(&mut Findings::default(), "Origin", &costs, RESOLUTION), found);
    }

    /// Costs of a request that takes `base`, and `part` of it at the largest size with that power of the size.
    fn grows(base: f64, part: f64, power: f64) -> Vec<(u16, u64)> {
        let cost = |i: i32| base + part * 2_f64.powf(f64::from(i - 5) * power);
        (0..6).map(|i| (200, cost(i) as u64)).collect()
    }

    #[test]
    fn the_growth_is_fitted_whatever_a_request_costs_besides() {
        for base in [100.0, 1_000.0, 20_000.0] {
            check(&grows(base, 40_000.0, 2.0), true);
            check(&grows(base, 400_000.0, 3.0), true);
            check(&grows(base, 40_000.0, 1.0), false);
            check(&grows(base, 40_000.0, 1.2), false);
        }
    }

    #[test]
    fn growth_between_linear_and_quadratic_is_in_doubt() {
        for (power, expected) in [
            (1.0, Growth::Linear),
            (1.2, Growth::Linear),
            (1.3, Growth::Doubtful),
            (1.7, Growth::Doubtful),
            (1.8, Growth::Faster),
            (3.0, Growth::Faster),
        ] {
            let costs = costs(&grows(100.0, 400_000.0, power));
            assert_eq!(growth(&costs, RESOLUTION), expected, "{power}");
        }
        let unanswered = costs(&[(200, 10_000), (200, 10_000), (0, 9_000_000)]);
        assert_eq!(growth(&unanswered, RESOLUTION), Growth::Faster);
    }

    #[test]
    fn a_process_that_is_not_warm_at_the_smaller_sizes_is_judged_by_the_larger_ones() {
        check(
            &[
                (200, 6_900),
                (200, 10_300),
                (200, 19_800),
                (200, 40_500),
                (200, 147_600),
            ],
            true,
        );
        check(
            &[
                (200, 9_000),
                (200, 3_000),
                (200, 4_000),
                (200, 6_000),
                (200, 10_000),
                (200, 18_000),
            ],
            false,
        );
    }

    #[test]
    fn what_cannot_be_measured_is_not_slow() {
        check(&grows(1_000.0, 1_000.0, 2.0), false);
        check(&grows(1_000.0, 0.0, 1.0), false);
        // One size that takes long, among others that do not.
        check(
            &[
                (200, 100),
                (200, 100),
                (200, 100),
                (200, 100),
                (200, 100),
                (200, 90_000),
            ],
            false,
        );
    }

    #[test]
    fn only_sizes_that_are_taken_count() {
        let mut costs = grows(100.0, 40_000.0, 2.0);
        costs.extend([(431, 10), (413, 900_000)]);
        check(&costs, true);
        check(&[(200, 0), (413, 900), (414, 9_000), (400, 90_000)], false);
    }

    #[test]
    fn a_size_without_an_answer_is_slow_if_it_took_much_longer_than_the_one_before() {
        check(&[(200, 10_000), (200, 10_000), (0, 9_000_000)], true);
        check(&[(200, 10_000), (200, 10_000), (0, 60_000)], false);
        check(&[(400, 0), (0, 9_000_000)], false);
    }
}
