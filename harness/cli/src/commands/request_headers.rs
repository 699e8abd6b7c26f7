//! Headers that a user adds to requests: `--header`.

use crate::exit::Failure;
use crosscheck_fetch::HeaderList;

/// Reads the headers, as curl does: without a value, a header is left out.
pub(super) fn headers(lines: &[String]) -> Result<HeaderList, Failure> {
    let parse = |line: &String| {
        let (name, value) = line.split_once(':')?;
        let sound = crosscheck_fetch::is_token(name.as_bytes()) && !value.contains(['\r', '\n', '\0']);
        sound.then(|| (name.as_bytes().to_vec(), value.trim().as_bytes().to_vec()))
    };
    lines
        .iter()
        .map(|line| {
            parse(line).ok_or_else(|| {
                Failure::message(
                    format!("`{line}` is not a header"),
                    "write NAME: VALUE, for example -H 'Authorization: Bearer x'",
                )
            })
        })
        .collect()
}

/// The arguments of a command that repeats a case. A value may be a secret, and reports are shared; a header that is left out has none.
pub(super) fn headers_without_values(lines: &[String]) -> Vec<String> {
    let shown = |line: &String| {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let value = if value.trim().is_empty() { "" } else { " ..." };
        ["--header".to_owned(), format!("{name}:{value}")]
    };
    lines.iter().flat_map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::{headers, headers_without_values};

    #[test]
    fn a_repeated_command_names_headers_and_hides_their_values() {
        let lines = ["Authorization: secret", "Accept-Encoding:"].map(str::to_owned);
        let shown = headers_without_values(&lines);
        assert_eq!(
            shown,
            ["--header", "Authorization: ...", "--header", "Accept-Encoding:"]
        );
        assert!(headers(&lines).is_ok());
        for bad in ["no colon", "a b: c", "x: \r\ny: z"] {
            assert!(headers(&[bad.to_owned()]).is_err(), "{bad}");
        }
    }
}
