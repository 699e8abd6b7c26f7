//! [Requests](https://fetch.spec.whatwg.org/#concept-request) and the APIs that make them.

use crate::algorithm::Algorithm;
use crate::body::{Body, InitBody, extract};
use crate::header_list::{ByteString, HeaderList, is_header_value, is_token, normalize};
use crate::keywords::{CacheMode, CredentialsMode, Mode, RedirectMode, ReferrerPolicy, Via};
use crate::method::{is_cors_safelisted_method, is_forbidden_method, normalize_method};
use crate::mime::with_charset_utf_8;
use crate::origin::Page;
use crate::reason::RequestReason;
use crate::referrer::Referrer;
use crate::safelist::{Forbidden, forbidden_by, is_no_cors_safelisted_request_header};
use crate::steps::Step;
use crate::trace::Finding;
use crate::type_error::TypeError;
use crate::urls::has_credentials;
use std::borrow::Cow;
use url::Url;

/// The arguments of a request; `None` is the default of the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Init {
    /// The URL.
    pub url: String,
    /// The API or element that makes the request.
    pub via: Via,
    /// The method, as script writes it.
    pub method: Option<ByteString>,
    /// The request mode.
    pub mode: Option<Mode>,
    /// The credentials mode.
    pub credentials: Option<CredentialsMode>,
    /// The headers, in order.
    pub headers: Vec<(ByteString, ByteString)>,
    /// The body.
    pub body: Option<InitBody>,
    /// The redirect mode.
    pub redirect: Option<RedirectMode>,
    /// The referrer: a URL, `about:client`, or empty for none.
    pub referrer: Option<String>,
    /// The referrer policy.
    pub referrer_policy: Option<ReferrerPolicy>,
    /// The cache mode.
    pub cache: Option<CacheMode>,
    /// Integrity metadata; empty for none.
    pub integrity: String,
    /// Whether an upload listener is registered, which only `XMLHttpRequest` has.
    pub upload_listener: bool,
}

impl Init {
    /// `fetch(url)`.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            via: Via::Fetch,
            method: None,
            mode: None,
            credentials: None,
            headers: Vec::new(),
            body: None,
            redirect: None,
            referrer: None,
            referrer_policy: None,
            cache: None,
            integrity: String::new(),
            upload_listener: false,
        }
    }
}

/// A [request](https://fetch.spec.whatwg.org/#concept-request), ready to be fetched.
#[derive(Clone, Debug)]
pub struct Request {
    pub(crate) via: Via,
    pub(crate) method: ByteString,
    /// The [URL list](https://fetch.spec.whatwg.org/#concept-request-url-list); never empty, the last is the current URL.
    pub(crate) url_list: Vec<Url>,
    pub(crate) headers: HeaderList,
    pub(crate) unsafe_request: bool,
    pub(crate) body: Option<Body>,
    pub(crate) page: Page,
    pub(crate) mode: Mode,
    pub(crate) use_cors_preflight: bool,
    pub(crate) credentials: CredentialsMode,
    pub(crate) cache: CacheMode,
    pub(crate) redirect: RedirectMode,
    pub(crate) referrer: Referrer,
    pub(crate) referrer_policy: ReferrerPolicy,
    pub(crate) integrity: String,
    /// Whether the page chose neither mode nor credentials mode nor redirect mode.
    by_default: bool,
    /// Whether the Content-Type is the one that the body implies.
    content_type_implied: bool,
    /// What the API did silently, for the trace.
    notes: Vec<Finding>,
}

/// The default [referrer policy](https://w3c.github.io/webappsec-referrer-policy/#default-referrer-policy).
const DEFAULT_REFERRER_POLICY: ReferrerPolicy = ReferrerPolicy::StrictOriginWhenCrossOrigin;

