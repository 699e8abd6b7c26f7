//! `crosscheck probe`.

use crate::program::{check_error, crosscheck};

#[test]
fn probe_reports_bad_arguments_and_unreachable_servers() {
    let policy = ["--policy", "cases/policies/one.yaml"];
    let probe = |url: &str, more: &[&str]| crosscheck(&[&["probe", url], &policy[..], more].concat());
    // Nothing listens on the port of a closed socket.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .and_then(|l| l.local_addr())
        .expect("a port")
        .port();
    let down = format!("http://127.0.0.1:{port}/");
    check_error(&probe(&down, &[]), 3, "cannot connect to 127.0.0.1", "start the server");
    check_error(
        &probe("localhost", &[]),
        2,
        "`localhost` is not a URL",
        "write the whole URL",
    );
    check_error(
        &probe("ftp://127.0.0.1/", &[]),
        2,
        "is not an http or https URL",
        "write the whole URL",
    );
    check_error(&probe(&down, &["--rate", "0"]), 2, "0 requests per second", "--rate 20");
    check_error(
        &probe(&down, &["-H", "nonsense"]),
        2,
        "--header number 1 is not a header",
        "NAME: VALUE",
    );
    check_error(
        &probe(&down, &["--ca", "README.md"]),
        2,
        "README.md: the file has no certificate in PEM",
        "-----BEGIN CERTIFICATE-----",
    );
    let no_policy = crosscheck(&["probe", &down, "--policy", "cases/steps.yaml"]);
    assert_eq!(no_policy.code, 2, "{}", no_policy.err);
    assert!(no_policy.err.contains("cases/steps.yaml:10:1"), "{}", no_policy.err);
}
