//! The end of [main fetch](https://fetch.spec.whatwg.org/#concept-main-fetch): filtered responses, integrity, blocking by type.

use crate::algorithm::Algorithm;
use crate::branch;
use crate::browser::Browser;
use crate::fetch::{Fetch, Outcome, State, Tainting};
use crate::header_list::{Extracted, HeaderList, extract_header_list_values, trim_tab_space};
use crate::integrity::do_bytes_match_metadata;
use crate::keywords::{Mode, ResponseType, Via};
use crate::mime::{extracted_essence, is_javascript};
use crate::reason::{IntegrityFault, List, MainFetchReason, ResponseReason};
use crate::safelist::{is_cors_safelisted_response_header_name, is_forbidden_response_header_name};
use crate::steps::Step;
use crate::trace::{Finding, Tracer};
use crate::urls::is_http;
use crate::wire::{WireResponse, is_null_body_status, is_ok_status};
use std::borrow::Cow;
use url::{Position, Url};

/// A finding about integrity metadata, which main fetch looks at.
fn integrity(fault: IntegrityFault) -> Finding {
    Finding::new(Algorithm::MainFetch, ResponseReason::Integrity(fault)).on(Step::NoCorsIntegrityFails)
}

impl<T: Tracer> Fetch<T> {
    /// Filters the response by response tainting (step 14 of [main fetch](https://fetch.spec.whatwg.org/#concept-main-fetch)), blocks it
    /// by its type (step 19), checks its integrity (step 22), and ends the fetch. The status of a handshake is step 11.1 of
    /// [establish a WebSocket connection](https://websockets.spec.whatwg.org/#concept-websocket-establish), that of a script belongs to
    /// [fetch a classic script](https://html.spec.whatwg.org/multipage/webappapis.html#fetch-a-classic-script).
    pub(crate) fn finish(&mut self, response: WireResponse) {
        if self.request.mode == Mode::WebSocket && response.status != 101 {
            return self.late_network_error(|_| {
                let status = response.status;
                Finding::new(
                    Algorithm::WebSocketHandshake,
                    ResponseReason::HandshakeStatus { status },
                )
                .on(Step::FilterNetworkErrorTypeerror)
            });
        }
        if self.request.via == Via::Script && is_http(self.current_url()) && !is_ok_status(response.status) {
            return self.late_network_error(|_| {
                let status = response.status;
                Finding::new(Algorithm::ClassicScript, ResponseReason::ScriptStatus { status })
                    .on(Step::FilterNetworkErrorTypeerror)
            });
        }
        if let Some(algorithm) = self.is_blocked_by_type(&response) {
            return self.late_network_error(|_| {
                let essence = extracted_essence(&response.headers);
                Finding::new(algorithm, ResponseReason::ScriptType { essence }).on(Step::FilterNetworkErrorTypeerror)
            });
        }
        if !self.request.integrity.is_empty() {
            let opaque = self.tainting == Tainting::Opaque;
            let null_body = *self.request.method == *b"HEAD" || is_null_body_status(response.status);
            let fault = match () {
                () if opaque => Some(IntegrityFault::Opaque),
                () if null_body => Some(IntegrityFault::NullBody),
                () if !do_bytes_match_metadata(&response.body, &self.request.integrity) => {
                    Some(IntegrityFault::Mismatch)
                }
                () => None,
            };
            if let Some(fault) = fault.filter(|_| branch!("integrity: mismatch", true)) {
                return self.late_network_error(|_| integrity(fault));
            }
            self.event(|_| Finding::new(Algorithm::MainFetch, ResponseReason::IntegrityMatches));
        }
        let headers = match self.tainting {
            Tainting::Basic => self.basic_filtered(&response),
            Tainting::Cors => self.cors_filtered(&response),
            Tainting::Opaque => {
                self.event(|_| {
                    let exposes = response.headers.contains(b"access-control-expose-headers");
                    Finding::new(Algorithm::OpaqueFilter, ResponseReason::OpaqueFiltered)
                        .on(Step::FilterOpaque)
                        .on_if(exposes, Step::ExposeOnlyCorsTainting)
                });
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

    /// Ends with an [opaque-redirect filtered response](https://fetch.spec.whatwg.org/#concept-filtered-response-opaque-redirect), which
    /// has no body for integrity metadata (step 22.2 of main fetch).
    pub(crate) fn finish_opaque_redirect(&mut self) {
        if !self.request.integrity.is_empty() && branch!("integrity: mismatch", true) {
            return self.late_network_error(|_| integrity(IntegrityFault::OpaqueRedirect));
        }
        self.state = State::Done(Outcome {
            response_type: ResponseType::OpaqueRedirect,
            redirected: self.request.url_list.len() > 1,
            url: without_fragment(self.current_url()),
            ..Outcome::error()
        });
    }

    /// Ends with a response that does not come from the network: step 3 of
    /// [scheme fetch](https://fetch.spec.whatwg.org/#concept-scheme-fetch), cases `about` and `data`.
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
        self.event(|f| {
            let url = f.url_text();
            let step = if f.current_url().scheme() == "about" {
                Step::LocalAboutBlank
            } else {
                Step::MainFetchDataUrlBasic
            };
            Finding::new(Algorithm::SchemeFetch, MainFetchReason::LocalResponse { url }).on(step)
        });
    }

    /// Step 3 of scheme fetch, case `data`, steps 1 to 4, with the
    /// [data: URL processor](https://fetch.spec.whatwg.org/#data-url-processor) of a library.
    pub(crate) fn data_url_response(&mut self, browser: &mut Browser) {
        let processed = data_url::DataUrl::process(self.current_url().as_str())
            .ok()
            .and_then(|url| Some((url.mime_type().to_string(), url.decode_to_vec().ok()?.0)));
        match processed {
            Some((mime, body)) => self.local_response(&mime, body),
            None => self.network_error(browser, |_| {
                Finding::new(Algorithm::DataUrlProcessor, MainFetchReason::BadDataUrl).on(Step::MainFetchDataUrlBasic)
            }),
        }
    }

    /// A [basic filtered response](https://fetch.spec.whatwg.org/#concept-filtered-response-basic): all headers except Set-Cookie and Set-Cookie2.
    fn basic_filtered(&mut self, response: &WireResponse) -> HeaderList {
        self.event(|_| {
            let exposes = response.headers.contains(b"access-control-expose-headers");
            Finding::new(Algorithm::BasicFilter, ResponseReason::BasicFiltered)
                .on(Step::FilterBasic)
                .on_if(exposes, Step::ExposeOnlyCorsTainting)
                .on_if(sets_cookie(response), Step::ExposeForbiddenNever)
        });
        visible(response, |name| !is_forbidden_response_header_name(name))
    }

    /// A [CORS filtered response](https://fetch.spec.whatwg.org/#concept-filtered-response-cors): the CORS-exposed header names, which
    /// are steps 14.1.1 to 14.1.3 of main fetch, and the safelisted ones.
    fn cors_filtered(&mut self, response: &WireResponse) -> HeaderList {
        let include = self.include();
        let listed = self.extract(b"access-control-expose-headers", response);
        let failed = listed == Extracted::Failure;
        let names = match listed {
            Extracted::Values(names) => names,
            Extracted::Null | Extracted::Failure => Vec::new(),
        };
        let all = branch!(
            "response: exposed names have the wildcard",
            !include && names.contains(&&b"*"[..])
        );
        if T::ON {
            self.note_exposure(response, all, failed);
        }
        visible(response, |name| {
            !is_forbidden_response_header_name(name)
                && (all
                    || is_cors_safelisted_response_header_name(name)
                    || names.iter().any(|n| n.eq_ignore_ascii_case(name)))
        })
    }

    /// Which headers became readable, and why.
    fn note_exposure(&mut self, response: &WireResponse, all: bool, failed: bool) {
        const ACEH: &[u8] = b"access-control-expose-headers";
        let headers = &response.headers;
        let names = match extract_header_list_values(ACEH, headers) {
            Extracted::Values(names) => names,
            Extracted::Null | Extracted::Failure => Vec::new(),
        };
        let readable = |name: &[u8]| headers.iter().any(|h| h.name.eq_ignore_ascii_case(name));
        let listed = names.iter().any(|n| readable(n));
        let star = names.contains(&&b"*"[..]);
        let safe = headers.iter().any(|h| is_cors_safelisted_response_header_name(&h.name));
        let hidden = headers
            .iter()
            .any(|h| !is_cors_safelisted_response_header_name(&h.name));
        if !failed {
            self.note_list(List::ExposeHeaders, ACEH, response, names.len());
        }
        self.event(|f| {
            let exposed = headers.get(ACEH).map(Cow::into_owned);
            Finding::new(Algorithm::CorsFilter, ResponseReason::CorsFiltered { exposed, failed })
                .on_if(failed, Step::ExposeParseFailure)
                .on_if(failed, Step::ExposeFailureWording)
                .on_if(safe, Step::ExposeSafelistedNames)
                .on_if(all, Step::ExposeWildcard)
                .on_if(star && f.include(), Step::ExposeWildcardCredentialed)
                .on_if(!all && listed, Step::ExposeListedNames)
                .on_if(!all && hidden, Step::FilterCors)
        });
        if sets_cookie(response) {
            self.event(|_| {
                Finding::new(Algorithm::CorsFilter, ResponseReason::SetCookieHidden).on(Step::ExposeForbiddenNever)
            });
        }
        if has_repeats(headers) {
            self.event(|_| {
                Finding::new(Algorithm::GetHeader, ResponseReason::RepeatsCombined)
                    .on(Step::FilterDuplicateValuesCombined)
                    .on(Step::HeaderListGetCombines)
            });
        }
    }

    /// Returns the algorithm that blocks a script from this response, if one does: blocking
    /// [by type](https://fetch.spec.whatwg.org/#should-response-to-request-be-blocked-due-to-mime-type?), steps 1 to 4, or
    /// [by nosniff](https://fetch.spec.whatwg.org/#should-response-to-request-be-blocked-due-to-nosniff?), steps 1 to 4.
    fn is_blocked_by_type(&self, response: &WireResponse) -> Option<Algorithm> {
        if self.request.via != Via::Script {
            return None;
        }
        let essence = extracted_essence(&response.headers);
        let typed = essence.as_deref().is_some_and(|e| {
            e.starts_with(b"audio/") || e.starts_with(b"image/") || e.starts_with(b"video/") || e == b"text/csv"
        });
        if typed {
            return Some(Algorithm::MimeTypeBlocking);
        }
        let nosniff = response
            .headers
            .get_decode_and_split(b"x-content-type-options")
            .is_some_and(|v| v.first().is_some_and(|first| first.eq_ignore_ascii_case(b"nosniff")));
        let javascript = essence.as_deref().is_some_and(is_javascript);
        (nosniff && !javascript).then_some(Algorithm::NosniffBlocking)
    }
}

fn sets_cookie(response: &WireResponse) -> bool {
    let mut headers = response.headers.iter();
    headers.any(|h| is_forbidden_response_header_name(&h.name))
}

fn has_repeats(headers: &HeaderList) -> bool {
    headers
        .iter()
        .enumerate()
        .any(|(i, a)| headers.iter().take(i).any(|b| a.name.eq_ignore_ascii_case(&b.name)))
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
