//! A run writes baselines anew, and what broke never enters one.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::raw::{Break, Raw};
use common::{LONG, tell};
use crosscheck_corpus::Case;
use crosscheck_runner::baseline::{Baseline, Recorded, Recorder, update};
use std::sync::Arc;
use tokio::sync::Notify;

/// Two cases of the policy `any`: one that meets the fault, then one that does not.
fn two(case: &Case) -> bool {
    ["policies/any#vary/vary-allowed", "policies/any#vary/root-allowed"].contains(&case.id.as_str())
}

/// What a server did that breaks in the first of them.
async fn broken() -> Recorded {
    let server = Raw {
        how: Break::Closes,
        asked: Arc::new(Notify::new()),
    };
    let mut nobody = ();
    let mut recorder = Recorder::new(&mut nobody);
    tell(Arc::new(server), two, LONG, &mut recorder).await;
    recorder.into_recorded().remove(0)
}

#[tokio::test]
async fn a_crash_enters_no_baseline() {
    let folder = tempfile::tempdir().unwrap();
    let updated = update(folder.path(), &broken().await).unwrap().unwrap();
    assert_eq!((updated.broken, updated.entries_added), (1, 0));
    assert_eq!(updated.unexpected, ["policies/any#vary/vary-allowed"]);
    assert!(!updated.path.exists());
}

#[tokio::test]
async fn a_crash_that_someone_has_looked_at_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mini.yaml");
    let text = "- { cause: c, rule: crash, verdict: broken, reason: r, cases: [policies/any#vary/vary-allowed] }\n";
    std::fs::write(&file, text).unwrap();
    let updated = update(folder.path(), &broken().await).unwrap().unwrap();
    assert_eq!((updated.broken, updated.ids_removed), (0, 0));
    assert_eq!((updated.unexpected, updated.stale), (Vec::new(), Vec::new()));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
}

#[tokio::test]
async fn a_file_that_is_no_baseline_is_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mini.yaml");
    std::fs::write(&file, "- 3\n").unwrap();
    update(folder.path(), &broken().await).unwrap_err();
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "- 3\n");
    assert!(Baseline::load(folder.path(), "mini").is_err());
}
