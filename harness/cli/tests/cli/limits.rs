//! What a command does when the system has nothing left to give.

use crate::program::root;
use std::process::{Command, Stdio};

/// With the smallest, the system starts no program. With the largest, the run succeeds.
const DESCRIPTORS: std::ops::Range<u32> = 4..32;

#[test]
fn without_descriptors_a_run_ends_with_a_reason_and_leaves_no_temporary_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let temporary = folder.path().join("tmp");
    std::fs::create_dir(&temporary).expect("a folder");
    let mut succeeded = 0;
    for count in DESCRIPTORS {
        let output = Command::new("sh")
            .args(["-c", &format!("ulimit -n {count}; exec \"$@\""), "sh"])
            .arg(env!("CARGO_BIN_EXE_crosscheck"))
            .args([
                "run",
                "--client",
                "model",
                "--cases",
                "cases/cors-check/presence.yaml",
                "--output",
            ])
            .arg(folder.path().join("results.jsonl"))
            .env("TMPDIR", &temporary)
            .current_dir(root())
            .stdin(Stdio::null())
            .output()
            .expect("a shell");
        let stderr = String::from_utf8_lossy(&output.stderr);
        let code = output.status.code();
        assert!(code.is_some_and(|code| code <= 3), "{count}: {code:?}, {stderr}");
        assert!(!stderr.contains("panicked"), "{count}: {stderr}");
        assert!(
            code == Some(0) || !stderr.is_empty() || !output.stdout.is_empty(),
            "{count}: no reason"
        );
        let left: Vec<_> = std::fs::read_dir(&temporary).expect("the folder").collect();
        assert!(left.is_empty(), "{count}: {left:?}");
        succeeded += u32::from(code == Some(0));
    }
    assert!(succeeded > 0);
}
