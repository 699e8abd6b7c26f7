//! Standard output. A reader that closes the pipe is not an error.

use crosscheck_report::Style;
use crosscheck_text::{Redactor, json_escaped};
use std::io::{self, BufWriter, IsTerminal as _, Stdout, Write};

/// Standard output, which discards everything once its reader has closed the pipe.
pub(crate) struct Out {
    inner: BufWriter<Stdout>,
    closed: bool,
    pub(crate) style: Style,
    redactor: Redactor,
    /// The beginning of a line, if secrets are hidden: a secret may come in several pieces.
    line: Vec<u8>,
}

impl Out {
    pub(crate) fn new() -> Self {
        let stdout = io::stdout();
        let style = Style::detect(stdout.is_terminal());
        Self {
            inner: BufWriter::with_capacity(64 << 10, stdout),
            closed: false,
            style,
            redactor: Redactor::default(),
            line: Vec::new(),
        }
    }

    /// Hides these secrets in everything that is written from now on.
    pub(crate) fn hide(&mut self, redactor: &Redactor) {
        self.redactor = redactor.clone();
    }

    fn absorb<T>(&mut self, result: io::Result<T>, otherwise: T) -> io::Result<T> {
        match result {
            Err(e) if e.kind() == io::ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(otherwise)
            }
            other => other,
        }
    }

    /// Writes a JSON value and a line end. Characters that a terminal would act on are escaped.
    pub(crate) fn json(&mut self, value: &serde_json::Value) -> io::Result<()> {
        let text = serde_json::to_string_pretty(value)?;
        writeln!(self, "{}", json_escaped(&text))
    }

    /// Writes the lines that are complete, and the rest as well if `all`, without secrets.
    fn write_lines(&mut self, all: bool) -> io::Result<()> {
        let complete = self.line.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
        let rest = self.line.split_off(if all { self.line.len() } else { complete });
        let lines = std::mem::replace(&mut self.line, rest);
        for line in String::from_utf8_lossy(&lines).split_inclusive('\n') {
            let result = self.inner.write_all(self.redactor.text(line).as_bytes());
            self.absorb(result, ())?;
        }
        Ok(())
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.closed {
            return Ok(bytes.len());
        }
        if !self.redactor.is_empty() {
            self.line.extend_from_slice(bytes);
            self.write_lines(false)?;
            return Ok(bytes.len());
        }
        let result = self.inner.write(bytes);
        self.absorb(result, bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.closed {
            return Ok(());
        }
        self.write_lines(true)?;
        let result = self.inner.flush();
        self.absorb(result, ())
    }
}

impl Drop for Out {
    fn drop(&mut self) {
        let _ = self.flush();
    }
}
