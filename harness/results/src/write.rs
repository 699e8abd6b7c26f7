//! Writes results to a file: each line as soon as it is known, so that a run that is killed keeps what it has. At its end, the lines
//! are put in order.

use crate::earlier::EarlierResults;
use crate::file::ReadError;
use crate::record::Line;
use crate::stream::open_stream;
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, BufReader, BufWriter, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;
use thiserror::Error;

/// Only the user can read the file: it can contain what a server sent.
const MODE: u32 = 0o600;
/// How often the file is opened until it is the one that is locked: another run may replace it at the same moment.
const TRIES: usize = 20;

/// Why results cannot be written.
#[derive(Debug, Error)]
pub enum WriteError {
    /// The file or its folder.
    #[error("cannot write {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// Another run is writing to it.
    #[error("{} is in use: {} is writing to it", path.display(), process_text(*.process))]
    InUse {
        /// The file.
        path: PathBuf,
        /// The id of the process that writes to it, if the system reports it.
        process: Option<u32>,
    },
}

fn process_text(id: Option<u32>) -> String {
    id.map_or_else(|| "another process".to_owned(), |id| format!("process {id}"))
}

/// The place of a line in a file that is in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The subject, from 0.
    pub subject: usize,
    /// The line of the subject.
    pub line: LinePosition,
}

/// The place of a line among those of its subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LinePosition {
    /// The first line.
    Header,
    /// A case, by its number.
    Case(usize),
    /// The last line.
    Footer,
}

/// What became of the file at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// It has the results.
    Results,
    /// There was no result of a case, so that the earlier file stays as it was.
    EarlierFile,
}

/// Writes results line by line. A second writer of the same file is refused while this one exists.
#[derive(Debug)]
pub struct Writer {
    path: PathBuf,
    file: File,
    kind: Kind,
    /// Where the lines go until they replace the earlier file at once.
    beside: Option<Beside>,
    /// The lines that wait for the first case.
    waiting: Vec<u8>,
    /// The lines in the file.
    lines: Vec<WrittenLine>,
    length: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A pipe, a terminal or another device: lines are written at once and stay in their order.
    Stream,
    /// A file that no case was written to yet.
    Waiting {
        /// Whether it has content of an earlier run.
        has_content: bool,
        /// Whether this writer has created it.
        is_new: bool,
    },
    /// A file with results of this run.
    Results,
}

/// A new file, and the earlier one that it is to replace, which stays locked until then.
#[derive(Debug)]
struct Beside {
    new: NamedTempFile,
    /// Held for its lock.
    _earlier: File,
    /// Whether this writer has created the earlier file, which is empty then.
    is_new: bool,
}

#[derive(Clone, Copy, Debug)]
struct WrittenLine {
    position: Position,
    start: u64,
    length: u64,
}

