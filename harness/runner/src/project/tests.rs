use super::*;
use crate::subject::Protocol;
use std::path::Path;

fn read(text: &str) -> Result<Project, Vec<String>> {
    let found = super::read(text, FILE, Path::new("here"));
    found.map_err(|faults| {
        let line = |d: &crosscheck_corpus::Diagnostic| {
            format!(
                "{}:{}: {} | {}",
                d.line,
                d.column,
                d.message,
                d.help.as_deref().unwrap_or_default()
            )
        };
        faults.iter().map(line).collect()
    })
}

#[test]
fn a_file_names_subjects_and_defaults() {
    let project = read(
        "crosscheck: 1\n\
         servers:\n  api: { start: python 'my app.py' --quiet, flags: [origins-list], version: 1.2.0, start-timeout: 5 }\n  \
         other: { adapter: [node, a.cjs], denies: { origins-regex: none }, scope: route }\n\
         clients:\n  mine: { adapter: node c.cjs, lacks: [{ need: streams, reason: none }] }\n\
         baseline: known\nfilters: policies/*\nreports: [junit=a.xml]\njobs: 1\ntimeout: 5\ncorpus: false\ncases: own\n",
    );
    let project = project.unwrap();
    let [api, other, mine] = &project.subjects[..] else {
        panic!("{project:?}")
    };
    assert_eq!(api.description.start, ["python", "my app.py", "--quiet"]);
    assert_eq!(
        (api.description.protocol, api.description.start_timeout),
        (Protocol::Process, Some(5))
    );
    assert_eq!(
        (api.description.package.version.as_str(), api.description.flags.len()),
        ("1.2.0", 1)
    );
    assert!(api.has_process_per_policy() && api.folder == Path::new("here"));
    assert_eq!(
        (other.description.protocol, other.description.package.version.as_str()),
        (Protocol::Adapter, "local")
    );
    assert!(!other.has_process_per_policy() && !other.description.flags.is_empty());
    assert_eq!(mine.description.role, Role::Client);
    assert_eq!(project.names(Role::Server).collect::<Vec<_>>(), ["api", "other"]);
    assert_eq!(
        (project.baseline.as_path(), project.results.as_path()),
        (Path::new("here/known"), Path::new("here/.crosscheck/results.jsonl"))
    );
    assert_eq!(
        (project.cases.as_slice(), project.has_corpus),
        (&[PathBuf::from("here/own")][..], false)
    );
    assert_eq!((project.jobs, project.timeout), (Some(1), Some(5)));
}

#[test]
fn a_server_that_runs_already_has_a_url_and_a_policy() {
    let project = read(
        "crosscheck: 1\nservers:\n  staging: { url: 'https://u:p@h/a', policy: p.yaml, ca: ca.pem, rate: 5, allow-unsafe: true, version: 2.0.0 }\n  \
         other: { url: 'http://localhost:3000', policy: p.yaml }\n",
    );
    let project = project.unwrap();
    let [staging, other] = &project.subjects[..] else {
        panic!("{project:?}")
    };
    let address = staging.address().unwrap();
    assert_eq!(address.url.expose().as_str(), "https://u:p@h/a");
    assert_eq!(
        (address.policy.as_path(), address.authorities.as_deref()),
        (Path::new("here/p.yaml"), Some(Path::new("here/ca.pem")))
    );
    assert_eq!((address.rate, address.allow_unsafe), (5, true));
    assert_eq!(staging.description.package.version, "2.0.0");
    let address = other.address().unwrap();
    assert_eq!((address.rate, address.allow_unsafe), (20, false));
    assert!(!format!("{project:?}").contains("u:p"));
}

#[test]
fn each_fault_of_a_server_with_a_url_is_named_with_its_place_and_a_remedy() {
    for (text, expected) in [
        (
            "crosscheck: 1\nservers: { a: { url: 'http://h/' } }",
            "2:15: a server with a `url` has no `policy` | add `policy:`",
        ),
        (
            "crosscheck: 1\nservers: { a: { url: 'ftp://u:p@h/', policy: p.yaml } }",
            "2:22: `url` is not an http or https URL with a host | write the whole URL",
        ),
        (
            "crosscheck: 1\nservers: { a: { url: 'http://h/', policy: p.yaml, start: x } }",
            "`start` is not a key of a server with a `url`",
        ),
        (
            "crosscheck: 1\nservers: { a: { url: 'http://h/', policy: p.yaml, rate: 0 } }",
            "`rate` is 0, which is out of range | write a number from 1 to 1000",
        ),
    ] {
        let faults = read(text).unwrap_err();
        assert!(
            faults.iter().any(|fault| fault.contains(expected)),
            "{text:?}: {faults:#?}"
        );
    }
}

