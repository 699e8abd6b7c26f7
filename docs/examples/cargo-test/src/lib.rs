//! A library under test: CORS for a service of tower.

use bytes::Bytes;
use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD,
    ORIGIN, VARY,
};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tower::Service;

/// Which origins may read what.
#[derive(Debug, Default)]
pub struct Options {
    pub origins: Vec<String>,
    pub credentials: bool,
    pub methods: Vec<String>,
    pub headers: Vec<String>,
    pub expose: Vec<String>,
    pub max_age: Option<u64>,
}

/// A service with CORS.
#[derive(Clone, Debug)]
pub struct Cors<S> {
    inner: S,
    options: Arc<Options>,
}

impl<S> Cors<S> {
    /// Puts CORS in front of a service.
    pub fn new(inner: S, options: Options) -> Self {
        Self {
            inner,
            options: Arc::new(options),
        }
    }
}

impl Options {
    /// Returns the headers of a response.
    fn headers(&self, request: &HeaderMap, is_preflight: bool) -> HeaderMap {
        let mut headers = HeaderMap::from_iter([(VARY, HeaderValue::from_static("Origin"))]);
        let Some(origin) = request.get(ORIGIN) else {
            return headers;
        };
        if !self.origins.iter().any(|listed| listed.as_bytes() == origin.as_bytes()) {
            return headers;
        }
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        if self.credentials {
            headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        }
        let list = |names: &[String]| HeaderValue::from_str(&names.join(", ")).ok();
        if is_preflight {
            headers.extend(list(&self.methods).map(|value| (ACCESS_CONTROL_ALLOW_METHODS, value)));
            headers.extend(list(&self.headers).map(|value| (ACCESS_CONTROL_ALLOW_HEADERS, value)));
            headers.extend(
                self.max_age
                    .map(|seconds| (ACCESS_CONTROL_MAX_AGE, HeaderValue::from(seconds))),
            );
        } else if !self.expose.is_empty() {
            headers.extend(list(&self.expose).map(|value| (ACCESS_CONTROL_EXPOSE_HEADERS, value)));
        }
        headers
    }
}

type Answer = Response<Full<Bytes>>;

impl<S, B> Service<Request<B>> for Cors<S>
where
    S: Service<Request<B>, Response = Answer>,
    S::Future: Send + 'static,
{
    type Response = Answer;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Answer, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let is_preflight = request.method() == Method::OPTIONS
            && request.headers().contains_key(ORIGIN)
            && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD);
        let own = self.options.headers(request.headers(), is_preflight);
        if is_preflight {
            let mut response = Response::new(Full::default());
            *response.status_mut() = StatusCode::NO_CONTENT;
            *response.headers_mut() = own;
            return Box::pin(async { Ok(response) });
        }
        let response = self.inner.call(request);
        Box::pin(async move {
            let mut response = response.await?;
            let headers = response.headers_mut();
            for (name, value) in own.iter() {
                // What the application has set stays.
                if name == VARY || !headers.contains_key(name) {
                    headers.append(name, value.clone());
                }
            }
            Ok(response)
        })
    }
}
