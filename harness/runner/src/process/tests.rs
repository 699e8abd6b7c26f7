//! Tests that no process that a child has started outlives the child.

use super::*;
use std::path::Path;

/// A shell script that starts a grandchild, writes its process id to `pid` in the working folder, and goes on with `rest`.
pub(crate) fn with_grandchild(rest: &str) -> String {
    format!("sleep 1000 & echo $! > pid.tmp; mv pid.tmp pid; {rest}")
}

/// Waits for the grandchild that a script in a folder starts, and returns its process id.
pub(crate) async fn grandchild(folder: &Path) -> u32 {
    let path = folder.join("pid");
    loop {
        match std::fs::read_to_string(&path) {
            Ok(text) => return text.trim().parse().unwrap(),
            Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
        }
    }
}

/// Waits until a process has ended; the test hangs if it does not.
pub(crate) async fn gone(process: u32) {
    while is_alive(process) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Whether a process runs. A process that has ended but was not yet reaped does not run.
fn is_alive(process: u32) -> bool {
    let Ok(stat) = std::fs::read_to_string(format!("/proc/{process}/stat")) else {
        return false;
    };
    let state = stat.rsplit_once(") ").map(|(_, rest)| rest.starts_with(['Z', 'X']));
    state == Some(false)
}

fn shell(folder: &Path, script: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script]).current_dir(folder);
    command
}

#[tokio::test]
async fn a_grandchild_ends_with_a_child_that_ends_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = ChildGroup::spawn(&mut shell(folder.path(), &with_grandchild("true"))).unwrap();
    assert!(child.wait().await.unwrap().success());
    gone(grandchild(folder.path()).await).await;
}

#[tokio::test]
async fn a_grandchild_ends_with_a_child_that_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = ChildGroup::spawn(&mut shell(folder.path(), &with_grandchild("sleep 1000"))).unwrap();
    let process = grandchild(folder.path()).await;
    assert!(is_alive(process));
    let stopped = child.stop(Duration::ZERO).await;
    assert!(stopped.was_killed && !stopped.status.unwrap().success());
    gone(process).await;
}

#[tokio::test]
async fn a_grandchild_ends_with_a_child_that_is_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let child = ChildGroup::spawn(&mut shell(folder.path(), &with_grandchild("sleep 1000"))).unwrap();
    let process = grandchild(folder.path()).await;
    drop(child);
    gone(process).await;
}

/// A shell script that starts a grandchild in a session of its own, writes its process id to `pid`, and goes on with `rest`.
#[cfg(target_os = "linux")]
fn with_runaway(rest: &str) -> String {
    format!("setsid {}", with_grandchild(rest))
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_process_that_left_the_group_is_ended_and_named() {
    let folder = tempfile::tempdir().unwrap();
    // Until the process has left the group, it ends with the group.
    let has_left = "until grep -q sleep /proc/$!/comm; do :; done";
    let mut child = ChildGroup::spawn(&mut shell(folder.path(), &with_runaway(has_left))).unwrap();
    let stopped = child.stop(Duration::from_secs(600)).await;
    assert!(!stopped.was_killed);
    assert_eq!(stopped.survivors, ["sleep"]);
    gone(grandchild(folder.path()).await).await;
    assert_eq!(
        left_behind(stopped.survivors.iter().map(String::as_str)).unwrap(),
        "the subject left processes behind, which were killed: sleep"
    );
    let mut tidy = ChildGroup::spawn(&mut shell(folder.path(), "true")).unwrap();
    assert_eq!(
        left_behind(
            tidy.stop(Duration::from_secs(600))
                .await
                .survivors
                .iter()
                .map(String::as_str)
        ),
        None
    );
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_process_that_left_the_group_ends_with_a_child_that_is_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let child = ChildGroup::spawn(&mut shell(folder.path(), &with_runaway("sleep 1000"))).unwrap();
    let process = grandchild(folder.path()).await;
    drop(child);
    gone(process).await;
}

#[tokio::test]
async fn temporary_files_of_a_child_are_removed_with_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = ChildGroup::spawn(&mut shell(folder.path(), "mktemp > name; echo $TMPDIR > folder")).unwrap();
    child.wait().await.unwrap();
    let read = |name: &str| {
        std::fs::read_to_string(folder.path().join(name))
            .unwrap()
            .trim()
            .to_owned()
    };
    let (file, temporary) = (read("name"), read("folder"));
    assert!(
        file.starts_with(&temporary) && temporary.contains("crosscheck-run-"),
        "{file}"
    );
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&temporary).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o700);
}

#[tokio::test]
async fn output_is_read_although_a_grandchild_holds_the_pipe() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = shell(folder.path(), &with_grandchild("echo out; echo err >&2; exit 3"));
    let output = output(&mut command, 64, Duration::from_secs(600)).await.unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(
        (output.stdout.as_slice(), output.stderr.as_slice()),
        (&b"out\n"[..], &b"err\n"[..])
    );
    gone(grandchild(folder.path()).await).await;
}

#[tokio::test]
async fn output_keeps_the_first_bytes_and_reads_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = shell(folder.path(), "head -c 1000000 /dev/zero | tr '\\0' 'a'");
    let output = output(&mut command, 10, Duration::from_secs(600)).await.unwrap();
    assert!(output.status.success());
    assert_eq!(output.stdout, b"aaaaaaaaaa");
}

#[tokio::test]
async fn a_grandchild_ends_with_the_future_that_waits_for_output() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = shell(folder.path(), &with_grandchild("sleep 1000"));
    let process = tokio::select! {
        output = output(&mut command, 64, Duration::from_secs(600)) => panic!("{output:?}"),
        process = grandchild(folder.path()) => process,
    };
    gone(process).await;
}

#[tokio::test]
async fn the_tail_has_the_last_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = shell(folder.path(), "echo first >&2; echo last >&2");
    command.stderr(std::process::Stdio::piped());
    let mut child = ChildGroup::spawn(&mut command).unwrap();
    let tail = Tail::read(child.stderr(), 7);
    child.wait().await.unwrap();
    tail.drained(Duration::from_secs(600)).await;
    assert_eq!(tail.text(100), "t\\nlast\\n");
    assert_eq!(tail.suffix(5), "; its stderr ends with: last\\n");
    assert_eq!(Tail::read(None::<tokio::process::ChildStderr>, 7).suffix(100), "");
}

#[tokio::test]
async fn the_end_of_the_program_waits_for_processes_that_take_time_to_end() {
    // It keeps its folder, so that the others of this program stay as they are.
    let folder = tempfile::tempdir().unwrap();
    let mark = marked::of(folder.path().as_os_str());
    let script = "import os, time; kept = os.urandom(1) * (1 << 28); open('ready.tmp', 'w').close(); os.rename('ready.tmp', 'ready'); \
                  time.sleep(1000)";
    let mut processes = Vec::new();
    for name in ["a", "b", "c", "d"] {
        let own = folder.path().join(name);
        std::fs::create_dir(&own).unwrap();
        let mut command = Command::new("python3");
        command
            .args(["-c", script])
            .current_dir(&own)
            .env(marked::VARIABLE, format!("{mark}{name}."));
        processes.push((own, command.kill_on_drop(true).spawn().unwrap()));
    }
    for (own, _) in &processes {
        while !own.join("ready").exists() {
            sleep(Duration::from_millis(5)).await;
        }
    }
    marked::kill_and_wait(&mark);
    let alive: Vec<u32> = processes
        .iter()
        .filter_map(|(_, child)| child.id())
        .filter(|id| is_alive(*id))
        .collect();
    assert_eq!(alive, Vec::<u32>::new());
}
