//! Probes a running server by its URL: over plain HTTP, over TLS, and with limits on the requests.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use crosscheck_corpus::Policy;
use crosscheck_fetch::{HeaderList, Url};
use crosscheck_results::Events;
use crosscheck_results::{CaseResult, Footer, Header, Verdict};
use crosscheck_runner::run::run_probe;
use crosscheck_runner::server::{AddedHeaders, Probe, ProbeError, Probing, RemoteServer};
use crosscheck_runner::stop::StopRequest;
use crosscheck_text::Redactor;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// Answers a request: the status, and the lines of the head after the status line.
type Answer = fn(&Head) -> (u16, Vec<String>);

/// The head of a request.
#[derive(Debug)]
struct Head {
    method: String,
    target: String,
    lines: Vec<(String, String)>,
}

impl Head {
    fn get(&self, name: &str) -> Option<&str> {
        let mut found = self.lines.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name));
        found.next().filter(|_| found.next().is_none()).map(|(_, v)| v.as_str())
    }
}

/// The header with the size of the body of an answer.
const BODY: &str = "X-Body: ";

/// A right server with a body of some KiB.
fn with_body<const KIB: usize>(head: &Head) -> (u16, Vec<String>) {
    let (status, mut lines) = right(head);
    lines.push(format!("{BODY}{}", KIB << 10));
    (status, lines)
}

/// A server that follows its policy: https://app.example may PUT, with credentials.
fn right(head: &Head) -> (u16, Vec<String>) {
    let mut lines = vec!["Vary: Origin".to_owned()];
    if head.get("origin") == Some("https://app.example") {
        lines.push("Access-Control-Allow-Origin: https://app.example".to_owned());
        lines.push("Access-Control-Allow-Credentials: true".to_owned());
        if head.get("access-control-request-method").is_some() {
            lines.push("Access-Control-Allow-Methods: PUT".to_owned());
        }
    }
    (200, lines)
}

/// The same server, but it allows every origin that ends with a listed host.
fn suffix(head: &Head) -> (u16, Vec<String>) {
    let (status, mut lines) = right(head);
    if let Some(origin) = head.get("origin").filter(|o| o.ends_with("app.example")) {
        lines.retain(|l| !l.starts_with("Access-Control-Allow-Origin"));
        lines.push(format!("Access-Control-Allow-Origin: {origin}"));
    }
    (status, lines)
}

/// A right server behind a limiter that answers eight requests in a row with 429, and says when to come back.
fn limited(head: &Head) -> (u16, Vec<String>) {
    static REQUESTS: AtomicUsize = AtomicUsize::new(0);
    match REQUESTS.fetch_add(1, Ordering::SeqCst) {
        40..48 => (429, vec!["Retry-After: 1".to_owned()]),
        _ => right(head),
    }
}

/// A server that loses its Vary for all requests to come, once a page requested a header that the policy does not list.
fn forgetful(head: &Head) -> (u16, Vec<String>) {
    static FORGOT: AtomicBool = AtomicBool::new(false);
    let is_requested = head
        .get("access-control-request-headers")
        .is_some_and(|names| names.contains("x-evil"));
    if FORGOT.fetch_or(is_requested, Ordering::SeqCst) || is_requested {
        let (status, mut lines) = right(head);
        lines.retain(|line| !line.starts_with("Vary"));
        return (status, lines);
    }
    right(head)
}

/// A right server that refuses a page of its own origin, since the policy does not list it.
fn refuses_its_own(head: &Head) -> (u16, Vec<String>) {
    let origin = head.get("origin");
    let own = head.get("host").map(|host| format!("http://{host}"));
    if origin.is_some() && origin == own.as_deref() {
        return (403, Vec::new());
    }
    right(head)
}

/// A right server that fails where the origin is not one that it knows.
fn fails(head: &Head) -> (u16, Vec<String>) {
    match head.get("origin") {
        Some(origin) if origin != "https://app.example" => (500, Vec::new()),
        _ => right(head),
    }
}