impl Request {
    /// Creates the request as the API named by `init.via` does:
    /// [`new Request()`](https://fetch.spec.whatwg.org/#dom-request) for `fetch`, otherwise the steps of the element or object.
    /// Comments in the body name the steps of `new Request()`. The default Accept is step 12 of
    /// [fetch](https://fetch.spec.whatwg.org/#concept-fetch).
    ///
    /// # Errors
    /// A [`TypeError`] if the API throws.
    pub fn new(page: &Page, init: Init) -> Result<Self, TypeError> {
        // Steps 5.1 to 5.3.
        let mut url = Url::parse(&init.url).map_err(|e| TypeError::Url(init.url.clone(), e))?;
        let defaults = Defaults::of(&init);
        if init.via == Via::Fetch && has_credentials(&url) {
            return Err(TypeError::UrlWithCredentials);
        }
        if init.via == Via::WebSocket {
            websocket_url(&mut url)?;
        }
        let script = matches!(init.via, Via::Fetch | Via::Xhr);
        // Steps 16 to 18.
        let mode = match init.mode {
            Some(mode @ (Mode::Navigate | Mode::WebSocket)) if init.via == Via::Fetch => {
                return Err(TypeError::Mode(mode));
            }
            Some(mode) if matches!(init.via, Via::Fetch | Via::Img | Via::Script) => mode,
            _ => defaults.mode,
        };
        // Step 21.
        if init.cache == Some(CacheMode::OnlyIfCached) && mode != Mode::SameOrigin {
            return Err(TypeError::OnlyIfCached);
        }
        let by_default = script && init.mode.is_none() && init.credentials.is_none() && init.redirect.is_none();
        let mut notes = Vec::new();
        // Steps 25.1 to 25.4.
        let method = match init.method {
            None => Cow::Borrowed(&b"GET"[..]),
            Some(method) if !is_token(&method) => return Err(TypeError::MethodNotAToken),
            Some(method) if is_forbidden_method(&method) => return Err(TypeError::MethodForbidden),
            Some(method) => {
                let normalized = normalize_method(method.clone());
                notes.extend(method_note(method, &normalized));
                normalized
            }
        };
        let mut request = Self {
            via: init.via,
            method,
            url_list: vec![url],
            headers: HeaderList::with_capacity(init.headers.len() + 2),
            unsafe_request: script,
            body: None,
            page: page.clone(),
            mode,
            use_cors_preflight: init.upload_listener && init.via == Via::Xhr,
            credentials: match init.credentials {
                Some(credentials) if !matches!(init.via, Via::Form | Via::Navigate | Via::WebSocket) => credentials,
                _ => defaults.credentials(mode),
            },
            cache: init.cache.unwrap_or(defaults.cache),
            redirect: init.redirect.unwrap_or(defaults.redirect),
            referrer: referrer(init.referrer, page)?,
            referrer_policy: init.referrer_policy.unwrap_or(DEFAULT_REFERRER_POLICY),
            integrity: init.integrity,
            by_default,
            content_type_implied: false,
            notes,
        };
        // Step 32.1.
        if request.mode == Mode::NoCors && script && !is_cors_safelisted_method(&request.method) {
            return Err(TypeError::MethodInNoCors);
        }
        // Step 33.
        for (name, value) in init.headers {
            request.append_header(name, value)?;
        }
        request.take_body(init.body)?;
        if !request.headers.contains(b"accept") {
            request.headers.push(&b"Accept"[..], &b"*/*"[..]);
        }
        Ok(request)
    }

    /// The [current URL](https://fetch.spec.whatwg.org/#concept-request-current-url).
    #[must_use]
    pub fn current_url(&self) -> &Url {
        match self.url_list.as_slice() {
            [.., url] => url,
            [] => unreachable!("a request has at least one URL"),
        }
    }

    /// [Append to a Headers object](https://fetch.spec.whatwg.org/#concept-headers-append) with the guard `request` or
    /// `request-no-cors`, steps 1 to 4, of which step 2 is [validate](https://fetch.spec.whatwg.org/#headers-validate), steps 1 and 3;
    /// for `XMLHttpRequest` [setRequestHeader()](https://xhr.spec.whatwg.org/#the-setrequestheader()-method), steps 3 to 6.
    fn append_header(&mut self, name: ByteString, value: ByteString) -> Result<(), TypeError> {
        let value = match normalize(&value).len() {
            n if n == value.len() => value,
            _ => {
                let reason = RequestReason::ValueNormalized { name: name.clone() };
                self.notes
                    .push(Finding::new(Algorithm::HeadersAppend, reason).on(Step::HeaderListValueNormalize));
                Cow::Owned(normalize(&value).to_vec())
            }
        };
        if !is_token(&name) {
            return Err(TypeError::HeaderName);
        }
        if !is_header_value(&value) {
            return Err(TypeError::HeaderValue);
        }
        if let Some(by) = forbidden_by(&name, &value) {
            let note = self.forbidden_note(name, &value, by);
            self.notes.push(note);
            return Ok(());
        }
        // Step 6 of setRequestHeader().
        if self.via == Via::Xhr {
            self.headers.combine(name, value);
            return Ok(());
        }
        // Steps 3.1 to 3.4.
        if self.mode == Mode::NoCors {
            let combined = match self.headers.get(&name) {
                None => Cow::Borrowed(&*value),
                Some(old) => Cow::Owned([&*old, b", ", &*value].concat()),
            };
            if !is_no_cors_safelisted_request_header(&name, &combined) {
                let combined = is_no_cors_safelisted_request_header(&name, &value);
                let range = name.eq_ignore_ascii_case(b"range");
                let note = Finding::new(
                    Algorithm::HeadersAppend,
                    RequestReason::HeaderNotInNoCors { name, combined },
                )
                .on_if(range, Step::NoCorsRangeNotSettable)
                .on_if(combined, Step::NoCorsAppendChecksCombined)
                .on_if(!combined, Step::NoCorsHeaderGuard);
                self.notes.push(note);
                return Ok(());
            }
        }
        if self.headers.contains(&name) {
            let reason = RequestReason::HeaderAppended { name: name.clone() };
            self.notes
                .push(Finding::new(Algorithm::HeadersAppend, reason).on(Step::HeaderListAppendKeepsSeparate));
        }
        self.headers.append(name, value);
        Ok(())
    }

