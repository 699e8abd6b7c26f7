use super::ci::{System, job};
use super::detect::detect;
use super::files::{NewFile, WriteError, files, write};
use super::manifests::{Manifest, manifests};
use super::next::next;
use crate::frameworks::{Framework, Language};
use clap::ValueEnum as _;
use crosscheck_runner::project::{FILE, read};
use std::path::Path;

fn written(text: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in text {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn chosen(texts: &[(&str, &str)], language: Option<Language>) -> Result<Framework, String> {
    let folder = written(texts);
    let manifests = manifests(folder.path()).map_err(|error| error.to_string())?;
    detect(&manifests, language, None).map_err(|error| error.to_string())
}

#[test]
fn manifests_show_the_framework() {
    for (file, text, expected) in [
        ("requirements.txt", "fastapi[standard]>=0.100\n", Framework::Fastapi),
        ("requirements-dev.txt", "starlette==1.0\n", Framework::Fastapi),
        (
            "pyproject.toml",
            "[project]\ndependencies = [\"Flask_Cors>=6\"]\n",
            Framework::Flask,
        ),
        ("Pipfile", "[packages]\ndjango = \"*\" # or flask\n", Framework::Django),
        (
            "setup.cfg",
            "[options]\ninstall_requires =\n  django-cors-headers\n",
            Framework::Django,
        ),
        (
            "package.json",
            r#"{"dependencies":{"express":"5"}}"#,
            Framework::Express,
        ),
        ("package.json", r#"{"name":"cors"}"#, Framework::Express),
        // The CORS library decides between two frameworks.
        (
            "package.json",
            r#"{"dependencies":{"express":"5","fastify":"5","@fastify/cors":"11"}}"#,
            Framework::Fastify,
        ),
        ("package.json", r#"{"devDependencies":{"hono":"4"}}"#, Framework::Hono),
        (
            "go.mod",
            "module a\nrequire github.com/gin-gonic/gin v1.12.0\n",
            Framework::Gin,
        ),
        (
            "go.mod",
            "module a\nrequire (\n\tgithub.com/labstack/echo/v5 v5.0.0\n)\n",
            Framework::Echo,
        ),
        // An indirect dependency is not the framework of a project.
        (
            "go.mod",
            "module a\nrequire github.com/gin-gonic/gin v1.12.0 // indirect\n",
            Framework::Nethttp,
        ),
        ("go.mod", "module a\n", Framework::Nethttp),
        (
            "pom.xml",
            "<groupId>org.springframework.boot</groupId>",
            Framework::Spring,
        ),
        (
            "build.gradle",
            "implementation 'org.springframework:spring-web:7.0.0'",
            Framework::Spring,
        ),
        (
            "build.gradle.kts",
            "implementation(\"org.springframework.boot:spring-boot-starter-web\")",
            Framework::Spring,
        ),
        (
            "pom.xml",
            "<artifactId>ktor-server-netty-jvm</artifactId>",
            Framework::Ktor,
        ),
        (
            "build.gradle",
            "implementation \"io.ktor:ktor-server-core:$ktor_version\"",
            Framework::Ktor,
        ),
        (
            "build.gradle.kts",
            "plugins { id(\"io.ktor.plugin\") version \"3.5.2\" }",
            Framework::Ktor,
        ),
        (
            "build.gradle.kts",
            "implementation(libs.ktor.server.core)",
            Framework::Ktor,
        ),
        // An application of Spring with the client of Ktor.
        (
            "build.gradle.kts",
            "implementation(\"io.ktor:ktor-client-core:3.5.2\")\nimplementation(\"org.springframework:spring-web:7.0.0\")",
            Framework::Spring,
        ),
        ("Cargo.toml", "[dependencies]\naxum.workspace = true\n", Framework::Axum),
        (
            "Cargo.toml",
            "[dependencies]\ntower-http = { version = \"0.7\" }\n",
            Framework::Axum,
        ),
        ("Cargo.toml", "[dependencies]\nactix-web = \"4\"\n", Framework::Actix),
    ] {
        assert_eq!(chosen(&[(file, text)], None), Ok(expected), "{file}: {text}");
    }
}

#[test]
fn a_language_alone_has_its_most_common_framework() {
    for (language, expected) in [
        (Language::Python, Framework::Fastapi),
        (Language::Javascript, Framework::Express),
        (Language::Go, Framework::Nethttp),
        (Language::Java, Framework::Spring),
        (Language::Rust, Framework::Axum),
    ] {
        assert_eq!(chosen(&[], Some(language)), Ok(expected));
    }
}

#[test]
fn the_manifests_of_other_languages_do_not_count_if_a_language_is_given() {
    let both = [
        ("package.json", r#"{"dependencies":{"express":"5"}}"#),
        ("pyproject.toml", "dependencies = ['flask']"),
    ];
    assert_eq!(chosen(&both, Some(Language::Python)), Ok(Framework::Flask));
    // A manifest without a known framework decides nothing.
    let tools = [("package.json", r#"{"devDependencies":{"prettier":"3"}}"#), both[1]];
    assert_eq!(chosen(&tools, None), Ok(Framework::Flask));
}

#[test]
fn what_cannot_be_decided_is_an_error_with_what_was_found() {
    for (texts, expected) in [
        (
            &[][..],
            "it has no manifest (looked for: package.json, requirements*.txt",
        ),
        (&[("package.json", "{}")], "it has package.json (looked for"),
        (&[("package.json", "{")], "package.json: the file is no valid JSON"),
        (
            &[("requirements.txt", "\u{0}\u{1}")],
            "requirements.txt: the file is in UTF-16",
        ),
        (
            &[("requirements.txt", "flask\nfastapi")],
            "several frameworks are found: FastAPI in requirements.txt, Flask in requirements.txt",
        ),
        (
            &[("go.mod", "module a"), ("package.json", r#"{"name":"express"}"#)],
            "Express in package.json, net/http in go.mod",
        ),
    ] {
        let error = chosen(texts, None).unwrap_err();
        assert!(error.contains(expected), "{texts:?}: {error}");
    }
    let wrong = detect(&[], Some(Language::Go), Some(Framework::Flask)).unwrap_err();
    assert_eq!(wrong.to_string(), "Flask is a framework of python, not of go");
}

/// The files of every framework, for both systems.
fn all() -> impl Iterator<Item = (Framework, System, Vec<NewFile>)> {
    Framework::value_variants().iter().flat_map(|framework| {
        [System::GitHub, System::GitLab].map(|system| (*framework, system, files(*framework, system).unwrap()))
    })
}

fn text<'f>(files: &'f [NewFile], path: &str) -> &'f str {
    let file = files.iter().find(|file| file.path == path);
    let file = file.unwrap_or_else(|| panic!("{path} is not written"));
    std::str::from_utf8(&file.content).unwrap()
}

#[test]
fn each_skeleton_has_a_valid_crosscheck_yaml_and_the_files_that_it_names() {
    for (framework, system, files) in all() {
        let yaml = text(&files, FILE);
        assert!(yaml.starts_with("# yaml-language-server: $schema=.crosscheck/crosscheck.schema.json\n"));
        let project = read(yaml, FILE, Path::new("")).unwrap_or_else(|faults| panic!("{framework:?}: {faults:?}"));
        let [subject] = &project.subjects[..] else {
            panic!("{project:?}")
        };
        assert!(!subject.description.flags.is_empty(), "{framework:?}");
        let commands = yaml
            .lines()
            .filter(|line| line.trim_start().starts_with("start:") || line.trim_start().starts_with("build:"));
        let named: Vec<&str> = commands
            .flat_map(str::split_whitespace)
            // What a build writes is below `.crosscheck`, which Git ignores.
            .filter(|word| word.starts_with("crosscheck/"))
            .collect();
        let builds_go = yaml.contains(" ./crosscheck\n") && files.iter().any(|file| file.path.ends_with(".go"));
        assert!(!named.is_empty() || builds_go, "{framework:?}");
        for name in named {
            text(&files, name);
        }
        if yaml.contains(" build: ") {
            let is_moved =
                |file: &NewFile| String::from_utf8_lossy(&file.content).contains(".crosscheck/target</directory>");
            let is_ignored = yaml.contains(" -o .crosscheck/") || yaml.contains(" --target-dir .crosscheck/");
            assert!(
                is_ignored || files.iter().any(is_moved),
                "{framework:?}: Git does not ignore what the build writes"
            );
        }
        let schema: serde_json::Value =
            serde_json::from_str(text(&files, ".crosscheck/crosscheck.schema.json")).unwrap();
        assert!(schema["properties"]["servers"].is_object());
        assert!(text(&files, ".crosscheck/.gitignore").starts_with("*\n"));
        assert!(files.iter().any(|file| file.path == system.file()));
        let is_marked = |file: &NewFile| String::from_utf8_lossy(&file.content).contains("Put your own ");
        assert!(
            files.iter().any(is_marked),
            "{framework:?}: no comment shows where one's own middleware goes"
        );
        // No file of another framework or language is among them.
        assert!(files.len() <= 9, "{framework:?}: {files:?}");
    }
}

#[test]
fn a_job_is_valid_yaml_that_installs_the_program_and_runs_it() {
    use crosscheck_corpus::document::{Faults, Value, parse};
    for (framework, system, files) in all() {
        let text = text(&files, system.file());
        let faults = Faults::default();
        let root = parse(&faults, text);
        assert!(matches!(root.map(|root| root.value), Some(Value::Map(_))), "{text}");
        let last_step = "crosscheck-cors run\n";
        let is_run = text.contains(last_step)
            || (text.contains("pip install crosscheck-cors\n") && text.contains(" crosscheck run\n"));
        assert!(is_run, "{framework:?} {system:?}:\n{text}");
        assert!(!text.contains("[steps]"), "{text}");
    }
}

#[test]
fn the_steps_of_a_job_have_the_indentation_of_their_place() {
    let made = job(System::GitHub, Language::Javascript, "a:\n  # [steps]\nb: c\n");
    assert_eq!(
        made,
        "a:\n  - uses: actions/setup-node@v4\n    with: { node-version: 22 }\n  - run: npm install\n  - run: npx --yes crosscheck-cors run\nb: c\n"
    );
}

#[test]
fn nothing_is_overwritten_and_nothing_is_written_if_a_file_exists() {
    let files = files(Framework::Express, System::GitHub).unwrap();
    for file in &files {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(&file.path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink("nowhere", &path).unwrap();
        let error = write(folder.path(), &files).unwrap_err();
        assert!(
            matches!(&error, WriteError::Exist(existing) if *existing == [file.path.clone()]),
            "{error}"
        );
        assert!(error.to_string().contains(&file.path), "{error}");
        let count = |path: &Path| std::fs::read_dir(path).unwrap().count();
        assert_eq!((count(folder.path()), count(path.parent().unwrap())), (1, 1));
    }
}

#[test]
fn a_file_in_place_of_a_folder_is_named_and_nothing_is_written() {
    let folder = written(&[("crosscheck", "the program, unpacked here")]);
    let error = write(folder.path(), &files(Framework::Fastapi, System::GitHub).unwrap()).unwrap_err();
    assert!(
        matches!(&error, WriteError::NotAFolder(file, new) if file == "crosscheck" && new == "crosscheck/contract.py"),
        "{error}"
    );
    assert!(!folder.path().join(".crosscheck").exists());
    assert!(!folder.path().join(FILE).exists() && folder.path().join("crosscheck").is_file());
}

#[test]
fn the_next_commands_install_what_is_missing() {
    let package = Manifest::read(
        "package.json",
        Language::Javascript,
        r#"{"dependencies":{"express":"5"}}"#,
    )
    .unwrap();
    let module = Manifest::read("go.mod", Language::Go, "module a").unwrap();
    for (framework, manifests, is_isolated, expected) in [
        (Framework::Express, vec![package], false, "npm install --save-dev cors"),
        (
            Framework::Fastify,
            vec![],
            false,
            "npm install --save-dev fastify @fastify/cors",
        ),
        (Framework::Gin, vec![], false, "go mod init example.com/app"),
        (Framework::Gin, vec![module], false, "go mod tidy"),
        (Framework::Flask, vec![], false, "python3 -m venv .venv"),
        (
            Framework::Flask,
            vec![],
            true,
            "pip install -r crosscheck/requirements.txt",
        ),
    ] {
        let commands = next(framework, &manifests, is_isolated);
        assert_eq!(commands[0], expected);
        assert!(commands.last().unwrap().starts_with("crosscheck run "), "{commands:?}");
    }
}
