//! Law: extracting a `#token` list agrees with a second, naive parser of the grammar that shares no function with the model.

use crate::{Divergence, law, seeded};
use crosscheck_fetch::{Extracted, HeaderList, escape, extract_header_list_values};

/// Splits the input into header lines at LF and compares the results of both parsers.
///
/// # Errors
/// Returns the law that does not hold.
pub fn check(data: &[u8]) -> Result<(), Divergence> {
    let lines: Vec<&[u8]> = if data.is_empty() {
        Vec::new()
    } else {
        data.split(|&b| b == b'\n').take(16).collect()
    };
    let headers: HeaderList = lines
        .iter()
        .map(|line| (&b"Access-Control-Allow-Headers"[..], line.to_vec()))
        .collect();
    let model = under_test(&headers);
    let naive = naive(&lines);
    law("the model and the grammar agree on a list", model == naive, || {
        format!("`{}`: model {model:?}, grammar {naive:?}", escape(data))
    })
}

fn under_test(headers: &HeaderList) -> Option<Result<Vec<Vec<u8>>, ()>> {
    let result = match extract_header_list_values(b"access-control-allow-headers", headers) {
        Extracted::Null => None,
        Extracted::Failure => Some(Err(())),
        Extracted::Values(values) => Some(Ok(values.into_iter().map(<[u8]>::to_vec).collect::<Vec<_>>())),
    };
    with_seeded_bug(headers, result)
}

fn with_seeded_bug(headers: &HeaderList, result: Option<Result<Vec<Vec<u8>>, ()>>) -> Option<Result<Vec<Vec<u8>>, ()>> {
    let raw: Vec<u8> = headers
        .get(b"access-control-allow-headers")
        .unwrap_or_default()
        .into_owned();
    match result {
        Some(Ok(items))
            if seeded::is_on("empty-item-refused") && items.len() > 1 && raw.windows(2).any(|w| w == b",,") =>
        {
            drop(items);
            Some(Err(()))
        }
        Some(Ok(mut items)) if seeded::is_on("items-case-folded") => {
            items.iter_mut().for_each(|i| i.make_ascii_lowercase());
            Some(Ok(items))
        }
        Some(Err(())) if seeded::is_on("vertical-tab-trimmed") && raw.ends_with(b"\x0B") => {
            let trimmed: HeaderList = [(&b"a"[..], raw[..raw.len() - 1].to_vec())].into_iter().collect();
            match extract_header_list_values(b"a", &trimmed) {
                Extracted::Values(v) => Some(Ok(v.into_iter().map(<[u8]>::to_vec).collect())),
                _ => Some(Err(())),
            }
        }
        result => result,
    }
}

/// Parses `#token` character by character, as RFC 9110, section 5.6.1.2, describes it for recipients.
fn naive(lines: &[&[u8]]) -> Option<Result<Vec<Vec<u8>>, ()>> {
    if lines.is_empty() {
        return None;
    }
    let mut items = Vec::new();
    for line in lines {
        // States: before an element, inside a token, after a token.
        let mut token: Vec<u8> = Vec::new();
        let mut ended = false;
        for &byte in *line {
            match byte {
                b',' => {
                    if !token.is_empty() {
                        items.push(std::mem::take(&mut token));
                    }
                    ended = false;
                }
                b' ' | b'\t' => ended = !token.is_empty(),
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' if !ended => token.push(byte),
                _ if !ended && b"!#$%&'*+-.^_`|~".contains(&byte) => token.push(byte),
                _ => return Some(Err(())),
            }
        }
        if !token.is_empty() {
            items.push(token);
        }
    }
    Some(Ok(items))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_seed_holds() {
        for seed in [
            &b""[..],
            b"PUT",
            b",PUT,, DELETE ,",
            b"a\nb",
            b"a b",
            b"\"a\"",
            b"a\x0B",
            b"\xFF",
            b"*",
            b", ,\t,",
            b"x-a\n\nx-b,",
        ] {
            check(seed).unwrap();
        }
    }
}
