//! The end of [main fetch](https://fetch.spec.whatwg.org/#concept-main-fetch): filtered responses, integrity, blocking by type.

use crate::browser::Browser;
use crate::fetch::{Fetch, Outcome, State, Tainting};
use crate::header_list::{Extracted, HeaderList, trim_tab_space};
use crate::integrity::do_bytes_match_metadata;
use crate::main_fetch::{is_http, shown};
use crate::mime::{extracted_essence, is_javascript};
use crate::safelist::{is_cors_safelisted_response_header_name, is_forbidden_response_header_name};
use crate::steps::Step;
use crate::trace::Tracer;
use crate::wire::{WireResponse, is_null_body_status, is_ok_status};
use crate::words::{Mode, ResponseType, Via};
use std::borrow::Cow;
use url::{Position, Url};

const MAIN_FETCH: &str = "main fetch";
const ANCHOR: &str = "#concept-main-fetch";

impl<T: Tracer> Fetch<T> {
    /// Filters the response by response tainting and ends the fetch.
    pub(crate) fn finish(&mut self, response: WireResponse) {
        if self.request.mode == Mode::WebSocket && response.status != 101 {
            return self.late_network_error(
                "WebSocket handshake",
                "#concept-http-network-fetch",
                |_| vec![],
                |_| format!("status {} is not 101", response.status),
            );
        }
        if self.request.via == Via::Script && is_http(self.current_url()) && !is_ok_status(response.status) {
            return self.late_network_error(
                "fetch a classic script",
                "#concept-fetch",
                |_| vec![],
                |_| format!("a script is not run from a response with status {}", response.status),
            );
        }
        if self.is_blocked_by_type(&response) {
            return self.late_network_error(
                MAIN_FETCH,
                "#should-response-to-request-be-blocked-due-to-mime-type?",
                |_| vec![],
                |_| "the Content-Type is blocked for a script".to_owned(),
            );
        }
        if !self.request.integrity.is_empty() {
            let opaque = self.tainting == Tainting::Opaque;
            let null_body = opaque || *self.request.method == *b"HEAD" || is_null_body_status(response.status);
            if null_body || !do_bytes_match_metadata(&response.body, &self.request.integrity) {
                return self.late_network_error(
                    MAIN_FETCH,
                    ANCHOR,
                    |_| vec![Step::NoCorsIntegrityFails],
                    |_| {
                        if opaque {
                            "integrity metadata and an opaque response"
                        } else if null_body {
                            "integrity metadata and a response whose body is null"
                        } else {
                            "the body does not match the integrity metadata"
                        }
                        .to_owned()
                    },
                );
            }
        }
        if !self.request.integrity.is_empty() {
            self.event(
                MAIN_FETCH,
                ANCHOR,
                |_| vec![Step::NoCorsIntegrityFails],
                |_| "the body matches the integrity metadata".to_owned(),
            );
        }
        let headers = match self.tainting {
            Tainting::Basic => self.basic_filtered(&response),
            Tainting::Cors => self.cors_filtered(&response),
            Tainting::Opaque => {
                self.event(
                    MAIN_FETCH,
                    "#concept-filtered-response-opaque",
                    |_| {
                        vec![
                            Step::FilterOpaque,
                            Step::NoCorsOpaqueResult,
                            Step::ExposeOnlyCorsTainting,
                        ]
                    },
                    |_| "opaque filtered response: nothing is readable".to_owned(),
                );
                self.state = State::Done(Outcome {
                    response_type: ResponseType::Opaque,
                    ..Outcome::error()
                });
                return;
            }
        };
        self.state = State::Done(Outcome {
            response_type: if self.tainting == Tainting::Cors {
                ResponseType::Cors
            } else {
                ResponseType::Basic
            },
            status: response.status,
            status_text: response.status_text,
            headers,
            redirected: self.request.url_list.len() > 1,
            url: without_fragment(self.current_url()),
            body: response.body,
        });
    }

    /// Ends with an [opaque-redirect filtered response](https://fetch.spec.whatwg.org/#concept-filtered-response-opaque-redirect).
    pub(crate) fn finish_opaque_redirect(&mut self) {
        if !self.request.integrity.is_empty() {
            return self.late_network_error(
                MAIN_FETCH,
                ANCHOR,
                |_| vec![Step::NoCorsIntegrityFails],
                |_| "integrity metadata and an opaque-redirect filtered response, whose body is null".to_owned(),
            );
        }
        self.state = State::Done(Outcome {
            response_type: ResponseType::OpaqueRedirect,
            redirected: self.request.url_list.len() > 1,
            url: without_fragment(self.current_url()),
            ..Outcome::error()
        });
    }

