//! Finds the top-level modules of a crate that a source names.
//!
//! This is not a parser of Rust. It reads paths that begin with `crate` or `super`, including those in groups, and follows the names
//! that the root of the crate re-exports. It ignores comments, literals and tests.

use std::collections::{BTreeMap, BTreeSet};

/// The names that the root of a crate re-exports, with the module that each comes from.
pub(super) type Exports = BTreeMap<String, String>;

/// Reads the re-exports of a root: `pub use module::{A, b::C as D};`.
pub(super) fn exports(root: &str) -> Exports {
    let tokens = tokens(root);
    let mut exports = Exports::new();
    for (index, token) in tokens.iter().enumerate() {
        if token != "use" {
            continue;
        }
        let mut at = index + 1;
        let mut paths = Vec::new();
        tree(&tokens, &mut at, &mut Vec::new(), &mut paths);
        for path in paths {
            let path: Vec<&String> = path.iter().filter(|p| *p != "crate" && *p != "self").collect();
            if let [module, .., name] = path.as_slice() {
                exports.insert((*name).clone(), (*module).clone());
            }
        }
    }
    exports
}

/// Returns the top-level modules that a source names. Its module is `depth` levels below the root; a top-level module has depth 1.
pub(super) fn modules(source: &str, depth: usize, modules: &BTreeSet<String>, exports: &Exports) -> BTreeSet<String> {
    let tokens = tokens(source);
    let mut named = BTreeSet::new();
    // Paths within an inline module go up one more level.
    let mut inline = 0;
    let mut braces = Vec::new();
    let mut index = 0;
    while index < tokens.len() {
        match tokens[index].as_str() {
            "{" => {
                let is_module = index >= 2 && tokens[index - 2] == "mod";
                inline += usize::from(is_module);
                braces.push(is_module);
            }
            "}" => inline -= usize::from(braces.pop() == Some(true)),
            "crate" | "super" if index == 0 || tokens[index - 1] != "::" => {
                let mut at = index;
                let mut paths = Vec::new();
                tree(&tokens, &mut at, &mut Vec::new(), &mut paths);
                named.extend(paths.iter().filter_map(|path| top(path, depth + inline)));
            }
            _ => {}
        }
        index += 1;
    }
    let module_of = |name: &String| {
        if modules.contains(name) {
            Some(name.clone())
        } else {
            exports.get(name).filter(|module| modules.contains(*module)).cloned()
        }
    };
    named.iter().filter_map(module_of).collect()
}

/// Returns the first name below the root, if the path leads there.
fn top(path: &[String], depth: usize) -> Option<String> {
    let up = path.iter().take_while(|p| *p == "super").count();
    let rest = match path.first()?.as_str() {
        "crate" => &path[1..],
        _ if up == depth => &path[up..],
        _ => return None,
    };
    rest.first().cloned()
}

/// Reads a path or a group of paths that begins at a token, and moves `at` behind it.
fn tree(tokens: &[String], at: &mut usize, before: &mut Vec<String>, paths: &mut Vec<Vec<String>>) {
    let length = before.len();
    loop {
        match tokens.get(*at).map(String::as_str) {
            Some("{") => {
                *at += 1;
                while tokens.get(*at).is_some_and(|t| t != "}") {
                    let start = *at;
                    tree(tokens, at, before, paths);
                    // A token that belongs to no path is skipped.
                    *at += usize::from(*at == start || tokens.get(*at).is_some_and(|t| t == ","));
                }
                *at += 1;
                break;
            }
            Some(name) if is_name(name) || name == "*" => {
                before.push(name.to_owned());
                *at += 1;
            }
            _ => break,
        }
        if tokens.get(*at).is_some_and(|t| t == "::") {
            *at += 1;
            continue;
        }
        let mut path = before.clone();
        if tokens.get(*at).is_some_and(|t| t == "as") {
            path.extend(tokens.get(*at + 1).cloned());
            *at += 2;
        }
        paths.push(path);
        break;
    }
    before.truncate(length);
}

