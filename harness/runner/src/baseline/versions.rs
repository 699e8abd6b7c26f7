//! Ranges of dotted version numbers.

use std::cmp::Ordering;

/// Whether a version lies in a range of dotted numbers; `None` if the range is none.
#[must_use]
pub fn matches_version(range: &str, version: &str) -> Option<bool> {
    let mut all = true;
    for part in range.split(',') {
        let part = part.trim();
        let (word, bound) = [">=", "<=", ">", "<", "="]
            .iter()
            .find_map(|w| Some((*w, part.strip_prefix(w)?.trim())))?;
        if bound.is_empty() || !bound.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
            return None;
        }
        let order = numbers(version).cmp(&numbers(bound));
        all &= match word {
            ">=" => order != Ordering::Less,
            "<=" => order != Ordering::Greater,
            ">" => order == Ordering::Greater,
            "<" => order == Ordering::Less,
            _ => order == Ordering::Equal,
        };
    }
    Some(all)
}

/// The numbers of a version, without trailing zeros: 1.2 is 1.2.0.
fn numbers(version: &str) -> Vec<u64> {
    let leading = |part: &str| {
        part.bytes()
            .take_while(u8::is_ascii_digit)
            .fold(0_u64, |n, b| n.saturating_mul(10).saturating_add(u64::from(b - b'0')))
    };
    let mut numbers: Vec<u64> = version.split('.').map(leading).collect();
    while numbers.last() == Some(&0) {
        numbers.pop();
    }
    numbers
}
