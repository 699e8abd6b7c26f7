//! Standard output. A reader that closes the pipe is not an error.

use crosscheck_report::Style;
use std::io::{self, BufWriter, IsTerminal as _, Stdout, Write};

/// Standard output, which discards everything once its reader has closed the pipe.
pub(crate) struct Out {
    inner: BufWriter<Stdout>,
    closed: bool,
    pub(crate) style: Style,
}

impl Out {
    pub(crate) fn new() -> Self {
        let stdout = io::stdout();
        let style = Style::detect(stdout.is_terminal());
        Self {
            inner: BufWriter::with_capacity(64 << 10, stdout),
            closed: false,
            style,
        }
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

    /// Writes a JSON value and a line end.
    pub(crate) fn json(&mut self, value: &serde_json::Value) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut *self, value)?;
        writeln!(self)
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.closed {
            return Ok(bytes.len());
        }
        let result = self.inner.write(bytes);
        self.absorb(result, bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.closed {
            return Ok(());
        }
        let result = self.inner.flush();
        self.absorb(result, ())
    }
}

impl Drop for Out {
    fn drop(&mut self) {
        let _ = self.flush();
    }
}
