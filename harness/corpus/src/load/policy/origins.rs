//! The origins of a policy.

use super::super::origin_text::{self, origin};
use super::super::reader::{Faults, Fields};
use super::super::yaml::{Node, Value, short};
use crate::policy::{Credentials, Globbing, Globs, Origins, Policy, Predicate, Under, example, is_pattern};
use crosscheck_fetch::Url;
use std::net::Ipv4Addr;

const KEYS: &[&str] = &[
    "any",
    "list",
    "under",
    "glob",
    "globbing",
    "meant",
    "regex",
    "predicate",
];

/// Reads `origins`.
pub(super) fn origins(faults: &Faults, node: &Node<'_>) -> Option<Origins> {
    let fields = faults.fields(node, "`origins`", KEYS)?;
    let present = |key: &str| fields.get(key).is_some();
    let listed = present("list") || present("under") || present("glob");
    let kinds = [present("any"), listed, present("regex"), present("predicate")];
    if kinds.iter().filter(|k| **k).count() != 1 {
        let message = "`origins` must be exactly one of any, list (with under and glob beside it), regex, predicate";
        faults.add(node.at, message, "choose one of them; two policies make two files");
        return None;
    }
    if let Some(any) = fields.get("any") {
        return match faults.boolean(any, "any") {
            Some(true) => Some(Origins::Any),
            Some(false) => {
                faults.add(
                    any.at,
                    "`any: false` allows no origin",
                    "write `predicate: never`, or a list",
                );
                None
            }
            None => None,
        };
    }
    if let Some(regex) = fields.get("regex") {
        let list = faults.list(regex, "regex", |item| expression(faults, item))?;
        return not_empty(faults, regex, "regex").then_some(Origins::Regex(list));
    }
    if let Some(predicate) = fields.get("predicate") {
        let help = "choose a function of the table, with its text after the colon";
        let parsed = faults.parsed::<Predicate>(predicate, "predicate", help)?;
        return fits(faults, predicate, &parsed).then_some(Origins::Predicate(parsed));
    }
    if fields.get("meant").is_some() {
        return misspelt(faults, &fields);
    }
    let list = match fields.get("list") {
        Some(node) => {
            let list = faults.list(node, "list", |item| entry(faults, item))?;
            if !present("under") && !present("glob") && !not_empty(faults, node, "list") {
                return None;
            }
            warn_of_repeats(faults, node, "list", &list);
            list
        }
        None => Vec::new(),
    };
    let under = match fields.get("under") {
        Some(node) => {
            let under = faults.list(node, "under", |item| subdomains(faults, item))?;
            if list.is_empty() && !present("glob") && !not_empty(faults, node, "under") {
                return None;
            }
            warn_of_repeats(faults, node, "under", &under);
            under
        }
        None => Vec::new(),
    };
    let glob = globs(faults, &fields)?;
    Some(Origins::List {
        list,
        under,
        glob,
        meant: None,
    })
}

/// Reads a list of one misspelt entry, and the origin that it was meant to be.
fn misspelt(faults: &Faults, fields: &Fields<'_, '_>) -> Option<Origins> {
    let at = fields.get("meant")?;
    let meant = entry(faults, at)?;
    let list = fields
        .get("list")
        .and_then(|node| faults.list(node, "list", |item| faults.text(item, "list").map(str::to_owned)));
    let list = list.unwrap_or_default();
    let is_wrong = matches!(list.as_slice(), [only] if !only.contains('*') && origin_text::fault(only).is_some());
    if !is_wrong || fields.get("under").is_some() || fields.get("glob").is_some() {
        faults.add(
            fields.key_at("meant"),
            "`meant` explains a `list` of one entry that is no serialized origin",
            "write that entry alone in `list`, or remove `meant`",
        );
        return None;
    }
    Some(Origins::List {
        list,
        under: Vec::new(),
        glob: Globs::default(),
        meant: Some(meant),
    })
}

/// Reads `glob`, and `globbing` beside it.
fn globs(faults: &Faults, fields: &Fields<'_, '_>) -> Option<Globs> {
    let word = |node| faults.word::<Globbing>(node, "globbing", Globbing::WORDS);
    let Some(node) = fields.get("glob") else {
        if fields.get("globbing").is_some() {
            faults.add(
                fields.key_at("globbing"),
                "`globbing` states what a `*` of `glob` matches, but there is no `glob`",
                "add `glob: [..]`, or remove it",
            );
            return None;
        }
        return Some(Globs::default());
    };
    let patterns = faults.list(node, "glob", |item| pattern(faults, item))?;
    warn_of_repeats(faults, node, "glob", &patterns);
    let globbing = match fields.get("globbing") {
        Some(node) => Some(word(node)?),
        None => None,
    };
    not_empty(faults, node, "glob").then_some(Globs { patterns, globbing })
}

