//! Law: the loader accepts any text, reports each fault at its place, and loads nothing from a file that has a fault. Half of the
//! inputs are fragments of YAML in any order. The other half are valid files with one planted fault whose line is known.

use crate::{Divergence, law, seeded};
use arbitrary::{Arbitrary, Unstructured};
use crosscheck_corpus::{Corpus, Severity, replay};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// The most cases of one input that are replayed.
const MOST_REPLAYED: usize = 64;

const FRAGMENTS: [&str; 40] = [
    "title: t\n",
    "cases:\n",
    "  - id: a\n",
    "    title: x\n",
    "    steps: [cors-check/wildcard]\n",
    "defaults:\n",
    "  origin: https://app.example\n",
    "    origin: https://app.example\n",
    "    request: { url: https://api.example/ }\n",
    "    exchange:\n",
    "      - response:\n",
    "          headers: { Access-Control-Allow-Origin: \"*\" }\n",
    "    expect: { type: cors, status: 200 }\n",
    "    expect: { type: error }\n",
    "    rows: [{id: r, x: 1}]\n",
    "${x}",
    "${'a'*128}",
    "$${",
    "&a ",
    "*a",
    "\n",
    "  ",
    "\t",
    "- ",
    ": ",
    "{",
    "}",
    "[",
    "]",
    "\"",
    "'",
    "#",
    "|\n",
    ">\n",
    "!!binary ",
    "---\n",
    "%YAML 1.2\n",
    "? ",
    "null",
    "\u{e9}",
];

#[derive(Clone, Debug, Arbitrary)]
enum Input {
    Fragments(Vec<Fragment>),
    Planted { before: u8, after: u8, fault: Fault },
}

#[derive(Clone, Debug, Arbitrary)]
enum Fragment {
    Known(u8),
    Text(String),
}

/// A fault that a file can have, and that the loader must report.
#[derive(Clone, Copy, Debug, Arbitrary, PartialEq, Eq)]
enum Fault {
    UnknownKey,
    DuplicateKey,
    DuplicateId,
    NumberAsHeader,
    UnknownWord,
    BadOrigin,
    WideCharacter,
    UnusedRow,
}

/// Decodes the bytes and checks the laws.
///
/// # Errors
/// Returns the law that does not hold.
pub fn check(data: &[u8]) -> Result<(), Divergence> {
    match Input::arbitrary(&mut Unstructured::new(data)) {
        Err(_) => Ok(()),
        Ok(Input::Fragments(fragments)) => fragments_hold(&fragments),
        Ok(Input::Planted { before, after, fault }) => {
            planted_holds(usize::from(before % 4), usize::from(after % 4), fault)
        }
    }
}

fn load(text: &str) -> Corpus {
    Corpus::from_text("fuzz/topic", text, BTreeMap::new())
}

fn fragments_hold(fragments: &[Fragment]) -> Result<(), Divergence> {
    let mut text = String::new();
    for fragment in fragments.iter().take(80) {
        match fragment {
            Fragment::Known(n) => text.push_str(FRAGMENTS[usize::from(*n) % FRAGMENTS.len()]),
            Fragment::Text(t) => text.push_str(t),
        }
    }
    let corpus = load(&text);
    // A line of YAML ends with a line feed, a carriage return, or both.
    let lines = text.replace("\r\n", "\n").matches(['\n', '\r']).count() + 1;
    for problem in &corpus.problems {
        let line = problem.line;
        // Line 0 stands for the whole file, for example an empty one.
        law("a fault is reported at a line of its file", line <= lines + 1, || {
            format!("line {line} of {lines}: {text:?}")
        })?;
        law(
            "a fault can be shown",
            !problem.render(&corpus.sources, false).is_empty(),
            || text.clone(),
        )?;
    }
    let ids: BTreeSet<_> = corpus.cases.iter().map(|c| &c.id).collect();
    law("ids are unique", ids.len() == corpus.cases.len(), || text.clone())?;
    let fails_to_load = corpus.problems.iter().any(|p| p.severity == Severity::Load);
    law(
        "a file with a fault gives no case",
        !fails_to_load || corpus.cases.is_empty(),
        || text.clone(),
    )?;
    let again = load(&text);
    law(
        "loading is deterministic",
        again.cases.len() == corpus.cases.len() && again.problems.len() == corpus.problems.len(),
        || text.clone(),
    )?;
    for case in corpus.cases.iter().take(MOST_REPLAYED) {
        let _ = replay::replay(case);
    }
    Ok(())
}

