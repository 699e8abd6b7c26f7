//! A finding as a case file.

use super::finding::Finding;
use super::trial::Trial;
use crosscheck_corpus::expected::{Expected, PolicyQuery};
use crosscheck_corpus::policy::{Names, Policy};
use crosscheck_corpus::probes::visit_case;
use crosscheck_corpus::{Facet, FetchSpec};
use serde_json::{Map, Value, json};

impl Finding {
    /// The document of a case file with one case: the policy, the requests of the page, the responses of a right server, and what the page
    /// must get. `None` if the policy leaves it open what the page gets.
    #[must_use]
    pub fn case_document(&self, id: &str, title: &str) -> Option<Value> {
        case_document(&self.trial, id, title)
    }
}

fn case_document(trial: &Trial, id: &str, title: &str) -> Option<Value> {
    let case = visit_case("finding", &trial.policy, id, &trial.visit)?;
    let mut fetches = case.fetches().iter().map(|fetch| fetch_document(&trial.policy, fetch));
    let mut fields = fetches.next()??;
    let rest: Option<Vec<Value>> = fetches.map(|fetch| fetch.map(Value::Object)).collect();
    let rest = rest?;
    let mut document = Map::new();
    document.insert("id".to_owned(), json!(id));
    document.insert("title".to_owned(), json!(title));
    document.insert("policy".to_owned(), policy_document(&trial.policy));
    document.append(&mut fields);
    if !rest.is_empty() {
        document.insert("then".to_owned(), Value::Array(rest));
    }
    Some(json!({ "title": title, "cases": [document] }))
}

/// The policy with only what is not the default.
#[must_use]
pub fn policy_document(policy: &Policy) -> Value {
    let mut document = serde_json::to_value(policy).unwrap_or_default();
    strip(&mut document);
    document
}

/// Removes the values that are defaults, also in the policies of routes.
fn strip(document: &mut Value) {
    let Value::Object(fields) = document else { return };
    let is_default = |value: &Value| match value {
        Value::Null | Value::Bool(false) => true,
        Value::Array(list) => list.is_empty(),
        _ => false,
    };
    fields.retain(|name, value| name == "origins" || !is_default(value));
    let routes = fields.get_mut("routes").and_then(Value::as_array_mut);
    for policy in routes.into_iter().flatten().filter_map(|route| route.get_mut("policy")) {
        strip(policy);
    }
    if let Some(Value::Object(origins)) = fields.get_mut("origins") {
        origins.retain(|_, value| !is_default(value));
    }
}

fn fetch_document(policy: &Policy, fetch: &FetchSpec) -> Option<Map<String, Value>> {
    let query = PolicyQuery::by(fetch)?;
    let expected = Expected::of(policy, &query);
    let mut exchange = Vec::new();
    let mut is_read = decided(expected.read)?;
    if query.needs_preflight() {
        let is_granted = decided(expected.preflight)?;
        is_read &= is_granted;
        exchange.push(json!({ "request": { "method": "OPTIONS" }, "response": preflight(policy, &query, is_granted) }));
    }
    if !query.needs_preflight() || decided(expected.preflight)? {
        exchange.push(json!({ "response": actual(policy, &query, is_read) }));
    }
    let mut fields = Map::new();
    if fetch.after > 0 {
        fields.insert("after".to_owned(), json!(fetch.after));
    }
    let origin = match query.origin.as_str() {
        "null" => json!({ "opaque": "sandbox" }),
        origin => json!(origin),
    };
    fields.insert("origin".to_owned(), origin);
    fields.insert("request".to_owned(), request(fetch));
    fields.insert("exchange".to_owned(), Value::Array(exchange));
    let kind = if is_read { "cors" } else { "error" };
    fields.insert("expect".to_owned(), json!({ "type": kind }));
    Some(fields)
}

/// Whether something must happen; `None` if it is left open.
const fn decided(facet: Facet) -> Option<bool> {
    match facet {
        Facet::Must => Some(true),
        Facet::MustNot => Some(false),
        Facet::Unspecified => None,
    }
}

fn request(fetch: &FetchSpec) -> Value {
    let init = &fetch.request;
    let mut request = Map::new();
    request.insert("url".to_owned(), json!(init.url));
    if let Some(method) = init.method.as_ref().filter(|method| ***method != *b"GET") {
        request.insert("method".to_owned(), json!(String::from_utf8_lossy(method)));
    }
    if let Some(credentials) = init.credentials {
        request.insert("credentials".to_owned(), json!(credentials.to_string()));
    }
    if !init.headers.is_empty() {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let headers: Map<String, Value> = init
            .headers
            .iter()
            .map(|(name, value)| (text(name), json!(text(value))))
            .collect();
        request.insert("headers".to_owned(), Value::Object(headers));
    }
    Value::Object(request)
}

/// Names that a response lists.
fn listed(names: &Names, requested: &[String]) -> Option<String> {
    match names {
        Names::Any => Some(requested.join(", ")).filter(|text| !text.is_empty()),
        Names::List(list) => Some(list.join(", ")).filter(|text| !text.is_empty()),
    }
}

fn grant(policy: &Policy, query: &PolicyQuery) -> Map<String, Value> {
    let policy = policy.at(&query.path, &query.method).unwrap_or(policy);
    let mut headers = Map::new();
    headers.insert("Access-Control-Allow-Origin".to_owned(), json!(query.origin));
    if policy.credentials.allow(&query.origin) {
        headers.insert("Access-Control-Allow-Credentials".to_owned(), json!("true"));
    }
    headers.insert("Vary".to_owned(), json!("Origin"));
    headers
}

fn preflight(policy: &Policy, query: &PolicyQuery, is_granted: bool) -> Value {
    if !is_granted {
        return json!({ "status": 204 });
    }
    let mut headers = grant(policy, query);
    let policy = policy.at(&query.path, &query.method).unwrap_or(policy);
    let mut add = |name: &str, value: Option<String>| {
        headers.extend(value.map(|value| (name.to_owned(), json!(value))));
    };
    add(
        "Access-Control-Allow-Methods",
        listed(&policy.methods, std::slice::from_ref(&query.method)),
    );
    add(
        "Access-Control-Allow-Headers",
        listed(&policy.headers, &query.unsafe_headers),
    );
    json!({ "status": 204, "headers": headers })
}

fn actual(policy: &Policy, query: &PolicyQuery, is_read: bool) -> Value {
    if !is_read {
        return json!({ "status": 200 });
    }
    json!({ "headers": grant(policy, query) })
}
