//! System calls that fail in turn, by the fault injection of `strace`.
//!
//! An undisturbed run under the tracer shows how often each call is made. Then the run is made again and again, and each time one call
//! fails. `strace` counts the calls of each thread, so that a fault hits the same call of each thread that makes as many.
//!
//! Only the program itself is traced: the tracer leaves a child when it executes another program. A call that a child makes before that,
//! in the program's own code, belongs to the program.

use super::Random;
use super::program::{Condition, Invocation, Try};
use anyhow::{Context as _, Result, bail};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Stdio};

/// A system call, and the errors with which it can fail.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Call {
    /// The name in the table of tries.
    pub(super) group: &'static str,
    name: &'static str,
    errors: &'static [&'static str],
}

/// What the system's loader and Rust's start of a program print of a fault before the function `main`.
const BEFORE_MAIN: [&str; 2] = ["error while loading shared libraries", "sys/pal/unix/stack_overflow.rs"];

const FILES: &str = "calls: files";
const PROCESSES: &str = "calls: processes";
const NETWORK: &str = "calls: network";
const MEMORY: &str = "calls: memory";

/// A row of [`CALLS`].
const fn call(group: &'static str, name: &'static str, errors: &'static [&'static str]) -> Call {
    Call { group, name, errors }
}

/// The calls of the program that can fail. A call that an architecture does not have is not traced.
const CALLS: &[Call] = &[
    call(FILES, "open", &["EMFILE", "EACCES"]),
    call(FILES, "openat", &["EMFILE", "EACCES"]),
    call(FILES, "read", &["EIO", "EINTR"]),
    call(FILES, "pread64", &["EIO"]),
    call(FILES, "readv", &["EIO"]),
    call(FILES, "write", &["ENOSPC", "EIO"]),
    call(FILES, "pwrite64", &["ENOSPC", "EIO"]),
    call(FILES, "lseek", &["ESPIPE"]),
    call(FILES, "statx", &["EACCES"]),
    call(FILES, "newfstatat", &["EACCES"]),
    call(FILES, "readlink", &["EACCES"]),
    call(FILES, "getdents64", &["EIO"]),
    call(FILES, "getcwd", &["ENOENT"]),
    call(FILES, "fcntl", &["EMFILE"]),
    call(FILES, "flock", &["ENOLCK", "EINTR"]),
    call(FILES, "fsync", &["EIO"]),
    call(FILES, "fdatasync", &["EIO"]),
    call(FILES, "ftruncate", &["EIO", "ENOSPC"]),
    call(FILES, "fchmod", &["EPERM"]),
    call(FILES, "chmod", &["EPERM"]),
    call(FILES, "mkdir", &["ENOSPC", "EACCES"]),
    call(FILES, "rename", &["ENOSPC", "EACCES"]),
    call(FILES, "renameat", &["ENOSPC", "EACCES"]),
    call(FILES, "renameat2", &["ENOSPC", "EACCES"]),
    call(FILES, "unlink", &["EACCES"]),
    call(FILES, "unlinkat", &["EACCES"]),
    call(FILES, "rmdir", &["EACCES"]),
    call(PROCESSES, "clone", &["EAGAIN", "ENOMEM"]),
    call(PROCESSES, "clone3", &["EAGAIN", "ENOMEM"]),
    call(PROCESSES, "fork", &["EAGAIN", "ENOMEM"]),
    call(PROCESSES, "vfork", &["EAGAIN", "ENOMEM"]),
    call(PROCESSES, "execve", &["EACCES", "ENOMEM"]),
    call(PROCESSES, "pipe2", &["EMFILE"]),
    call(PROCESSES, "dup2", &["EMFILE"]),
    call(PROCESSES, "setpgid", &["EPERM"]),
    call(PROCESSES, "pidfd_open", &["EMFILE"]),
    call(PROCESSES, "kill", &["EPERM"]),
    call(NETWORK, "socket", &["EMFILE", "ENOBUFS"]),
    call(NETWORK, "socketpair", &["EMFILE"]),
    call(NETWORK, "bind", &["EADDRINUSE"]),
    call(NETWORK, "listen", &["EADDRINUSE"]),
    call(NETWORK, "accept4", &["EMFILE", "ECONNABORTED"]),
    call(NETWORK, "connect", &["ECONNREFUSED", "EADDRNOTAVAIL"]),
    call(NETWORK, "getsockname", &["ENOBUFS"]),
    call(NETWORK, "getsockopt", &["ENOBUFS"]),
    call(NETWORK, "setsockopt", &["ENOBUFS"]),
    call(NETWORK, "shutdown", &["ENOTCONN"]),
    call(NETWORK, "sendto", &["ECONNRESET", "ENOBUFS"]),
    call(NETWORK, "recvfrom", &["ECONNRESET"]),
    call(NETWORK, "writev", &["EPIPE", "ENOBUFS"]),
    call(NETWORK, "epoll_create1", &["EMFILE"]),
    call(NETWORK, "epoll_ctl", &["ENOSPC"]),
    call(NETWORK, "epoll_wait", &["EINTR"]),
    call(NETWORK, "eventfd2", &["EMFILE"]),
    call(MEMORY, "mmap", &["ENOMEM"]),
    call(MEMORY, "brk", &["ENOMEM"]),
    call(MEMORY, "mprotect", &["ENOMEM"]),
    call(MEMORY, "mremap", &["ENOMEM"]),
];

