//! The CI job of a project.

use crate::frameworks::Language;

/// The name of the package of this program in the registries of Python and npm. All lines that install it are in this file.
const PACKAGE: &str = "crosscheck-cors";

/// The system that runs the job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum System {
    GitHub,
    GitLab,
}

impl System {
    /// The file of the job.
    pub(super) const fn file(self) -> &'static str {
        match self {
            Self::GitHub => ".github/workflows/crosscheck.yml",
            Self::GitLab => ".gitlab-ci.crosscheck.yml",
        }
    }

    /// Its template.
    pub(super) const fn template(self) -> &'static str {
        match self {
            Self::GitHub => "harness/templates/github.yml",
            Self::GitLab => "harness/templates/gitlab.yml",
        }
    }
}

/// The line of a template that the steps replace.
const STEPS: &str = "# [steps]";

/// Fills in the template of a job.
pub(super) fn job(system: System, language: Language, template: &str) -> String {
    let mut text = String::new();
    for line in template.lines() {
        match line.strip_suffix(STEPS) {
            Some(indent) => {
                for step in steps(system, language) {
                    text.push_str(&format!("{indent}{step}\n"));
                }
            }
            None => {
                text.push_str(line);
                text.push('\n');
            }
        }
    }
    text
}

fn steps(system: System, language: Language) -> Vec<String> {
    let commands = commands(language);
    match system {
        System::GitHub => {
            let tool = tool(language).into_iter().map(str::to_owned);
            let commands = commands.iter().map(|command| format!("- run: {command}"));
            tool.chain(commands).collect()
        }
        System::GitLab => {
            let before = match language {
                Language::Python | Language::Javascript => None,
                // The program comes from npm.
                Language::Go | Language::Java | Language::Rust => {
                    Some("  - apt-get update && apt-get install --yes npm")
                }
            };
            let head = [format!("image: {}", image(language)), "script:".to_owned()];
            let commands = commands.iter().map(|command| format!("  - {command}"));
            head.into_iter()
                .chain(before.map(str::to_owned))
                .chain(commands)
                .collect()
        }
    }
}

/// The lines of the step that installs the tools of the language.
fn tool(language: Language) -> Vec<&'static str> {
    match language {
        Language::Python => vec!["- uses: actions/setup-python@v5", "  with: { python-version: \"3.x\" }"],
        Language::Javascript => vec!["- uses: actions/setup-node@v4", "  with: { node-version: 22 }"],
        Language::Go => vec!["- uses: actions/setup-go@v5", "  with: { go-version: stable }"],
        Language::Java => vec![
            "- uses: actions/setup-java@v4",
            "  with: { distribution: temurin, java-version: 21 }",
        ],
        // The system of the job has it.
        Language::Rust => vec![],
    }
}

/// The container image with the language's tools.
const fn image(language: Language) -> &'static str {
    match language {
        Language::Python => "python:3",
        Language::Javascript => "node:22",
        Language::Go => "golang:latest",
        Language::Java => "maven:3-eclipse-temurin-21",
        Language::Rust => "rust:latest",
    }
}

/// The commands of the job: install what the skeleton needs, install this program, run it.
fn commands(language: Language) -> Vec<String> {
    match language {
        Language::Python => vec![
            "pip install -r crosscheck/requirements.txt".to_owned(),
            format!("pip install {PACKAGE}"),
            "crosscheck run".to_owned(),
        ],
        Language::Javascript => vec!["npm install".to_owned(), format!("npx --yes {PACKAGE} run")],
        Language::Go | Language::Java | Language::Rust => vec![format!("npx --yes {PACKAGE} run")],
    }
}
