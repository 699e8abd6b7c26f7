//! Undoes what terminals, editors and issue trackers do to a paste. Every line keeps its number.

use std::borrow::Cow;

/// Decodes the bytes of a paste: UTF-8, or UTF-16 as some shells write it.
#[must_use]
pub fn decode(bytes: &[u8]) -> String {
    let units = |order: fn([u8; 2]) -> u16, bytes: &[u8]| -> String {
        let units: Vec<u16> = bytes.chunks_exact(2).map(|c| order([c[0], c[1]])).collect();
        String::from_utf16_lossy(&units)
    };
    match bytes {
        [0xFF, 0xFE, rest @ ..] => units(u16::from_le_bytes, rest),
        [0xFE, 0xFF, rest @ ..] => units(u16::from_be_bytes, rest),
        [a, 0, b, 0, ..] if *a != 0 && *b != 0 => units(u16::from_le_bytes, bytes),
        [0, a, 0, b, ..] if *a != 0 && *b != 0 => units(u16::from_be_bytes, bytes),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// The paste as the tool wrote it.
pub(super) fn normal(text: &str) -> String {
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut lines: Vec<Cow<'_, str>> = text.lines().map(clean).collect();
    if lines
        .iter()
        .any(|l| is_mark(l.trim_start(), "&gt;") || is_mark(l.trim_start(), "&lt;"))
    {
        for line in &mut lines {
            *line = line
                .replace("&gt;", ">")
                .replace("&lt;", "<")
                .replace("&quot;", "\"")
                .replace("&amp;", "&")
                .into();
        }
    }
    for line in &mut lines {
        if line.trim_start().starts_with("```") || line.trim_start().starts_with("~~~") {
            *line = Cow::Borrowed("");
        }
        if let Some(rest) = without_time(line) {
            *line = rest.to_owned().into();
        }
    }
    unquote(&mut lines);
    uncomment(&mut lines);
    dedent(&mut lines);
    trace_ascii(&mut lines);
    lines.join("\n")
}

fn is_mark(line: &str, mark: &str) -> bool {
    line.strip_prefix(mark)
        .is_some_and(|r| r.is_empty() || r.starts_with(' '))
}

/// The line without escape sequences of a terminal and without invisible characters.
fn clean(line: &str) -> Cow<'_, str> {
    let odd = |c: char| {
        matches!(
            c,
            '\u{1b}' | '\u{a0}' | '\u{200b}' | '\u{200e}' | '\u{202a}' | '\u{202c}'
        )
    };
    if !line.contains(odd) {
        return line.into();
    }
    let mut out = String::with_capacity(line.len());
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\u{1b}' if chars.peek() == Some(&'[') => {
                chars.next();
                while chars.next().is_some_and(|c| !c.is_ascii_alphabetic()) {}
            }
            '\u{a0}' => out.push(' '),
            c if odd(c) => {}
            c => out.push(c),
        }
    }
    out.into()
}

/// The line without the time that `curl --trace-time` writes.
fn without_time(line: &str) -> Option<&str> {
    let (time, rest) = line.split_once(' ')?;
    let shape = time.len() >= 10 && time.bytes().all(|b| b.is_ascii_digit() || matches!(b, b':' | b'.'));
    (shape && time.matches(':').count() == 2).then_some(rest)
}

/// Removes one level of a quote in Markdown or mail, if every line has it and the marks of curl are inside.
fn unquote(lines: &mut [Cow<'_, str>]) {
    let inner = |l: &str| l.strip_prefix('>').map(|r| r.strip_prefix(' ').unwrap_or(r).to_owned());
    let filled = || lines.iter().filter(|l| !l.trim().is_empty());
    let marks = |l: &str| matches!(l.chars().next(), Some('>' | '<' | '*'));
    let all = filled().all(|l| l.starts_with('>'));
    let nested =
        filled().any(|l| inner(l).is_some_and(|i| marks(&i) || i.starts_with("HTTP/") || i.starts_with("curl ")));
    // The first word of a request line is a method.
    let request = |l: &str| {
        let word = l.split(' ').nth(1).unwrap_or_default();
        word.len() > 2 && word.bytes().all(|b| b.is_ascii_uppercase())
    };
    let prose = filled().all(|l| l.starts_with("> ")) && !filled().any(|l| request(l));
    if all && (nested || prose) {
        for line in lines {
            *line = inner(line).unwrap_or_default().into();
        }
    }
}

/// Removes `# ` before response heads that are written as comments of a shell.
fn uncomment(lines: &mut [Cow<'_, str>]) {
    for mark in ["# ", "// "] {
        if lines.iter().any(|l| {
            l.trim_start()
                .strip_prefix(mark)
                .is_some_and(|l| l.starts_with("HTTP/"))
        }) {
            for line in lines.iter_mut() {
                if let Some(rest) = line.trim_start().strip_prefix(mark) {
                    *line = rest.to_owned().into();
                } else if line.trim() == mark.trim() {
                    *line = Cow::Borrowed("");
                }
            }
        }
    }
}

/// Removes the indentation before the marks of curl.
fn dedent(lines: &mut [Cow<'_, str>]) {
    for line in lines {
        let rest = line.trim_start();
        let marked = rest.len() < line.len() && (is_mark(rest, ">") || is_mark(rest, "<") || is_mark(rest, "*"));
        if marked {
            *line = rest.to_owned().into();
        }
    }
}

/// Rewrites `curl --trace-ascii` as `curl -v`.
fn trace_ascii(lines: &mut [Cow<'_, str>]) {
    if !lines
        .iter()
        .any(|l| l.starts_with("=> Send header") || l.starts_with("<= Recv header"))
    {
        return;
    }
    let mut mark = None;
    for line in lines {
        let new = if let Some(info) = line.strip_prefix("== Info:") {
            mark = None;
            format!("*{info}")
        } else if line.starts_with("=> ") || line.starts_with("<= ") {
            mark = line
                .contains("header")
                .then(|| if line.starts_with('=') { '>' } else { '<' });
            String::new()
        } else {
            let text = line
                .split_once(':')
                .filter(|(at, _)| at.len() == 4)
                .map(|(_, t)| t.strip_prefix(' ').unwrap_or(t));
            match (mark, text) {
                (Some(mark), Some(text)) => format!("{mark} {text}").trim_end().to_owned(),
                _ => String::new(),
            }
        };
        *line = new.into();
    }
}
