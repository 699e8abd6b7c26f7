//! Opens regular files, and reads them within bounds.

use super::error::ReadError;
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use std::fs::{File, FileType};
use std::io::{self, Read as _};
use std::os::unix::fs::FileTypeExt as _;
use std::path::Path;

/// Opens a regular file. What is opened is what is looked at, so nothing can be put in its place in between. A named pipe does not wait
/// for a writer, and a terminal does not become that of the program.
///
/// # Errors
/// If the file does not exist, cannot be opened, or is not a regular file.
pub fn open(path: &Path) -> Result<File, ReadError> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
    let file = match rustix::fs::open(path, flags, Mode::empty()) {
        Ok(descriptor) => File::from(descriptor),
        Err(Errno::NOENT | Errno::NOTDIR) => return Err(ReadError::Absent),
        // A socket, or a device without a driver.
        Err(Errno::NXIO) => return Err(ReadError::NotRegular("a socket or a device")),
        Err(error) => return Err(ReadError::System(error.into())),
    };
    let kind = file.metadata().map_err(ReadError::System)?.file_type();
    if kind.is_file() {
        Ok(file)
    } else {
        Err(ReadError::NotRegular(name(kind)))
    }
}

fn name(kind: FileType) -> &'static str {
    match kind {
        _ if kind.is_dir() => "a folder",
        _ if kind.is_fifo() => "a named pipe",
        _ if kind.is_socket() => "a socket",
        _ if kind.is_char_device() || kind.is_block_device() => "a device",
        _ => "something else",
    }
}

/// Reads a regular file of at most `limit` bytes. The limit also holds for a file that grows while it is read.
///
/// # Errors
/// As for [`open`], and if the file is too large or cannot be read.
pub fn read(path: &Path, limit: u64) -> Result<Vec<u8>, ReadError> {
    let file = open(path)?;
    let length = file.metadata().map_err(ReadError::System)?.len();
    if length > limit {
        return Err(ReadError::TooLarge(limit));
    }
    bounded(file, length, limit)
}

/// Reads to the end, or up to one byte more than the limit.
fn bounded(source: impl io::Read, length: u64, limit: u64) -> Result<Vec<u8>, ReadError> {
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
    let read = source.take(limit.saturating_add(1)).read_to_end(&mut bytes);
    read.map_err(ReadError::System)?;
    if bytes.len() as u64 > limit {
        return Err(ReadError::TooLarge(limit));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::{bounded, open, read};
    use crate::ReadError;
    use std::cell::Cell;
    use std::io;
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;
    use std::path::Path;

    /// What is not a regular file below a folder, with what the error calls it.
    fn not_regular(folder: &Path) -> Vec<(&'static str, &'static str)> {
        let at = |name: &str| folder.join(name);
        symlink("/dev/zero", at("zero")).expect("a link");
        symlink("/dev/tty", at("terminal")).expect("a link");
        std::fs::create_dir(at("folder")).expect("a folder");
        symlink("folder", at("link-to-folder")).expect("a link");
        let pipe = std::process::Command::new("mkfifo").arg(at("pipe")).status();
        assert!(pipe.expect("mkfifo").success());
        // Its file stays when the listener is dropped.
        drop(UnixListener::bind(at("socket")).expect("a socket"));
        vec![
            ("zero", "a device"),
            ("folder", "a folder"),
            ("link-to-folder", "a folder"),
            ("pipe", "a named pipe"),
            ("socket", "a socket or a device"),
            ("terminal", "device"),
        ]
    }

    #[test]
    fn only_a_regular_file_is_opened() {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, kind) in not_regular(folder.path()) {
            let error = open(&folder.path().join(name)).expect_err(name);
            assert!(matches!(error, ReadError::NotRegular(_)), "{name}: {error}");
            assert!(error.to_string().contains(kind), "{name}: {error}");
        }
        let error = open(&folder.path().join("none")).expect_err("absent");
        assert!(matches!(error, ReadError::Absent), "{error}");
        symlink("itself", folder.path().join("itself")).expect("a link");
        let error = open(&folder.path().join("itself")).expect_err("a circle");
        assert!(matches!(error, ReadError::System(_)), "{error}");
        std::fs::write(folder.path().join("text"), "text").expect("written");
        symlink("text", folder.path().join("link")).expect("a link");
        assert_eq!(read(&folder.path().join("link"), 4).expect("read"), b"text");
    }

    #[test]
    fn a_file_over_the_limit_is_refused_before_it_is_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("huge");
        let file = std::fs::File::create(&path).expect("a file");
        file.set_len(1 << 40).expect("sparse");
        let error = read(&path, 4 << 20).expect_err("too large");
        assert_eq!(
            error.of(Path::new("huge")),
            "huge: the file is larger than 4 MiB, the most that is read"
        );
    }

    /// A file that never ends, and counts what is read of it.
    struct Endless<'c>(&'c Cell<usize>);

    impl io::Read for Endless<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0.set(self.0.get() + buffer.len());
            Ok(buffer.len())
        }
    }

    #[test]
    fn a_file_that_grows_is_read_up_to_the_limit() {
        let read = Cell::new(0);
        let error = bounded(Endless(&read), 10, 1000).expect_err("too large");
        assert!(matches!(error, ReadError::TooLarge(1000)), "{error}");
        assert_eq!(read.get(), 1001);
    }
}
