//! One case: a merged and filled-in map becomes a [`Case`].

use super::exchange::exchanges;
use super::expect::{also_allowed, expect};
use super::headers::line_part;
use super::policy::policy;
use super::reader::{Faults, Fields};
use super::request::{request, send};
use super::values::{page_origin, site};
use super::yaml::{Kind, Node, Value};
use crate::case::{
    Case, CaseKind, CaseSource, FetchSpec, Fetches, PageOrigin, Pages, PolicyRef, RawRequest, SeedCookie,
    ServerAssertion, ServerSide, StatusPattern,
};
use crate::expect::Expect;
use crate::location::Location;
use crate::needs;
use crate::words::{Level, Need, Phase};
use crosscheck_fetch::{Site, Via};
use crosscheck_text::{CaseId, StepId};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The keys that `defaults` may have.
pub(crate) const DEFAULT_KEYS: &[&str] = &[
    "steps",
    "not_steps",
    "tags",
    "see",
    "note",
    "origin",
    "top_level",
    "cookies",
    "request",
    "exchange",
    "expect",
    "also_allowed",
    "then",
    "policy",
    "send",
    "server",
    "cache",
    "needs",
];

/// The keys of a case.
pub(crate) const CASE_KEYS: &[&str] = &[
    "id",
    "title",
    "rows",
    "steps",
    "not_steps",
    "tags",
    "see",
    "note",
    "origin",
    "top_level",
    "cookies",
    "request",
    "exchange",
    "expect",
    "also_allowed",
    "then",
    "policy",
    "send",
    "server",
    "cache",
    "needs",
];

const THEN_KEYS: &[&str] = &[
    "after",
    "origin",
    "top_level",
    "request",
    "exchange",
    "expect",
    "also_allowed",
];

/// What a file gives to each of its cases.
pub(crate) struct Head {
    pub(crate) steps: Vec<StepId>,
    pub(crate) tags: Vec<String>,
    pub(crate) see: Vec<String>,
    pub(crate) note: Option<String>,
}

/// Reads a case; the id is the full one.
pub(crate) fn case(faults: &Faults, node: &Node<'_>, id: CaseId, head: &Head, at: Location) -> Option<Case> {
    let before = faults.len();
    let fields = faults.fields(node, "a case", CASE_KEYS)?;
    let strings = |key: &str| fields.get(key).and_then(|n| faults.strings(n, key)).unwrap_or_default();
    let step_ids = |key: &str| strings(key).into_iter().map(|id| faults.shared_step(id));
    let not_steps: Vec<StepId> = step_ids("not_steps").collect();
    let mut steps: Vec<StepId> = head.steps.iter().filter(|s| !not_steps.contains(s)).cloned().collect();
    steps.extend(step_ids("steps").filter(|s| !head.steps.contains(s)));
    steps.shrink_to_fit();
    let mut tags = head.tags.clone();
    tags.extend(strings("tags"));
    let mut see = head.see.clone();
    see.extend(
        fields
            .get("see")
            .and_then(|n| faults.one_or_more(n, "see"))
            .unwrap_or_default(),
    );
    let title = fields.need(faults, "title").and_then(|n| faults.string(n, "title"));
    let note = fields.get("note").and_then(|n| faults.string(n, "note"));
    let policy = fields
        .get("policy")
        .and_then(|n| policy_ref(faults, n, note.is_some() || head.note.is_some()));
    let send = fields.get("send").and_then(|n| send(faults, n));
    let server = fields.get("server").map(|n| assertions(faults, n)).unwrap_or_default();
    let shared_cache = fields.get("cache").is_some_and(|n| shared(faults, n));
    let needs = fields
        .get("needs")
        .and_then(|n| faults.list(n, "needs", |item| faults.word::<Need>(item, "needs", Need::WORDS)));
    let cookies = fields
        .get("cookies")
        .and_then(|n| faults.list(n, "cookies", |item| cookie(faults, item)));
    for key in ["send", "server", "cache"] {
        if fields.get(key).is_some() && fields.get("policy").is_none() {
            let message = format!("`{key}` is for servers, and the case has no `policy`");
            faults.add(
                fields.key_at(key),
                message,
                "add `policy:`, the name of a file under policies/, or remove it",
            );
        }
    }
    let kind = match (fields.get("send").is_some(), policy) {
        (true, policy) => policy.zip(send).map(|(policy, send)| {
            CaseKind::Raw(Box::new(RawRequest {
                send,
                policy,
                assertions: server,
            }))
        }),
        (false, policy) => Fetches::new(fetches(faults, &fields)).map(|fetches| {
            CaseKind::Pages(Pages {
                cookies: cookies.unwrap_or_default(),
                fetches,
                server: policy.map(|policy| {
                    Box::new(ServerSide {
                        policy,
                        assertions: server,
                        shared_cache,
                        preflight_only: false,
                    })
                }),
            })
        }),
    };
    if faults.len() > before {
        return None;
    }
    let mut case = Case {
        id,
        title: title?,
        steps,
        not_steps: not_steps.into(),
        tags: tags.into(),
        see: see.into(),
        note: note.or_else(|| head.note.clone()),
        needs: Arc::new(needs.map(BTreeSet::from_iter).unwrap_or_default()),
        source: CaseSource::Written(at),
        kind: kind?,
    };
    needs::derive(&mut case);
    case.needs = faults.shared_needs(case.needs);
    Some(case)
}