fn planted_holds(before: usize, after: usize, fault: Fault) -> Result<(), Divergence> {
    let mut text = String::from(
        "title: t\ndefaults:\n  origin: https://app.example\n  request: { url: https://api.example/ }\ncases:\n",
    );
    for n in 0..before {
        case(&mut text, &format!("before-{n}"), None);
    }
    let line = case(
        &mut text,
        if fault == Fault::DuplicateId {
            "twice"
        } else {
            "planted"
        },
        Some(fault),
    );
    for n in 0..after {
        case(&mut text, &format!("after-{n}"), None);
    }
    let corpus = load(&text);
    let is_reported = corpus
        .problems
        .iter()
        .any(|p| with_seeded_bug(fault, p.line) == Some(line));
    law("a planted fault is reported at its line", is_reported, || {
        let all: Vec<_> = corpus
            .problems
            .iter()
            .map(|p| format!("{}: {}", p.line, p.message))
            .collect();
        format!("{fault:?} at line {line}, reported: {all:?}\n{text}")
    })
}

fn with_seeded_bug(fault: Fault, line: usize) -> Option<usize> {
    match fault {
        Fault::DuplicateKey if seeded::is_on("duplicate-key-unreported") => None,
        Fault::UnknownKey if seeded::is_on("unknown-key-unreported") => None,
        Fault::WideCharacter if seeded::is_on("line-off-by-one") => Some(line + 1),
        _ => Some(line),
    }
}

/// Writes a valid case, or one with the fault. Returns the line of the fault.
fn case(text: &mut String, id: &str, fault: Option<Fault>) -> usize {
    let mut put = |line: &str| {
        let _ = writeln!(text, "{line}");
        text.lines().count()
    };
    if fault == Some(Fault::DuplicateId) {
        put("  - id: twice");
        put("    title: x");
        put("    steps: [cors-check/wildcard]");
        put("    exchange: [{ response: { headers: { Access-Control-Allow-Origin: \"*\" } } }]");
        put("    expect: { type: cors }");
    }
    let id_line = put(&format!("  - id: {id}"));
    put("    title: x");
    put("    steps: [cors-check/wildcard]");
    let fault_line = match fault {
        Some(Fault::UnknownKey) => put("    stepps: [cors-check/wildcard]"),
        Some(Fault::DuplicateKey) => put("    title: y"),
        Some(Fault::BadOrigin) => put("    origin: https://app.example/path"),
        Some(Fault::UnusedRow) => put("    rows: [{ id: r, unused: 1 }]"),
        Some(Fault::UnknownWord) => put("    needs: [telepathy]"),
        Some(Fault::NumberAsHeader) => {
            put("    exchange: [{ response: { headers: { Access-Control-Max-Age: 600 } } }]")
        }
        Some(Fault::WideCharacter) => put("    exchange: [{ response: { headers: { X-A: \"\u{2713}\" } } }]"),
        Some(Fault::DuplicateId) | None => id_line,
    };
    if !matches!(fault, Some(Fault::NumberAsHeader | Fault::WideCharacter)) {
        put("    exchange: [{ response: { headers: { Access-Control-Allow-Origin: \"*\" } } }]");
    }
    put("    expect: { type: cors }");
    fault_line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_seed_holds() {
        for fault in [
            Fault::UnknownKey,
            Fault::DuplicateKey,
            Fault::DuplicateId,
            Fault::NumberAsHeader,
            Fault::UnknownWord,
            Fault::BadOrigin,
            Fault::WideCharacter,
            Fault::UnusedRow,
        ] {
            for (before, after) in [(0, 0), (1, 0), (0, 2), (3, 3)] {
                planted_holds(before, after, fault).unwrap();
            }
        }
        // Lines that end with carriage returns, then a control character.
        check(b"\x0b\x01\x01\x0b\x01\0,&\x8a\r\r\n#,!\n\r\r\x01I#").unwrap();
        for n in 0_u32..2000 {
            let seed: Vec<u8> = (0..64_u32)
                .map(|i| (n.wrapping_mul(2_654_435_761).rotate_left(i) ^ i.wrapping_mul(n + 7)).to_le_bytes()[0])
                .collect();
            check(&seed).unwrap();
        }
    }
}
