//! The commands for authors of clients: `serve-cases` and `check-client`.

use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn crosscheck(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_crosscheck"));
    command.args(args).current_dir(root());
    command
}

/// Runs to the end: exit code, stdout, stderr.
fn ran(args: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } = crosscheck(args).output().expect("the program runs");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (status.code().expect("no signal"), text(stdout), text(stderr))
}

/// A server that ends with the test.
struct Serving {
    child: Child,
    /// Its first output, a JSON value.
    announced: Value,
    /// Its further output.
    rest: BufReader<ChildStdout>,
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Serving {
    fn start(filter: &str) -> Self {
        Self::with(&[filter])
    }

    fn with(arguments: &[&str]) -> Self {
        let mut child = crosscheck(&["serve-cases", "--format", "json"])
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut text = String::new();
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe"));
        while !text.ends_with("}\n") {
            assert!(lines.read_line(&mut text).expect("a line") > 0, "it ended with {text}");
        }
        let announced = serde_json::from_str(&text).expect("JSON");
        Self {
            child,
            announced,
            rest: lines,
        }
    }

    /// Interrupts it; returns its exit code and the JSON value of its results.
    #[cfg(unix)]
    fn interrupt(mut self) -> (Option<i32>, Value) {
        let interrupt = Command::new("kill")
            .args(["-INT", &self.child.id().to_string()])
            .status();
        assert!(interrupt.expect("kill runs").success());
        let mut text = String::new();
        self.rest.read_to_string(&mut text).expect("text");
        let code = self.child.wait().expect("it ends").code();
        (code, serde_json::from_str(&text).expect("JSON"))
    }

    fn send(&self, request: &str, body: &str) -> String {
        let address = self.announced["address"].as_str().expect("an address");
        let mut stream = TcpStream::connect(address.trim_start_matches("http://")).expect("it listens");
        let length = body.len();
        write!(
            stream,
            "{request}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
        )
        .expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        answer
    }
}

fn body(answer: &str) -> Value {
    let (_, body) = answer.split_once("\r\n\r\n").expect("a head");
    serde_json::from_str(body).expect("JSON")
}

#[test]
fn any_client_can_run_a_case_and_get_its_verdict() {
    let serving = Serving::start("cors-check/credentials#*");
    let list = body(&serving.send("GET /~cases HTTP/1.1\r\nHost: localhost", ""));
    let cases = list["cases"].as_array().expect("a list");
    assert_eq!(serving.announced["cases"], cases.len());
    let of = |id: &str| {
        let found = cases.iter().find(|c| c["id"] == id);
        found.unwrap_or_else(|| panic!("no {id} in {cases:?}"))
    };
    let case = of("cors-check/credentials#true-lowercase");
    let (n, url) = (&case["n"], case["legs"][0]["request"]["url"].as_str().expect("a URL"));
    // A plain HTTP request goes to the proxy, although the case's scheme is https.
    let url = url.replace("https://", "http://");
    let answer = serving.send(
        &format!("GET {url} HTTP/1.1\r\nHost: api.example\r\nOrigin: https://app.example"),
        "",
    );
    assert!(answer.contains("Access-Control-Allow-Credentials: true"), "{answer}");
    let outcome = format!(r#"{{"n":{n},"leg":0,"outcome":{{"type":"error","name":"TypeError"}}}}"#);
    let reply = body(&serving.send("POST /~outcome HTTP/1.1\r\nHost: localhost", &outcome));
    assert_eq!(reply["verdict"], "over-deny", "{reply}");
    assert!(
        !reply["deviations"][0]["what"].as_str().unwrap_or_default().is_empty(),
        "{reply}"
    );
    assert!(
        serving
            .send("GET /~ca.pem HTTP/1.1\r\nHost: localhost", "")
            .contains("BEGIN CERTIFICATE")
    );
}

#[cfg(unix)]
#[test]
fn it_serves_until_ctrl_c_and_states_the_results() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("results.jsonl");
    let filter = "cors-check/credentials#one-line";
    let output = ["--output", file.to_str().expect("text")];
    // The arguments, the outcome that the client reports, the exit code, a verdict, and the cases that it has not requested.
    for (arguments, outcome, code, verdict, not_requested) in [
        (&[][..], None, 0, "not-judged", 1),
        (&output[..], None, 1, "not-judged", 1),
        (&output[..], Some("error"), 1, "over-deny", 0),
    ] {
        let serving = Serving::with(&[&[filter], arguments].concat());
        if let Some(kind) = outcome {
            let outcome = format!(r#"{{"n":0,"leg":0,"outcome":{{"type":"{kind}"}}}}"#);
            serving.send("POST /~outcome HTTP/1.1\r\nHost: localhost", &outcome);
        }
        let (exit, value) = serving.interrupt();
        assert_eq!(exit, Some(code), "{value}");
        assert_eq!(
            value["not_requested"].as_array().map(Vec::len),
            Some(not_requested),
            "{value}"
        );
        if !arguments.is_empty() {
            let text = std::fs::read_to_string(&file).expect("a file of results");
            let case: Value = serde_json::from_str(text.lines().nth(1).expect("a case")).expect("JSON");
            assert_eq!((&case["id"], &case["verdict"]), (&filter.into(), &verdict.into()));
            // The program reads it again.
            assert_eq!(ran(&["report", file.to_str().expect("text")]).0, code);
        }
    }
}

#[cfg(unix)]
#[test]
fn a_silent_browser_is_reported_with_its_page_and_case() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("results.jsonl");
    let (code, out, err) = ran(&[
        "run",
        "cors-check/credentials#one-line",
        "--browser",
        "sh -c 'sleep 60; : {proxy} {url}'",
        "--timeout",
        "0.2",
        "--output",
        file.to_str().expect("text"),
    ]);
    assert_eq!(code, 3, "{out}");
    assert!(err.starts_with("note: browser has been silent for "), "{err}");
    for text in [&out, &err] {
        for part in [
            "the page https://app.example has not requested its fetches",
            "cors-check/credentials#one-line",
            "its command must open the page of `{url}`",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}

/// A browser that drives itself, but for the pages of silent.example, which it never opens.
#[cfg(unix)]
const DEAF: &str = r#"
import json, sys, time, urllib.parse, urllib.request
proxy, url = sys.argv[1:]
browser = urllib.request.build_opener(urllib.request.ProxyHandler({"http": "http://" + proxy}))
class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, request, response, code, message, headers, target):
        raise SystemError(target)
def post(page, what, value):
    return json.load(browser.open(page + "/~/" + what, json.dumps(dict(value, page=page)).encode()))
try:
    urllib.request.build_opener(urllib.request.ProxyHandler({"http": "http://" + proxy}), Stay).open(url)
except SystemError as redirected:
    url = str(redirected)
while url.startswith("http://"):
    page = url.rstrip("/")
    if "silent" in page:
        time.sleep(60)
    for leg in post(page, "legs", {})["legs"]:
        post(page, "result", {"n": leg["n"], "leg": leg["leg"], "outcome": {"type": "error"}})
    url = post(page, "next", {})["url"]
time.sleep(60)
"#;

#[cfg(unix)]
#[test]
fn a_page_that_a_browser_never_opens_does_not_end_the_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let (script, cases, file) = (
        folder.path().join("browser.py"),
        folder.path().join("pages.yaml"),
        folder.path().join("results.jsonl"),
    );
    std::fs::write(&script, DEAF).expect("a script");
    let case = |id: &str| {
        format!(
            "  - id: {id}\n    title: t\n    origin: http://{id}.example\n    request: {{ url: \"http://api.example/x\" }}\n    \
             exchange: [{{ response: {{}} }}]\n    expect: {{ type: error }}\n"
        )
    };
    let text = format!("title: t\ncases:\n{}{}", case("heard"), case("silent"));
    std::fs::write(&cases, text).expect("cases");
    let text = |path: &Path| path.to_str().expect("text").to_owned();
    let browser = format!("python3 {} {{proxy}} {{url}}", text(&script));
    let cases = text(&cases);
    let arguments = ["run", "--cases", &cases, "--browser", &browser];
    let output = text(&file);
    let (code, out, err) = ran(&[&arguments[..], &["--timeout", "0.3", "--output", &output]].concat());
    assert_eq!(code, 1, "{out}{err}");
    let place = "the page http://silent.example has not requested its fetches";
    assert!(err.contains(place), "{err}");
    let lines = std::fs::read_to_string(&file).expect("results");
    let verdicts: Vec<(String, String)> = lines
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON"))
        .filter(|line| line["kind"] == "case")
        .map(|line| (line["verdict"].to_string(), line["reason"].to_string()))
        .collect();
    assert_eq!(
        (verdicts.len(), verdicts[0].0.as_str()),
        (2, "\"wire\""),
        "{verdicts:?}"
    );
    let (verdict, reason) = &verdicts[1];
    assert!(verdict == "\"broken\"" && reason.contains(place), "{verdicts:?}");
}

#[test]
fn an_unknown_case_and_a_used_port_are_errors() {
    let (code, out, err) = ran(&["serve-cases", "no/such#case"]);
    assert_eq!((code, out.as_str()), (2, ""), "{err}");
    assert!(err.contains("no case matches no/such#case"), "{err}");
    let serving = Serving::start("cors-check/*");
    let port = serving.announced["address"]
        .as_str()
        .and_then(|a| a.rsplit(':').next())
        .expect("a port");
    let (code, out, err) = ran(&["serve-cases", "--port", port]);
    assert_eq!((code, out.as_str()), (3, ""), "{err}");
    assert!(
        err.contains(&format!("cannot listen on port {port}")) && err.contains("help:"),
        "{err}"
    );
}

#[test]
fn the_help_lists_every_path() {
    let (code, out, _) = ran(&["serve-cases", "--help"]);
    assert_eq!(code, 0);
    for part in [
        "GET /~cases",
        "GET /~ca.pem",
        "POST /~outcome",
        "POST /~/result",
        "POST /~reset",
    ] {
        assert!(out.contains(part), "{part}");
    }
}

#[test]
fn an_adapter_that_does_not_follow_the_protocol_gets_an_error() {
    let (code, out, err) = ran(&["check-client", "--", "sh", "-c", "echo hello"]);
    assert_eq!(code, 1, "{err}");
    assert!(out.starts_with("wrong  ready"), "{out}");
    assert!(
        out.contains("the adapter does not speak the protocol") && out.contains(": hello"),
        "{out}"
    );
    assert!(out.ends_with("1 of 1 checks failed\n"), "{out}");
    let (code, out, _) = ran(&[
        "check-client",
        "--format",
        "json",
        "--",
        "/nowhere/adapter",
        "--port",
        "1",
    ]);
    let value: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!((code, &value["good"]), (1, &Value::Bool(false)));
    assert_eq!(value["checks"][0]["check"], "ready");
    assert!(
        value["checks"][0]["faults"][0]
            .as_str()
            .is_some_and(|f| f.contains("/nowhere/adapter --port 1")),
        "{out}"
    );
}

#[test]
fn an_adapter_that_supports_nothing_can_follow_the_protocol() {
    let script = r#"
        read hello; echo '{"ready":true,"client":"sh","version":"1","lacks":[]}'
        while read -r line; do
            case "$line" in *'"reset"'*) continue;; esac
            id=$(printf %s "$line" | sed 's/.*"id":\([0-9]*\).*/\1/')
            echo "{\"id\":$id,\"unsupported\":\"no\"}"
        done"#;
    let (code, out, err) = ran(&["check-client", "--timeout", "60", "--", "sh", "-c", script]);
    assert_eq!(code, 0, "{out}{err}");
    assert!(out.ends_with("the adapter follows the protocol\n"), "{out}");
    assert!(
        out.contains("note: it reports that it cannot express simple: no"),
        "{out}"
    );
}

#[test]
fn wrong_usage_is_an_error() {
    assert_eq!(ran(&["check-client"]).0, 2);
    assert_eq!(ran(&["check-client", "--timeout", "0", "--", "true"]).0, 2);
}
