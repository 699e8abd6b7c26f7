use super::Redactor;

fn of(headers: &[(&str, &str)]) -> Redactor {
    let mut redactor = Redactor::default();
    for (name, value) in headers {
        redactor.add_header(name.as_bytes(), value.as_bytes());
    }
    redactor
}

fn message(redactor: &Redactor, message: &str) -> String {
    String::from_utf8(redactor.message(message.as_bytes()).into_owned()).expect("text")
}

#[test]
fn an_empty_redactor_changes_nothing() {
    let text = "GET /?token=abcdef HTTP/1.1\r\nAuthorization: Basic dTpw\r\nCookie: a=1\r\n\r\n";
    assert!(Redactor::default().is_empty());
    assert_eq!(message(&Redactor::default(), text), text);
}

#[test]
fn the_value_of_a_given_header_is_hidden_in_every_form() {
    let redactor = of(&[
        ("Authorization", "Basic dXNlcjpodW50ZXIyIQ=="),
        ("X-Tenant", "a/b c\"d"),
    ]);
    for (text, expected) in [
        ("Authorization: Basic dXNlcjpodW50ZXIyIQ==", "Authorization: [redacted]"),
        ("the password hunter2!", "the password [redacted]"),
        ("user:hunter2!@", "[redacted]@"),
        ("/x?t=a%2Fb%20c%22d&u=1", "/x?t=[redacted]&u=1"),
        (r#"{"t": "a/b c\"d"}"#, r#"{"t": "[redacted]"}"#),
        ("a/b", "a/b"),
    ] {
        assert_eq!(redactor.text(text), expected);
    }
}

#[test]
fn a_short_value_is_hidden_in_its_own_line_only() {
    let redactor = of(&[("X-Key", "1"), ("Accept-Encoding", "identity")]);
    let text = "GET /1 HTTP/1.1\r\nx-key: 1\r\nOther: 1\r\nAccept-Encoding: identity\r\n\r\nidentity";
    let expected = "GET /1 HTTP/1.1\r\nx-key: [redacted]\r\nOther: 1\r\nAccept-Encoding: [redacted]\r\n\r\nidentity";
    assert_eq!(message(&redactor, text), expected);
}

#[test]
fn the_headers_of_a_case_stay_readable_beside_those_of_the_user() {
    let redactor = of(&[("Authorization", "Bearer of-the-user")]);
    let text = "GET / HTTP/1.1\r\nAuthorization: Basic dTpw\r\nCookie: a=1\r\n\r\n";
    assert_eq!(message(&redactor, text), text);
}

#[test]
fn what_a_server_sends_is_hidden_by_name_and_remembered() {
    let mut redactor = Redactor::by_name();
    let text = "HTTP/1.1 302 Found\r\nSet-Cookie: sid=s3cr3ts3cr3t; Path=/; SameSite=None; Secure\r\nX-Csrf-Token: abc\r\n def\r\nLocation: /?code=q&a=1\r\n\r\n";
    redactor.learn(text.as_bytes());
    assert_eq!(
        message(&redactor, text),
        "HTTP/1.1 302 Found\r\nSet-Cookie: sid=[redacted]; Path=/; SameSite=None; Secure\r\nX-Csrf-Token: [redacted]\r\nLocation: /?code=[redacted]&a=1\r\n\r\n"
    );
    assert_eq!(
        redactor.text("the session s3cr3ts3cr3t differs"),
        "the session [redacted] differs"
    );
    for n in 0..1000 {
        redactor.learn(format!("HTTP/1.1 200 OK\r\nSet-Cookie: sid=session{n:04}\r\n\r\n").as_bytes());
    }
    assert_eq!(redactor.text("session0999 session0001"), "[redacted] session0001");
}

#[test]
fn a_truncated_value_is_hidden() {
    let redactor = of(&[("Authorization", "Bearer abcdefghijklmnopqrstuvwxyz")]);
    for (text, expected) in [
        ("got abcdefghijklmnopq!", "got [redacted]!"),
        ("got Bearer abcde... (33 bytes)", "got [redacted]... (33 bytes)"),
        ("got abcde", "got [redacted]"),
        ("got abcde and more", "got abcde and more"),
    ] {
        assert_eq!(redactor.text(text), expected);
    }
}

#[test]
fn the_secrets_of_a_url_are_hidden() {
    let mut redactor = Redactor::by_name();
    redactor.add_url("https://me:hunter%32@api.example/x?api_key=abcdefg&page=2");
    for (text, expected) in [
        (
            "https://me:hunter%32@api.example/x?api_key=abcdefg&page=2",
            "https://[redacted]@api.example/x?api_key=[redacted]&page=2",
        ),
        (
            "the key abcdefg, the password hunter2",
            "the key [redacted], the password [redacted]",
        ),
    ] {
        assert_eq!(redactor.text(text), expected);
    }
}
