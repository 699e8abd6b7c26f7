//! Generates pages from the program's own tables, which it prints as JSON and as help.

use super::crosscheck;
use anyhow::{Context as _, Result};
use serde_json::Value;
use std::fmt::Write as _;

const GENERATED: &str = "<!-- `cargo xtask docs` generates this page. -->\n\n";

/// Generates each page. Returns its file below `docs/src/reference`, and its text.
pub(super) fn all() -> Result<Vec<(&'static str, String)>> {
    Ok(vec![
        ("verdicts.md", verdicts()?),
        ("rules.md", rules()?),
        ("leniencies.md", leniencies()?),
        ("command-line.md", command_line()?),
    ])
}

/// Returns the entries of a table that `crosscheck explain` lists.
fn table(name: &str) -> Result<Vec<Value>> {
    let value: Value = serde_json::from_str(&crosscheck(&["explain", name, "--format", "json"])?)?;
    let entries = value.get(name).and_then(Value::as_array).cloned();
    entries.with_context(|| format!("`crosscheck explain {name}` lists nothing"))
}

/// Returns a text of an entry.
fn text<'v>(entry: &'v Value, key: &str) -> Result<&'v str> {
    let text = entry.get(key).and_then(Value::as_str);
    text.with_context(|| format!("an entry has no `{key}`: {entry}"))
}

fn verdicts() -> Result<String> {
    let mut out = format!(
        "{GENERATED}# Verdicts\n\nEach case has one verdict on each subject: the worst of its deviations, else `not-judged`, `allowed` or `pass`. \
         `crosscheck explain VERDICT` prints the same text.\n\n| verdict | makes a run exit with 1 |\n|---|---|\n"
    );
    let entries = table("verdicts")?;
    for entry in &entries {
        let id = text(entry, "id")?;
        let flag = |key| {
            let flag = entry.get(key).and_then(Value::as_bool);
            flag.with_context(|| format!("no `{key}`"))
        };
        let fails = match (flag("fails_run")?, flag("in_baseline")?) {
            (true, true) => "unless the baseline lists it",
            (true, false) => "yes",
            (false, _) => "no",
        };
        writeln!(out, "| [`{id}`](#{id}) | {fails} |")?;
    }
    for entry in &entries {
        let (id, meaning, action) = (text(entry, "id")?, text(entry, "meaning")?, text(entry, "action")?);
        write!(out, "\n## {id}\n\n{meaning}\n\n**What to do:** {action}\n")?;
    }
    Ok(out)
}

fn rules() -> Result<String> {
    let mut out = format!(
        "{GENERATED}# Rules\n\nA deviation of a server breaks one of these rules. The verdict of a rule is that of a case which breaks \
         it. The level is `must` for a requirement, and `should` for a recommendation. `crosscheck explain RULE` prints the same \
         text.\n\n| rule | verdict | level |\n|---|---|---|\n"
    );
    let entries = table("rules")?;
    for entry in &entries {
        let (id, verdict, level) = (text(entry, "id")?, text(entry, "verdict")?, text(entry, "level")?);
        writeln!(
            out,
            "| [`{id}`](#{id}) | [`{verdict}`](verdicts.md#{verdict}) | {level} |"
        )?;
    }
    for entry in &entries {
        let (id, explanation) = (text(entry, "id")?, text(entry, "explanation")?);
        write!(out, "\n## {id}\n\n{explanation}\n")?;
        let (fault, source) = (text(entry, "fault")?, text(entry, "source")?);
        let source = if source.is_empty() {
            String::new()
        } else {
            format!(" ([source]({source}))")
        };
        write!(out, "\n**A published fault:** {fault}{source}\n")?;
        let steps = entry.get("links").and_then(Value::as_object).context("no `links`")?;
        if !steps.is_empty() {
            out.push_str("\nIt rests on these steps:\n\n");
        }
        for (step, link) in steps {
            match link.as_str() {
                Some(link) if !link.is_empty() => writeln!(out, "- [`{step}`]({link})")?,
                _ => writeln!(out, "- `{step}`")?,
            }
        }
    }
    Ok(out)
}

fn leniencies() -> Result<String> {
    let mut out = format!(
        "{GENERATED}# Leniencies\n\nA leniency is a freedom that the standard leaves to a client. A case names it in `also_allowed`, or in \
         `optional` for a request. A client that uses it has the verdict [`allowed`](verdicts.md#allowed). `crosscheck explain LENIENCY` \
         prints the same text.\n"
    );
    for entry in &table("leniencies")? {
        let id = text(entry, "id")?;
        write!(out, "\n## `{id}`\n\n{}\n", text(entry, "explanation")?)?;
    }
    Ok(out)
}

fn command_line() -> Result<String> {
    let mut out = format!("{GENERATED}# Command line\n\nThis is the help of every command.\n");
    help(&[], &mut out)?;
    Ok(out)
}

/// Writes the help of a command and of its subcommands.
fn help(words: &[String], out: &mut String) -> Result<()> {
    let arguments: Vec<&str> = words.iter().map(String::as_str).chain(["--help"]).collect();
    let help = crosscheck(&arguments)?;
    let name = ["crosscheck".to_owned()]
        .iter()
        .chain(words)
        .cloned()
        .collect::<Vec<_>>()
        .join(" ");
    write!(out, "\n## `{name}`\n\n```console\n$ {name} --help\n")?;
    for line in help.lines() {
        writeln!(out, "{}", line.trim_end())?;
    }
    out.push_str("```\n");
    for command in commands(&help) {
        help_below(words, command, out)?;
    }
    Ok(())
}

fn help_below(words: &[String], command: &str, out: &mut String) -> Result<()> {
    let below: Vec<String> = words.iter().cloned().chain([command.to_owned()]).collect();
    help(&below, out)
}

/// Returns the commands that a help lists, without `help` itself.
fn commands(help: &str) -> impl Iterator<Item = &str> {
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    listed
        .take_while(|line| line.starts_with("  "))
        .filter(|line| !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|word| *word != "help")
}

#[cfg(test)]
mod tests {
    use super::commands;

    #[test]
    fn commands_are_read_from_the_help() {
        let help = "Text.\n\nUsage: x\n\nCommands:\n  run   Runs\n          more\n  list  Lists\n  help  Helps\n\nOptions:\n  -h\n";
        assert_eq!(commands(help).collect::<Vec<_>>(), ["run", "list"]);
        assert_eq!(commands("Usage: x\n").count(), 0);
    }
}
