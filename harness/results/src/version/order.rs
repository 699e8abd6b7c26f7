//! The order of versions. It follows the rules that the registries share: numbers by value, a preview before its release.

use std::cmp::Ordering;

/// Words that mark a release after the plain release.
const AFTER: [&str; 4] = ["post", "sp", "r", "esr"];
/// Words that mark the plain release.
const NOTHING: [&str; 4] = ["final", "ga", "release", "incompatible"];
/// Words of previews in their order. Any other word counts as `alpha`.
const PREVIEWS: [&[&str]; 5] = [
    &["dev", "snapshot", "nightly", "canary"],
    &["a", "alpha"],
    &["b", "beta"],
    &["m", "milestone"],
    &["c", "rc", "cr", "pre", "preview"],
];

/// A part of a version: its class (0 for a preview, 1 for a release), its number, its word.
pub(super) type Part = (i8, u64, String);

/// The value of a part that is absent: 4.0 is 4.0.0.
const MISSING: Part = (1, 0, String::new());

/// Splits a version into the parts that are compared.
pub(super) fn parts(version: &str) -> Vec<Part> {
    let bare = version.strip_prefix(['v', 'V']).unwrap_or(version);
    // Build metadata does not change the version.
    let bare = bare.split('+').next().unwrap_or(bare);
    let mut parts = Vec::new();
    let mut rest = bare;
    let mut after_dash = false;
    while let Some(first) = rest.chars().next() {
        if !first.is_ascii_alphanumeric() {
            after_dash = first == '-';
            rest = &rest[first.len_utf8()..];
            continue;
        }
        let is_digit = first.is_ascii_digit();
        let of_kind = |c: char| c.is_ascii_alphanumeric() && c.is_ascii_digit() == is_digit;
        let end = rest.find(|c| !of_kind(c)).unwrap_or(rest.len());
        let (word, left) = rest.split_at(end);
        rest = left;
        if is_digit {
            if after_dash {
                // 1.0.0-1 is a preview of 1.0.0, and 1.0.0-0 comes before every other preview, as in semver.
                parts.push((0, 0, String::new()));
            }
            let number = word
                .bytes()
                .fold(0_u64, |n, b| n.saturating_mul(10).saturating_add(u64::from(b - b'0')));
            parts.push((1, number, String::new()));
        } else {
            parts.extend(word_part(&word.to_ascii_lowercase()));
        }
        after_dash = false;
    }
    parts
}

fn word_part(word: &str) -> Option<Part> {
    if NOTHING.contains(&word) {
        return None;
    }
    if AFTER.contains(&word) {
        return Some((1, 0, word.to_owned()));
    }
    let rank = PREVIEWS.iter().position(|words| words.contains(&word)).unwrap_or(1);
    let synonym = PREVIEWS.get(rank).filter(|words| words.contains(&word));
    let word = synonym.and_then(|words| words.first()).unwrap_or(&word);
    Some((0, u64::try_from(rank).unwrap_or_default(), (*word).to_owned()))
}

/// Compares two versions. Two spellings of one version, such as `v4.0` and `4.0.0`, are equal.
#[must_use]
pub fn compare(one: &str, other: &str) -> Ordering {
    compare_parts(&parts(one), &parts(other))
}