    /// A finding for a header that is dropped silently.
    fn forbidden_note(&self, name: ByteString, value: &[u8], by: Forbidden) -> Finding {
        let again = self.headers.contains(&name);
        let connection = name.eq_ignore_ascii_case(b"connection");
        let written = name.iter().any(u8::is_ascii_uppercase);
        let found = Finding::new(Algorithm::HeadersAppend, RequestReason::HeaderForbidden { name, by });
        match by {
            Forbidden::Name => found
                .on_if(connection, Step::SafelistRequestConnectionForbidden)
                .on(Step::ForbiddenHeaderNameList),
            Forbidden::Prefix => found.on(Step::ForbiddenHeaderPrefixes),
            Forbidden::MethodOverride => found
                .on(Step::ForbiddenHeaderMethodOverride)
                .on_if(again, Step::ForbiddenHeaderOverridePerAppend)
                .on_if(
                    value.iter().any(|b| matches!(b, b',' | b'"')),
                    Step::HeaderListGetDecodeSplit,
                ),
        }
        .on_if(written, Step::ForbiddenHeaderCaseInsensitive)
        .on(Step::ForbiddenHeaderSilentDrop)
        .on(Step::ForbiddenHeaderNoPreflightFromForbidden)
    }

    /// What the API did with its arguments, for the trace.
    pub(crate) fn findings(&self) -> Vec<Finding> {
        let reason = RequestReason::RequestMade {
            method: self.method.clone(),
            url: self.current_url().as_str().into(),
            mode: self.mode,
            credentials: self.credentials,
            origin: self.page.origin.serialize(),
        };
        let made = Finding::new(Algorithm::NewRequest, reason)
            .on_if(self.by_default, Step::ApiDefaultModes)
            .on_if(self.content_type_implied, Step::ApiBodyContentType)
            .on(Step::OriginFromClient);
        std::iter::once(made).chain(self.notes.iter().cloned()).collect()
    }

    /// Takes the body: steps 35 to 39 and 42 of `new Request()`, steps 3 and 4 of
    /// [`send()`](https://xhr.spec.whatwg.org/#the-send()-method), and for a form its encoding.
    fn take_body(&mut self, body: Option<InitBody>) -> Result<(), TypeError> {
        let body = match body {
            Some(body) => body,
            // A posted form has a body in its encoding, even without a field.
            None if self.via == Via::Form && *self.method == *b"POST" => InitBody::UrlEncoded(Vec::new()),
            None => return Ok(()),
        };
        let bodiless = matches!(&*self.method, b"GET" | b"HEAD");
        // A form that is submitted with GET puts its fields into the query of the URL.
        if let (true, Via::Form, InitBody::UrlEncoded(pairs) | InitBody::Form(pairs)) = (bodiless, self.via, &body)
            && let Some(url) = self.url_list.last_mut()
        {
            let query = url::form_urlencoded::Serializer::new(String::new())
                .extend_pairs(pairs)
                .finish();
            url.set_query(Some(&query));
        }
        match self.via {
            // Step 35.
            Via::Fetch if bodiless => return Err(TypeError::BodyWithGet),
            Via::Xhr | Via::Form | Via::Navigate if bodiless => return Ok(()),
            Via::Img | Via::Script | Via::WebSocket => return Ok(()),
            _ => {}
        }
        let is_text = matches!(body, InitBody::Text(_));
        let (body, content_type) = extract(body);
        if self.via == Via::Xhr
            && is_text
            && let Some(written) = self.headers.get(b"content-type").and_then(|v| with_charset_utf_8(&v))
        {
            self.headers.set(&b"Content-Type"[..], written);
        }
        // The encoding of a form has no charset.
        let content_type = match (self.via, content_type) {
            (Via::Form | Via::Navigate, Some(t)) => Some(without_charset(t)),
            (_, t) => t,
        };
        // Steps 39.2 and 39.3.
        if body.is_stream() {
            if !matches!(self.mode, Mode::Cors | Mode::SameOrigin) {
                return Err(TypeError::StreamInNoCors);
            }
            self.use_cors_preflight = true;
        }
        // Step 37.4.
        if let Some(content_type) = content_type
            && !self.headers.contains(b"content-type")
        {
            self.append_header(Cow::Borrowed(b"Content-Type"), content_type)?;
            self.content_type_implied = true;
        }
        self.body = Some(body);
        Ok(())
    }
}

