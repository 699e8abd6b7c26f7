//! Tests that a correct response satisfies each row, and that each row detects one wrong line.

use super::check::mismatches;
use super::*;
use crate::subject::{Description, Registry, Role, Scope};
use crosscheck_fetch::{HeaderList, WireResponse};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

fn description() -> Description {
    let package = crate::subject::Package {
        registry: Registry::This,
        name: "x".to_owned(),
        version: "1".to_owned(),
    };
    Description::new("x".to_owned(), Role::Server, package)
}

/// A response that a row accepts.
fn right(row: &Row) -> WireResponse {
    let status = match row.status {
        StatusRule::Exactly(status) => status,
        StatusRule::HandlerFailed => 500,
    };
    let mut headers = HeaderList::new();
    for (name, rule) in row.headers {
        let value = match rule {
            HeaderRule::Present => "1",
            HeaderRule::Absent => continue,
            HeaderRule::Value(value) | HeaderRule::Item(value) | HeaderRule::Path(value) => value,
        };
        headers.push(name.as_bytes().to_vec(), value.as_bytes().to_vec());
    }
    WireResponse {
        status,
        headers,
        ..WireResponse::default()
    }
}

#[test]
fn each_row_accepts_its_response_and_detects_one_wrong_line() {
    let description = description();
    for row in CONTRACT {
        assert!(mismatches(row, &right(row), &description).is_empty(), "{row:?}");
        let wrong_status = WireResponse {
            status: 418,
            ..right(row)
        };
        assert_eq!(mismatches(row, &wrong_status, &description).len(), 1, "{row:?}");
        for (name, rule) in row.headers {
            let mut wrong = right(row);
            wrong.headers.delete(name.as_bytes());
            if *rule == HeaderRule::Absent {
                wrong.headers.push(name.as_bytes().to_vec(), b"there".to_vec());
            }
            let found = mismatches(row, &wrong, &description);
            if row.library_may_answer && *name == "x-hit" {
                // Without this header it is the library's response.
                assert!(found.is_empty(), "{row:?}");
                continue;
            }
            assert!(
                matches!(found.as_slice(), [Mismatch::Header { name: found, .. }] if found == name),
                "{row:?}: {found:?}"
            );
        }
    }
}

#[test]
fn a_library_may_respond_to_options_in_place_of_the_application() {
    let row = CONTRACT.iter().find(|row| row.library_may_answer).unwrap();
    let answer = |status| WireResponse {
        status,
        ..WireResponse::default()
    };
    for status in [200, 400] {
        assert!(mismatches(row, &answer(status), &description()).is_empty(), "{status}");
    }
    assert_eq!(
        mismatches(row, &answer(405), &description()).len(),
        1 + row.headers.len()
    );
}

#[test]
fn header_rules_compare_values() {
    let values = |values: &[&str]| values.iter().map(|v| (*v).to_owned()).collect::<Vec<_>>();
    for (rule, accepted, refused) in [
        (HeaderRule::Value("v"), &["v"][..], &["w"][..]),
        (HeaderRule::Value("v"), &["v"], &["v", "v"]),
        (
            HeaderRule::Item("Accept-Encoding"),
            &["Origin, accept-encoding"],
            &["Origin"],
        ),
        (HeaderRule::Item("Accept-Encoding"), &["Origin", "Accept-Encoding"], &[]),
        (HeaderRule::Path("/"), &["/"], &["/a"]),
        (
            HeaderRule::Path("/"),
            &["http://127.0.0.1:80/"],
            &["http://127.0.0.1:80/a"],
        ),
        (HeaderRule::Present, &[""], &[]),
        (HeaderRule::Absent, &[], &[""]),
    ] {
        assert!(rule.holds(&values(accepted)), "{rule} accepts {accepted:?}");
        assert!(!rule.holds(&values(refused)), "{rule} refuses {refused:?}");
    }
}

