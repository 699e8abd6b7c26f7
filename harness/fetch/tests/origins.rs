//! Origins of pages of apps and browser extensions.

use crosscheck_fetch::{APP_SCHEMES, Origin, OriginError, Page, Url};

const ORIGINS: [&str; 8] = [
    "capacitor://localhost",
    "ionic://localhost",
    "app://-",
    "app://com.example.notes_2",
    "tauri://localhost",
    "chrome-extension://abcdefghijklmnopabcdefghijklmnop",
    "moz-extension://0b7e3a52-6a0c-4c5e-9d1f-2f3e4a5b6c7d",
    "safari-web-extension://E1F2A3B4-C5D6-47E8-9F00-112233445566",
];

#[test]
fn an_origin_of_an_app_is_serialized_as_it_is_written() {
    for text in ORIGINS {
        let origin = Origin::parse_serialized(text).unwrap();
        assert!(origin.is_of_app(), "{text}");
        assert_eq!(origin.serialize(), text);
        assert!(!Page::new(origin.clone()).origin.is_https());
        assert_eq!(Origin::parse_serialized(text), Ok(origin));
    }
    for text in ["https://app.example", "null", "http://localhost"] {
        assert!(!Origin::parse_serialized(text).unwrap().is_of_app(), "{text}");
    }
}

#[test]
fn what_no_app_sends_is_corrected() {
    for (written, serialized) in [
        ("Capacitor://localhost", "capacitor://localhost"),
        ("capacitor://localhost/", "capacitor://localhost"),
        ("capacitor://localhost:80", "capacitor://localhost"),
        ("capacitor://user@localhost", "capacitor://localhost"),
        ("tauri://localhost/index.html?a#b", "tauri://localhost"),
    ] {
        let expected = OriginError::NotSerialized {
            written: written.to_owned(),
            serialized: serialized.to_owned(),
        };
        assert_eq!(Origin::parse_serialized(written), Err(expected));
    }
    for written in [
        "app://",
        "app:///x",
        "app://a%20b",
        "app://a b",
        "app://\u{E9}",
        "app://[::1]",
        "app://a\n",
    ] {
        let refused = Origin::parse_serialized(written);
        assert!(
            matches!(refused, Err(OriginError::NotAUrl(..))),
            "{written}: {refused:?}"
        );
    }
    for written in ["edge://a", "capacitors://localhost", "file:///x"] {
        let refused = Origin::parse_serialized(written);
        assert!(
            matches!(refused, Err(OriginError::NoTuple(_))),
            "{written}: {refused:?}"
        );
        assert!(refused.unwrap_err().to_string().contains("capacitor"));
    }
}

#[test]
fn a_page_of_an_app_is_the_same_origin_as_no_url() {
    for text in ORIGINS {
        let origin = Origin::parse_serialized(text).unwrap();
        let url = Url::parse(&format!("{text}/data")).unwrap();
        assert_eq!(Origin::of(&url), Origin::Opaque);
        assert!(!origin.same_origin_with_url(&url));
        assert!(origin.same_origin(&origin));
    }
    assert!(APP_SCHEMES.is_sorted());
}