fn is_name(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Splits a source into names, `::` and single characters, without comments, literals and code for tests.
fn tokens(source: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = source;
    while let Some(c) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some(length) = literal(rest) {
            length
        } else if c.is_alphabetic() || c == '_' {
            let end = rest
                .find(|c: char| !c.is_alphanumeric() && c != '_')
                .unwrap_or(rest.len());
            tokens.push(rest[..end].to_owned());
            end
        } else if rest.starts_with("::") {
            tokens.push("::".to_owned());
            2
        } else {
            if !c.is_whitespace() {
                tokens.push(c.to_string());
            }
            c.len_utf8()
        };
        rest = &rest[length..];
    }
    without_tests(&tokens)
}

/// Returns the length of the string or character literal at the start.
fn literal(rest: &str) -> Option<usize> {
    let bytes = rest.as_bytes();
    let raw = rest.strip_prefix('b').unwrap_or(rest).strip_prefix('r');
    if let Some(raw) = raw.filter(|raw| raw.starts_with(['"', '#'])) {
        let hashes = raw.bytes().take_while(|b| *b == b'#').count();
        if raw.as_bytes().get(hashes) == Some(&b'"') {
            let end = format!("\"{}", "#".repeat(hashes));
            let body = rest.len() - raw.len() + hashes + 1;
            return Some(rest[body..].find(&end).map_or(rest.len(), |at| body + at + end.len()));
        }
    }
    let quote = *bytes.first().filter(|b| matches!(b, b'"' | b'\''))?;
    if quote == b'\'' && bytes.get(1) != Some(&b'\\') {
        // A lifetime has no closing quote behind one character.
        let after = rest[1..].chars().next().map_or(1, |c| 1 + c.len_utf8());
        return (bytes.get(after) == Some(&b'\'')).then_some(after + 1);
    }
    let mut at = 1;
    while at < bytes.len() && bytes[at] != quote {
        at += 1 + usize::from(bytes[at] == b'\\');
    }
    Some((at + 1).min(rest.len()))
}

/// Removes the items marked `#[cfg(test)]`.
fn without_tests(tokens: &[String]) -> Vec<String> {
    const MARK: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut kept = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while at < tokens.len() {
        if !tokens[at..].iter().take(MARK.len()).eq(MARK.iter()) {
            kept.push(tokens[at].clone());
            at += 1;
            continue;
        }
        // The item ends with a `;` or with the block that it opens.
        let mut depth = 0_usize;
        at += MARK.len();
        while at < tokens.len() {
            let token = tokens[at].as_str();
            at += 1;
            match token {
                "{" => depth += 1,
                "}" => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 && matches!(token, ";" | "}") {
                break;
            }
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_are_found_in_every_form_of_a_path() {
        let all: BTreeSet<String> = ["a", "b", "c", "d"].map(str::to_owned).into();
        let exports = exports("mod a;\npub use b::{Thing, deep::Other as Renamed};\npub use c::*;");
        for (source, depth, expected) in [
            ("use crate::b::X;", 1, vec!["b"]),
            ("use crate::{b, c::{self, Y}};", 1, vec!["b", "c"]),
            ("fn f() { crate::d::g(super::c::h()) }", 1, vec!["c", "d"]),
            ("use super::b;", 2, vec![]),
            ("use super::super::b;", 2, vec!["b"]),
            ("mod inner { use super::b; use super::super::c; }", 1, vec!["c"]),
            ("use crate::Thing; use crate::Renamed;", 1, vec!["b"]),
            (
                "use std::b; // crate::b\nconst T: &str = \"crate::c\"; /* crate::d */",
                1,
                vec![],
            ),
            (
                "fn f<'a>(x: &'a str) -> char { '\"' } use crate::b::X; const Q: char = '\\'';",
                1,
                vec!["b"],
            ),
            ("const R: &str = r#\"crate::c \"\" \"#; use crate::b;", 1, vec!["b"]),
            ("#[cfg(test)]\nmod tests { use crate::c; }\nuse crate::b;", 1, vec!["b"]),
            ("#[cfg(test)]\nmod tests;\nuse crate::b;", 1, vec!["b"]),
            ("pub(crate) fn f() {} pub(in crate::b) fn g() {}", 1, vec!["b"]),
        ] {
            let found = modules(source, depth, &all, &exports);
            assert_eq!(
                found.iter().map(String::as_str).collect::<Vec<_>>(),
                expected,
                "{source}"
            );
        }
    }
}