/// An entry of `glob`.
fn pattern(faults: &Faults, node: &Node<'_>) -> Option<String> {
    let text = faults.text(node, "glob")?;
    if !is_pattern(text) {
        let message = format!("`{}` in `glob` has no `*`", short(text));
        faults.add(node.at, message, "write it in `list`");
        return None;
    }
    let is_in_scheme = text.split_once("://").is_none_or(|(scheme, _)| is_pattern(scheme));
    if is_in_scheme {
        let message = format!("`{}` in `glob` has no scheme", short(text));
        let help = if text == "*" {
            "write `origins: { any: true }` for every origin"
        } else {
            "write scheme://host, with `*` in the host or as the port"
        };
        faults.add(node.at, message, help);
        return None;
    }
    if let Some(fault) = origin_text::fault(&example(text)) {
        faults.add(
            node.at,
            format!(
                "`{}` in `glob` matches no serialized origin: {}",
                short(text),
                fault.reason
            ),
            "write scheme://host, with `*` in the host or as the port, as browsers write origins",
        );
        return None;
    }
    Some(text.to_owned())
}

/// Reads `credentials`: a boolean, or the origins that alone read with credentials.
pub(super) fn credentials(faults: &Faults, node: &Node<'_>) -> Option<Credentials> {
    if !matches!(node.value, Value::Map(_)) {
        return faults.boolean(node, "credentials").map(Credentials::from);
    }
    let fields = faults.fields(node, "`credentials`", &["list"])?;
    let node = fields.need(faults, "list")?;
    let list = faults.list(node, "list", |item| entry(faults, item))?;
    warn_of_repeats(faults, node, "list", &list);
    not_empty(faults, node, "list").then_some(Credentials::List(list))
}

/// Checks that the origins which read with credentials are among those that the policy allows.
pub(super) fn are_allowed(faults: &Faults, node: &Node<'_>, policy: &Policy) {
    for origin in policy.credentials.listed() {
        if !policy.origins.allow(origin) {
            let message = format!(
                "`{}` in `credentials` is not one of the origins of the policy",
                short(origin)
            );
            faults.add(node.at, message, "add it to `origins`, or remove it here");
        }
    }
}

/// Whether a list that must have entries has one.
fn not_empty(faults: &Faults, node: &Node<'_>, key: &str) -> bool {
    let is_empty = matches!(&node.value, Value::List(items) if items.is_empty());
    if is_empty {
        faults.add(
            node.at,
            format!("`{key}: []` allows no origin"),
            "add an entry, or write `predicate: never`",
        );
    }
    !is_empty
}

/// Warns of entries that are there twice. Where an entry is wrong, the others have no place.
fn warn_of_repeats<T: PartialEq>(faults: &Faults, node: &Node<'_>, key: &str, read: &[T]) {
    let Value::List(items) = &node.value else { return };
    if items.len() != read.len() {
        return;
    }
    for (i, (item, entry)) in items.iter().zip(read).enumerate() {
        if read[..i].contains(entry) {
            faults.warn(
                item.at,
                format!("this entry of `{key}` is there twice"),
                "remove one of the two",
            );
        }
    }
}

fn expression(faults: &Faults, node: &Node<'_>) -> Option<String> {
    let text = faults.string(node, "regex")?;
    match crate::policy::whole(&text) {
        Ok(_) => Some(text),
        Err(error) => {
            let error = error.to_string();
            let last = error.lines().last().unwrap_or_default().trim();
            faults.add(
                node.at,
                format!("the expression does not compile: {last}"),
                "only what every regex engine knows is portable",
            );
            None
        }
    }
}

/// Whether the origins that a predicate names are origins.
fn fits(faults: &Faults, node: &Node<'_>, predicate: &Predicate) -> bool {
    let Predicate::OriginIn(list) = predicate else {
        return true;
    };
    let wrong = list.iter().find_map(|text| Some((text, origin_text::fault(text)?)));
    if let Some((text, fault)) = &wrong {
        let message = format!(
            "`{}` in `origin-in` is not a serialized origin: {}",
            short(text),
            fault.reason
        );
        faults.add(node.at, message, fault.help.as_str());
    }
    wrong.is_none()
}

