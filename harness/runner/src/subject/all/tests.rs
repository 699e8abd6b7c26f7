use super::*;
use std::os::unix::fs::symlink;

const RIGHT: &str = "role: server\npackage: { registry: npm, name: p, version: 1.2.3 }\nstart: [node]\n";

/// The subjects of a folder with a valid description for `good`, and what `make` adds.
fn load(make: impl FnOnce(&Path)) -> Subjects {
    let folder = tempfile::tempdir().expect("a folder");
    add(folder.path(), "good", &format!("name: good\n{RIGHT}"));
    make(folder.path());
    Subjects::load(folder.path(), &crate::client::ENGINES)
}

fn add(folder: &Path, name: &str, text: &str) {
    std::fs::create_dir(folder.join(name)).expect("a folder");
    std::fs::write(folder.join(name).join("subject.yaml"), text).expect("written");
}

#[test]
fn a_description_with_faults_makes_its_own_subject_unusable_and_no_other() {
    for (name, text, message) in [
        ("bad", "name: good\n", "`name` is \"good\", and the folder is `bad`"),
        ("bad", "name: ../../x\n", "`name` is \"../../x\""),
        ("bad", "name: bad\nflags: [no-such-flag]\n", "no-such-flag"),
        ("bad", "name: bad\nstart: [\n", "bad YAML"),
        (
            "model",
            "name: model\n",
            "`model` is the name of a subject that is part of",
        ),
        (
            "chromium",
            "name: chromium\n",
            "`chromium` is the name of a subject that is part of",
        ),
        ("a b", "name: a b\n", "cannot be the name of a subject"),
    ] {
        let all = load(|folder| add(folder, name, &format!("{text}{RIGHT}")));
        let found = &all.unusable[name];
        assert!(found[0].message.contains(message), "{name}: {found:#?}");
        assert!(
            all.sources.get(&found[0].file).is_some(),
            "{name}: the excerpt needs the text"
        );
        assert_eq!(all.unusable.len(), 1, "{name}");
        assert!(
            all.usable.contains_key("good") && all.usable["model"].is_model(),
            "{name}"
        );
        let error = all.strict().expect_err("unusable").to_string();
        assert!(error.contains(message) && error.contains("subject.yaml:"), "{error}");
    }
}

#[test]
fn what_is_no_text_file_makes_its_own_subject_unusable_at_once() {
    let all = load(|folder| {
        for (name, target) in [
            ("zero", "/dev/zero"),
            ("nowhere", "no-such-file"),
            ("itself", "subject.yaml"),
        ] {
            std::fs::create_dir(folder.join(name)).expect("a folder");
            symlink(target, folder.join(name).join("subject.yaml")).expect("a link");
        }
        std::fs::create_dir_all(folder.join("folder/subject.yaml")).expect("folders");
        std::fs::create_dir(folder.join("pipe")).expect("a folder");
        let pipe = std::process::Command::new("mkfifo")
            .arg(folder.join("pipe/subject.yaml"))
            .status();
        assert!(pipe.expect("mkfifo").success());
        add(folder, "utf16", "");
        std::fs::write(folder.join("utf16/subject.yaml"), b"\xFF\xFEn\0").expect("written");
        std::fs::create_dir(folder.join("yml")).expect("a folder");
        std::fs::write(folder.join("yml/subject.yml"), "").expect("written");
        // No subjects: a file, and a folder without a description.
        std::fs::write(folder.join("README.md"), "").expect("written");
        std::fs::create_dir(folder.join("empty")).expect("a folder");
    });
    let message = |name: &str| all.unusable[name][0].message.as_str();
    for (name, part) in [
        ("zero", "not a regular file, but a device"),
        ("pipe", "not a regular file, but a named pipe"),
        ("folder", "not a regular file, but a folder"),
        ("nowhere", "there is no such file"),
        ("yml", "there is no such file"),
        ("itself", "cannot be read"),
        ("utf16", "the file is in UTF-16"),
    ] {
        assert!(message(name).contains(part), "{name}: {}", message(name));
    }
    assert_eq!(all.unusable.len(), 7);
    assert!(all.usable.contains_key("good"));
}

#[test]
fn a_byte_order_mark_is_no_fault() {
    let all = load(|folder| add(folder, "bom", &format!("\u{FEFF}name: bom\n{RIGHT}")));
    assert!(
        all.unusable.is_empty() && all.usable.contains_key("bom"),
        "{:?}",
        all.unusable
    );
}
