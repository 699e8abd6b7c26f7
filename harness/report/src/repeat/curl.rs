//! The `curl` command that sends a request again.

use super::wire::{Lost, Wire, header};
use crate::text::quoted;
use crosscheck_results::{ExchangeRecord, WireBytes};

/// A command for a POSIX shell, or why there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Curl {
    /// One line of printable ASCII. `$SERVER` is the base URL of the server, where the recorded address is of no use.
    Command(String),
    /// Why `curl` cannot send it.
    None(&'static str),
}

/// What `curl` does to a header line that it is given.
enum Line {
    Sent(Vec<u8>),
    /// Of its own accord.
    Implied,
    No(&'static str),
}

/// Which headers a command has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Headers {
    /// Exactly those that were sent.
    Exact,
    /// Those that matter to CORS code. `curl` adds its own.
    Few {
        /// Whether the answer was encoded, for example compressed.
        encoded: bool,
    },
}

/// What every browser sends, and no CORS code looks at.
const USUAL: [&[u8]; 8] = [
    b"accept",
    b"accept-language",
    b"host",
    b"referer",
    b"sec-fetch-dest",
    b"sec-fetch-mode",
    b"sec-fetch-site",
    b"user-agent",
];

impl Headers {
    fn has(self, name: &[u8]) -> bool {
        match self {
            Self::Exact => true,
            Self::Few { encoded } => {
                let name = name.to_ascii_lowercase();
                !USUAL.contains(&name.as_slice()) && (encoded || name != b"accept-encoding")
            }
        }
    }
}

/// The command that sends the recorded request. `subject` is a URL where the server was named by its address.
pub(crate) fn curl(request: &WireBytes, subject: &str) -> Curl {
    command(request, subject, Headers::Exact)
}

/// A command that a person reads: it sends the headers of the recorded request that matter to CORS code.
pub(crate) fn short_curl(exchange: &ExchangeRecord, subject: &str) -> Curl {
    let mut lines = exchange.response.bytes().split(|b| *b == b'\n');
    let is_encoded = |line: &[u8]| header(line).is_some_and(|(n, _)| n.eq_ignore_ascii_case(b"content-encoding"));
    let encoded = lines.any(is_encoded);
    command(&exchange.request, subject, Headers::Few { encoded })
}

fn command(request: &WireBytes, subject: &str, kept: Headers) -> Curl {
    let mut wire = match Wire::of(request) {
        Ok(wire) => wire,
        Err(Lost::Cut) => return Curl::None("the request is longer than what its record keeps"),
        Err(Lost::NotHttp) => return Curl::None("what was sent is no HTTP request"),
    };
    wire.headers
        .retain(|line| header(line).is_none_or(|(name, _)| kept.has(name)));
    let mut words = vec!["curl".to_owned(), "-si".to_owned()];
    let mut piped = None;
    let is_head = wire.method == b"HEAD";
    match (is_head, wire.body.is_empty(), wire.method.as_slice()) {
        (true, true, _) => words.push("--head".to_owned()),
        (true, false, _) => return Curl::None("curl sends no HEAD with a body"),
        (false, true, b"GET") | (false, false, b"POST") => {}
        (false, _, method) => match argument(method) {
            Some(method) => words.extend(["-X".to_owned(), method]),
            None => return Curl::None(NUL),
        },
    }
    let mut names = Vec::new();
    for line in &wire.headers {
        match line_of(line, &wire.body) {
            Line::Sent(line) => match argument(&line) {
                Some(line) => words.extend(["-H".to_owned(), line]),
                None => return Curl::None(NUL),
            },
            Line::Implied => {}
            Line::No(why) => return Curl::None(why),
        }
        names.extend(header(line).map(|(name, _)| name.to_ascii_lowercase()));
    }
    // What curl would add.
    let own: &[&str] = if kept != Headers::Exact {
        &[]
    } else if wire.body.is_empty() {
        &["Accept", "User-Agent"]
    } else {
        &["Accept", "User-Agent", "Content-Type"]
    };
    for name in own {
        if !names.contains(&name.to_ascii_lowercase().into_bytes()) {
            words.extend(["-H".to_owned(), format!("{name}:")]);
        }
    }
    if !wire.body.is_empty() {
        if is_printable(&wire.body) {
            words.extend(["--data-raw".to_owned(), quoted(&String::from_utf8_lossy(&wire.body))]);
        } else {
            piped = Some(format!("printf '{}' | ", format_of(&wire.body)));
            words.extend(["--data-binary".to_owned(), "@-".to_owned()]);
        }
    }
    if let Err(why) = push_url(&mut words, &wire.target, subject) {
        return Curl::None(why);
    }
    Curl::Command(piped.unwrap_or_default() + &words.join(" "))
}