/// A server that redirects every request to another host.
fn elsewhere(head: &Head) -> (u16, Vec<String>) {
    let (_, mut lines) = right(head);
    lines.push("Location: https://login.example/".to_owned());
    (if head.method == "OPTIONS" { 204 } else { 302 }, lines)
}

/// A server that rejects requests without a key.
fn locked(head: &Head) -> (u16, Vec<String>) {
    match head.get("x-key") {
        Some("secret") => right(head),
        _ => (401, Vec::new()),
    }
}

#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<String>>>);

async fn connection(mut io: impl AsyncRead + AsyncWrite + Unpin, answer: Answer, seen: Seen) {
    let mut bytes = Vec::new();
    loop {
        while !bytes.windows(4).any(|w| w == b"\r\n\r\n") {
            let mut more = [0; 4096];
            match io.read(&mut more).await {
                Ok(0) | Err(_) => return,
                Ok(n) => bytes.extend_from_slice(&more[..n]),
            }
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let mut lines = text.trim_end().lines();
        let mut first = lines.next().unwrap_or_default().split(' ').map(str::to_owned);
        let head = Head {
            method: first.next().unwrap_or_default(),
            target: first.next().unwrap_or_default(),
            lines: lines
                .filter_map(|l| l.split_once(": ").map(|(n, v)| (n.to_owned(), v.to_owned())))
                .collect(),
        };
        bytes.clear();
        seen.0.lock().unwrap().push(format!("{} {}", head.method, head.target));
        let (status, lines) = answer(&head);
        let size = lines.iter().find_map(|line| line.strip_prefix(BODY)?.parse().ok());
        let body = "b".repeat(size.filter(|_| head.method != "HEAD").unwrap_or(0));
        let lines: String = lines.iter().map(|l| format!("{l}\r\n")).collect();
        let closes = text.contains("Connection: close");
        let text = format!(
            "HTTP/1.1 {status} \r\n{lines}Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        if io.write_all(text.as_bytes()).await.is_err() || closes {
            return;
        }
    }
}

/// Serves on loopback, with `tls` over TLS and a self-signed certificate. Returns the URL, the requests that it receives, and the
/// certificate.
async fn serve(answer: Answer, tls: bool) -> (Url, Seen, Option<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let seen = Seen::default();
    let kept = seen.clone();
    let (acceptor, pem) = if tls {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let key = PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
        let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        (
            Some(TlsAcceptor::from(Arc::new(config))),
            Some(made.cert.pem().into_bytes()),
        )
    } else {
        (None, None)
    };
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, seen) = (acceptor.clone(), kept.clone());
            tokio::spawn(async move {
                match acceptor {
                    None => connection(stream, answer, seen).await,
                    Some(acceptor) => {
                        if let Ok(stream) = acceptor.accept(stream).await {
                            connection(stream, answer, seen).await;
                        }
                    }
                }
            });
        }
    });
    let scheme = if tls { "https" } else { "http" };
    let url = format!("{scheme}://localhost:{port}/api/data?x=1").parse().unwrap();
    (url, seen, pem)
}

fn probing(url: Url) -> Probing {
    let policy: Policy =
        serde_yaml::from_str("{origins: {list: [https://app.example]}, credentials: true, methods: [PUT]}").unwrap();
    Probing {
        server: RemoteServer {
            url: url.into(),
            headers: AddedHeaders::default(),
            allow_unsafe: false,
            rate: 100_000.0,
            timeout: Duration::from_secs(600),
            authorities: None,
        },
        policy_id: "mine".to_owned(),
        policy,
    }
}

#[derive(Default)]
struct Keep(Vec<CaseResult>);

impl Events for Keep {
    fn subject_started(&mut self, _: &Header) {}
    fn case_finished(&mut self, case: &CaseResult) {
        self.0.push(case.clone());
    }
    fn subject_finished(&mut self, _: &Footer) {}
}