/// Reads the case's own fetch and those of `then`.
fn fetches(faults: &Faults, fields: &Fields<'_, '_>) -> Vec<FetchSpec> {
    // A large corpus has many cases, and a vector that grows has room for four fetches at once.
    let mut fetches = Vec::with_capacity(1);
    let origin = fields.need(faults, "origin").and_then(|n| page_origin(faults, n));
    let top_level = fields.get("top_level").and_then(|n| site(faults, n));
    fetches.extend(fetch(faults, fields, None, origin.as_ref(), top_level.as_ref()));
    if let Some(node) = fields.get("then") {
        let more = faults.list(node, "then", |item| {
            let fields = faults.fields(item, "an entry of `then`", THEN_KEYS)?;
            let own = fields.get("origin").map(|n| page_origin(faults, n));
            let own_site = fields.get("top_level").and_then(|n| site(faults, n));
            let after = fields
                .get("after")
                .and_then(|n| faults.int(n, "after", 0, i64::MAX / 4));
            let inherited = if own.is_some() { None } else { top_level.as_ref() };
            let page = own.flatten().or_else(|| origin.clone());
            fetch(faults, &fields, after, page.as_ref(), own_site.as_ref().or(inherited))
        });
        fetches.extend(more.unwrap_or_default());
        fetches.shrink_to_fit();
    }
    fetches
}

fn fetch(
    faults: &Faults,
    fields: &Fields<'_, '_>,
    after: Option<u64>,
    origin: Option<&PageOrigin>,
    top_level: Option<&Site>,
) -> Option<FetchSpec> {
    let request = fields.need(faults, "request").and_then(|n| request(faults, n));
    let via = request.as_ref().map(|r| r.via);
    let websocket = via == Some(Via::WebSocket);
    // Without it nothing may reach the wire; a request that does is reported as a deviation.
    let exchange = fields
        .get("exchange")
        .map(|n| exchanges(faults, n, websocket))
        .unwrap_or_default();
    let expect = match fields.get("expect") {
        Some(node) => expect(faults, node),
        // Of a submitted form and a navigation only the wire is judged.
        None if matches!(via, Some(Via::Form | Via::Navigate)) => Some(Expect::of_type(None)),
        None => fields.need(faults, "expect").and(None),
    };
    let also_allowed = fields
        .get("also_allowed")
        .map(|n| also_allowed(faults, n, websocket))
        .unwrap_or_default();
    let (origin, page) = faults.shared_page(origin?, top_level);
    Some(FetchSpec {
        after: after.unwrap_or_default(),
        origin,
        page,
        request: request?,
        exchange,
        expect: expect?,
        also_allowed,
    })
}

fn policy_ref(faults: &Faults, node: &Node<'_>, has_note: bool) -> Option<PolicyRef> {
    match &node.value {
        Value::Scalar(text, Kind::Text) => Some(PolicyRef::Named(text.clone().into_owned())),
        Value::Map(_) => policy(faults, node, has_note).map(|p| PolicyRef::Inline(Box::new(p))),
        _ => {
            faults.add(
                node.at,
                format!("`policy` must be a name or a policy, not {}", node.describe()),
                "write the name of a file under policies/, without extension",
            );
            None
        }
    }
}

fn shared(faults: &Faults, node: &Node<'_>) -> bool {
    match faults.text(node, "cache") {
        Some("shared") => true,
        Some(_) => {
            faults.add(
                node.at,
                "`cache` knows the one word `shared`",
                "write `cache: shared`, or remove it",
            );
            false
        }
        None => false,
    }
}

fn cookie(faults: &Faults, node: &Node<'_>) -> Option<SeedCookie> {
    let fields = faults.fields(node, "a cookie", &["url", "set"])?;
    let url = fields.need(faults, "url").and_then(|n| faults.url(n, "url"));
    let set = fields.need(faults, "set").and_then(|n| line_part(faults, n, "set"));
    Some(SeedCookie { url: url?, set: set? })
}

fn assertions(faults: &Faults, node: &Node<'_>) -> Vec<ServerAssertion> {
    const KEYS: &[&str] = &["level", "at", "vary", "present", "absent", "status"];
    let read = |item| {
        let fields = faults.fields(item, "a server assertion", KEYS)?;
        let strings = |key: &str| fields.get(key).and_then(|n| faults.strings(n, key)).unwrap_or_default();
        let level = fields
            .need(faults, "level")
            .and_then(|n| faults.word::<Level>(n, "level", Level::WORDS));
        let at = fields
            .need(faults, "at")
            .and_then(|n| faults.word::<Phase>(n, "at", Phase::WORDS));
        Some(ServerAssertion {
            level: level?,
            at: at?,
            vary: strings("vary"),
            present: strings("present"),
            absent: strings("absent"),
            status: fields.get("status").and_then(|n| status_pattern(faults, n)),
        })
    };
    faults.list(node, "server", read).unwrap_or_default()
}

fn status_pattern(faults: &Faults, node: &Node<'_>) -> Option<StatusPattern> {
    if let Value::Scalar(text, Kind::Text) = &node.value {
        let class = match text.as_bytes() {
            [digit @ b'1'..=b'9', b'x', b'x'] => Some(u16::from(digit - b'0')),
            _ => None,
        };
        if class.is_none() {
            faults.add(
                node.at,
                "`status` is neither a status nor a class of statuses",
                "write 2xx or 204",
            );
        }
        return class.map(StatusPattern::Class);
    }
    faults.int(node, "status", 100, 999).map(StatusPattern::Exactly)
}
