//! What the commands of the first steps need: a shell that keeps its folder, the packages of a registry, and a server at a URL.

use crate::blocks::root;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The URL of the server on the pages.
const SHOWN: &str = "http://localhost:3000";
/// The file with the folder in which the last command ended.
const FOLDER: &str = ".folder";
/// A server that allows every origin, with credentials.
const SERVER: &str = "
const server = require('node:http').createServer(({ headers: { origin }, method }, response) => {
  response.setHeader('Vary', 'Origin');
  if (origin) response.setHeader('Access-Control-Allow-Origin', origin).setHeader('Access-Control-Allow-Credentials', 'true');
  if (method !== 'OPTIONS') return response.end('{}');
  response.setHeader('Access-Control-Allow-Methods', 'PUT').setHeader('Access-Control-Allow-Headers', 'authorization');
  return response.writeHead(204).end();
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.stdin.on('end', () => process.exit()).resume();
";

/// A sequence of commands.
pub(crate) struct Session {
    folder: PathBuf,
    packages: PathBuf,
    url: String,
    server: Child,
}

impl Session {
    /// Starts the server. The folder is that of the first command.
    pub(crate) fn start(folder: &Path) -> Self {
        let mut server = Command::new("node")
            .args(["-e", SERVER])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node starts");
        let mut port = String::new();
        let mut out = BufReader::new(server.stdout.take().expect("a pipe"));
        out.read_line(&mut port).expect("a port");
        Self {
            folder: folder.to_owned(),
            packages: packages(),
            url: format!("http://127.0.0.1:{}", port.trim()),
            server,
        }
    }

    /// The folder in which the next command runs.
    pub(crate) fn current(&self) -> PathBuf {
        let kept = std::fs::read_to_string(self.folder.join(FOLDER));
        kept.map_or_else(|_| self.folder.clone(), |text| text.trim_end().into())
    }

    /// The variables of a command.
    pub(crate) fn environment(&self) -> [(&'static str, PathBuf); 1] {
        [("NODE_PATH", self.packages.clone())]
    }

    /// A script that runs a command and keeps the folder in which it ends. A probe is as fast as the test needs it.
    pub(crate) fn script(&self, command: &str) -> String {
        let command = command.replace(SHOWN, &self.url);
        let rate = if command.starts_with("crosscheck probe ") {
            " --rate 1000"
        } else {
            ""
        };
        let file = self.folder.join(FOLDER);
        format!("{command}{rate}\ncode=$?\npwd >'{}'\nexit $code", file.display())
    }

    /// What a command prints, as the pages show it.
    pub(crate) fn shown(&self, text: &str) -> String {
        text.replace(&self.url, SHOWN)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// The packages of the adapter of express-cors, which are installed if they are not.
fn packages() -> PathBuf {
    let installed = Command::new(env!("CARGO_BIN_EXE_crosscheck"))
        .args(["subjects", "install", "express-cors"])
        .current_dir(root())
        .output()
        .expect("the program starts");
    assert!(installed.status.success(), "{installed:?}");
    let all = std::env::var_os("CROSSCHECK_INSTALLED").map_or_else(
        || crosscheck_runner::subject::cache_folder().join("subjects"),
        |folder| root().join(folder),
    );
    let own = std::fs::read_dir(all.join("express-cors")).expect("a folder");
    let modules = own.map(|entry| entry.expect("an entry").path().join("node_modules"));
    let is_whole = |modules: &PathBuf| ["express", "cors"].iter().all(|name| modules.join(name).is_dir());
    modules.into_iter().find(is_whole).expect("an installation")
}