/// The finding about the normalization of a method, if there is something to report.
fn method_note(written: ByteString, normalized: &ByteString) -> Option<Finding> {
    const PLAIN: [&[u8]; 7] = [b"DELETE", b"GET", b"HEAD", b"OPTIONS", b"POST", b"PUT", b"PATCH"];
    if *normalized != written {
        let safelisted = is_cors_safelisted_method(normalized);
        let reason = RequestReason::MethodNormalized { from: written };
        let found = Finding::new(Algorithm::NewRequest, reason).on(Step::MethodNormalize);
        return Some(found.on_if(safelisted, Step::MethodSafelistByteExact));
    }
    if PLAIN.contains(&&*written) {
        return None;
    }
    let lower = written.iter().any(u8::is_ascii_lowercase);
    let known = PLAIN.iter().any(|m| m.eq_ignore_ascii_case(&written));
    let found = Finding::new(Algorithm::NewRequest, RequestReason::MethodKept { method: written });
    Some(
        found
            .on_if(lower, Step::MethodNoNormalizePatch)
            .on_if(!known, Step::MethodArbitraryAllowed),
    )
}

/// The values that an API sets by default.
struct Defaults {
    mode: Mode,
    cache: CacheMode,
    redirect: RedirectMode,
    markup: bool,
}

impl Defaults {
    fn of(init: &Init) -> Self {
        let plain = Self {
            mode: Mode::Cors,
            cache: CacheMode::Default,
            redirect: RedirectMode::Follow,
            markup: false,
        };
        match init.via {
            Via::Fetch | Via::Xhr => plain,
            Via::Img | Via::Script => Self {
                mode: Mode::NoCors,
                markup: true,
                ..plain
            },
            Via::Form | Via::Navigate => Self {
                mode: Mode::Navigate,
                ..plain
            },
            Via::WebSocket => Self {
                mode: Mode::WebSocket,
                cache: CacheMode::NoStore,
                redirect: RedirectMode::Error,
                ..plain
            },
        }
    }

    /// Same-origin with `crossorigin` (mode cors); include for markup without it, navigations and WebSockets.
    fn credentials(&self, mode: Mode) -> CredentialsMode {
        match mode {
            Mode::Navigate | Mode::WebSocket => CredentialsMode::Include,
            Mode::NoCors if self.markup => CredentialsMode::Include,
            _ => CredentialsMode::SameOrigin,
        }
    }
}

/// [`new WebSocket()`](https://websockets.spec.whatwg.org/#dom-websocket-websocket) and the request it makes, step 1 of
/// [establish a WebSocket connection](https://websockets.spec.whatwg.org/#concept-websocket-establish): ws and wss become http and
/// https.
fn websocket_url(url: &mut Url) -> Result<(), TypeError> {
    let scheme = match url.scheme() {
        "ws" | "http" => "http",
        "wss" | "https" => "https",
        other => return Err(TypeError::Scheme(Via::WebSocket, other.to_owned())),
    };
    url.set_fragment(None);
    if url.set_scheme(scheme).is_err() {
        return Err(TypeError::Scheme(Via::WebSocket, url.scheme().to_owned()));
    }
    Ok(())
}

/// The referrer: step 14 of `new Request()`.
fn referrer(referrer: Option<String>, page: &Page) -> Result<Referrer, TypeError> {
    let Some(text) = referrer else {
        return Ok(Referrer::Client);
    };
    if text.is_empty() {
        return Ok(Referrer::None);
    }
    let Ok(url) = page.url.join(&text) else {
        return Err(TypeError::Referrer(text));
    };
    if (url.scheme() == "about" && url.path() == "client") || !page.origin.same_origin_with_url(&url) {
        return Ok(Referrer::Client);
    }
    Ok(Referrer::Url(url))
}

fn without_charset(content_type: ByteString) -> ByteString {
    match content_type.strip_suffix(b";charset=UTF-8") {
        Some(bare) => Cow::Owned(bare.to_vec()),
        None => content_type,
    }
}
