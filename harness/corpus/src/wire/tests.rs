use super::{RawError, read_raw_for, to_wire, to_wire_for, try_read_raw};
use crate::case::CaseResponse;
use crosscheck_fetch::{Answer, HeaderList};

fn shown(method: &str, raw: &[u8]) -> String {
    match try_read_raw(method.as_bytes(), raw) {
        Err(error) => format!("{error:?}"),
        Ok(response) => {
            let text = |b: &[u8]| String::from_utf8_lossy(b).into_owned();
            let headers: Vec<String> = response
                .headers
                .iter()
                .map(|h| format!("{}={}", text(&h.name), text(&h.value)))
                .collect();
            format!(
                "{} {} [{}] {}",
                response.status,
                text(&response.status_text),
                headers.join("|"),
                text(&response.body)
            )
        }
    }
}

#[test]
fn raw_bytes_are_read_as_browsers_read_them() {
    for (raw, expected) in [
        ("HTTP/1.1 200 OK\r\nA: b\r\n\r\nbody", "200 OK [A=b] body"),
        ("HTTP/1.0 200\nA:b\n\n", "200  [A=b] "),
        ("HTTP/1.1 200 \r\nA:  \tb \t\r\n\r\n", "200  [A=b] "),
        ("HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\t d\r\n\r\n", "200 OK [A=b c d] "),
        ("HTTP/1.1 200 OK\r\n folded\r\nA: b\r\n\r\n", "200 OK [A=b] "),
        (
            "HTTP/1.1 200 OK\r\nno colon\r\n: no name\r\nA : b\r\n\r\n",
            "200 OK [A =b] ",
        ),
        ("HTTP/1.1 200 OK\r\nA: b\x00c\r\n\r\n", "Nul"),
        ("HTTP/1.1 200 O\x00K\r\n\r\n", "Nul"),
        ("HTTP/1.1 200 OK\r\nA: b\r\n\r\nbo\x00dy", "200 OK [A=b] bo\0dy"),
        ("HTTP/1.1 20 OK\r\n\r\n", "StatusLine"),
        ("HTTP/1.1 2000 OK\r\n\r\n", "StatusLine"),
        ("HTTP/2 200 OK\r\n\r\n", "StatusLine"),
        ("ICY 200 OK\r\n\r\n", "StatusLine"),
        ("HTTP/1.1 200 OK", "StatusLine"),
        ("HTTP/1.1 200 OK\r\nA: b\r\n", "Head"),
        ("", "Empty"),
        (
            "HTTP/1.1 103 Early Hints\r\nA: b\r\n\r\nHTTP/1.1 204 No\r\n\r\nx",
            "204 No [] ",
        ),
        ("HTTP/1.1 100 Continue\r\n\r\n", "Empty"),
        ("HTTP/1.1 101 Switching\r\nA: b\r\n\r\nframes", "101 Switching [A=b] "),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nbody",
            "200 OK [Content-Length=2] bo",
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nbody",
            "200 OK [Content-Length=9] body",
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nbody",
            "200 OK [Content-Length=2, 2] bo",
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nbody",
            "ContentLength",
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\nbody",
            "200 OK [Content-Length=x] body",
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nT: t\r\n\r\n",
            "200 OK [Transfer-Encoding=chunked] abcde",
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nabc",
            "200 OK [Transfer-Encoding=chunked] ",
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc",
            "200 OK [Transfer-Encoding=chunked] abc",
        ),
    ] {
        assert_eq!(shown("GET", raw.as_bytes()), expected, "{raw:?}");
    }
    assert_eq!(
        shown("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"),
        "200 OK [Content-Length=2] "
    );
}

#[test]
fn too_many_headers_are_no_answer() {
    let mut raw = b"HTTP/1.1 200 OK\r\n".to_vec();
    raw.extend(b"A: b\r\n".repeat(5000));
    raw.extend(b"\r\n");
    assert_eq!(try_read_raw(b"GET", &raw), Err(RawError::TooLong));
}

fn parts(status: u16, headers: &[(&'static str, &'static str)], body: &str) -> CaseResponse {
    CaseResponse::Parts {
        status,
        status_text: (&b"OK"[..]).into(),
        headers: headers
            .iter()
            .map(|(n, v)| (n.as_bytes(), v.as_bytes()))
            .collect::<HeaderList>(),
        body: body.as_bytes().to_vec(),
    }
}

#[test]
fn the_harness_adds_a_content_length_and_nothing_else() {
    for (response, expected) in [
        (
            parts(200, &[("A", " b\t")], "xy"),
            "HTTP/1.1 200 OK\r\nA:  b\t\r\nContent-Length: 2\r\n\r\nxy",
        ),
        (parts(204, &[], "xy"), "HTTP/1.1 204 OK\r\n\r\n"),
        (parts(304, &[], ""), "HTTP/1.1 304 OK\r\n\r\n"),
        (
            parts(200, &[("content-length", "1")], "xy"),
            "HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nxy",
        ),
        (
            parts(200, &[("Transfer-Encoding", "chunked")], "xy"),
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nxy\r\n0\r\n\r\n",
        ),
    ] {
        assert_eq!(String::from_utf8_lossy(&to_wire(&response)), expected);
    }
    let head = to_wire_for(b"HEAD", &parts(200, &[], "xy"));
    assert_eq!(
        String::from_utf8_lossy(&head),
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
    );
}

#[test]
fn what_is_written_reads_back_as_the_model_sees_it() {
    for response in [
        parts(200, &[("A", "b"), ("a", "c"), ("B", "\u{ff}")], "body"),
        parts(204, &[], ""),
        parts(404, &[("Transfer-Encoding", "chunked")], "body"),
        parts(599, &[("Content-Length", "4")], "body"),
    ] {
        for method in [&b"GET"[..], b"HEAD"] {
            assert_eq!(
                read_raw_for(method, &to_wire_for(method, &response)),
                response.answer_to(method),
                "{response:?}"
            );
        }
    }
    assert_eq!(CaseResponse::Fail(crate::FailKind::Reset).answer(), Answer::Failure);
}