/// The calls on established connections, and the errors of these that only the other side causes.
const ON_CONNECTION: [&str; 4] = ["sendto", "recvfrom", "writev", "shutdown"];
const OF_OTHER_SIDE: [&str; 3] = ["ECONNRESET", "EPIPE", "ENOTCONN"];

/// A call that fails.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fault {
    pub(super) call: &'static Call,
    /// `None`: nothing fails, and all calls are traced.
    error: Option<&'static str>,
    /// The how-manieth call of each thread fails.
    nth: usize,
    /// Whether the program starts others, which the tracer leaves alone. That makes every call slow.
    has_children: bool,
}

impl Fault {
    /// Whether the program may abort: without memory there is no other end.
    pub(super) const fn may_abort(&self) -> bool {
        matches!(self.call.group.as_bytes(), b"calls: memory")
    }

    /// The command under which the program runs.
    pub(super) fn tracer(&self, log: &Path) -> Vec<String> {
        let calls = match self.error {
            Some(_) => self.call.name.to_owned(),
            None => CALLS
                .iter()
                .map(|call| format!("?{}", call.name))
                .collect::<Vec<_>>()
                .join(","),
        };
        let mut all: Vec<String> = ["strace", "-f", "-y", "-qq", "-s", "0", "-e", "signal=none"]
            .map(Into::into)
            .into();
        all.extend(["-o".into(), log.to_string_lossy().into_owned()]);
        all.extend(if self.has_children {
            ["-b".to_owned(), "execve".to_owned()].to_vec()
        } else {
            ["--seccomp-bpf".to_owned()].to_vec()
        });
        all.extend(["-e".to_owned(), format!("trace={calls}")]);
        if let Some(error) = self.error {
            all.extend([
                "-e".to_owned(),
                format!("inject={calls}:error={error}:when={}", self.nth),
            ]);
        }
        all
    }
}

/// What a try shows, as far as the injection goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// The call failed.
    Failed,
    /// No thread made so many calls, for they differ from run to run.
    NotMade,
    /// It was a call that cannot fail like that, or one of the system's loader before the program has started.
    NotOfProgram,
}

/// Whether the run ended before the function `main` of the program.
pub(super) fn is_before_main(tried: &Try) -> bool {
    BEFORE_MAIN.iter().any(|text| tried.stderr.contains(text))
}

/// Returns whether a call has failed.
pub(super) fn effect(tried: &Try) -> Effect {
    if is_before_main(tried) {
        return Effect::NotOfProgram;
    }
    let mut injected = tried
        .trace
        .lines()
        .filter(|line| line.ends_with("(INJECTED)"))
        .peekable();
    if injected.peek().is_none() {
        return Effect::NotMade;
    }
    if injected.any(is_internal) {
        Effect::NotOfProgram
    } else {
        Effect::Failed
    }
}