async fn run(probing: Probing) -> (Footer, Vec<CaseResult>) {
    let mut probe = Probe::open(&probing).await.unwrap();
    let mut keep = Keep::default();
    let summary = run_probe(
        &mut probe,
        probing.server.url.expose().as_str(),
        Vec::new(),
        None,
        StopRequest::never(),
        &mut keep,
    )
    .await
    .unwrap();
    let footer = summary.subjects[0].1.clone();
    assert!(footer.complete);
    assert_eq!(footer.verdicts.values().sum::<usize>(), footer.cases);
    (footer, keep.0)
}

fn deviations(results: &[CaseResult]) -> Vec<String> {
    let all = results.iter().flat_map(|c| c.deviations.iter().map(move |d| (c, d)));
    all.map(|(c, d)| format!("{} {}: {}", c.id, d.cause, d.what)).collect()
}

#[tokio::test]
async fn the_correct_server_breaks_no_rule_and_receives_only_safe_methods() {
    let (url, seen, _) = serve(right, false).await;
    let (footer, results) = run(probing(url)).await;
    assert_eq!(deviations(&results), Vec::<String>::new());
    assert!(footer.verdicts[&Verdict::Pass] > 100, "{:?}", footer.verdicts);
    // Each request is sent once: only the first answers are compared with the last ones.
    assert_eq!(footer.examined["unstable"], 1);
    let seen: BTreeSet<String> = seen.0.lock().unwrap().drain(..).collect();
    let expected = ["GET", "HEAD", "OPTIONS"].map(|m| format!("{m} /api/data?x=1"));
    assert_eq!(seen, BTreeSet::from(expected));
}

#[tokio::test]
async fn a_probe_waits_for_a_limiter_and_asks_again() {
    let (url, _, _) = serve(limited, false).await;
    let (footer, results) = run(probing(url)).await;
    assert_eq!(deviations(&results), Vec::<String>::new());
    assert_eq!(footer.verdicts.get(&Verdict::NotJudged), None, "{:?}", footer.verdicts);
}

#[tokio::test]
async fn other_methods_are_sent_when_they_are_allowed() {
    let (url, seen, _) = serve(right, false).await;
    let mut probing = probing(url);
    probing.server.allow_unsafe = true;
    let (_, results) = run(probing).await;
    assert_eq!(deviations(&results), Vec::<String>::new());
    assert!(seen.0.lock().unwrap().contains(&"PUT /api/data?x=1".to_owned()));
}

#[tokio::test]
async fn a_suffix_match_is_an_over_grant() {
    let (url, _, _) = serve(suffix, false).await;
    let (_, results) = run(probing(url)).await;
    let found = results.iter().find(|c| {
        c.id.as_str().contains("#origin/suffix-")
            && c.deviations
                .iter()
                .any(|d| d.rule.as_deref() == Some("grant-anonymous"))
    });
    let found = found.unwrap_or_else(|| panic!("{:#?}", deviations(&results)));
    assert_eq!(found.verdict, Verdict::OverGrant);
    assert!(
        found.transcript[0]
            .request
            .lines()
            .iter()
            .any(|l| l.starts_with("Host: localhost:"))
    );
}

#[tokio::test]
async fn what_a_server_does_besides_the_cors_check_is_judged() {
    for (answer, case, rule) in [
        (forgetful as Answer, "policies/mine#state/after-all", "unstable"),
        (refuses_its_own, "policies/mine#own/root-options", "refuse-own"),
        (fails, "policies/mine#origin/null", "fails-on-input"),
    ] {
        let (url, _, _) = serve(answer, false).await;
        let (_, results) = run(probing(url)).await;
        let result = results.iter().find(|c| c.id == case).unwrap();
        let rules: Vec<_> = result.deviations.iter().filter_map(|d| d.rule.as_deref()).collect();
        assert_eq!(rules, [rule], "{case}");
        assert!(!result.transcript.is_empty(), "{case}");
    }
}

#[tokio::test]
async fn a_redirect_to_another_host_is_not_judged() {
    let (url, _, _) = serve(elsewhere, false).await;
    let (footer, results) = run(probing(url)).await;
    let get = results
        .iter()
        .find(|c| c.id == "policies/mine#origin/listed-https-app.example")
        .unwrap();
    assert_eq!(get.verdict, Verdict::NotApplicable);
    assert!(get.reason.as_ref().unwrap().contains("https://login.example/"));
    assert!(footer.verdicts[&Verdict::NotApplicable] > 3);
}

