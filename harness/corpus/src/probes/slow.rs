//! Headers that grow: what they cost must not grow faster.

use super::Probes;
use crate::case::{Case, Send};
use crosscheck_fetch::HeaderList;

/// The sizes that are compared. Each is twice the one before.
pub const SIZES: [usize; 6] = [256, 512, 1 << 10, 2 << 10, 4 << 10, 8 << 10];

const ORIGIN: &str = "Origin";
const HEADERS: &str = "Access-Control-Request-Headers";

/// The header that grows, by the slug of the case.
const GROWING: [(&str, &str); 3] = [
    ("origin", ORIGIN),
    ("request-headers", HEADERS),
    ("request-headers-spaces", HEADERS),
];

pub(super) fn derive(probes: &mut Probes<'_>) {
    let base = probes.allowed().unwrap_or_else(|| "https://app.example".to_owned());
    let long = origin(SIZES[SIZES.len() - 1], &base);
    let title = "what an Origin costs as it grows".to_owned();
    probes.send("slow", "origin", title, "/", "GET", &[(ORIGIN, &long)]);
    for (slug, of, value) in [
        ("request-headers", "", names as fn(usize) -> Vec<u8>),
        ("request-headers-spaces", " by spaces", spaces),
    ] {
        let long = value(SIZES[SIZES.len() - 1]);
        let lines: [(&str, &[u8]); 3] = [
            (ORIGIN, base.as_bytes()),
            ("Access-Control-Request-Method", b"PUT"),
            (HEADERS, &long),
        ];
        let title = format!("what Access-Control-Request-Headers costs as it grows{of}");
        probes.send("slow", slug, title, "/", "OPTIONS", &lines);
    }
}

/// Labels, then dots, then an allowed origin and one letter more: text that makes expressions backtrack.
fn origin(size: usize, base: &str) -> Vec<u8> {
    let (scheme, host) = base.split_once("://").unwrap_or(("https", base));
    let mut out = format!("{scheme}://").into_bytes();
    let tail = format!(".{host}x");
    let room = size.saturating_sub(out.len() + tail.len());
    out.extend(std::iter::repeat_n(b'a', room / 2));
    out.extend(b".a".iter().cycle().take((room - room / 2) & !1));
    out.extend_from_slice(tail.as_bytes());
    out
}

/// The start and the end of a longer origin.
fn shorter(long: &[u8], size: usize) -> Option<Vec<u8>> {
    let (start, end) = (size / 2, size - size / 2);
    let tail = long.len().checked_sub(end)?;
    Some([long.get(..start)?, long.get(tail..)?].concat())
}

/// Names, then empty items. Spaces have a case of their own: where they are a part of the header only, what they cost is too close to
/// what names cost, and the verdict would depend on the machine.
fn names(size: usize) -> Vec<u8> {
    let half = size / 2;
    let mut out: Vec<u8> = b"x-a,".iter().copied().cycle().take(half).collect();
    out.extend(std::iter::repeat_n(b',', size.saturating_sub(out.len() + 1)));
    out.push(b'x');
    out
}

/// Spaces within an item: a pattern that looks for a comma after any number of spaces begins anew at each of them.
fn spaces(size: usize) -> Vec<u8> {
    let mut out = vec![b' '; size];
    if let Some(first) = out.first_mut() {
        *first = b'x';
    }
    if let Some(last) = out.last_mut() {
        *last = b'x';
    }
    out
}

/// The header that grows in a case about cost; `None` for every other case.
#[must_use]
pub fn growing(case: &Case) -> Option<&'static str> {
    let (generator, slug) = case.id.generated()?;
    let growing = GROWING.iter().find(|(s, _)| generator == "slow" && *s == slug);
    growing.map(|(_, name)| *name)
}

/// The request of a case about cost, with its header at another size; `None` for every other case.
#[must_use]
pub fn grown(case: &Case, size: usize) -> Option<Send> {
    let name = growing(case)?;
    let send = case.send()?;
    let written = send.headers.get(name.as_bytes())?;
    let value = match case.id.generated()?.1 {
        "origin" => shorter(&written, size)?,
        "request-headers-spaces" => spaces(size),
        _ => names(size),
    };
    let headers: HeaderList = send
        .headers
        .iter()
        .map(|h| {
            let grows = h.name.eq_ignore_ascii_case(name.as_bytes());
            let value = if grows { value.clone() } else { h.value.to_vec() };
            (h.name.clone(), value)
        })
        .collect();
    Some(Send {
        headers,
        ..send.clone()
    })
}
