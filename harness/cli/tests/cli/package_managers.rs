//! What package managers get from the folders and the environment in which they are started. Scripts take their places.

use crate::program::root;
use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

const MANAGERS: [&str; 5] = ["npm", "python3", "go", "mvn", "cargo"];
/// Configuration that would decide what a package manager runs, and a program in place of one.
const HOSTILE: [&str; 9] = [
    ".cargo/config.toml",
    "Cargo.toml",
    ".npmrc",
    "package.json",
    ".mvn/jvm.config",
    "go.work",
    "go.mod",
    "pip.conf",
    "npm",
];
/// The variables of each started program.
const COMMON: [&str; 6] = ["CROSSCHECK_CHILD", "HOME", "JDK_JAVA_OPTIONS", "LANG", "PATH", "TMPDIR"];
/// The variables that the program sets for Go and for every listing, and those for a build with Cargo.
const SET: [&str; 3] = ["GOFLAGS", "GOTOOLCHAIN", "GOWORK"];
const SET_FOR_CARGO: [&str; 4] = [
    "CARGO_INCREMENTAL",
    "CARGO_PROFILE_DEV_DEBUG",
    "CARGO_TARGET_DIR",
    "CROSSCHECK_LOCK",
];
/// Variables of the user: secrets and settings of other programs, and a setting for each package manager.
const GIVEN: [&str; 12] = [
    "AWS_SECRET_ACCESS_KEY",
    "CARGO_REGISTRY_TOKEN",
    "GITHUB_TOKEN",
    "GOFLAGS",
    "NODE_OPTIONS",
    "PYTHONPATH",
    "npm_config_script_shell",
    "CARGO_NET_OFFLINE",
    "GOPROXY",
    "MAVEN_OPTS",
    "PIP_INDEX_URL",
    "npm_config_registry",
];
const RELEASES: &str = r#"["4.8.0", "4.9.0", "4.9.1"]"#;
const CASE: &str = "policies/any#vary/root-allowed";

/// A folder with hostile configuration at each level, and another one with the home folder, the scripts, and what they recorded.
struct Bench {
    hostile: tempfile::TempDir,
    own: tempfile::TempDir,
}

/// How a script was started.
struct Record {
    program: String,
    arguments: String,
    folder: PathBuf,
    mode: String,
    /// The names of its variables.
    environment: BTreeSet<String>,
    /// The temporary folder.
    temporary: PathBuf,
}

impl Bench {
    fn new() -> Self {
        let folder = || tempfile::tempdir().expect("a folder");
        let bench = Self {
            hostile: folder(),
            own: folder(),
        };
        for level in ["", "tmp", "project", "project/here"] {
            for file in HOSTILE {
                let path = bench.hostile.path().join(level).join(file);
                std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
                write_script(&path, "#!/bin/sh\nexit 99\n");
            }
        }
        for name in ["bin", "home", "log"] {
            std::fs::create_dir(bench.own.path().join(name)).expect("a folder");
        }
        let script = format!(
            "#!/bin/sh\n\
             log=$(mktemp -d '{}/XXXXXX')\n\
             basename \"$0\" > \"$log/program\"\n\
             echo \"$*\" > \"$log/arguments\"\n\
             pwd -P > \"$log/folder\"\n\
             stat -c %a . > \"$log/mode\"\n\
             cat /proc/$$/environ > \"$log/environment\"\n\
             case \"$*\" in\n\
             '-m venv'*) mkdir -p venv/bin && cp \"$0\" venv/bin/python ;;\n\
             view*) echo '{RELEASES}' ;;\n\
             esac\n",
            bench.own.path().join("log").display()
        );
        for name in MANAGERS {
            write_script(&bench.own.path().join("bin").join(name), &script);
        }
        bench
    }

    fn home(&self) -> PathBuf {
        self.own.path().join("home")
    }

