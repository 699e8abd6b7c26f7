//! Parses the head of a response as users write it.

use super::input_error::InputError;
use crosscheck_fetch::{Answer, ByteString, HeaderList, WireResponse, is_token, trim_tab_space};

/// The maximum number of header lines in one response.
const MAX_LINES: usize = 4096;

/// A status line: `HTTP/1.1 200 OK`, `HTTP/2 200`, or the bare number.
pub(super) fn status_line(line: &str) -> Option<(u16, &str)> {
    let line = line.trim();
    let rest = match line.strip_prefix("HTTP/") {
        Some(rest) => rest.split_once(' ')?.1.trim_start(),
        None => line,
    };
    let (number, text) = rest.split_once(' ').unwrap_or((rest, ""));
    let digits = number.len() == 3 && number.bytes().all(|b| b.is_ascii_digit());
    let status: u16 = number.parse().ok()?;
    (digits && status >= 100).then_some((status, text))
}

/// Reads the head that a flag gives: `STATUS | Name: value | ...`, or a head with lines.
pub(super) fn flag_head(text: &str) -> Result<Answer, InputError> {
    let text = text.trim();
    let lines: Vec<&str> = if text.contains('\n') {
        text.lines().collect()
    } else {
        text.split('|').map(str::trim).collect()
    };
    read_head(lines.into_iter().enumerate().map(|(i, l)| (i + 1, l)))
}

/// Reads a whole head; the lines come with their numbers.
fn read_head<'a>(lines: impl Iterator<Item = (usize, &'a str)>) -> Result<Answer, InputError> {
    let mut lines = lines.filter(|(_, l)| !l.trim().is_empty());
    let Some((number, first)) = lines.next() else {
        return Err(InputError::new(
            "the response is empty",
            "write a status and headers: '204 | Access-Control-Allow-Origin: *'",
        ));
    };
    let Some((status, text)) = status_line(first) else {
        return Err(InputError::at(
            number,
            1,
            format!("`{}` is not a status line", shown(first)),
            "start with `HTTP/1.1 200 OK`, or with only the status: '204 | Access-Control-Allow-Origin: *'",
        ));
    };
    let mut head = Head::new(status, text);
    for (number, line) in lines {
        head.line(number, 1, line)?;
    }
    Ok(head.answer())
}

/// A head under construction.
#[derive(Clone, Debug)]
pub(super) struct Head {
    pub(super) status: u16,
    status_text: Vec<u8>,
    headers: HeaderList,
}

impl Head {
    pub(super) fn new(status: u16, text: &str) -> Self {
        Self {
            status,
            status_text: text.as_bytes().to_vec(),
            headers: HeaderList::new(),
        }
    }

    /// Takes a header line.
    pub(super) fn line(&mut self, number: usize, column: usize, line: &str) -> Result<(), InputError> {
        if self.headers.len() >= MAX_LINES {
            return Err(InputError::at(
                number,
                column,
                format!("a response has more than {MAX_LINES} header lines"),
                "leave out the headers that have nothing to do with CORS",
            ));
        }
        let (name, value) = header(number, column, line)?;
        self.headers.push(name, value);
        Ok(())
    }

    pub(super) fn answer(self) -> Answer {
        Answer::Response(WireResponse {
            status: self.status,
            status_text: ByteString::Owned(self.status_text),
            headers: self.headers,
            body: Vec::new(),
        })
    }
}

/// `Name: value`; the caller handles HTTP/2 pseudo-headers.
pub(super) fn header(number: usize, column: usize, line: &str) -> Result<(Vec<u8>, Vec<u8>), InputError> {
    let fault = |message: String| {
        InputError::at(
            number,
            column,
            message,
            "write `Name: value`, one header per line, without wrapping",
        )
    };
    let Some((name, value)) = line.split_once(':') else {
        return Err(fault(format!("the header line `{}` has no colon", shown(line))));
    };
    let name = name.trim();
    if !is_token(name.as_bytes()) {
        return Err(fault(format!("`{}` is not a header name", shown(name))));
    }
    Ok((name.as_bytes().to_vec(), trim_tab_space(value.as_bytes()).to_vec()))
}

/// A piece of the input for a message: bounded, printable.
pub(super) fn shown(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut out: String = text
        .trim_end()
        .chars()
        .take(LONGEST)
        .flat_map(char::escape_debug)
        .collect();
    if text.chars().nth(LONGEST).is_some() {
        out.push('…');
    }
    out
}
