//! Writing a set of names as brace patterns.

use std::collections::{BTreeMap, BTreeSet};

/// How many pieces of a name are folded; the rest of a longer name is one piece.
const MAX_PIECES: usize = 24;

/// Writes names as patterns, sorted. Each name is text of exactly one of them.
///
/// Names are cut before each `-` and `/`. Names that begin alike share that beginning, and beginnings with the same endings
/// share those. Equal sets give equal patterns.
pub fn fold(names: &BTreeSet<&str>) -> Vec<String> {
    let cut: Vec<Vec<&str>> = names.iter().map(|name| pieces(name)).collect();
    let cut: Vec<&[&str]> = cut.iter().map(Vec::as_slice).collect();
    alternatives(&cut)
}

/// Joins alternatives to one pattern.
pub fn join(alternatives: &[String]) -> String {
    if let [one] = alternatives {
        return one.clone();
    }
    for separator in ['-', '/'] {
        let rests: Option<Vec<&str>> = alternatives.iter().map(|a| a.strip_prefix(separator)).collect();
        if let Some(rests) = rests {
            return format!("{separator}{{{}}}", rests.join(","));
        }
    }
    format!("{{{}}}", alternatives.join(","))
}

fn pieces(name: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = name;
    while pieces.len() + 1 < MAX_PIECES
        && let Some(at) = rest.bytes().skip(1).position(|b| b == b'-' || b == b'/')
        && let Some((piece, behind)) = rest.split_at_checked(at + 1)
    {
        pieces.push(piece);
        rest = behind;
    }
    pieces.push(rest);
    pieces
}

/// The alternatives of a set of names that are cut into pieces, sorted.
fn alternatives(names: &[&[&str]]) -> Vec<String> {
    let mut by_start: BTreeMap<&str, Vec<&[&str]>> = BTreeMap::new();
    let mut found = Vec::new();
    for name in names {
        match name.split_first() {
            Some((start, rest)) => by_start.entry(start).or_default().push(rest),
            None => found.push(String::new()),
        }
    }
    let mut by_ends: BTreeMap<Vec<String>, Vec<String>> = BTreeMap::new();
    for (start, rests) in by_start {
        by_ends.entry(alternatives(&rests)).or_default().push(start.to_owned());
    }
    for (ends, starts) in by_ends {
        if ends.iter().all(String::is_empty) {
            found.extend(starts);
        } else {
            found.push(format!("{}{}", join(&starts), join(&ends)));
        }
    }
    found.sort();
    found
}