    /// A response that no network gave.
    pub(crate) fn local_response(&mut self, content_type: &str, mut body: Vec<u8>) {
        if *self.request.method == *b"HEAD" {
            body.clear();
        }
        let mut headers = HeaderList::new();
        headers.push(&b"Content-Type"[..], content_type.as_bytes().to_vec());
        self.state = State::Response {
            response: WireResponse {
                status: 200,
                status_text: Cow::Borrowed(b"OK"),
                headers,
                body,
            },
            from_cache: false,
        };
        self.event(
            "scheme fetch",
            "#concept-scheme-fetch",
            |f| {
                if f.current_url().scheme() == "about" {
                    vec![Step::LocalAboutBlank]
                } else {
                    vec![Step::MainFetchDataUrlBasic]
                }
            },
            |f| format!("{} is answered locally", shown(f.current_url())),
        );
    }

    /// [data: URL processor](https://fetch.spec.whatwg.org/#data-url-processor).
    pub(crate) fn data_url_response(&mut self, browser: &mut Browser) {
        let processed = data_url::DataUrl::process(self.current_url().as_str())
            .ok()
            .and_then(|url| Some((url.mime_type().to_string(), url.decode_to_vec().ok()?.0)));
        match processed {
            Some((mime, body)) => self.local_response(&mime, body),
            None => self.network_error(
                browser,
                "scheme fetch",
                "#data-url-processor",
                |_| vec![Step::MainFetchDataUrlBasic],
                |_| "the data: URL does not parse".to_owned(),
            ),
        }
    }

    /// A [basic filtered response](https://fetch.spec.whatwg.org/#concept-filtered-response-basic): all headers but Set-Cookie and Set-Cookie2.
    fn basic_filtered(&mut self, response: &WireResponse) -> HeaderList {
        self.event(
            MAIN_FETCH,
            "#concept-filtered-response-basic",
            |_| {
                vec![
                    Step::FilterBasic,
                    Step::ExposeOnlyCorsTainting,
                    Step::ExposeForbiddenNever,
                ]
            },
            |_| "basic filtered response".to_owned(),
        );
        visible(response, |name| !is_forbidden_response_header_name(name))
    }

    /// A [CORS filtered response](https://fetch.spec.whatwg.org/#concept-filtered-response-cors): the
    /// CORS-exposed header names and the safelisted ones.
    fn cors_filtered(&mut self, response: &WireResponse) -> HeaderList {
        let include = self.include();
        let listed = self.extract(b"access-control-expose-headers", response);
        let failed = listed == Extracted::Failure;
        let names = match listed {
            Extracted::Values(names) => names,
            Extracted::Null | Extracted::Failure => Vec::new(),
        };
        let all = !include && names.contains(&&b"*"[..]);
        self.describe_exposure(response, all, failed);
        visible(response, |name| {
            !is_forbidden_response_header_name(name)
                && (all
                    || is_cors_safelisted_response_header_name(name)
                    || names.iter().any(|n| n.eq_ignore_ascii_case(name)))
        })
    }

    /// Scripts are blocked [by type](https://fetch.spec.whatwg.org/#should-response-to-request-be-blocked-due-to-mime-type?) and by
    /// [nosniff](https://fetch.spec.whatwg.org/#should-response-to-request-be-blocked-due-to-nosniff?).
    fn is_blocked_by_type(&self, response: &WireResponse) -> bool {
        if self.request.via != Via::Script {
            return false;
        }
        let essence = extracted_essence(&response.headers);
        let nosniff = response
            .headers
            .get_decode_and_split(b"x-content-type-options")
            .is_some_and(|v| v.first().is_some_and(|first| first.eq_ignore_ascii_case(b"nosniff")));
        match essence {
            None => nosniff,
            Some(e) => {
                (nosniff && !is_javascript(&e))
                    || e.starts_with(b"audio/")
                    || e.starts_with(b"image/")
                    || e.starts_with(b"video/")
                    || e == b"text/csv"
            }
        }
    }
}

fn visible(response: &WireResponse, shows: impl Fn(&[u8]) -> bool) -> HeaderList {
    let mut headers = HeaderList::with_capacity(response.headers.len());
    for header in &response.headers {
        if shows(&header.name) {
            let trimmed = trim_tab_space(&header.value);
            if trimmed.len() == header.value.len() {
                headers.push(header.name.clone(), header.value.clone());
            } else {
                headers.push(header.name.clone(), trimmed.to_vec());
            }
        }
    }
    headers
}

fn without_fragment(url: &Url) -> String {
    url[..Position::AfterQuery].to_owned()
}
