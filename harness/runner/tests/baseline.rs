//! A run updates baselines, but never adds a crash to one.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::raw::{Break, Raw};
use common::{LONG, run_with_events};
use crosscheck_corpus::Case;
use crosscheck_results::baseline::{Recorded, Recorder};
use crosscheck_runner::baseline::{load, update};
use std::fs;
use std::path::Path;
use std::sync::Arc;
use tokio::sync::Notify;

/// Selects two cases of the policy `any`: one that triggers the fault, and one that does not.
fn two(case: &Case) -> bool {
    ["policies/any#vary/vary-allowed", "policies/any#vary/root-allowed"].contains(&case.id.as_str())
}

/// Records a run on a server that breaks in the first of them.
async fn broken() -> Recorded {
    let server = Raw {
        how: Break::Closes,
        requested: Arc::new(Notify::new()),
    };
    let mut no_events = ();
    let mut recorder = Recorder::new(&mut no_events);
    run_with_events(Arc::new(server), two, LONG, &mut recorder).await;
    recorder.into_recorded().remove(0)
}

const CAUSES: &str = "- { cause: c, rule: crash, verdict: broken, where: [\"policies/*\"], reason: r }\n";
const CASES: &str = "\
# The exact cases of the known deviations of mini, by cause.
# Written by `crosscheck run --update-baseline`; causes and reasons are in ../mini.yaml.
cause c
 rule crash broken
  policies/any#
   vary/vary-allowed
";

fn write(folder: &Path, causes: &str, cases: &str) {
    fs::create_dir(folder.join("cases")).unwrap();
    fs::write(folder.join("mini.yaml"), causes).unwrap();
    fs::write(folder.join("cases/mini.txt"), cases).unwrap();
}

fn read(folder: &Path) -> (String, String) {
    let text = |file: &str| fs::read_to_string(folder.join(file)).unwrap();
    (text("mini.yaml"), text("cases/mini.txt"))
}

#[tokio::test]
async fn an_update_does_not_list_a_crash() {
    let folder = tempfile::tempdir().unwrap();
    let updated = update(folder.path(), &broken().await, None).unwrap().unwrap();
    assert_eq!((updated.broken, updated.causes_added), (1, 0));
    assert_eq!(updated.unexpected, ["policies/any#vary/vary-allowed"]);
    assert!(!updated.path.exists() && !updated.cases_path.exists());
}

#[tokio::test]
async fn a_crash_that_a_human_listed_is_known() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), CAUSES, CASES);
    let updated = update(folder.path(), &broken().await, None).unwrap().unwrap();
    assert_eq!((updated.broken, updated.cases_removed), (0, 0));
    assert_eq!((updated.unexpected, updated.stale), (Vec::new(), Vec::new()));
    assert_eq!(read(folder.path()), (CAUSES.to_owned(), CASES.to_owned()));
}

#[tokio::test]
async fn files_that_do_not_load_are_not_overwritten() {
    for (causes, cases, place) in [
        ("- 3\n", CASES, "mini.yaml"),
        (CAUSES, "cause c\n", "cases/mini.txt:1:1: "),
    ] {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), causes, cases);
        let error = update(folder.path(), &broken().await, None).unwrap_err();
        assert!(error.to_string().contains(place), "{error}");
        assert_eq!(read(folder.path()), (causes.to_owned(), cases.to_owned()));
        assert!(load(folder.path(), "mini").is_err());
    }
}
