//! No file makes the loader panic, hang or fill the memory; each is reported as a fault.
//!
//! Work is counted in allocations, not in seconds, because the time depends on the machine.

use allocation_counter::measure;
use crosscheck_corpus::Corpus;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

#[track_caller]
fn check_reported(corpus: &Corpus, part: &str) {
    let all: Vec<&str> = corpus.problems.iter().map(|d| d.message.as_str()).collect();
    assert!(
        all.iter().any(|m| m.contains(part)),
        "{part:?} is not reported: {all:#?}"
    );
    for problem in &corpus.problems {
        assert!(problem.render(&corpus.sources, true).len() < 10_000);
    }
}

/// The maximum number of allocations for each byte of a text.
const ALLOCATIONS_PER_BYTE: u64 = 2;
/// The maximum memory in use at one time, for each byte of a text.
const MEMORY_PER_BYTE: u64 = 64;
/// The maximum number of further allocations and bytes: what aliases and rows may repeat before they are rejected.
const ALLOCATIONS: u64 = 1_500_000;
const MEMORY: u64 = 64 << 20;

/// Loads a text that must be reported as faulty, with work and memory in proportion to its length.
#[track_caller]
fn text(text: &str, part: &str) {
    let mut corpus = None;
    let used = measure(|| corpus = Some(Corpus::from_text("t", text, BTreeMap::new())));
    check_reported(&corpus.expect("loaded"), part);
    let length = text.len() as u64;
    let most = ALLOCATIONS_PER_BYTE * length + ALLOCATIONS;
    assert!(
        used.count_total <= most,
        "{} allocations for {length} bytes",
        used.count_total
    );
    let most = MEMORY_PER_BYTE * length + MEMORY;
    assert!(
        used.bytes_max <= most,
        "{} bytes of memory for {length} bytes",
        used.bytes_max
    );
}

fn load(folder: &Path) -> Corpus {
    Corpus::load(&[folder.to_owned()])
}

const GOOD: &str = "title: t\ncases:\n  - { id: a, title: t, origin: https://a.test, request: { url: https://b.test }, exchange: [], expect: { type: error } }\n";

#[test]
fn an_alias_bomb_is_refused() {
    let mut bomb = String::from("title: t\na0: &a0 [x,x,x,x,x,x,x,x,x]\n");
    for i in 1..10 {
        let refs = vec![format!("*a{}", i - 1); 9].join(",");
        bomb.push_str(&format!("a{i}: &a{i} [{refs}]\n"));
    }
    text(&bomb, "the aliases of this file repeat");
    text("a: &a [*a]\n", "an alias inside the value");
    text("a: *nowhere\n", "bad YAML");
}

#[test]
fn deep_nesting_is_refused() {
    text(&"[".repeat(20_000), "levels deep");
    text(&"{a: ".repeat(20_000), "levels deep");
    let mut block = String::new();
    for i in 0..500 {
        block.push_str(&format!("{}a:\n", " ".repeat(i)));
    }
    text(&block, "levels deep");
}

#[test]
fn the_work_for_many_keys_and_many_faults_is_bounded() {
    let keys: String = (0..100_000).map(|i| format!("k{i}: 1\n")).collect();
    text(&keys, "is not a key of a file");
    let corpus = Corpus::from_text("t", &keys, BTreeMap::new());
    assert!(corpus.problems.len() <= 200);
    let cases: String = (0..20_000).map(|i| format!("  - {{ id: c{i}, title: 5 }}\n")).collect();
    text(&format!("title: t\ncases:\n{cases}"), "must be a string");
}

#[test]
fn rows_do_not_multiply_without_bound() {
    let rows: String = (0..5000).map(|i| format!("{{ id: r{i} }}, ")).collect();
    let padding = format!("[{}]", "x, ".repeat(10_000));
    text(
        &format!("title: t\ncases:\n  - {{ id: c, title: t, tags: {padding}, rows: [{rows}] }}\n"),
        "the rows of this file expand",
    );
    let long = "${'a'*1000000}".repeat(20);
    text(
        &format!("title: t\ncases:\n  - {{ id: c, title: \"{long}\" }}\n"),
        "the rows of this file expand",
    );
}

