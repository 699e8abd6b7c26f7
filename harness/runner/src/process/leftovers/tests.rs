use super::{Leftover, remove, remove_below};
use crate::process::run_folder::{CHILDREN, PREFIX};
use crate::process::{marked, tests::gone};
use rustix::fs::{FlockOperation, flock};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};

/// A folder as a run creates it, below another one.
fn folder(parent: &Path, name: &str) -> PathBuf {
    let folder = parent.join(format!("{PREFIX}{name}"));
    fs::create_dir(&folder).unwrap();
    folder
}

/// A process that runs until it is killed.
fn sleeping(mark: Option<&str>) -> Child {
    use std::os::unix::process::CommandExt as _;
    let mut command = Command::new("sleep");
    command.arg("1000").process_group(0);
    if let Some(mark) = mark {
        command.env(marked::VARIABLE, mark);
    }
    command.spawn().unwrap()
}

fn id(child: &Child) -> rustix::process::Pid {
    rustix::process::Pid::from_child(child)
}

#[tokio::test]
async fn the_folder_and_the_processes_of_a_run_that_was_killed_are_removed() {
    let parent = tempfile::tempdir().unwrap();
    let folder = folder(parent.path(), "a");
    fs::create_dir(folder.join("profile-x")).unwrap();
    fs::write(folder.join("profile-x/file"), "x").unwrap();
    let mut noted = sleeping(None);
    let mut marked = sleeping(Some(&format!("{}/7.", folder.display())));
    let mut other = sleeping(None);
    let started = marked::started(id(&noted)).unwrap();
    let list = format!(
        "{} {started}\n{} 1\nnonsense\n1 5\n",
        noted.id(),
        // The id belongs to another process by now.
        other.id()
    );
    fs::write(folder.join(CHILDREN), list).unwrap();
    let found = remove_below(parent.path());
    let [
        Leftover {
            folder: removed,
            processes,
        },
    ] = found.as_slice()
    else {
        panic!("{found:?}")
    };
    assert_eq!((removed, processes.len()), (&folder, 2));
    assert!(processes.contains(&"sleep".to_owned()), "{processes:?}");
    assert!(!folder.exists());
    gone(noted.id()).await;
    gone(marked.id()).await;
    assert!(other.try_wait().unwrap().is_none());
    other.kill().unwrap();
    for child in [&mut noted, &mut marked, &mut other] {
        child.wait().unwrap();
    }
}

#[test]
fn a_folder_that_is_in_use_stays_and_so_does_what_is_no_folder() {
    let parent = tempfile::tempdir().unwrap();
    let used = folder(parent.path(), "used");
    let lock = File::open(&used).unwrap();
    flock(&lock, FlockOperation::NonBlockingLockExclusive).unwrap();
    let target = folder(parent.path(), "target-of-a-link");
    let link = parent.path().join(format!("{PREFIX}link"));
    std::os::unix::fs::symlink(&target, &link).unwrap();
    let file = parent.path().join(format!("{PREFIX}file"));
    fs::write(&file, "x").unwrap();
    for path in [&used, &link, &file] {
        assert_eq!(remove(path), None, "{}", path.display());
        assert!(path.exists());
    }
    let unrelated = parent.path().join("other");
    fs::create_dir(&unrelated).unwrap();
    assert_eq!(remove_below(parent.path()).len(), 1);
    assert!(unrelated.exists() && used.exists() && !target.exists());
}