pub(super) fn compare_parts(one: &[Part], other: &[Part]) -> Ordering {
    let longest = one.len().max(other.len());
    let part = |parts: &[Part], i: usize| parts.get(i).cloned().unwrap_or(MISSING);
    (0..longest)
        .map(|i| part(one, i).cmp(&part(other, i)))
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

/// Whether a version is a preview of a later release.
#[must_use]
pub fn is_preview(version: &str) -> bool {
    parts(version).iter().any(|(class, ..)| *class == 0)
}

/// Returns the listed versions between two ends, both included, in ascending order whichever end comes first. Previews are left
/// out, except the ends. Returns `None` if an end is not listed; a version that is listed twice appears once.
#[must_use]
pub fn between(listed: &[String], ends: [&str; 2]) -> Option<Vec<String>> {
    let find = |end: &str| {
        let bare = end.strip_prefix('v').unwrap_or(end);
        let exactly = listed.iter().find(|v| v.strip_prefix('v').unwrap_or(v) == bare);
        exactly.or_else(|| listed.iter().find(|v| compare(v, end).is_eq()))
    };
    let mut ends = [find(ends[0])?, find(ends[1])?];
    ends.sort_by(|a, b| compare(a, b));
    let [low, high] = ends;
    let within = |v: &&String| compare(v, low).is_gt() && compare(v, high).is_lt() && !is_preview(v);
    let mut chosen: Vec<String> = listed.iter().filter(within).cloned().collect();
    chosen.extend([low.clone(), high.clone()]);
    chosen.sort_by(|a, b| compare(a, b));
    chosen.dedup_by(|a, b| compare(a, b).is_eq());
    Some(chosen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_every_registry_are_in_order() {
        let table: [&[&str]; 9] = [
            &[
                "1.0.0-alpha",
                "1.0.0-alpha.1",
                "1.0.0-beta.2",
                "1.0.0-beta.11",
                "1.0.0-rc.1",
                "1.0.0",
                "1.0.1",
            ],
            &[
                "1.0.dev1",
                "1.0a1",
                "1.0b2",
                "1.0rc1",
                "1.0",
                "1.0.post1",
                "1.0.1",
                "1.1",
            ],
            &["v1.5.0", "v1.9.0", "v1.10.0", "v1.11.1", "v2.0.0"],
            &["6.0.0-M1", "6.0.0-RC1", "6.0.0", "6.0.1"],
            &["3.0.0.Alpha1", "3.0.0.CR1", "3.0.0.Final", "3.0.1.Final"],
            &[
                "2.9.9",
                "3.0.0-0",
                "3.0.0-dev",
                "3.0.0-rc.1",
                "3.0.0",
                "3.0.1-rc.1",
                "3.0.1",
            ],
            &["153.0", "153.0esr", "153.0.1"],
            &["1.0.0-1", "1.0.0-alpha", "1.0.0"],
            &["0.0.0", "0.9", "0.10", "18446744073709551616"],
        ];
        for versions in table {
            for (i, one) in versions.iter().enumerate() {
                for (j, other) in versions.iter().enumerate() {
                    assert_eq!(compare(one, other), i.cmp(&j), "{one} and {other}");
                }
            }
        }
    }

    #[test]
    fn versions_that_are_written_in_two_ways_are_equal() {
        for (one, other) in [
            ("4.0", "4.0.0"),
            ("v1.2.3", "1.2.3"),
            ("1.0.0+build.5", "1.0.0"),
            ("2.0.0+incompatible", "v2.0.0"),
            ("3.0.0.Final", "3.0.0"),
            ("1.0rc1", "1.0-rc.1"),
            ("1.0.0-alpha1", "1.0.0a1"),
        ] {
            assert_eq!(compare(one, other), Ordering::Equal, "{one} and {other}");
        }
    }

    #[test]
    fn releases_between_two_are_in_order_without_previews_and_twins() {
        let listed: Vec<String> = [
            "1.10.0",
            "1.2.0",
            "1.2",
            "2.0.0-rc.1",
            "2.0.0",
            "1.9.0-beta.1",
            "1.9.0",
            "3.0.0",
        ]
        .map(str::to_owned)
        .into();
        let table: [(&str, &str, Option<&[&str]>); 7] = [
            ("1.2.0", "2.0.0", Some(&["1.2.0", "1.9.0", "1.10.0", "2.0.0"])),
            ("2.0.0", "1.9", Some(&["1.9.0", "1.10.0", "2.0.0"])),
            ("v1.10.0", "3.0", Some(&["1.10.0", "2.0.0", "3.0.0"])),
            ("1.9.0-beta.1", "1.10.0", Some(&["1.9.0-beta.1", "1.9.0", "1.10.0"])),
            ("1.10.0", "2.0.0-rc.1", Some(&["1.10.0", "2.0.0-rc.1"])),
            ("1.10.0", "4.0.0", None),
            ("1.9.0", "1.9.0", Some(&["1.9.0"])),
        ];
        for (one, other, expected) in table {
            let found = between(&listed, [one, other]);
            let expected = expected.map(|list| list.iter().map(|v| (*v).to_owned()).collect());
            assert_eq!(found, expected, "from {one} to {other}");
        }
    }
}