#[test]
fn a_huge_file_is_not_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = fs::File::create(folder.path().join("huge.yaml")).expect("a file");
    file.set_len(50 << 20).expect("sparse");
    let mut corpus = None;
    let used = measure(|| corpus = Some(load(folder.path())));
    check_reported(&corpus.expect("loaded"), "larger than 4 MiB");
    assert!(used.bytes_total < 4 << 20, "{} bytes were allocated", used.bytes_total);
}

#[test]
fn bytes_that_are_not_utf8_have_a_place() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("bad.yaml"), b"title: t\nnote: a\xFFb\n").expect("written");
    let corpus = load(folder.path());
    check_reported(&corpus, "the byte 0xFF is not UTF-8");
    assert_eq!((corpus.problems[0].line, corpus.problems[0].column), (2, 8));
}

#[test]
fn a_bad_file_does_not_prevent_the_others_from_loading() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("bad.yaml"), "title: [").expect("written");
    fs::write(folder.path().join("good.yaml"), GOOD).expect("written");
    let corpus = load(folder.path());
    assert_eq!(corpus.problems.len(), 1);
    assert_eq!(corpus.cases.len(), 1);
    assert_eq!(corpus.cases[0].id, "good#a");
}

#[cfg(unix)]
#[test]
fn circular_links_do_not_hang_the_loader() {
    let folder = tempfile::tempdir().expect("a folder");
    let inner = folder.path().join("inner");
    fs::create_dir(&inner).expect("a folder");
    fs::write(inner.join("good.yaml"), GOOD).expect("written");
    std::os::unix::fs::symlink(folder.path(), inner.join("up")).expect("a link");
    std::os::unix::fs::symlink("self", folder.path().join("self")).expect("a link");
    std::os::unix::fs::symlink("nowhere.yaml", folder.path().join("dead.yaml")).expect("a link");
    let corpus = load(folder.path());
    check_reported(&corpus, "leads back into a folder");
    check_reported(&corpus, "cannot be followed");
    check_reported(&corpus, "dead.yaml cannot be read");
    assert_eq!(corpus.cases.len(), 1);
}

#[cfg(unix)]
#[test]
fn a_file_that_is_not_regular_is_reported_and_not_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let _listener = std::os::unix::net::UnixListener::bind(folder.path().join("socket.yaml")).expect("a socket");
    check_reported(&load(folder.path()), "not a regular file");
}

#[test]
fn a_file_whose_name_does_not_end_with_yaml_is_refused_aloud() {
    for (name, is_refused) in [
        ("a.yml", true),
        ("a.YAML", true),
        ("a.Yml", true),
        ("policies/p.yml", true),
        ("recall.yml", true),
        ("a.yaml.bak", false),
        ("readme.md", false),
        (".a.yml", false),
        ("schema/a.yml", false),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(folder.path().join("good.yaml"), GOOD).expect("written");
        fs::write(&path, GOOD).expect("written");
        let corpus = load(folder.path());
        assert_eq!(
            corpus.problems.len(),
            usize::from(is_refused),
            "{name}: {:?}",
            corpus.problems
        );
        assert_eq!(corpus.cases.len(), 1, "{name}");
        if is_refused {
            check_reported(&corpus, "does not end with `.yaml`");
        }
        if !name.starts_with('.') && !name.starts_with("schema") {
            // Named alone, it is refused whatever its extension.
            check_reported(&load(&path), "does not end with `.yaml`");
        }
    }
}

#[cfg(unix)]
#[test]
fn names_that_differ_only_in_bytes_that_are_not_utf8_are_not_one() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    let folder = tempfile::tempdir().expect("a folder");
    for name in [&b"a\xFE.yaml"[..], b"a\xFF.yaml", b"n\xFF.txt"] {
        fs::write(folder.path().join(OsStr::from_bytes(name)), GOOD).expect("written");
    }
    fs::create_dir(folder.path().join(OsStr::from_bytes(b"d\xFF"))).expect("a folder");
    let corpus = load(folder.path());
    for name in ["a\\xFE.yaml", "a\\xFF.yaml", "d\\xFF"] {
        check_reported(&corpus, &format!("{name} has a name that is not UTF-8"));
    }
    assert_eq!(corpus.problems.len(), 3, "{:?}", corpus.problems);
    assert_eq!(corpus.cases.len(), 0);
    let alone = load(&folder.path().join(OsStr::from_bytes(b"a\xFE.yaml")));
    check_reported(&alone, "has a name that is not UTF-8");
}

