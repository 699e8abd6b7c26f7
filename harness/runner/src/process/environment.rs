//! The environment of a child: where its temporary files go, and the mark by which it is found.

use super::{RunFolder, marked};
use std::ffi::OsStr;
use tokio::process::Command;

/// The variable with more options of `java`. A virtual machine ignores `TMPDIR`, and leaves a folder with its counters.
const JAVA: &str = "JDK_JAVA_OPTIONS";
const TMPDIR: &str = "TMPDIR";

/// Sets them, except a folder for temporary files that the command already has.
pub(super) fn set(command: &mut Command, folder: &RunFolder, mark: &str) {
    command.env(marked::VARIABLE, mark);
    let path = folder.path().as_os_str();
    let is_set = command
        .as_std()
        .get_envs()
        .any(|(name, value)| name == TMPDIR && value.is_some());
    if !is_set {
        command.env(TMPDIR, path);
    }
    if let Some(options) = java_options(path, std::env::var_os(JAVA).as_deref()) {
        command.env(JAVA, options);
    }
}

/// The options of `java`; `None` if they cannot be written because the path has white space or quotes.
fn java_options(folder: &OsStr, given: Option<&OsStr>) -> Option<String> {
    let folder = folder.to_str()?;
    if folder.contains(|c: char| c.is_whitespace() || c == '"' || c == '\'') {
        return None;
    }
    let given = match given {
        Some(given) => format!("{} ", given.to_str()?),
        None => String::new(),
    };
    Some(format!("{given}-Djava.io.tmpdir={folder} -XX:-UsePerfData"))
}

#[cfg(test)]
mod tests {
    use super::java_options;
    use std::ffi::OsStr;

    #[test]
    fn the_options_of_the_user_stay_and_a_path_that_needs_quotes_is_left_out() {
        let of = |folder: &str, given: Option<&str>| java_options(OsStr::new(folder), given.map(OsStr::new));
        let ours = "-Djava.io.tmpdir=/a -XX:-UsePerfData";
        assert_eq!(of("/a", None).as_deref(), Some(ours));
        assert_eq!(of("/a", Some("-Xmx1g")), Some(format!("-Xmx1g {ours}")));
        assert_eq!(of("/a b", None), None);
    }
}