/// Whether the fault was on a descriptor that never fails: the counter with which a thread wakes another one.
fn is_internal(line: &str) -> bool {
    line.contains("anon_inode:[event")
}

/// Whether the program could not write to stderr, and so could not report anything.
pub(super) fn is_mute(tried: &Try) -> bool {
    tried
        .trace
        .lines()
        .any(|line| line.ends_with("(INJECTED)") && line.contains(" write(2<"))
}

/// Whether a call on an established connection fails as if the other side had broken it.
pub(super) fn is_broken_connection(condition: &Condition) -> bool {
    let Condition::Fault(fault) = condition else {
        return false;
    };
    let is_of_other_side = fault.error.is_some_and(|error| OF_OTHER_SIDE.contains(&error));
    is_of_other_side && ON_CONNECTION.contains(&fault.call.name)
}

/// Fails if there is no tracer, or if it may not trace.
pub(super) fn check() -> Result<()> {
    let mut command = Command::new("strace");
    command.args(["-o", "/dev/null", "--seccomp-bpf", "-f", "-e", "trace=execve", "true"]);
    let output = command.stdin(Stdio::null()).output();
    let output = output.context("strace is not installed; install it with `apt-get install strace`")?;
    if !output.status.success() {
        bail!(
            "strace cannot trace: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(())
}

/// The faults of a command, and what it does without any.
pub(super) struct Plan {
    pub(super) undisturbed: Try,
    pub(super) faults: Vec<Condition>,
}

/// Runs a command once, and chooses the calls that fail: at most so many of each call and error, spread over the run.
pub(super) fn plan(
    program: &Path,
    invocation: &Invocation,
    has_children: bool,
    tries: usize,
    random: &mut Random,
) -> Result<Plan> {
    let fault = |call, error, nth| Fault {
        call,
        error,
        nth,
        has_children,
    };
    let first = CALLS.first().context("no calls")?;
    let undisturbed = Try::make(program, invocation, &Condition::Fault(fault(first, None, 0)))?;
    let counts = count(&undisturbed.trace);
    let mut faults = Vec::new();
    for call in CALLS {
        let Some(made) = counts.get(call.name) else { continue };
        let made: Vec<usize> = made.iter().copied().collect();
        for error in call.errors {
            let chosen = random.spread(made.len(), tries);
            faults.extend(
                chosen
                    .into_iter()
                    .map(|index| Condition::Fault(fault(call, Some(error), made[index]))),
            );
        }
    }
    Ok(Plan { undisturbed, faults })
}

/// The numbers of the calls that some thread makes and that can fail, by the name of the call.
fn count(trace: &str) -> BTreeMap<&str, BTreeSet<usize>> {
    let mut of_thread: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut numbers: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
    for line in trace.lines() {
        let Some((thread, rest)) = line.split_once(' ') else {
            continue;
        };
        let Some((name, _)) = rest.trim_start().split_once('(') else {
            continue;
        };
        let count = of_thread.entry((thread, name)).or_default();
        *count += 1;
        if !is_internal(line) {
            numbers.entry(name).or_default().insert(*count);
        }
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_counted_by_thread_and_without_those_that_wake_a_thread() {
        let trace = "\
10 write(1</tmp/stdout>, \"\"..., 3) = 3
10 write(7<anon_inode:[eventfd]>, \"\"..., 8) = 8
10 write(1</tmp/stdout>, \"\"..., 3) = 3
11 write(7<anon_inode:[eventfd]>, \"\"..., 8 <unfinished ...>
10 read(0</dev/null>, \"\", 3) = 0
11 <... write resumed>) = 8
";
        let counts = count(trace);
        assert_eq!(counts["write"], BTreeSet::from([1, 3]));
        assert_eq!(counts["read"], BTreeSet::from([1]));
        assert_eq!(counts.len(), 2);
    }

    #[test]
    fn each_call_is_listed_once() {
        let names: BTreeSet<&str> = CALLS.iter().map(|call| call.name).collect();
        assert_eq!(names.len(), CALLS.len());
    }
}