/// An entry of `list`.
fn entry(faults: &Faults, node: &Node<'_>) -> Option<String> {
    let text = faults.text(node, "list")?;
    if text == "*" {
        faults.add(
            node.at,
            "`*` in `list` is no wildcard: entries are compared byte by byte",
            "write `origins: { any: true }` for every origin",
        );
        return None;
    }
    if text.contains('*') {
        faults.add(
            node.at,
            format!(
                "`*` in `{}` is no wildcard: entries of `list` are compared byte by byte",
                short(text)
            ),
            under_for(text),
        );
        return None;
    }
    origin(faults, node, "list").map(|_| text.to_owned())
}

/// What to write in place of an entry with a `*`.
fn under_for(text: &str) -> String {
    let subdomains = text.split_once("://*.").and_then(|(scheme, rest)| {
        let url = Url::parse(&format!("{scheme}://{rest}")).ok()?;
        let host = url.host_str().filter(|host| !host.contains('*'))?.to_owned();
        let port = url.port().map_or_else(String::new, |port| format!(", port: {port}"));
        matches!(url.scheme(), "http" | "https").then(|| {
            format!(
                "write `under: [{{ scheme: {}, host: {host}{port} }}]` for the subdomains, or `glob: [..]` for a pattern of the library itself",
                url.scheme()
            )
        })
    });
    subdomains.unwrap_or_else(|| {
        "list each origin, or write `under` for the subdomains of a host, `glob` for a pattern of the library itself, `regex` or `predicate`"
            .to_owned()
    })
}

/// An entry of `under`.
fn subdomains(faults: &Faults, node: &Node<'_>) -> Option<Under> {
    let fields = faults.fields(node, "an entry of `under`", &["scheme", "host", "port"])?;
    let scheme = fields
        .need(faults, "scheme")
        .and_then(|n| faults.word::<Scheme>(n, "scheme", &["http", "https"]));
    let host_node = fields.need(faults, "host")?;
    let host = faults.string(host_node, "host")?;
    let port = match fields.get("port") {
        Some(node) => Some((node, faults.int::<u16>(node, "port", 1, 65535)?)),
        None => None,
    };
    let scheme = scheme?.0;
    let default = if scheme == "https" { 443 } else { 80 };
    if let Some((node, _)) = port.filter(|(_, port)| *port == default) {
        faults.add(
            node.at,
            format!("`port` is {default}, the default of {scheme}, which no serialized origin has"),
            "remove `port`",
        );
        return None;
    }
    if let Some((reason, help)) = host_fault(&scheme, &host) {
        faults.add(host_node.at, format!("`{}` in `under`: {reason}", short(&host)), help);
        return None;
    }
    if !host.contains('.') && host != "localhost" {
        faults.warn(
            host_node.at,
            format!(
                "`{}` in `under` is a top-level domain: every site below it is allowed",
                short(&host)
            ),
            "write a host of two labels or more, such as app.example",
        );
    }
    Some(Under {
        scheme,
        host,
        port: port.map(|(_, port)| port),
    })
}

/// Why a text is not a host that has subdomains, and what to write.
fn host_fault(scheme: &str, host: &str) -> Option<(String, String)> {
    let bare = host.trim_start_matches(['*', '.']);
    if bare.len() < host.len() {
        let help = if bare.is_empty() || bare.contains('*') {
            "write the bare host, such as `host: app.example`".to_owned()
        } else {
            format!("write `host: {bare}`")
        };
        return Some(("subdomains at any depth are meant already".to_owned(), help));
    }
    if host.contains('*') {
        let help = "write the bare host, or `regex` or `predicate` for another pattern";
        return Some(("`*` is no wildcard".to_owned(), help.to_owned()));
    }
    if host.contains([':', '/', '@', '?', '#']) && !host.starts_with('[') {
        let help = "write the host alone, with `scheme` and `port` beside it";
        return Some(("it is not a bare host".to_owned(), help.to_owned()));
    }
    if let Some(fault) = origin_text::fault(&format!("{scheme}://{host}")) {
        let help = fault.help.replace(&format!("`{scheme}://"), "`host: ");
        return Some((fault.reason, help));
    }
    (host.starts_with('[') || host.parse::<Ipv4Addr>().is_ok()).then(|| {
        (
            "an IP address has no subdomains".to_owned(),
            format!("write `list: [{scheme}://{host}]`"),
        )
    })
}

struct Scheme(String);

impl std::str::FromStr for Scheme {
    type Err = ();
    fn from_str(word: &str) -> Result<Self, ()> {
        match word {
            "http" | "https" => Ok(Self(word.to_owned())),
            _ => Err(()),
        }
    }
}
