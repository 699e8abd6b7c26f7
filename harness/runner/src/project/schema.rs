//! The JSON Schema of `crosscheck.yaml`, for editors.

use super::keys::{ADDRESS, CLIENT, ONLY_SERVERS, SERVER};
use super::{BASELINE, RESULTS};
use crate::subject::{RATE, SHARED_KEYS, schema as subject_schema};
use serde_json::{Map, Value, json};

/// Generates the schema. The keys that a `subject.yaml` has too are those of its schema.
#[must_use]
pub fn schema() -> Value {
    let subject = subject_schema();
    let shared = |own: &[&str], left_out: &[&str]| {
        let mut properties = Map::new();
        for key in own {
            let value = if *key == "browser" {
                subject["properties"][*key].clone()
            } else {
                described(key)
            };
            properties.insert((*key).to_owned(), value);
        }
        for key in SHARED_KEYS.iter().filter(|key| !left_out.contains(key)) {
            properties.insert((*key).to_owned(), subject["properties"][*key].clone());
        }
        json!({ "type": "object", "properties": properties, "additionalProperties": false })
    };
    let named = |entry: Value| json!({ "type": "object", "additionalProperties": entry });
    let texts = |description: &str| json!({ "description": description, "type": ["string", "array"], "items": { "type": "string" } });
    let number =
        |description: &str| json!({ "description": description, "type": "integer", "minimum": 1, "maximum": 3600 });
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "crosscheck.yaml",
        "description": "The servers and clients that a project tests with Crosscheck.",
        "type": "object",
        "required": ["crosscheck"],
        "additionalProperties": false,
        "properties": {
            "crosscheck": { "description": "The version of this format.", "const": 1 },
            "servers": named(json!({ "anyOf": [shared(&SERVER, &[]), address()] })),
            "clients": named(shared(&CLIENT, &ONLY_SERVERS)),
            "baseline": { "description": format!("The folder of the baselines; {BASELINE} if absent."), "type": "string" },
            "results": { "description": format!("The results file; {RESULTS} if absent."), "type": "string" },
            "cases": texts("Files or folders of cases, in addition to those of the program."),
            "corpus": { "description": "Whether the cases of the program run; true if absent.", "type": "boolean" },
            "filters": texts("The filters of a run without filters."),
            "reports": texts("The reports to write, each FORMAT=FILE."),
            "fail-on": texts("The conditions for exit code 1, as those of --fail-on."),
            "jobs": number("How many listeners of a subject are tested at the same time."),
            "timeout": number("The time limit for one case, in seconds."),
        },
        "$defs": subject["$defs"],
    })
}

/// The schema of a server that is already running.
fn address() -> Value {
    let properties: Map<String, Value> = ADDRESS.iter().map(|key| ((*key).to_owned(), described(key))).collect();
    json!({ "type": "object", "properties": properties, "required": ["url", "policy"], "additionalProperties": false })
}

/// The schema of a key that only `crosscheck.yaml` has.
fn described(key: &str) -> Value {
    let command = |description: &str| json!({ "description": description, "type": ["string", "array"], "items": { "type": "string" }, "minItems": 1 });
    match key {
        "build" => {
            command("The command that builds the server. It runs once, before the first process of the server starts.")
        }
        "start" => command(
            "The command that starts the server for one policy, which it gets in its environment with the port.",
        ),
        "adapter" => command("The command that starts an adapter, which gets all policies on its stdin."),
        "url" => json!({ "description": "The URL of a server that is already running.", "type": "string" }),
        "policy" => {
            json!({ "description": "The file of the policy that the server should apply at this URL.", "type": "string" })
        }
        "ca" => {
            json!({ "description": "A PEM file of certificate authorities to trust in addition to the system's.", "type": "string" })
        }
        "rate" => {
            json!({ "description": format!("The highest number of requests per second; {RATE} if absent."), "type": "integer", "minimum": 1, "maximum": 1000 })
        }
        "allow-unsafe" => {
            json!({ "description": "Whether methods other than GET, HEAD and OPTIONS are sent; false if absent.", "type": "boolean" })
        }
        "language" => json!({ "description": "The language of the server.", "type": "string" }),
        _ => json!({ "description": "The version that results and baselines name.", "type": "string" }),
    }
}
