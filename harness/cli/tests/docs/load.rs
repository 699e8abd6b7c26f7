//! Loads every YAML block as the kind of file that its marker states.

use crate::blocks::Block;
use crate::project::Project;

const CASE_SCHEMA: &str = "# yaml-language-server: $schema=schema/case.schema.json\n";
const POLICY_SCHEMA: &str = "# yaml-language-server: $schema=../schema/policy.schema.json\n";

/// Loads a block; `defaults` is the page's block of that kind, for entries of `cases`. Returns what is wrong.
pub(crate) fn load(project: &Project, block: &Block, defaults: Option<&Block>) -> Result<(), String> {
    if let Some(file) = block.attributes.get("file") {
        project.write(file, &block.text);
        let corpus = file.split('/').next().unwrap_or(file);
        return match block.kind.as_str() {
            "case" => project.succeeds(&format!("crosscheck lint {corpus}")).map(drop),
            "policy" => policy(project, &format!("file-{}", block.line), &block.text),
            "project" => project.succeeds("crosscheck lint").map(drop),
            other => Err(format!("a file of the kind `{other}` has no check")),
        };
    }
    let name = format!("block-{}", block.line);
    match block.kind.as_str() {
        "case" => cases(project, &name, &block.text),
        "cases" => {
            let defaults = defaults.ok_or("the page has no block with the marker `defaults` before this one")?;
            let title = "title: The entries of a block\n";
            cases(
                project,
                &name,
                &format!("{CASE_SCHEMA}{title}{}cases:\n{}", defaults.text, block.text),
            )
        }
        // The entries that follow show that these load.
        "defaults" => Ok(()),
        "policy" => policy(project, &name, &block.text),
        "subject" => {
            let subject = value_of(&block.text, "name").ok_or("the subject has no name")?;
            project.write(&format!("{name}/{subject}/subject.yaml"), &block.text);
            let listed = project.succeeds(&format!("CROSSCHECK_SUBJECTS={name} crosscheck subjects"))?;
            match listed
                .lines()
                .any(|line| line.split_whitespace().next() == Some(subject))
            {
                true => Ok(()),
                false => Err(format!("`{subject}` is not listed in\n{listed}")),
            }
        }
        "baseline" => {
            let subject = block.attributes.get("subject").ok_or("the marker needs subject=NAME")?;
            let cases = block.attributes.get("cases").ok_or("the marker needs cases=GLOB")?;
            project.write(&format!("{name}/{subject}.yaml"), &block.text);
            let run = format!("crosscheck run '{cases}' --server {subject} --baseline {name}");
            // The cause covers every deviation: none is appended, and all are known then.
            let updated = project.succeeds(&format!("{run} --update-baseline"))?;
            if !updated.contains("0 causes and ") || !updated.contains("; 0 causes are unexplained") {
                return Err(format!("the cause does not cover the cases:\n{updated}"));
            }
            let ran = project.succeeds(&run)?;
            match ran.contains("against the baseline: known ") && !ran.contains("unexpected") {
                true => Ok(()),
                false => Err(format!("not every listed case is known:\n{ran}")),
            }
        }
        "project" => {
            project.write(&format!("{name}/crosscheck.yaml"), &block.text);
            // A server that runs already has a file with its policy.
            let policy = "title: The pages\npolicy: { origins: { list: [https://app.example] } }\n";
            project.write(&format!("{name}/policy.yaml"), policy);
            project.succeeds(&format!("cd {name} && crosscheck lint")).map(drop)
        }
        "recall" => {
            project.write(&format!("{name}/recall.yaml"), &block.text);
            project
                .succeeds(&format!("crosscheck lint {name}/recall.yaml"))
                .map(drop)
        }
        other => Err(format!("the marker `{other}` is unknown; a YAML block states its kind")),
    }
}

fn cases(project: &Project, name: &str, text: &str) -> Result<(), String> {
    project.write(&format!("{name}/cases.yaml"), text);
    project.succeeds(&format!("crosscheck lint {name}")).map(drop)
}

fn policy(project: &Project, name: &str, text: &str) -> Result<(), String> {
    let schema = if text.starts_with('#') { "" } else { POLICY_SCHEMA };
    project.write(&format!("{name}/policies/shown.yaml"), &format!("{schema}{text}"));
    project.succeeds(&format!("crosscheck lint {name}")).map(drop)
}

/// The value of a key at the start of a line.
fn value_of<'t>(text: &'t str, key: &str) -> Option<&'t str> {
    text.lines().find_map(|l| l.strip_prefix(key)?.strip_prefix(": "))
}