const NUL: &str = "it holds a NUL byte, which no command line can";

fn line_of(line: &[u8], body: &[u8]) -> Line {
    let Some((name, value)) = header(line) else {
        return Line::No("curl sends no header line without a colon");
    };
    if name.is_empty()
        || name.contains(&b';')
        || name.starts_with(b"@")
        || name.starts_with(b" ")
        || name.starts_with(b"\t")
    {
        return Line::No("curl cannot send that header line unchanged");
    }
    if name.eq_ignore_ascii_case(b"transfer-encoding") {
        return Line::No("curl frames a body in its own way");
    }
    if name.eq_ignore_ascii_case(b"content-length") && !body.is_empty() {
        return Line::Implied;
    }
    match value {
        // A header without a value takes one off; a semicolon is for one that is empty.
        b"" | b" " => Line::Sent([name, b";"].concat()),
        blank if blank.iter().all(u8::is_ascii_whitespace) => Line::No("curl sends no value of blanks"),
        _ => Line::Sent(line.to_vec()),
    }
}

fn push_url(words: &mut Vec<String>, target: &[u8], subject: &str) -> Result<(), &'static str> {
    let base = match url::Url::parse(subject) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => {
            if url.scheme() == "https" {
                words.push("--http1.1".to_owned());
            }
            // The recorded request has no user, and curl would add a header of it.
            let authority = &url[url::Position::BeforeHost..url::Position::BeforePath];
            quoted(&format!("{}://{authority}", url.scheme()))
        }
        _ => "\"$SERVER\"".to_owned(),
    };
    let is_plain = |b: &u8| b.is_ascii_alphanumeric() || b"-._~:/?@!$&'()*+,;=%".contains(b);
    if target.starts_with(b"/") && target.iter().all(is_plain) {
        if target.windows(2).any(|w| w == b"/.") {
            words.push("--path-as-is".to_owned());
        }
        words.push(base + &quoted(&String::from_utf8_lossy(target)));
    } else {
        let target = argument(target).ok_or(NUL)?;
        words.extend(["--request-target".to_owned(), target, base]);
    }
    Ok(())
}

fn is_printable(bytes: &[u8]) -> bool {
    bytes.iter().all(|b| matches!(b, b' '..=b'~'))
}

/// Bytes as an argument of a POSIX shell, in printable ASCII; none where they hold a NUL.
fn argument(bytes: &[u8]) -> Option<String> {
    if bytes.contains(&0) {
        return None;
    }
    if is_printable(bytes) {
        return Some(quoted(&String::from_utf8_lossy(bytes)));
    }
    // `$'..'` is not known to every shell, and `$(..)` drops newlines at the end, which no word here has.
    Some(format!("\"$(printf '{}')\"", format_of(bytes)))
}

/// The format with which `printf` writes these bytes, for use between single quotes.
fn format_of(bytes: &[u8]) -> String {
    let mut out = String::new();
    for (i, byte) in bytes.iter().enumerate() {
        match byte {
            b'%' => out.push_str("%%"),
            // A hyphen at the start would be an option.
            b'-' if i == 0 => out.push_str("\\055"),
            b'\\' | b'\'' => out.push_str(&format!("\\{byte:03o}")),
            b' '..=b'~' => out.push(char::from(*byte)),
            _ => out.push_str(&format!("\\{byte:03o}")),
        }
    }
    out
}