#[tokio::test]
async fn every_request_carries_the_headers_of_the_user() {
    let (url, _, _) = serve(locked, false).await;
    let (footer, without) = run(probing(url.clone())).await;
    assert_eq!(deviations(&without), Vec::<String>::new());
    assert_eq!(footer.verdicts.get(&Verdict::Pass), None, "a login answered");
    let reason = |case: &CaseResult| case.reason.as_ref().is_some_and(|r| r.contains("401"));
    assert!(without.iter().filter(|c| c.verdict == Verdict::NotJudged).all(reason));
    let mut with = probing(url);
    let mut list = HeaderList::new();
    list.push(&b"X-Key"[..], &b"secret"[..]);
    with.server.headers = AddedHeaders::new(list, Redactor::by_name());
    let (_, with) = run(with).await;
    assert_eq!(deviations(&with), Vec::<String>::new());
}

#[tokio::test]
async fn an_https_url_is_probed_over_tls() {
    let (url, seen, pem) = serve(right, true).await;
    let mut trusting = probing(url.clone());
    trusting.server.authorities = Some(("test.pem".to_owned(), pem.unwrap()));
    let (footer, results) = run(trusting).await;
    assert_eq!(deviations(&results), Vec::<String>::new());
    assert!(footer.verdicts[&Verdict::Pass] > 100);
    assert!(!seen.0.lock().unwrap().is_empty());
    // Without the file, the certificate is not trusted, and no case is asked.
    let error = Probe::open(&probing(url)).await.unwrap_err();
    assert!(matches!(error, ProbeError::Handshake(..)), "{error}");
}

#[tokio::test]
async fn a_server_that_cannot_be_probed_is_an_error() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    for (url, rate, expected) in [
        (format!("http://127.0.0.1:{port}/"), 1.0, "cannot connect to 127.0.0.1"),
        ("ftp://127.0.0.1/".to_owned(), 1.0, "not an http or https URL"),
        (
            "http://127.0.0.1/".to_owned(),
            0.0,
            "0 requests per second is not a valid rate",
        ),
        (
            "http://127.0.0.1/".to_owned(),
            -1.0,
            "-1 requests per second is not a valid rate",
        ),
    ] {
        let mut probing = probing(url.parse().unwrap());
        probing.server.rate = rate;
        let error: ProbeError = Probe::open(&probing).await.unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
}

/// Counts the bytes of a text without keeping it.
struct Count(usize);

impl std::fmt::Write for Count {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.0 += text.len();
        Ok(())
    }
}

/// Drops every result.
struct Drop;

impl Events for Drop {
    fn subject_started(&mut self, _: &Header) {}
    fn case_finished(&mut self, _: &CaseResult) {}
    fn subject_finished(&mut self, _: &Footer) {}
}

#[tokio::test]
async fn a_probe_keeps_the_beginning_of_large_answers_and_no_more() {
    let mut kept = Vec::new();
    for (answer, body) in [(with_body::<128> as Answer, 128 << 10), (with_body::<1024>, 1024 << 10)] {
        let (url, seen, _) = serve(answer, false).await;
        let probing = probing(url);
        let mut probe = Probe::open(&probing).await.unwrap();
        let ran = run_probe(&mut probe, "large", Vec::new(), None, StopRequest::never(), &mut Drop).await;
        ran.unwrap();
        let answers = seen.0.lock().unwrap().len();
        // The text has every field of the probe, and each kept byte of an answer.
        let mut count = Count(0);
        std::fmt::write(&mut count, format_args!("{probe:?}")).unwrap();
        assert!(answers > 100, "{answers}");
        kept.push((count.0, answers * body));
    }
    let [(small, small_sent), (large, large_sent)] = kept[..] else {
        panic!("{kept:?}")
    };
    assert!(large_sent > 7 * small_sent, "{kept:?}");
    assert!(large < small + small / 20, "{kept:?}");
}
