//! The file itself.

use super::{crosscheck, root};
use serde_json::Value;
use std::os::unix::fs::MetadataExt as _;

#[test]
fn stdout_and_a_file_have_the_same_content_and_a_file_is_replaced() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("cases.json");
    std::fs::write(&file, "old").expect("a file");
    let before = file.metadata().expect("a file").ino();
    let filter = "policies/pair#origin/*";
    let written = crosscheck(folder.path(), &["export", filter, "--output", "cases.json"]);
    assert!(written.status.success(), "{written:?}");
    let printed = crosscheck(folder.path(), &["export", filter]);
    assert_eq!(printed.stdout, std::fs::read(&file).expect("a file"));
    assert_ne!(file.metadata().expect("a file").ino(), before);
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1);
}

#[test]
fn the_file_has_the_policies_the_cases_and_what_is_left_out() {
    let exported = crosscheck(&root(), &["export", "policies/{pair,defaults}#*"]);
    let export: Value = serde_json::from_slice(&exported.stdout).expect("JSON");
    assert_eq!(export["crosscheck_export"], 1);
    assert_eq!(
        export["policies"]["pair"]["document"]["methods"],
        serde_json::json!(["GET", "HEAD", "POST"])
    );
    assert_eq!(export["left_out"]["measures-time"], 6);
    assert_eq!(export["left_out"]["before-and-after"], 1);
    let cases = export["cases"].as_array().expect("cases");
    let find = |id: &str| {
        cases
            .iter()
            .find(|case| case["id"] == id)
            .unwrap_or_else(|| panic!("{id}"))
    };
    let fetch = &find("policies/pair#preflight/post-allowed")["fetches"][0];
    assert_eq!(fetch["expect"]["preflight"], "must-not");
    assert_eq!(fetch["requests"][0]["method"], "OPTIONS");
    assert_eq!(fetch["requests"][1]["send_if"], "passes");
}

#[test]
fn bad_input_ends_with_2_and_leaves_the_file_as_it_was() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("cases.json"), "old").expect("a file");
    std::fs::create_dir(folder.path().join("bad")).expect("a folder");
    std::fs::write(folder.path().join("bad/one.yaml"), "cases: 1\n").expect("a file");
    for (args, text) in [
        (&["nothing-like-this"][..], "no case matches nothing-like-this"),
        (&["rule:vary"][..], "`crosscheck export` has no results"),
        (&["--cases", "bad"][..], "nothing is written"),
        (&["--cases", "absent"][..], "absent does not exist"),
        (&["policies/pair", "--output", "bad"][..], "cannot write bad"),
    ] {
        let all: Vec<&str> = ["export", "--output", "cases.json"].into_iter().collect();
        let all = if args.contains(&"--output") {
            vec!["export"]
        } else {
            all
        };
        let ended = crosscheck(folder.path(), &[&all, args].concat());
        let printed = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(2), "{args:?}: {printed}");
        assert!(printed.contains(text), "{args:?}: {printed}");
        assert_eq!(
            std::fs::read_to_string(folder.path().join("cases.json")).expect("a file"),
            "old"
        );
    }
}
