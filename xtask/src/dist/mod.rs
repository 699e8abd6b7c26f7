//! `cargo xtask dist`: builds the packages from this checkout, and tries each in an empty folder.

mod archive;
mod npm;
mod stage;
mod trial;
mod wheel;

use crate::process::{cargo, root, run, target};
use anyhow::{Context as _, Result, bail};
use clap::{Args, ValueEnum};
use std::fs;
use std::path::{Path, PathBuf};

/// The profile of what is published, and its target: a static program.
const PROFILE: &str = "dist";
const STATIC: &str = "x86_64-unknown-linux-musl";
/// The variable with the flags of the compiler, and what is between two of them.
const FLAGS: &str = "CARGO_ENCODED_RUSTFLAGS";
const SEPARATOR: &str = "\u{1f}";
/// The largest program, in bytes.
const MAX_PROGRAM: u64 = 20 << 20;

/// A package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Package {
    /// The program with its completions and manual pages, as a compressed archive with a checksum.
    Archive,
    /// The Python wheel.
    Wheel,
    /// The npm package.
    Npm,
    /// The repository of the pre-commit hook.
    PreCommit,
}

/// The arguments of the task.
#[derive(Clone, Debug, Args)]
pub(crate) struct Arguments {
    /// Build only these packages; may be repeated.
    #[arg(long, value_enum, value_name = "PACKAGE")]
    only: Vec<Package>,
    /// Pack the program that `cargo xtask test` has built, for this machine only, instead of a static one.
    #[arg(long)]
    quick: bool,
    /// Install each package into an empty folder, and run a few cases with it.
    #[arg(long = "try")]
    is_tried: bool,
}

impl Arguments {
    /// Every package, each tried.
    pub(crate) const fn nightly() -> Self {
        Self {
            only: Vec::new(),
            quick: false,
            is_tried: true,
        }
    }
}

/// What the packages are made of.
struct Build {
    profile: &'static str,
    /// `None` for the target of this machine.
    triple: Option<&'static str>,
    version: String,
    program: PathBuf,
    /// The folder of the packages.
    out: PathBuf,
}

/// Builds the packages.
pub(crate) fn main(arguments: &Arguments) -> Result<()> {
    let build = Build::make(arguments.quick)?;
    for package in Package::value_variants() {
        if !arguments.only.is_empty() && !arguments.only.contains(package) {
            continue;
        }
        let file = match package {
            Package::Archive => archive::make(&build)?,
            Package::Wheel => wheel::make(&build)?,
            Package::Npm => npm::make(&build)?,
            Package::PreCommit => stage::pre_commit(&build)?,
        };
        println!("{}", file.display());
        if arguments.is_tried {
            trial::run(*package, &file)?;
        }
    }
    Ok(())
}

impl Build {
    fn make(is_quick: bool) -> Result<Self> {
        let (profile, triple) = if is_quick {
            (crate::process::PROFILE, None)
        } else {
            (PROFILE, Some(STATIC))
        };
        // The program of the tests is not built again: without `--all-targets`, its crates would have other features.
        if let Some(triple) = triple {
            crate::setup::musl()?;
            install_target(triple)?;
            let mut command = cargo();
            command.env(FLAGS, flags()?);
            command.args(["build", "--locked", "--profile", profile]);
            command.args(["--package", "crosscheck", "--target", triple]);
            run(command)?;
        }
        let program = triple
            .map_or_else(target, |triple| target().join(triple))
            .join(profile)
            .join("crosscheck");
        let size = fs::metadata(&program)
            .with_context(|| format!("{} does not exist; `cargo xtask test` builds it", program.display()))?
            .len();
        println!("{}: {size} bytes", program.display());
        if !is_quick && size > MAX_PROGRAM {
            bail!("the program has {size} bytes, more than {MAX_PROGRAM}");
        }
        let out = target().join("packages");
        fs::create_dir_all(&out)?;
        Ok(Self {
            profile,
            triple,
            version: version()?,
            program,
            out,
        })
    }

    /// A new, empty folder for the files of a package.
    fn folder(&self, name: &str) -> Result<PathBuf> {
        let folder = self.out.join(name);
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        Ok(folder)
    }

    /// The name of the target, for the names of files.
    fn target(&self) -> &'static str {
        self.triple.unwrap_or("this-machine")
    }
}

/// The flags of the compiler for what is published: messages of a panic name no folder of this machine.
fn flags() -> Result<String> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo")));
    let home = home.context("neither CARGO_HOME nor HOME is set")?;
    let remap = |folder: &Path, name: &str| format!("--remap-path-prefix={}={name}", folder.display());
    Ok([remap(&home, "cargo"), remap(&root(), "crosscheck")].join(SEPARATOR))
}

/// Installs the standard library of a target.
fn install_target(triple: &str) -> Result<()> {
    let mut command = crate::process::command("rustup");
    command.args(["target", "add", triple]);
    run(command)
}

/// The version of the program, from the manifest of the workspace.
fn version() -> Result<String> {
    let manifest = fs::read_to_string(root().join("Cargo.toml"))?;
    let line = manifest.lines().find_map(|line| line.strip_prefix("version = \""));
    let version = line
        .and_then(|rest| rest.strip_suffix('"'))
        .context("Cargo.toml states no version")?;
    Ok(version.to_owned())
}

/// The folder with the parts of a package that are not built.
fn parts(package: &str) -> PathBuf {
    root().join("xtask/packages").join(package)
}

/// Copies files of a folder.
fn copy(from: &Path, to: &Path, names: &[&str]) -> Result<()> {
    for name in names {
        let source = from.join(name);
        fs::copy(&source, to.join(name)).with_context(|| format!("cannot copy {}", source.display()))?;
    }
    Ok(())
}
