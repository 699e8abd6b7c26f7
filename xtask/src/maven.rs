//! Writes the checksums of the packages from Maven.

use crate::process::root;
use anyhow::{Context as _, Result};
use crosscheck_runner::subject::{checksums_file, record_checksums};

/// Builds every default release from Maven with an empty local repository, and writes the checksums of everything that was downloaded.
pub(crate) fn checksums() -> Result<()> {
    let all = crosscheck::subjects::all()?;
    let folder = tempfile::tempdir().context("cannot create a folder for the builds")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let text = runtime
        .block_on(record_checksums(all.values(), folder.path()))
        .context("cannot record the checksums; Maven 3.9 or newer is needed")?;
    let file = checksums_file(&root().join("harness/subjects"));
    std::fs::write(&file, &text).with_context(|| format!("cannot write {}", file.display()))?;
    println!("{}: {} files", file.display(), text.lines().count());
    Ok(())
}
