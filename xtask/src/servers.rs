//! The servers that the tests run on, and the checks of their descriptions.

use crate::process::{self, PROFILE, command, target};
use crate::setup::{REGISTRIES, SMOKE_SERVERS};
use anyhow::{Result, bail};
use crosscheck_runner::subject::Role;

/// The servers of [`run_fuzz`].
const FUZZED: [&str; 5] = ["tower-http", "actix-cors", "rs-cors", "express-cors", "starlette"];

/// Runs the corpus on the servers that run in their own process.
pub(crate) fn run() -> Result<()> {
    let mut arguments = vec![
        "run",
        "--details",
        "3",
        "--server",
        "tower-http-process",
        "--server",
        "nginx",
    ];
    let servers = locked_servers()?;
    for server in &servers {
        arguments.extend(["--server", server]);
    }
    crosscheck(&arguments)
}

/// Runs a few cases on a server in Go and one from Maven.
pub(crate) fn run_smoke() -> Result<()> {
    let mut arguments = vec!["run", "server/vary", "server/several-origins"];
    for server in SMOKE_SERVERS {
        arguments.extend(["--server", server]);
    }
    crosscheck(&arguments)
}

/// Searches deviations that no baseline explains, with a fixed seed, on two servers in Rust and on one each in Go, JavaScript and Python.
pub(crate) fn run_fuzz() -> Result<()> {
    let findings = target().join("findings").to_string_lossy().into_owned();
    let mut arguments = vec!["fuzz", "--exchanges", "3000", "--seed", "1", "--findings", &findings];
    for server in FUZZED {
        arguments.extend(["--server", server]);
    }
    crosscheck(&arguments)
}

/// Fails if a server neither claims nor denies a flag, or if a client has flags.
pub(crate) fn check_flags() -> Result<()> {
    let mut faults = Vec::new();
    for subject in crosscheck::subjects::all()?.into_values() {
        let (name, description) = (&subject.name, &subject.description);
        let has_flags = !description.flags.is_empty() || !description.unsupported.is_empty();
        match description.role {
            Role::Server => {
                let found = description.flag_faults().into_iter();
                faults.extend(found.map(|fault| format!("subject {name}: {fault}")));
            }
            Role::Client if has_flags => faults.push(format!("subject {name}: a client has no flags")),
            Role::Client => {}
        }
    }
    if faults.is_empty() {
        return Ok(());
    }
    bail!("descriptions of subjects are wrong:\n{}", faults.join("\n"))
}

/// Runs the program `crosscheck` from the folder of this program.
pub(crate) fn crosscheck(arguments: &[&str]) -> Result<()> {
    let binary = target().join(PROFILE).join("crosscheck");
    let mut command = command(&binary.to_string_lossy());
    command.args(arguments);
    process::run(command)
}

/// Returns the servers of the registries whose subjects are all part of the tests.
fn locked_servers() -> Result<Vec<String>> {
    let all = crosscheck::subjects::all()?.into_values();
    let selected = all.filter(|k| {
        let registry = k.description.package.registry;
        !k.is_built_in() && k.description.role == Role::Server && REGISTRIES.contains(&registry)
    });
    Ok(selected.map(|k| k.name).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crosscheck_runner::subject::Subject;

    /// Returns the programs in the build folder that `start` names. Each has the name of its crate.
    fn adapter_crates() -> Result<Vec<String>> {
        let all = crosscheck::subjects::all()?;
        let external = all.values().filter(|k| !k.is_built_in());
        let program = |k: &Subject| Some(k.description.start.first()?.strip_prefix("{target}/")?.to_owned());
        Ok(external.filter_map(program).collect())
    }

    #[test]
    fn every_adapter_in_rust_is_a_crate_of_the_workspace() -> Result<()> {
        let crates = adapter_crates()?;
        assert!(crates.len() >= 6, "{crates:?}");
        let workspace = std::fs::read_to_string(process::root().join("Cargo.toml"))?;
        for name in crates {
            let folder = name.strip_prefix("crosscheck-adapter-").unwrap_or(&name);
            let folder = format!("harness/subjects/{folder}");
            assert!(
                workspace.contains(&format!("\"{folder}\"")),
                "{folder} is not a member of the workspace"
            );
            let manifest = process::root().join(folder).join("Cargo.toml");
            let text = std::fs::read_to_string(&manifest)?;
            assert!(
                text.contains(&format!("name = \"{name}\"")),
                "{} has another crate name",
                manifest.display()
            );
        }
        Ok(())
    }
}
