//! The routes of a policy.

use super::super::reader::{Faults, Fields};
use super::super::yaml::{Node, short};
use super::names::{Kind, names};
use crate::policy::{Names, Route};
use crosscheck_fetch::Url;

/// Reads the routes of a policy; one of a route has none.
pub(super) fn routes(faults: &Faults, fields: &Fields<'_, '_>, is_outer: bool, has_note: bool) -> Vec<Route> {
    let Some(node) = fields.get("routes") else {
        return Vec::new();
    };
    if !is_outer {
        faults.add(
            fields.key_at("routes"),
            "a route has no `routes` of its own",
            "routes are one level deep: list the path beside the others",
        );
        return Vec::new();
    }
    let mut seen: Vec<(Vec<u8>, Route)> = Vec::new();
    let read = faults.list(node, "routes", |item| {
        let route = route(faults, item, has_note)?;
        let decoded = decoded(&route.path);
        let shown = short(&route.path);
        let same = seen
            .iter()
            .filter(|(other, _)| *other == decoded)
            .map(|(_, other)| other);
        for other in same {
            if other.path != route.path {
                let message = format!(
                    "the route {shown} is {} again, percent-encoded in another way",
                    short(&other.path)
                );
                faults.add(item.at, message, "servers decode both to one path: keep one of the two");
            } else if let Some(method) = shared_method(other, &route) {
                faults.add(
                    item.at,
                    format!("the route {shown} appears twice{method}"),
                    "keep one of the two, or give each `methods` of its own",
                );
            }
        }
        seen.push((decoded, route.clone()));
        Some(route)
    });
    read.unwrap_or_default()
}

/// The method that both routes of one path apply to, as the end of a message; empty if one applies to every method.
fn shared_method(one: &Route, other: &Route) -> Option<String> {
    match (&one.methods, &other.methods) {
        (Some(one), Some(other)) => {
            let shared = one.iter().find(|m| other.contains(m))?;
            Some(format!(" for {}", short(shared)))
        }
        _ => Some(String::new()),
    }
}

fn route(faults: &Faults, node: &Node<'_>, has_note: bool) -> Option<Route> {
    let fields = faults.fields(node, "a route", &["path", "methods", "policy"])?;
    let at = fields.need(faults, "path")?;
    let path = faults.string(at, "path")?;
    let is_path = path.starts_with('/') && !path.contains(['?', '#', ' ']);
    let refused = if is_path {
        resolved(&path).map(|requested| {
            (
                format!("no request has the path {}: browsers send {requested}", short(&path)),
                format!("write {requested}"),
            )
        })
    } else {
        Some((
            format!("`path` is {:?}, which is not a path", short(&path)),
            "write an exact path, such as /open".to_owned(),
        ))
    };
    if let Some((message, help)) = refused {
        faults.add(at.at, message, help);
        return None;
    }
    // A null policy is a statement here: no CORS on that path.
    let written = faults.entries(node, "route")?.iter().find(|e| e.key == "policy");
    let policy = match written {
        Some(entry) if entry.value.is_null() => None,
        Some(entry) => Some(super::read(faults, &entry.value, false, has_note)?),
        None => {
            faults.add(
                node.at,
                "a route has no `policy`",
                "add `policy:`, or `policy: null` for no CORS there",
            );
            return None;
        }
    };
    let methods = match fields.get("methods") {
        Some(_) => Some(route_methods(faults, &fields, has_note)?),
        None => None,
    };
    Some(Route { path, methods, policy })
}

/// The methods of a route.
fn route_methods(faults: &Faults, fields: &Fields<'_, '_>, has_note: bool) -> Option<Vec<String>> {
    match names(faults, fields, Kind::Method, has_note) {
        Names::List(methods) if !methods.is_empty() => Some(methods),
        Names::List(_) => {
            faults.add(
                fields.key_at("methods"),
                "`methods: []` of a route matches no request",
                "list the methods to which the policy applies, or remove `methods` for all of them",
            );
            None
        }
        Names::Any => {
            faults.add(
                fields.key_at("methods"),
                "`methods` of a route must be a list",
                "remove it: without `methods`, a route applies to every method",
            );
            None
        }
    }
}

/// The path that a request for this one has, where the URL parser changes it: `..`, and characters that it encodes.
fn resolved(path: &str) -> Option<String> {
    let url = Url::parse(&format!("https://app.example{path}")).ok()?;
    (url.path() != path).then(|| url.path().to_owned())
}

/// A path with its percent-encoded bytes decoded, but for `%2F`, which is no separator.
fn decoded(path: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    let digit = |b: u8| char::from(b).to_digit(16);
    while let Some((first, after)) = rest.split_first() {
        if let (b'%', [high, low, after @ ..]) = (first, after)
            && let (Some(high), Some(low)) = (digit(*high), digit(*low))
            && let Ok(byte) = u8::try_from(high * 16 + low)
            && byte != b'/'
        {
            out.push(byte);
            rest = after;
        } else {
            out.push(*first);
            rest = after;
        }
    }
    out
}
