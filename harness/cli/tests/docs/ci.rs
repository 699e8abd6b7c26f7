//! The configurations of CI systems: they parse, and their commands run as the jobs would run them.

use crate::blocks::Block;
use crate::project::Project;
use serde_json::Value;

/// The cases with which the commands run, in place of all.
const FILTERS: &str = "crosscheck run server/vary cors-check/presence";

/// Parses a block, runs each command of a shard once for each shard, then the other commands.
pub(crate) fn check(project: &Project, block: &Block) -> Result<(), String> {
    let attribute = |name: &str| block.attributes.get(name).map(String::as_str);
    let number = |name: &str| attribute(name).and_then(|text| text.parse::<u32>().ok());
    let shards = number("shards").ok_or("the marker needs shards=N")?;
    let index = attribute("index").ok_or("the marker needs index=NAME")?;
    let mut commands = Vec::new();
    for document in block.text.split("\n---\n") {
        let value: Value = serde_yaml::from_str(document).map_err(|e| e.to_string())?;
        collect(&value, &mut commands);
    }
    let (of_shards, others): (Vec<_>, Vec<_>) = commands.into_iter().partition(|c| c.contains("--shard"));
    if of_shards.is_empty() || others.is_empty() {
        return Err("the block has no command with --shard, or no other one".to_owned());
    }
    project.succeeds("rm -rf results")?;
    for shard in 0..shards {
        for command in &of_shards {
            let command = command.replace("crosscheck run", FILTERS);
            project.succeeds(&match attribute("total") {
                Some(total) => {
                    let number = shard + number("first").unwrap_or(0);
                    format!("export {index}={number} {total}={shards}; {command}")
                }
                None => command.replace(&format!("${{{{ {index} }}}}"), &(shard + 1).to_string()),
            })?;
        }
    }
    for command in &others {
        project.succeeds(command)?;
    }
    Ok(())
}

/// The texts that start the program.
fn collect(value: &Value, commands: &mut Vec<String>) {
    match value {
        Value::String(text) if text.starts_with("crosscheck ") => commands.push(text.clone()),
        Value::Array(list) => list.iter().for_each(|value| collect(value, commands)),
        Value::Object(map) => map.values().for_each(|value| collect(value, commands)),
        _ => {}
    }
}
