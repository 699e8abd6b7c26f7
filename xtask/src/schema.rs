//! The generated JSON Schemas under `cases/schema/`.

use crate::process::root;
use anyhow::{Context as _, Result, bail};
use serde_json::Value;

/// Writes the schemas. With `check`, fails if a committed one differs.
pub(crate) fn run(check: bool) -> Result<()> {
    let folder = root().join("cases/schema");
    std::fs::create_dir_all(&folder)?;
    let mut stale = Vec::new();
    for (name, schema) in schemas()? {
        let path = folder.join(name);
        let text = format!("{}\n", serde_json::to_string_pretty(&schema)?);
        if check {
            let committed =
                std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
            if committed != text {
                stale.push(name);
            }
        } else {
            std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        }
    }
    if stale.is_empty() {
        return Ok(());
    }
    bail!(
        "the committed schemas {} are out of date; run `cargo xtask schema` and commit",
        stale.join(", ")
    )
}

fn schemas() -> Result<Vec<(&'static str, Value)>> {
    Ok(vec![
        ("baseline.schema.json", crosscheck_results::baseline::schema()),
        ("case.schema.json", crosscheck_corpus::schema::case_schema()),
        ("export.schema.json", crosscheck_runner::export::schema()),
        ("policy.schema.json", crosscheck_corpus::schema::policy_schema()),
        (
            "results.schema.json",
            serde_json::to_value(schemars::schema_for!(crosscheck_results::Line))?,
        ),
        ("crosscheck.schema.json", crosscheck_runner::project::schema()),
        ("subject.schema.json", crosscheck_runner::subject::schema()),
    ])
}
