//! The policy document, read with its places.

use super::reader::{Faults, Fields};
use super::yaml::{Node, Value, short};
use crate::policy::{Names, Origins, Policy, Predicate, Route, Under};
use crosscheck_fetch::{Origin, is_token};

const POLICY_KEYS: &[&str] = &[
    "origins",
    "credentials",
    "methods",
    "headers",
    "expose",
    "max_age",
    "private_network",
    "routes",
];

/// What a policy file holds.
pub(crate) struct PolicyFile {
    pub(crate) title: String,
    pub(crate) note: Option<String>,
    pub(crate) policy: Policy,
}

/// Reads a policy file.
pub(crate) fn policy_file(faults: &Faults, root: &Node<'_>) -> Option<PolicyFile> {
    let fields = faults.fields(root, "a policy file", &["title", "note", "policy"])?;
    let title = fields.need(faults, "title").and_then(|n| faults.string(n, "title"));
    let note = fields.get("note").and_then(|n| faults.string(n, "note"));
    let policy = fields.need(faults, "policy").and_then(|n| policy(faults, n));
    Some(PolicyFile {
        title: title?,
        note,
        policy: policy?,
    })
}

/// Reads a policy.
pub(crate) fn policy(faults: &Faults, node: &Node<'_>) -> Option<Policy> {
    read(faults, node, true)
}

fn read(faults: &Faults, node: &Node<'_>, outer: bool) -> Option<Policy> {
    let before = faults.len();
    let fields = faults.fields(node, "a policy", POLICY_KEYS)?;
    let origins = fields.need(faults, "origins").and_then(|n| origins(faults, n));
    let boolean = |key: &str| fields.get(key).and_then(|n| faults.boolean(n, key)).unwrap_or_default();
    let credentials = boolean("credentials");
    let private_network = boolean("private_network");
    let methods = list(faults, &fields, "methods", "a method");
    let headers = list(faults, &fields, "headers", "a header name");
    let expose = list(faults, &fields, "expose", "a header name");
    let max_age = fields
        .get("max_age")
        .and_then(|n| faults.int::<u64>(n, "max_age", 0, i64::from(i32::MAX)));
    let mut routes = Vec::new();
    if let Some(node) = fields.get("routes") {
        if outer {
            routes = faults
                .list(node, "routes", |item| route(faults, item))
                .unwrap_or_default();
            for (i, route) in routes.iter().enumerate() {
                if routes[..i].iter().any(|r| r.path == route.path) {
                    let message = format!("the route {} appears twice", short(&route.path));
                    faults.add(node.at, message, "keep one of the two");
                }
            }
        } else {
            faults.add(
                fields.key_at("routes"),
                "a route has no `routes` of its own",
                "routes are one level deep: list the path beside the others",
            );
        }
    }
    let policy = Policy {
        origins: origins?,
        credentials,
        methods,
        headers,
        expose,
        max_age,
        private_network,
        routes,
    };
    (faults.len() == before).then_some(policy)
}

fn route(faults: &Faults, node: &Node<'_>) -> Option<Route> {
    let fields = faults.fields(node, "a route", &["path", "policy"])?;
    let at = fields.need(faults, "path")?;
    let path = faults.string(at, "path")?;
    if !path.starts_with('/') || path.contains(['?', '#', ' ']) {
        faults.add(
            at.at,
            format!("`path` is {:?}, which is not a path", short(&path)),
            "write an exact path, such as /open",
        );
        return None;
    }
    // A null policy is a statement here: no CORS on that path.
    let written = faults.entries(node, "route")?.iter().find(|e| e.key == "policy");
    let policy = match written {
        Some(entry) if entry.value.is_null() => None,
        Some(entry) => Some(read(faults, &entry.value, false)?),
        None => {
            faults.add(
                node.at,
                "a route has no `policy`",
                "add `policy:`, or `policy: null` for no CORS there",
            );
            return None;
        }
    };
    Some(Route { path, policy })
}

/// A list of tokens, or the word `any`.
fn list(faults: &Faults, fields: &Fields<'_, '_>, key: &str, what: &str) -> Names {
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
    let names = faults.list(node, key, |item| {
        let name = faults.string(item, key)?;
        if !is_token(name.as_bytes()) {
            let message = format!("{:?} in `{key}` is not {what}", short(&name));
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
        Some(name)
    });
    Names::List(names.unwrap_or_default())
}

fn origins(faults: &Faults, node: &Node<'_>) -> Option<Origins> {
    let fields = faults.fields(node, "`origins`", &["any", "list", "under", "regex", "predicate"])?;
    let present = |key: &str| fields.get(key).is_some();
    let listed = present("list") || present("under");
    let kinds = [present("any"), listed, present("regex"), present("predicate")];
    if kinds.iter().filter(|k| **k).count() != 1 {
        let message = "`origins` must be exactly one of any, list (with under beside it), regex, predicate";
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
        return faults
            .list(regex, "regex", |item| expression(faults, item))
            .map(Origins::Regex);
    }
    if let Some(predicate) = fields.get("predicate") {
        let help = "choose a function of the table, with its text after the colon";
        return faults
            .parsed::<Predicate>(predicate, "predicate", help)
            .map(Origins::Predicate);
    }
    let list = fields.get("list").map_or(Some(Vec::new()), |n| {
        faults.list(n, "list", |item| origin(faults, item))
    });
    let under = fields.get("under").map_or(Some(Vec::new()), |n| {
        faults.list(n, "under", |item| subdomains(faults, item))
    });
    Some(Origins::List {
        list: list?,
        under: under?,
    })
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

fn origin(faults: &Faults, node: &Node<'_>) -> Option<String> {
    let text = faults.string(node, "list")?;
    match Origin::parse_serialized(&text) {
        Ok(_) => Some(text),
        Err(error) => {
            faults.add(
                node.at,
                format!("an entry of `list` is not right: {error}"),
                "entries are compared byte by byte with serialized origins",
            );
            None
        }
    }
}

fn subdomains(faults: &Faults, node: &Node<'_>) -> Option<Under> {
    let fields = faults.fields(node, "an entry of `under`", &["scheme", "host", "port"])?;
    let scheme = fields
        .need(faults, "scheme")
        .and_then(|n| faults.word::<Scheme>(n, "scheme", &["http", "https"]));
    let host_node = fields.need(faults, "host")?;
    let host = faults.string(host_node, "host")?;
    let port = match fields.get("port") {
        Some(node) => Some(faults.int::<u16>(node, "port", 1, 65535)?),
        None => None,
    };
    let scheme = scheme?.0;
    let port_text = port.map_or_else(String::new, |p| format!(":{p}"));
    if let Err(error) = Origin::parse_serialized(&format!("{scheme}://{host}{port_text}")) {
        faults.add(
            host_node.at,
            format!("`under` is not right: {error}"),
            "write the bare host, and the port only where it is not the scheme's default",
        );
        return None;
    }
    Some(Under { scheme, host, port })
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