#[test]
fn what_subject_yaml_declares_is_not_a_difference() {
    let (library, mut routes, mut configuration) = (description(), description(), description());
    routes.scope = Scope::Route;
    configuration.configuration = true;
    let row = |path: &str| CONTRACT.iter().find(|row| row.path == path).unwrap();
    assert!(row("/missing").applies(&library) && !row("/missing").applies(&routes));
    assert!(!row("/throw").status.holds(502, &library) && row("/throw").status.holds(502, &configuration));
    let methods = |d: &Description| row("/").methods_for(d).collect::<Vec<_>>();
    assert_eq!(methods(&library), row("/").methods);
    assert_eq!(methods(&routes), ["GET", "HEAD", "POST"]);
}

/// The plain application conforms to the contract, except for a failed handler: only a server in front of it sends a response then.
#[tokio::test]
async fn the_plain_application_keeps_the_contract() {
    let application = crate::subject::serve_application().await.unwrap();
    let found = check_contract(application.address, &description(), Duration::from_secs(10)).await;
    let paths: Vec<&str> = found.iter().map(|difference| difference.row.path).collect();
    assert_eq!(paths, ["/throw"], "{found:?}");
    assert!(matches!(found[0].mismatch, Mismatch::NoAnswer(_)), "{found:?}");
}

/// An application that responds as the table requires, except for one row.
struct Miniature {
    /// The index of the row whose response is 405 without headers.
    bad: usize,
}

impl Miniature {
    /// Serves the application on a loopback socket until the runtime ends.
    async fn start(self) -> std::net::SocketAddr {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let head = head(&mut stream).await;
                // The client notices a failed write.
                let _ = stream.write_all(&self.answer(&head)).await;
            }
        });
        address
    }

    fn answer(&self, head: &str) -> Vec<u8> {
        let mut words = head.split(' ');
        let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let authorized = head.contains("authorization:");
        let is_requested =
            |row: &Row| row.path == path && row.authorized == authorized && row.methods.contains(&method);
        let at = CONTRACT.iter().position(is_requested).unwrap();
        let mut text = if at == self.bad {
            "HTTP/1.1 405 Wrong\r\n".to_owned()
        } else {
            let right = right(&CONTRACT[at]);
            let headers = right.headers.iter();
            let lines = headers.map(|h| format!("{}: {}\r\n", text(&h.name), text(&h.value)));
            format!("HTTP/1.1 {} Right\r\n{}", right.status, lines.collect::<String>())
        };
        text.push_str("Content-Length: 0\r\nConnection: close\r\n\r\n");
        text.into_bytes()
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Reads a request without a body.
async fn head(stream: &mut tokio::net::TcpStream) -> String {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => bytes.push(byte),
            Err(_) => break,
        }
    }
    text(&bytes).replace("Authorization:", "authorization:")
}

#[tokio::test]
async fn an_adapter_that_is_wrong_in_one_row_is_reported_for_that_row() {
    for (bad, row) in CONTRACT.iter().enumerate() {
        let address = Miniature { bad }.start().await;
        let found = check_contract(address, &description(), Duration::from_secs(10)).await;
        assert!(!found.is_empty(), "{row:?}");
        for difference in &found {
            assert!(std::ptr::eq(difference.row, row), "{row:?}: {difference}");
        }
        let statuses = found
            .iter()
            .filter(|d| matches!(d.mismatch, Mismatch::Status { found: 405, .. }));
        assert_eq!(statuses.count(), row.methods.len(), "{row:?}");
    }
}

#[tokio::test]
async fn a_right_miniature_keeps_the_contract() {
    let address = Miniature { bad: usize::MAX }.start().await;
    let found = check_contract(address, &description(), Duration::from_secs(10)).await;
    assert!(found.is_empty(), "{found:?}");
}

#[tokio::test]
async fn an_application_that_never_answers_is_asked_three_times() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("its address");
    let held = tokio::spawn(async move {
        let mut connections = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            connections.push(stream);
        }
    });
    // However short the patience is, no answer comes.
    let found = check_contract(address, &description(), Duration::from_millis(20)).await;
    held.abort();
    let [first, second, third, last] = found.as_slice() else {
        panic!("{found:#?}")
    };
    for late in [first, second, third] {
        assert!(matches!(late.mismatch, Mismatch::Timeout(_)), "{late}");
    }
    assert!(
        matches!(last.mismatch, Mismatch::NotSent { more } if more > 10),
        "{last}"
    );
}
