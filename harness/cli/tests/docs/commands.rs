//! Runs every command of a page and compares its output with the page.

use crate::blocks::Block;
use crate::project::Project;

/// Matches any lines, or any part of a line.
const OMITTED: &str = "...";

/// Runs the commands of a `sh` block, each of which must succeed.
pub(crate) fn script(project: &Project, block: &Block) -> Result<(), String> {
    let lines = block.text.replace("\\\n", " ");
    let commands = lines
        .lines()
        .filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'));
    for command in commands {
        project.succeeds(&as_program(command))?;
    }
    Ok(())
}

/// Runs the commands of a configuration of a CI system, each of which must succeed. They are the lines that call the program, as they
/// are or as a value of `run`, an entry of `script` or the argument of `sh`.
pub(crate) fn of_ci(project: &Project, block: &Block) -> Result<(), String> {
    let mut found = false;
    for line in block.text.lines().map(str::trim) {
        let line = line.strip_prefix("- ").unwrap_or(line);
        let line = line.strip_prefix("run: ").unwrap_or(line);
        let line = line
            .strip_prefix("sh '")
            .and_then(|l| l.strip_suffix('\''))
            .unwrap_or(line);
        if line.starts_with("crosscheck ") {
            found = true;
            project.succeeds(&format!("GITHUB_STEP_SUMMARY=step-summary.md\n{line}"))?;
        }
    }
    if found {
        Ok(())
    } else {
        Err("the block has no command".to_owned())
    }
}

/// Runs the commands of a `console` block, and compares their output with the lines that follow each.
pub(crate) fn console(project: &Project, block: &Block) -> Result<(), String> {
    let mut lines = block.text.lines().peekable();
    while let Some(line) = lines.next() {
        let command = line
            .strip_prefix("$ ")
            .ok_or("the block does not begin with a command")?;
        let mut shown = Vec::new();
        while let Some(line) = lines.next_if(|line| !line.starts_with("$ ")) {
            shown.push(line);
        }
        let output = project.shell(&as_program(command));
        if !matches!(output.code, 0 | 1) {
            return Err(format!("`{command}` exits with {}:\n{}", output.code, output.text));
        }
        let printed: Vec<&str> = output.text.lines().map(str::trim_end).collect();
        if !matches(&shown, &printed) {
            return Err(format!(
                "`{command}` prints\n{}\nand not\n{}",
                output.text,
                shown.join("\n")
            ));
        }
    }
    Ok(())
}

/// The program that the tests have built, in place of the command that builds it.
fn as_program(command: &str) -> String {
    command.replace("cargo run --release --", "crosscheck")
}

fn matches(shown: &[&str], printed: &[&str]) -> bool {
    let Some((first, rest)) = shown.split_first() else {
        return printed.is_empty();
    };
    if first.trim() == OMITTED {
        return (0..=printed.len()).any(|skipped| matches(rest, &printed[skipped..]));
    }
    let Some((line, following)) = printed.split_first() else {
        return false;
    };
    line_matches(first.trim_end(), line) && matches(rest, following)
}

fn line_matches(shown: &str, printed: &str) -> bool {
    let mut parts = shown.split(OMITTED);
    let Some(mut rest) = parts.next().and_then(|first| printed.strip_prefix(first)) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else {
        return rest.is_empty();
    };
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[test]
fn omitted_lines_and_parts_match_anything_else_nothing() {
    for (shown, printed, expected) in [
        (&["a"][..], &["a"][..], true),
        (&["a"], &["b"], false),
        (&["a"], &["a", "b"], false),
        (&["...", "b"], &["a", "b"], true),
        (&["...", "b"], &["b"], true),
        (&["...", "b", "..."], &["a", "c"], false),
        (&["a ... c"], &["a b c"], true),
        (&["a ... c"], &["a b d"], false),
        (&["a ..."], &["a b"], true),
        (&[], &["a"], false),
        (&["..."], &[], true),
    ] {
        assert_eq!(matches(shown, printed), expected, "{shown:?} {printed:?}");
    }
}
