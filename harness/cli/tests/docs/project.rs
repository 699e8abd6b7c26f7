//! A folder that looks like the project, in which the commands of a page run, so that nothing is written into the project.

use crate::blocks::root;
use crate::session::Session;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// The folder for temporary files.
const TEMPORARY: &str = ".temporary";

/// The output of a command, and its exit code.
pub(crate) struct Output {
    pub(crate) code: i32,
    /// stdout and stderr in one.
    pub(crate) text: String,
}

/// A temporary folder with links to the files that the commands read.
pub(crate) struct Project {
    folder: TempDir,
    /// On pages whose commands are typed one after the other.
    session: Option<Session>,
}

impl Project {
    pub(crate) fn new() -> Self {
        Self::with_links(&["cases", "docs", "harness", "reports/baselines"])
    }

    fn with_links(files: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for created in ["reports", TEMPORARY] {
            std::fs::create_dir(folder.path().join(created)).expect("a folder");
        }
        for linked in files {
            std::os::unix::fs::symlink(root().join(linked), folder.path().join(linked)).expect("a link");
        }
        Self { folder, session: None }
    }

    /// The folder of a user, in which `cd` holds for the commands that follow, with the packages and the server that the first steps need.
    pub(crate) fn session() -> Self {
        let mut project = Self::with_links(&["docs"]);
        project.session = Some(Session::start(project.path()));
        project
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The folder in which the next command runs.
    fn current(&self) -> PathBuf {
        let session = self.session.as_ref();
        session.map_or_else(|| self.path().to_owned(), Session::current)
    }

    /// Writes a file, and the folders that it needs.
    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.current().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        std::fs::write(path, text).expect("a file");
    }

    /// Runs a shell command with this build's `crosscheck` first on PATH.
    pub(crate) fn shell(&self, command: &str) -> Output {
        let program = Path::new(env!("CARGO_BIN_EXE_crosscheck"));
        let folder = program.parent().expect("a folder").to_string_lossy().into_owned();
        let path = std::env::var("PATH").unwrap_or_default();
        let command = self
            .session
            .as_ref()
            .map_or_else(|| command.to_owned(), |s| s.script(command));
        let output = Command::new("sh")
            .arg("-c")
            .arg(format!("exec 2>&1\n{command}"))
            .current_dir(self.current())
            .envs(self.session.iter().flat_map(Session::environment))
            .env("PATH", format!("{folder}:{path}"))
            // Other tests that run at the same time leave their folders elsewhere.
            .env("TMPDIR", self.path().join(TEMPORARY))
            .env_remove("CROSSCHECK_SUBJECTS")
            .output()
            .expect("a shell");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        Output {
            code: output.status.code().unwrap_or(-1),
            text: match &self.session {
                Some(session) => session.shown(&text),
                None => text,
            },
        }
    }

    /// Runs a shell command; returns an error if it fails.
    pub(crate) fn succeeds(&self, command: &str) -> Result<String, String> {
        match self.shell(command) {
            Output { code: 0, text } => Ok(text),
            Output { code, text } => Err(format!("`{command}` exits with {code}:\n{text}")),
        }
    }
}
