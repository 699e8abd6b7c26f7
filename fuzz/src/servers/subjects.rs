//! Configures each library with a policy and sends it requests without a socket.

use super::miniature;
use actix_web::dev::{Service as _, ServiceResponse};
use crosscheck_corpus::policy::Policy;
use crosscheck_corpus::words::Flag;
use crosscheck_fetch::{Answer, HeaderList, WireRequest, WireResponse};
use std::cell::RefCell;
use tower::ServiceExt as _;

/// The flags that a policy can need and that the `subject.yaml` files of both libraries deny.
const DENIED: [Flag; 7] = [
    Flag::CredentialsPerOrigin,
    Flag::OriginsGlob,
    Flag::OriginsUnder,
    Flag::OriginsRegex,
    Flag::OriginsMixed,
    Flag::HeadersPattern,
    Flag::MethodsPerRoute,
];

/// A library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    TowerHttp,
    ActixCors,
    Miniature,
}

/// A library with its policy.
pub(super) enum Served<'a> {
    TowerHttp(axum::Router),
    ActixCors(&'a Policy),
    Miniature(&'a Policy),
}

impl Subject {
    pub(super) const ALL: &'static [Self] = &[Self::TowerHttp, Self::ActixCors, Self::Miniature];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::TowerHttp => "tower-http",
            Self::ActixCors => "actix-cors",
            Self::Miniature => "miniature",
        }
    }

    /// Returns the library with the policy, or `None` if it refuses the policy or cannot express it. Then there is nothing to compare.
    pub(super) fn serve(self, policy: &Policy) -> Option<Served<'_>> {
        let needed = policy.flags_needed();
        let is_denied = self != Self::Miniature && DENIED.iter().any(|flag| needed.contains(flag));
        match self {
            _ if is_denied => None,
            Self::TowerHttp => crosscheck_adapter_tower_http::router(policy)
                .ok()
                .map(Served::TowerHttp),
            // With `any` and credentials the library's middleware does not start.
            Self::ActixCors
                if policy.credentials.for_all() && policy.origins == crosscheck_corpus::policy::Origins::Any =>
            {
                None
            }
            Self::ActixCors => Some(Served::ActixCors(policy)),
            Self::Miniature => Some(Served::Miniature(policy)),
        }
    }
}

impl Served<'_> {
    pub(super) fn answer(&self, wire: WireRequest) -> Answer {
        let response = match self {
            Self::TowerHttp(router) => tower_http(router.clone(), &wire),
            Self::ActixCors(policy) => actix_cors(policy, &wire),
            Self::Miniature(policy) => Some(miniature::answer(policy, &wire)),
        };
        response.map_or(Answer::Failure, Answer::Response)
    }
}

thread_local! {
    static TOKIO: RefCell<Option<tokio::runtime::Runtime>> = const { RefCell::new(None) };
    static ACTIX: RefCell<Option<actix_web::rt::SystemRunner>> = const { RefCell::new(None) };
}

fn path(wire: &WireRequest) -> &str {
    &wire.url[url::Position::BeforePath..url::Position::AfterQuery]
}

fn tower_http(router: axum::Router, wire: &WireRequest) -> Option<WireResponse> {
    let mut request = http::Request::builder()
        .method(&*wire.method)
        .uri(path(wire))
        .header("host", "api.example");
    for header in &wire.headers {
        request = request.header(&*header.name, &*header.value);
    }
    let request = request.body(axum::body::Body::empty()).ok()?;
    TOKIO.with_borrow_mut(|slot| {
        if slot.is_none() {
            *slot = tokio::runtime::Builder::new_current_thread().build().ok();
        }
        let response = slot.as_ref()?.block_on(router.oneshot(request)).ok()?;
        Some(WireResponse {
            status: response.status().as_u16(),
            headers: response
                .headers()
                .iter()
                .map(|(n, v)| (n.as_str().as_bytes().to_vec(), v.as_bytes().to_vec()))
                .collect(),
            ..WireResponse::default()
        })
    })
}

fn actix_cors(policy: &Policy, wire: &WireRequest) -> Option<WireResponse> {
    let method = actix_web::http::Method::from_bytes(&wire.method).ok()?;
    let mut request = actix_web::test::TestRequest::with_uri(path(wire))
        .method(method)
        .insert_header(("host", "api.example"));
    for header in &wire.headers {
        request = request.append_header((&*header.name, &*header.value));
    }
    let app = actix_web::App::new()
        .wrap(crosscheck_adapter_actix_cors::cors(policy))
        .default_service(actix_web::web::to(crosscheck_adapter_actix_cors::answer));
    ACTIX.with_borrow_mut(|slot| {
        let system = slot.get_or_insert_with(actix_web::rt::System::new);
        system.block_on(async {
            let service = actix_web::test::init_service(app).await;
            let called = service.call(request.to_request()).await;
            let (status, headers) = match &called {
                Ok(response) => read(response),
                // The middleware answers a refusal with an error, which actix turns into a response.
                Err(error) => {
                    let response = error.error_response();
                    (response.status().as_u16(), copy(response.headers()))
                }
            };
            Some(WireResponse {
                status,
                headers,
                ..WireResponse::default()
            })
        })
    })
}

fn read<B>(response: &ServiceResponse<B>) -> (u16, HeaderList) {
    (response.status().as_u16(), copy(response.headers()))
}

fn copy(headers: &actix_web::http::header::HeaderMap) -> HeaderList {
    headers
        .iter()
        .map(|(n, v)| (n.as_str().as_bytes().to_vec(), v.as_bytes().to_vec()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crosscheck_corpus::document::{Faults, Value, parse};
    use std::collections::BTreeSet;

    #[test]
    fn the_denied_flags_are_those_of_the_subject_files() {
        let headers_echo_only = "headers-echo-only";
        for text in [
            crosscheck_adapter_tower_http::SUBJECT,
            crosscheck_adapter_actix_cors::SUBJECT,
        ] {
            let root = parse(&Faults::default(), text).expect("YAML");
            let Value::Map(entries) = root.value else {
                panic!("a map")
            };
            let denies = entries.iter().find(|entry| entry.key == "denies").expect("denies");
            let Value::Map(denied) = &denies.value.value else {
                panic!("a map")
            };
            // No policy needs that one.
            let flags = denied
                .iter()
                .map(|entry| &*entry.key)
                .filter(|key| *key != headers_echo_only);
            let expected: BTreeSet<&str> = DENIED.iter().map(|flag| flag.as_str()).collect();
            assert_eq!(flags.collect::<BTreeSet<_>>(), expected);
        }
    }
}