#[test]
fn each_fault_is_named_with_its_place_and_a_remedy() {
    for (text, expected) in [
        ("", "the file is empty | write `crosscheck: 1`"),
        (
            "servers: { a: { start: x } }",
            "1:1: a crosscheck.yaml has no `crosscheck` | add `crosscheck:`",
        ),
        (
            "crosscheck: 2\nservers: { a: { start: x } }",
            "1:13: `crosscheck` must be the version of the format, 1, not the number 2 | write `crosscheck: 1`",
        ),
        ("crosscheck: 1", "the file names no server and no client"),
        (
            "crosscheck: 1\nserver: { a: { start: x } }",
            "2:1: `server` is not a key of a crosscheck.yaml | did you mean `servers`?",
        ),
        (
            "crosscheck: 1\nservers: [a]",
            "2:10: `servers` must be a map from names to settings",
        ),
        (
            "crosscheck: 1\nservers: { a/b: { start: x } }",
            "2:12: \"a/b\" cannot be the name of a server",
        ),
        (
            "crosscheck: 1\nservers: { a: {} }",
            "2:12: the server has no command | write `start:`",
        ),
        (
            "crosscheck: 1\nservers: { a: { start: x, adapter: y } }",
            "the server has both `start` and `adapter`",
        ),
        (
            "crosscheck: 1\nservers: { a: { start: \"x 'y\" } }",
            "`start` has a quote that is not closed",
        ),
        (
            "crosscheck: 1\nservers: { a: { start: \"\" } }",
            "`start` names no program",
        ),
        (
            "crosscheck: 1\nservers: { a: { start: x, flags: [origin-list] } }",
            "`flags` does not know the word \"origin-list\" | did you mean `origins-list`?",
        ),
        (
            "crosscheck: 1\nservers: { a: { start: x, port: 1 } }",
            "`port` is not a key of a server",
        ),
        (
            "crosscheck: 1\nservers: { a: { start: x, start-timeout: 0 } }",
            "`start-timeout` must be a number of seconds",
        ),
        (
            "crosscheck: 1\nclients: { a: { start: x } }",
            "the command of the browser has no place for the proxy | write {proxy}",
        ),
        (
            "crosscheck: 1\nservers: { a: { start: x, build: [] } }",
            "`build` names no program",
        ),
        (
            "crosscheck: 1\nclients: { a: { adapter: x, build: y } }",
            "`build` is not a key of a client",
        ),
        (
            "crosscheck: 1\nclients: { a: { flags: [] } }",
            "`flags` is not a key of a client",
        ),
        (
            "crosscheck: 1\nservers: { a: { start: x } }\nclients: { a: { adapter: x } }",
            "`a` is the name of a server and of a client",
        ),
        (
            "crosscheck: 1\nservers: { a: { start: x } }\njobs: many",
            "`jobs` must be a whole number, not ",
        ),
        (
            "crosscheck: 1\nservers: { a: { start: x } }\njobs: 0",
            "3:7: `jobs` is 0, which is out of range | write a number from 1 to 3600",
        ),
        (
            "crosscheck: 1\nservers: { a: { start: x } }\ncorpus: 1",
            "`corpus` must be true or false",
        ),
        (
            "crosscheck: 1\nservers: { a: { start: x } }\nbaseline: ''",
            "`baseline` is empty",
        ),
        ("crosscheck: 1\nservers: { a: { start: x }, a: { start: y } }", "2:"),
        ("crosscheck: [", "1:"),
    ] {
        let faults = read(text).unwrap_err();
        assert!(
            faults.iter().any(|fault| fault.contains(expected)),
            "{text:?}: {faults:#?}"
        );
    }
}
