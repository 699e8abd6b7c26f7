//! The lists of methods and header names of a policy.

use super::super::reader::{Faults, Fields};
use super::super::yaml::{Node, Value, short};
use crate::policy::Names;
use crosscheck_fetch::{
    is_forbidden_method, is_forbidden_request_header, is_forbidden_response_header_name, is_token, normalize_method,
};
use std::borrow::Cow;

/// The methods whose names are in upper case, beyond those that browsers normalize.
const UPPER_CASE: [&str; 18] = [
    "ACL",
    "COPY",
    "LINK",
    "LOCK",
    "MERGE",
    "MKCALENDAR",
    "MKCOL",
    "MOVE",
    "PATCH",
    "PROPFIND",
    "PROPPATCH",
    "PURGE",
    "QUERY",
    "REPORT",
    "SEARCH",
    "UNLINK",
    "UNLOCK",
    "VIEW",
];

/// What the names of a list are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Methods, compared byte by byte.
    Method,
    /// Names of request headers, compared without case.
    RequestHeader,
    /// Names of response headers, compared without case.
    ResponseHeader,
}

impl Kind {
    const fn key(self) -> &'static str {
        match self {
            Self::Method => "methods",
            Self::RequestHeader => "headers",
            Self::ResponseHeader => "expose",
        }
    }

    const fn noun(self) -> &'static str {
        match self {
            Self::Method => "a method",
            Self::RequestHeader | Self::ResponseHeader => "a header name",
        }
    }

    fn same(self, a: &str, b: &str) -> bool {
        match self {
            Self::Method => a == b,
            Self::RequestHeader | Self::ResponseHeader => a.eq_ignore_ascii_case(b),
        }
    }
}

/// A list of tokens, or the word `any`. A note explains what would look like a mistake.
pub(super) fn names(faults: &Faults, fields: &Fields<'_, '_>, kind: Kind, has_note: bool) -> Names {
    let key = kind.key();
    let Some(node) = fields.get(key) else {
        return Names::default();
    };
    if let Value::Scalar(word, _) = &node.value {
        if word != "any" {
            let message = format!("`{key}` must be a list or the word `any`, not {}", node.describe());
            faults.add(node.at, message, format!("write `{key}: [..]` or `{key}: any`"));
        }
        return Names::Any;
    }
    let mut seen: Vec<String> = Vec::new();
    let names = faults.list(node, key, |item| {
        let name = name(faults, item, kind, has_note)?;
        match seen.iter().find(|other| kind.same(other, &name)) {
            Some(other) if *other == name => {
                let message = format!("`{}` is in `{key}` twice", short(&name));
                faults.warn(item.at, message, "remove one of the two");
            }
            Some(other) => {
                let message = format!("`{}` in `{key}` is `{}` again", short(&name), short(other));
                faults.warn(
                    item.at,
                    message,
                    "header names are compared without case: remove one of the two",
                );
            }
            None => seen.push(name.clone()),
        }
        Some(name)
    });
    Names::List(names.unwrap_or_default())
}

fn name(faults: &Faults, item: &Node<'_>, kind: Kind, has_note: bool) -> Option<String> {
    let key = kind.key();
    let name = faults.string(item, key)?;
    if !is_token(name.as_bytes()) {
        let message = format!("{:?} in `{key}` is not {}", short(&name), kind.noun());
        faults.add(
            item.at,
            message,
            "it must be an HTTP token: letters, digits and !#$%&'*+-.^_`|~",
        );
        return None;
    }
    if name == "*" {
        faults.add(
            item.at,
            format!("`*` in `{key}` is a token and no wildcard"),
            format!("write `{key}: any`"),
        );
        return None;
    }
    let shown = short(&name);
    match kind {
        Kind::Method => method(faults, item, &name, has_note)?,
        Kind::RequestHeader if is_forbidden_request_header(name.as_bytes(), b"") => {
            let help = if name.eq_ignore_ascii_case("cookie") {
                "remove it; `credentials: true` allows cookies"
            } else {
                "remove it: browsers set it themselves, and no preflight asks for it"
            };
            faults.add(
                item.at,
                format!("`{shown}` in `headers` is a forbidden request-header, which no page can set"),
                help,
            );
            return None;
        }
        Kind::ResponseHeader if is_forbidden_response_header_name(name.as_bytes()) => {
            faults.add(
                item.at,
                format!("`{shown}` in `expose` is a forbidden response-header, which no page can read"),
                "remove it",
            );
            return None;
        }
        Kind::RequestHeader | Kind::ResponseHeader => {}
    }
    Some(name)
}

/// Checks a method that is a token.
fn method(faults: &Faults, item: &Node<'_>, name: &str, has_note: bool) -> Option<()> {
    let shown = short(name);
    if is_forbidden_method(name.as_bytes()) {
        faults.add(
            item.at,
            format!("`{shown}` in `methods` is a forbidden method, which no page can use"),
            "remove it: a policy lists what pages may do",
        );
        return None;
    }
    let normal = normalize_method(Cow::Owned(name.as_bytes().to_vec()));
    if *normal != *name.as_bytes() {
        let normal = String::from_utf8_lossy(&normal);
        faults.add(
            item.at,
            format!("`{shown}` in `methods` matches no request: browsers send `{normal}`, and methods are compared byte by byte"),
            format!("write `{normal}`"),
        );
        return None;
    }
    let usual = UPPER_CASE.iter().find(|usual| usual.eq_ignore_ascii_case(name));
    if let Some(usual) = usual.filter(|usual| **usual != name && !has_note) {
        faults.warn(
            item.at,
            format!("`{shown}` in `methods` is not `{usual}`: browsers send both as written, and methods are compared byte by byte"),
            format!("write `{usual}`; if `{shown}` is meant, explain it in a `note` of the policy's file or of the case"),
        );
    }
    Some(())
}
