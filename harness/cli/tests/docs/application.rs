//! Compares the application contract with the servers: requests the paths of its table from two of them.

use crate::blocks::read;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

const PAGE: &str = "docs/src/reference/application.md";

/// A server, which ends with this value.
struct Server {
    child: Child,
    address: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn serve(name: &str, subjects: Option<&str>) -> Server {
    let mut command = Command::new(env!("CARGO_BIN_EXE_crosscheck"));
    command
        .args(["subjects", "serve", name, "one"])
        .current_dir(crate::blocks::root())
        .stdout(Stdio::piped());
    if let Some(subjects) = subjects {
        command.env("CROSSCHECK_SUBJECTS", subjects);
    }
    let mut child = command.spawn().expect("the program starts");
    let mut line = String::new();
    let mut lines = BufReader::new(child.stdout.take().expect("stdout"));
    lines.read_line(&mut line).expect("a line");
    let address = line.trim().strip_prefix("SERVER=http://").map(str::to_owned);
    let address = address.unwrap_or_else(|| panic!("{name} prints {line}"));
    Server { child, address }
}

/// The head of an answer.
fn request(server: &Server, method: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(&server.address).expect("a connection");
    let head =
        format!("{method} {path} HTTP/1.1\r\nHost: api.example\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    stream.write_all(head.as_bytes()).expect("the server reads");
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    answer.split("\r\n\r\n").next().unwrap_or_default().to_ascii_lowercase()
}

#[test]
fn the_paths_of_the_application_contract_have_the_stated_status() {
    let page = read(PAGE);
    let stated: Vec<(&str, &str, &str)> = page
        .lines()
        .filter_map(|line| {
            let (path, answer) = line.strip_prefix("| `")?.split_once("` | ")?;
            let status = answer.get(..3).filter(|s| s.bytes().all(|b| b.is_ascii_digit()))?;
            let method = if answer.contains("to OPTIONS") {
                "OPTIONS"
            } else {
                "GET"
            };
            Some((method, path, status))
        })
        .collect();
    assert!(stated.len() >= 7, "the table has only {stated:?}");
    for server in [serve("example", Some("docs/examples")), serve("actix-cors", None)] {
        for (method, path, status) in &stated {
            let head = request(&server, method, path);
            assert!(
                head.starts_with(&format!("http/1.1 {status}")),
                "{method} {path}: {head}"
            );
            if *status == "401" {
                // The check may be in front of the handler.
                continue;
            }
            assert!(
                head.contains("\r\nx-hit: ") && head.contains("\r\nx-two: v"),
                "{method} {path}: {head}"
            );
            let cached = head.contains("\r\ncache-control: public, max-age=60");
            assert_eq!(cached, path.starts_with("/cached"), "{method} {path}: {head}");
            assert_eq!(
                head.contains("\r\nset-cookie: s=1; path=/"),
                !cached,
                "{method} {path}: {head}"
            );
        }
    }
}
