//! Headers that a user adds to requests: `--header`.

use crate::exit::Failure;
use crosscheck_fetch::{HeaderList, Url};
use crosscheck_runner::server::basic_authorization;
use crosscheck_text::{REDACTED, Redactor, Secret};

/// The header for the user and the password of a URL.
pub(super) const AUTHORIZATION: &[u8] = b"authorization";

/// Reads the headers, as curl does: without a value, a header is left out.
pub(super) fn headers(lines: &[Secret<String>]) -> Result<HeaderList, Failure> {
    let parse = |line: &str| {
        let (name, value) = line.split_once(':')?;
        let sound = crosscheck_fetch::is_token(name.as_bytes()) && !value.contains(['\r', '\n', '\0']);
        sound.then(|| (name.as_bytes().to_vec(), value.trim().as_bytes().to_vec()))
    };
    let lines = lines.iter().enumerate();
    lines
        .map(|(index, line)| {
            parse(line.expose()).ok_or_else(|| {
                // Without its name, the line may be a secret.
                Failure::message(
                    format!("--header number {} is not a header", index + 1),
                    "write NAME: VALUE, for example -H 'Authorization: Bearer x'",
                )
            })
        })
        .collect()
}

/// Adds the values of the headers to what is hidden, those of lines that are no header as well.
pub(super) fn hide_headers(lines: &[Secret<String>], redactor: &mut Redactor) {
    for line in lines {
        match line.expose().split_once(':') {
            Some((name, value)) => redactor.add_header(name.trim().as_bytes(), value.as_bytes()),
            None => redactor.add_value(line.expose().as_bytes()),
        }
    }
}

/// Adds the secrets of a URL to what is hidden.
pub(super) fn hide_url(url: &str, redactor: &mut Redactor) {
    redactor.add_url(url);
    if let Some(value) = Url::parse(url).ok().as_ref().and_then(basic_authorization) {
        redactor.add_header(AUTHORIZATION, value.expose().as_bytes());
    }
}

/// The arguments of a command that repeats a case. A value may be a secret, and reports are shared, so that it is hidden unless the user
/// wants to see secrets; a header that is left out has none.
pub(super) fn repeated_headers(lines: &[Secret<String>], show_secrets: bool) -> Vec<String> {
    let shown = |line: &Secret<String>| {
        let (name, value) = line.expose().split_once(':').unwrap_or((line.expose(), ""));
        let value = match value.trim() {
            "" => String::new(),
            value if show_secrets => format!(" {value}"),
            _ => format!(" {REDACTED}"),
        };
        ["--header".to_owned(), format!("{name}:{value}")]
    };
    lines.iter().flat_map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::{headers, repeated_headers};
    use crosscheck_text::Secret;

    #[test]
    fn a_repeated_command_names_headers_and_hides_their_values() {
        let lines = ["Authorization: secret", "Accept-Encoding:"].map(Secret::from);
        let names = |value: &str| {
            [
                "--header",
                &format!("Authorization: {value}"),
                "--header",
                "Accept-Encoding:",
            ]
            .map(str::to_owned)
        };
        assert_eq!(repeated_headers(&lines, false), names("[redacted]"));
        assert_eq!(repeated_headers(&lines, true), names("secret"));
        assert!(headers(&lines).is_ok());
        for bad in ["no colon", "a b: c", "x: \r\ny: z"] {
            assert!(headers(&[bad.into()]).is_err(), "{bad}");
        }
    }
}
