//! A disk of at most 2 MB: a file system in memory, in a mount namespace of the run, which ends with the run.

use super::Random;
use std::path::Path;
use std::process::{Command, Stdio};

/// The largest disk, in KiB.
const MAX_SIZE: u64 = 2048;
/// The smallest disk, in KiB.
const MIN_SIZE: u64 = 16;

/// Mounts the disk, runs the program, and copies what is on the disk to the folder of the try: nothing else sees the disk. The first
/// two arguments are the folder and the size.
const SCRIPT: &str = r#"
folder=$1 size=$2; shift 2
mkdir "$folder/disk" && mount -t tmpfs -o "size=${size}k" tmpfs "$folder/disk" && mkdir "$folder/disk/tmp" || exit 125
"$@"; code=$?
cp -R "$folder/disk/tmp/." "$folder/tmp/"
rmdir "$folder/disk/tmp"
cp -R "$folder/disk/." "$folder/"
umount "$folder/disk" && rmdir "$folder/disk"
exit $code
"#;

/// A disk of that many KiB.
#[derive(Clone, Copy, Debug)]
pub(super) struct Disk(u64);

impl Disk {
    pub(super) fn random(random: &mut Random) -> Self {
        Self(MIN_SIZE + random.below(MAX_SIZE - MIN_SIZE + 1))
    }

    /// The command under which the program runs.
    pub(super) fn command(self, folder: &Path) -> Vec<String> {
        let words = ["unshare", "--mount", "sh", "-c", SCRIPT, "sh"];
        let mut all: Vec<String> = words.map(Into::into).into();
        all.extend([folder.to_string_lossy().into_owned(), self.0.to_string()]);
        all
    }
}

/// Whether this user may mount one.
pub(super) fn is_permitted() -> bool {
    let mut command = Command::new("unshare");
    command.args(["--mount", "sh", "-c", "mount -t tmpfs -o size=16k tmpfs /mnt"]);
    let status = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    status.is_ok_and(|status| status.success())
}
