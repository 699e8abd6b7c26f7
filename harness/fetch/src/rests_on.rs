//! Which steps of the catalogue an explanation rests on, by what was looked at.

use crate::mime::essence;
use crate::request::Note;
use crate::steps::{self, Step};

/// The step by which a method keeps or changes its letters.
pub(crate) fn method_step(method: &[u8]) -> Step {
    match method {
        b"DELETE" | b"GET" | b"HEAD" | b"OPTIONS" | b"POST" | b"PUT" => steps::METHOD_SAFELIST_BYTE_EXACT,
        b"patch" | b"PATCH" => steps::METHOD_NO_NORMALIZE_PATCH,
        _ => steps::METHOD_ARBITRARY_ALLOWED,
    }
}

/// The steps that an API's silent act rests on.
pub(crate) fn note_steps(note: &Note) -> Vec<Step> {
    match note {
        Note::Forbidden(name) => {
            let lower = name.to_ascii_lowercase();
            let mut found = vec![
                steps::FORBIDDEN_HEADER_SILENT_DROP,
                steps::FORBIDDEN_HEADER_NO_PREFLIGHT_FROM_FORBIDDEN,
            ];
            if lower.starts_with(b"proxy-") || lower.starts_with(b"sec-") {
                found.push(steps::FORBIDDEN_HEADER_PREFIXES);
            } else if lower.starts_with(b"x-") {
                found = vec![
                    steps::FORBIDDEN_HEADER_METHOD_OVERRIDE,
                    steps::FORBIDDEN_HEADER_OVERRIDE_PER_APPEND,
                    steps::HEADER_LIST_GET_DECODE_SPLIT,
                    steps::FORBIDDEN_HEADER_SILENT_DROP,
                ];
            } else if lower == b"connection" {
                found.push(steps::SAFELIST_REQUEST_CONNECTION_FORBIDDEN);
                found.push(steps::FORBIDDEN_HEADER_NAME_LIST);
            } else {
                found.push(steps::FORBIDDEN_HEADER_NAME_LIST);
                found.push(steps::FORBIDDEN_HEADER_CASE_INSENSITIVE);
            }
            found
        }
        Note::NoCors(name) if name.eq_ignore_ascii_case(b"range") => {
            vec![steps::NO_CORS_RANGE_NOT_SETTABLE, steps::NO_CORS_HEADER_GUARD]
        }
        Note::NoCors(_) => vec![steps::NO_CORS_HEADER_GUARD, steps::NO_CORS_APPEND_CHECKS_COMBINED],
        Note::Appended(_) => vec![steps::HEADER_LIST_APPEND_KEEPS_SEPARATE],
        Note::Trimmed(_) => vec![steps::HEADER_LIST_VALUE_NORMALIZE],
        Note::NormalizedMethod => vec![steps::METHOD_NORMALIZE],
    }
}

/// The steps that the safelist's look at a header rests on.
pub(crate) fn safelist_steps(name: &[u8], value: &[u8]) -> Vec<Step> {
    let mut found = vec![steps::SAFELIST_REQUEST_NAME_CASE_INSENSITIVE];
    let lower = name.to_ascii_lowercase();
    match lower.as_slice() {
        b"accept" => found.extend([
            steps::SAFELIST_REQUEST_ACCEPT,
            steps::SAFELIST_REQUEST_UNSAFE_BYTE_CONTROLS,
            steps::SAFELIST_REQUEST_UNSAFE_BYTE_DELIMITERS,
        ]),
        b"accept-language" => found.push(steps::SAFELIST_REQUEST_ACCEPT_LANGUAGE),
        b"content-language" => found.push(steps::SAFELIST_REQUEST_CONTENT_LANGUAGE),
        b"content-type" => {
            found.push(steps::SAFELIST_REQUEST_CONTENT_TYPE_UNSAFE_BYTES);
            found.push(if essence(value).is_some() {
                steps::SAFELIST_REQUEST_CONTENT_TYPE_ESSENCE
            } else {
                steps::SAFELIST_REQUEST_CONTENT_TYPE_PARSE_FAILURE
            });
            found.push(if value.contains(&b';') {
                steps::SAFELIST_REQUEST_CONTENT_TYPE_PARAMETERS_LENIENT
            } else {
                steps::SAFELIST_REQUEST_CONTENT_TYPE_PER_HEADER
            });
        }
        b"range" => {
            found.push(steps::SAFELIST_REQUEST_RANGE_FORM);
            found.push(match value {
                [b'b', b'y', b't', b'e', b's', b'=', b'-', ..] => steps::SAFELIST_REQUEST_RANGE_NO_SUFFIX,
                _ if value.contains(&b',') => steps::SAFELIST_REQUEST_RANGE_SINGLE_ONLY,
                _ if value.iter().any(|b| matches!(b, b' ' | b'\t')) => steps::SAFELIST_REQUEST_RANGE_NO_WHITESPACE,
                _ if !value.starts_with(b"bytes") => steps::SAFELIST_REQUEST_RANGE_UNIT_CASE,
                _ => steps::SAFELIST_REQUEST_RANGE_ORDER,
            });
        }
        b"user-agent" => found.push(steps::SAFELIST_REQUEST_USER_AGENT_UNSAFE),
        b"authorization" => found.push(steps::UNSAFE_NAMES_NON_WILDCARD_AUTHORIZATION),
        _ => found.push(steps::SAFELIST_REQUEST_CLOSED_NAME_SET),
    }
    if value.len() > 100 {
        found.splice(
            0..1,
            [
                steps::SAFELIST_REQUEST_LENGTH_128,
                steps::SAFELIST_REQUEST_LENGTH_IN_BYTES,
            ],
        );
    }
    found
}