    fn command(&self, arguments: &[&str], variables: &[(&str, &Path)]) -> Command {
        let path = format!(".::{}:/usr/bin:/bin", self.own.path().join("bin").display());
        let mut command = Command::new(env!("CARGO_BIN_EXE_crosscheck"));
        command
            .args(arguments)
            .current_dir(self.hostile.path().join("project/here"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .env_clear()
            .envs(GIVEN.map(|name| (name, "hunter2-hunter2")))
            .env("PATH", path)
            .env("HOME", self.home())
            .env("LANG", "C.UTF-8")
            .env("TMPDIR", self.hostile.path().join("tmp"))
            .envs(variables.iter().copied());
        command
    }

    /// Runs the program, and returns its stderr.
    fn run(&self, arguments: &[&str], variables: &[(&str, &Path)]) -> String {
        let output = self.command(arguments, variables).output().expect("the program runs");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        assert!(!format!("{out}{err}").contains("hunter2"), "{out}{err}");
        err
    }

    /// The programs that run with the temporary folder of the bench, other than this one.
    fn running(&self) -> usize {
        let wanted = self.hostile.path().join("tmp");
        let wanted = wanted.as_os_str().as_encoded_bytes();
        let is_ours = |entry: &std::fs::DirEntry| {
            let environment = std::fs::read(entry.path().join("environ")).unwrap_or_default();
            environment.windows(wanted.len()).any(|part| part == wanted)
        };
        std::fs::read_dir("/proc")
            .expect("Linux")
            .flatten()
            .filter(is_ours)
            .count()
    }

    /// Searches the releases of a server, and returns the stderr of the program.
    fn bisect(&self, server: &str) -> String {
        let cases = root().join("cases").canonicalize().expect("a path");
        let cases = cases.to_string_lossy();
        let mut arguments = vec!["bisect", "--server", server, "--cases", &cases, "--case", CASE];
        arguments.extend(["--good", "4.8.0", "--bad", "4.9.1"]);
        self.run(&arguments, &[])
    }

    fn records(&self) -> Vec<Record> {
        let logs = std::fs::read_dir(self.own.path().join("log")).expect("a folder");
        let record = |log: std::fs::DirEntry| {
            let read = |name| std::fs::read_to_string(log.path().join(name)).expect("a record");
            let line = |name| read(name).trim().to_owned();
            let environment = read("environment");
            let variables = || environment.split('\0').filter_map(|variable| variable.split_once('='));
            let temporary = variables().find(|(name, _)| *name == "TMPDIR").expect("it is set").1;
            Record {
                program: line("program"),
                arguments: line("arguments"),
                folder: line("folder").into(),
                mode: line("mode"),
                environment: variables().map(|(name, _)| name.to_owned()).collect(),
                temporary: temporary.into(),
            }
        };
        logs.map(|log| record(log.expect("an entry"))).collect()
    }

    /// Checks every start: no hostile file is in the folder or above it, the folder is private, and the variables are the stated ones.
    #[track_caller]
    fn check(&self) -> Vec<Record> {
        let records = self.records();
        let cache = self.home().join(".cache").canonicalize().unwrap_or_default();
        let hostile = self.hostile.path().canonicalize().expect("a path");
        for record in &records {
            let (what, folder) = (format!("{} {}", record.program, record.arguments), &record.folder);
            assert!(!folder.starts_with(&hostile), "{what}: {}", folder.display());
            if record.program == "cargo" && record.arguments.starts_with("build") {
                // In the adapters that the program carries, which are below the private folder of the bundle.
                assert!(
                    folder.starts_with(cache.join("crosscheck/bundle")),
                    "{what}: {}",
                    folder.display()
                );
            } else if record.arguments.starts_with("-c") {
                assert_eq!(folder, Path::new("/"), "{what}");
            } else {
                assert!(folder.starts_with(&cache), "{what}: {}", folder.display());
                assert_eq!(record.mode, "700", "{what}");
            }
            assert!(record.temporary.starts_with(self.hostile.path().join("tmp")));
            let own: &[&str] = match record.program.as_str() {
                "npm" => &["npm_config_registry"],
                "python3" | "python" => &["PIP_INDEX_URL"],
                "go" => &["GOPROXY"],
                "mvn" => &["MAVEN_OPTS"],
                _ => &["CARGO_NET_OFFLINE"],
            };
            let set: &[&str] = match record.program.as_str() {
                "go" => &SET,
                _ if record.is_listing() => &SET,
                "cargo" => &SET_FOR_CARGO,
                _ => &[],
            };
            let expected: BTreeSet<String> = [&COMMON, own, set].concat().iter().map(|n| (*n).to_owned()).collect();
            assert_eq!(record.environment, expected, "{what}");
        }
        records
    }
}

impl Record {
    fn is_listing(&self) -> bool {
        let name = self.folder.file_name().unwrap_or_default();
        name.to_string_lossy().starts_with("listing-")
    }
}

fn write_script(path: &Path, text: &str) {
    std::fs::write(path, text).expect("a script");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("a mode");
}

fn programs(records: &[Record]) -> BTreeSet<&str> {
    records.iter().map(|record| record.program.as_str()).collect()
}

#[test]
fn an_installation_uses_neither_hostile_files_nor_variables_that_are_not_stated() {
    let bench = Bench::new();
    let err = bench.run(&["subjects", "install", "hono", "starlette", "rs-cors", "javalin"], &[]);
    let installed = bench.hostile.path().join("installed");
    bench.run(
        &["subjects", "install", "poem@3.1.11"],
        &[("CROSSCHECK_INSTALLED", &installed)],
    );
    let records = bench.check();
    let expected = ["cargo", "go", "mvn", "npm", "python", "python3"];
    assert_eq!(programs(&records), expected.into(), "{err}");
}

#[test]
fn a_bisection_uses_neither_hostile_files_nor_variables_that_are_not_stated() {
    let bench = Bench::new();
    let errors: Vec<String> = ["hono", "starlette", "rs-cors", "javalin", "poem"]
        .iter()
        .map(|server| bench.bisect(server))
        .collect();
    let records = bench.check();
    assert_eq!(programs(&records), MANAGERS.into(), "{errors:?}");
    let is_installation = |record: &Record| record.program == "npm" && record.arguments.starts_with("install");
    assert!(records.iter().any(is_installation), "{errors:?}");
}

#[test]
fn each_command_is_printed_with_its_folder_before_it_runs() {
    let bench = Bench::new();
    let cache = bench.home().join(".cache/crosscheck");
    let list = format!("running: cd {}", cache.join("listing-").display());
    let install = format!("running: cd {}", cache.join("subjects/hono").display());
    let has = |err: &str, start: &str, part: &str| err.lines().any(|l| l.starts_with(start) && l.contains(part));
    let err = bench.bisect("hono");
    assert!(
        has(&err, &list, "npm view --no-workspaces hono versions --json"),
        "{err}"
    );
    assert!(
        has(&err, &install, "npm install --save-exact --ignore-scripts"),
        "{err}"
    );
    // A program that cannot be started is printed as well.
    let nothing = bench.own.path().join("nothing");
    let err = bench.run(&["subjects", "install", "hono"], &[("PATH", &nothing)]);
    assert!(has(&err, &install, " && npm ci --ignore-scripts"), "{err}");
}

#[test]
fn a_signal_ends_the_package_manager_and_the_next_installation_succeeds() {
    let bench = Bench::new();
    let npm = bench.own.path().join("bin/npm");
    let quick = std::fs::read_to_string(&npm).expect("a script");
    write_script(&npm, "#!/bin/sh\nsleep 1000 &\necho left > half\nsleep 1000\n");
    let installed = bench.home().join(".cache/crosscheck/subjects/hono");
    let mut child = bench
        .command(&["subjects", "install", "hono"], &[])
        .spawn()
        .expect("the program starts");
    let half = || files(&installed).into_iter().find(|file| file.ends_with("half"));
    while half().is_none() {
        sleep(Duration::from_millis(10));
    }
    assert!(bench.running() > 2);
    let sent = Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
    assert!(sent.expect("kill").success());
    assert_eq!(child.wait().expect("it ends").code(), Some(1));
    while bench.running() > 0 {
        sleep(Duration::from_millis(10));
    }
    write_script(&npm, &quick);
    let output = bench
        .command(&["subjects", "install", "hono"], &[])
        .output()
        .expect("the program runs");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "hono: installed\n");
    assert_eq!(
        half(),
        None,
        "the rest of the first installation is a part of the second"
    );
}

/// Every file below a folder, if it exists.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path());
    paths
        .flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] })
        .collect()
}
