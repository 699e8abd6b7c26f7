//! The policy document, read with its places.

mod names;
mod origins;
mod routes;

use super::reader::Faults;
use super::yaml::Node;
use crate::policy::{Credentials, Policy};
use names::{Kind, names};

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
    let policy = fields
        .need(faults, "policy")
        .and_then(|n| policy(faults, n, note.is_some()));
    Some(PolicyFile {
        title: title?,
        note,
        policy: policy?,
    })
}

/// Reads a policy. A note, of its file or of its case, explains what would look like a mistake.
pub(crate) fn policy(faults: &Faults, node: &Node<'_>, has_note: bool) -> Option<Policy> {
    read(faults, node, true, has_note)
}

fn read(faults: &Faults, node: &Node<'_>, is_outer: bool, has_note: bool) -> Option<Policy> {
    let before = faults.len();
    let fields = faults.fields(node, "a policy", POLICY_KEYS)?;
    let origins = fields.need(faults, "origins").and_then(|n| origins::origins(faults, n));
    let boolean = |key: &str| fields.get(key).and_then(|n| faults.boolean(n, key)).unwrap_or_default();
    let credentials = fields
        .get("credentials")
        .map_or(Some(Credentials::None), |n| origins::credentials(faults, n));
    let private_network = boolean("private_network");
    let names = |kind| names(faults, &fields, kind, has_note);
    let methods = names(Kind::Method);
    let headers = names(Kind::RequestHeader);
    let expose = names(Kind::ResponseHeader);
    let max_age = fields
        .get("max_age")
        .and_then(|n| faults.int::<u64>(n, "max_age", 0, i64::from(i32::MAX)));
    let routes = routes::routes(faults, &fields, is_outer, has_note);
    let policy = Policy {
        origins: origins?,
        credentials: credentials?,
        methods,
        headers,
        expose,
        max_age,
        private_network,
        routes,
    };
    if let Some(node) = fields.get("credentials") {
        origins::are_allowed(faults, node, &policy);
    }
    (faults.len() == before).then_some(policy)
}