#[test]
fn a_byte_order_mark_is_no_fault_and_other_encodings_are_named() {
    let bom = format!("\u{FEFF}{GOOD}");
    let utf16: Vec<u8> = bom.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (bytes, problem) in [
        (bom.as_bytes(), None),
        (&utf16, Some("the file is in UTF-16, not in UTF-8")),
        (&utf16[2..], Some("the file is in UTF-16 without a byte order mark")),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("a.yaml"), bytes).expect("written");
        let corpus = load(folder.path());
        match problem {
            Some(problem) => check_reported(&corpus, problem),
            None => assert_eq!(
                (corpus.problems.len(), corpus.cases.len()),
                (0, 1),
                "{:?}",
                corpus.problems
            ),
        }
    }
}

#[cfg(unix)]
#[test]
fn an_unreadable_file_is_reported() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("closed.yaml");
    fs::write(&file, GOOD).expect("written");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o000)).expect("closed");
    if fs::read(&file).is_ok() {
        return; // The superuser can read it anyway.
    }
    check_reported(&load(folder.path()), "cannot be read");
}

#[test]
fn a_path_that_does_not_exist_is_reported() {
    check_reported(&load(Path::new("/no/such/folder")), "cannot be read");
}

#[test]
fn the_same_id_from_two_paths_is_a_fault() {
    let (one, two) = (
        tempfile::tempdir().expect("a folder"),
        tempfile::tempdir().expect("a folder"),
    );
    fs::write(one.path().join("f.yaml"), GOOD).expect("written");
    fs::write(two.path().join("f.yaml"), GOOD).expect("written");
    let corpus = Corpus::load(&[one.path().to_owned(), two.path().to_owned()]);
    check_reported(&corpus, "comes from two paths");
    assert_eq!(corpus.cases.len(), 1);
    let corpus = Corpus::load(&[one.path().to_owned(), one.path().to_owned()]);
    assert!(corpus.problems.is_empty());
}

#[test]
fn a_single_file_can_use_the_policies_of_its_corpus() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir_all(folder.path().join("policies")).expect("a folder");
    fs::create_dir_all(folder.path().join("sub")).expect("a folder");
    fs::write(
        folder.path().join("policies/one.yaml"),
        "title: t\npolicy: { origins: { any: true } }\n",
    )
    .expect("written");
    fs::write(
        folder.path().join("sub/f.yaml"),
        GOOD.replace("id: a,", "id: a, policy: one,"),
    )
    .expect("written");
    let of_file = Corpus::load(&[folder.path().join("sub/f.yaml")]);
    assert!(of_file.problems.is_empty(), "{:#?}", of_file.problems);
    assert_eq!(of_file.cases[0].id, "sub/f#a");
    let of_folder = Corpus::load(&[folder.path().join("sub")]);
    assert!(of_folder.problems.is_empty(), "{:#?}", of_folder.problems);
    assert_eq!(of_folder.cases[0].id, "f#a");
    assert!(of_folder.policy_of(&of_folder.cases[0]).is_some());
}

/// Root may examine everything, so that the test shows nothing for root.
#[test]
fn a_folder_that_cannot_be_examined_is_an_error() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().expect("a folder");
    let group = folder.path().join("group");
    std::fs::create_dir_all(group.join("inner")).expect("a folder");
    let permit = |mode| std::fs::set_permissions(&group, std::fs::Permissions::from_mode(mode)).expect("permissions");
    permit(0o600);
    let is_visible = std::fs::metadata(group.join("inner")).is_ok();
    let corpus = Corpus::load(&[folder.path().to_owned()]);
    permit(0o700);
    assert!(is_visible || corpus.problems.iter().any(|p| p.message.contains("cannot be read")));
}