impl Writer {
    /// Opens a file, and creates its folder if that does not exist. An earlier file stays as it is until the first case.
    ///
    /// # Errors
    /// If the file cannot be opened, or another run is writing to it.
    pub fn create(path: &Path) -> Result<Self, WriteError> {
        let error = |source| WriteError::Io {
            path: path.to_owned(),
            source,
        };
        if let Some(folder) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(error)?;
        }
        if std::fs::metadata(path).is_ok_and(|m| !m.is_file()) {
            let file = open_stream(path).map_err(error)?;
            return Ok(Self::with(path, file, Kind::Stream));
        }
        for _ in 0..TRIES {
            let is_new = !path.exists();
            let file = OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .mode(MODE)
                .open(path)
                .map_err(error)?;
            let metadata = file.metadata().map_err(error)?;
            let mut writer = Self::with(path, file, Kind::Stream);
            // Behind a link, the file that it names is replaced.
            writer.path = path.canonicalize().map_err(error)?;
            // Not every file system has locks; there, two runs are not kept apart.
            if flock(&writer.file, FlockOperation::NonBlockingLockExclusive) == Err(Errno::WOULDBLOCK) {
                return Err(WriteError::InUse {
                    path: path.to_owned(),
                    process: holder(metadata.ino()),
                });
            }
            let here = std::fs::metadata(&writer.path).map(|m| (m.dev(), m.ino())).ok();
            if here == Some((metadata.dev(), metadata.ino())) {
                let has_content = metadata.len() > 0;
                writer.kind = Kind::Waiting { has_content, is_new };
                return Ok(writer);
            }
        }
        Err(error(io::Error::other("it was replaced again and again")))
    }

    fn with(path: &Path, file: File, kind: Kind) -> Self {
        Self {
            path: path.to_owned(),
            file,
            kind,
            beside: None,
            waiting: Vec::new(),
            lines: Vec::new(),
            length: 0,
        }
    }

    /// Indexes the results of the earlier file; `None` if there is none.
    ///
    /// # Errors
    /// If the file cannot be read, or is no file of results.
    pub fn earlier(&self) -> Result<Option<EarlierResults>, ReadError> {
        if !matches!(self.kind, Kind::Waiting { has_content: true, .. }) {
            return Ok(None);
        }
        let file = self.file.try_clone().map_err(|source| ReadError::Io {
            path: self.path.clone(),
            source,
        })?;
        EarlierResults::read(&self.path, file).map(Some)
    }

    /// Writes the next lines to a new file beside the earlier one, which stays as it is until [`Self::replace_earlier`]. A stream has
    /// no earlier content.
    ///
    /// # Errors
    /// If the folder takes no new file.
    pub fn keep_earlier(&mut self) -> Result<(), WriteError> {
        if self.kind == Kind::Stream {
            return Ok(());
        }
        let is_new = matches!(self.kind, Kind::Waiting { is_new: true, .. });
        let begin = || {
            let new = self.successor()?;
            let file = new.as_file().try_clone()?;
            Ok((new, file))
        };
        let (new, file) = begin().map_err(|source| self.error(source))?;
        let _earlier = std::mem::replace(&mut self.file, file);
        self.beside = Some(Beside { new, _earlier, is_new });
        self.kind = Kind::Results;
        Ok(())
    }

    /// Replaces the earlier file with the lines that were written since [`Self::keep_earlier`].
    ///
    /// # Errors
    /// If the earlier file cannot be replaced. It then stays as it is.
    pub fn replace_earlier(&mut self) -> Result<(), WriteError> {
        if let Some(beside) = self.beside.take() {
            let persisted = beside.new.persist(&self.path);
            self.file = persisted.map_err(|e| self.error(e.error))?;
        }
        Ok(())
    }

    fn error(&self, source: io::Error) -> WriteError {
        WriteError::Io {
            path: self.path.clone(),
            source,
        }
    }

    /// Writes a line. A line that does not fit on the disk leaves nothing of itself.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn line(&mut self, position: Position, line: &Line) -> Result<(), WriteError> {
        let is_case = matches!(line, Line::Case(_));
        self.append(position, line, is_case)
            .map_err(|source| self.error(source))
    }

    fn append(&mut self, position: Position, line: &Line, is_case: bool) -> io::Result<()> {
        // No tool that shows the file interprets what a server sent.
        let text = serde_json::to_string(line)?;
        let mut text = crosscheck_text::json_escaped(&text).into_owned().into_bytes();
        text.push(b'\n');
        let length = text.len() as u64;
        match self.kind {
            Kind::Stream => return self.file.write_all(&text),
            Kind::Waiting { .. } if is_case => self.begin()?,
            Kind::Waiting { .. } => self.waiting.extend_from_slice(&text),
            Kind::Results => {}
        }
        if self.kind == Kind::Results {
            self.write(&text)?;
        }
        self.lines.push(WrittenLine {
            position,
            start: self.length,
            length,
        });
        self.length += length;
        Ok(())
    }

    /// Replaces the earlier file, as the first case does.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn begin_without_case(&mut self) -> Result<(), WriteError> {
        match self.kind {
            Kind::Waiting { .. } => self.begin().map_err(|source| self.error(source)),
            Kind::Stream | Kind::Results => Ok(()),
        }
    }

    /// Replaces the earlier file with the waiting lines.
    fn begin(&mut self) -> io::Result<()> {
        match self.successor() {
            Ok(mut new) => {
                new.write_all(&self.waiting)?;
                self.file = new.persist(&self.path)?;
            }
            // The folder takes no new file, but the file itself can be written.
            Err(_) => {
                self.file.set_len(0)?;
                self.file.rewind()?;
                self.file.write_all(&self.waiting)?;
            }
        }
        self.waiting = Vec::new();
        self.kind = Kind::Results;
        Ok(())
    }

    /// A new, locked file that can take the place of this one.
    fn successor(&self) -> io::Result<NamedTempFile> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let new = tempfile::Builder::new()
            .prefix(".crosscheck-results-")
            .permissions(Permissions::from_mode(MODE))
            .tempfile_in(folder)?;
        // No other process knows the new file, so that this fails only on a file system without locks.
        let _ = flock(new.as_file(), FlockOperation::NonBlockingLockExclusive);
        Ok(new)
    }

    fn write(&mut self, text: &[u8]) -> io::Result<()> {
        let written = self.file.write_all(text);
        if written.is_err() {
            // A reader takes a torn line for the end of the file; if it cannot be removed either, it still does.
            let _ = self.file.set_len(self.length);
            let _ = self.file.seek(SeekFrom::End(0));
        }
        written
    }

    /// Puts the lines in order.
    ///
    /// # Errors
    /// If a file without a case cannot be written. A file that cannot be put in order stays as it is, since a reader does not need the order.
    pub fn finish(mut self) -> Result<Written, WriteError> {
        if self.beside.is_some() {
            return Ok(Written::EarlierFile);
        }
        match self.kind {
            Kind::Waiting { has_content: true, .. } => return Ok(Written::EarlierFile),
            Kind::Waiting { .. } => {
                let waiting = std::mem::take(&mut self.waiting);
                self.write(&waiting).map_err(|source| self.error(source))?;
                self.kind = Kind::Results;
            }
            Kind::Stream => return Ok(Written::Results),
            Kind::Results => {}
        }
        if !self.lines.is_sorted_by_key(|line| line.position) {
            // The results are all there.
            let _ = self.sort();
        }
        Ok(Written::Results)
    }

    fn sort(&mut self) -> io::Result<()> {
        self.lines.sort_by_key(|line| line.position);
        let new = self.successor()?;
        let mut from = BufReader::new(&self.file);
        let mut to = BufWriter::new(new);
        let mut at = 0;
        from.rewind()?;
        for line in &self.lines {
            from.seek_relative(line.start.cast_signed() - at)?;
            let copied = io::copy(&mut from.by_ref().take(line.length), &mut to)?;
            if copied != line.length {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            at = (line.start + line.length).cast_signed();
        }
        let new = to.into_inner().map_err(io::IntoInnerError::into_error)?;
        self.file = new.persist(&self.path)?;
        Ok(())
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        let is_unused = self.beside.as_ref().is_some_and(|beside| beside.is_new);
        if is_unused || matches!(self.kind, Kind::Waiting { is_new: true, .. }) {
            // An empty file has no use.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// The process that has locked a file, as the system lists it: `1: FLOCK ADVISORY WRITE <process> <device>:<inode> ..`.
fn holder(inode: u64) -> Option<u32> {
    let locks = std::fs::read_to_string("/proc/locks").ok()?;
    let suffix = format!(":{inode}");
    let of_line = |line: &str| {
        let mut fields = line.split_ascii_whitespace().skip(1);
        let is_lock = fields.next() == Some("FLOCK");
        let id = fields.nth(2)?;
        let file = fields.next()?;
        (is_lock && file.ends_with(&suffix)).then(|| id.parse().ok())?
    };
    locks.lines().find_map(of_line)
}

#[cfg(test)]
mod tests;
