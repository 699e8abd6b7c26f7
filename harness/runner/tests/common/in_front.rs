//! What is between the client and the correct server: a limiter, a firewall, an outage, a compressor.

use super::right::{Flaw, Server, one, set};
use bytes::Bytes;
use crosscheck_fetch::Origin;
use http::header::HeaderValue;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use std::sync::atomic::Ordering;

/// What something in front of the application does with a request.
pub(super) enum InFront {
    Application,
    Answers(StatusCode),
    EndsTheConnection,
}

impl Server {
    /// The answer as a compressor leaves it.
    pub(super) fn compressed(
        &self,
        request: &Request<Incoming>,
        mut response: Response<Full<Bytes>>,
    ) -> Response<Full<Bytes>> {
        let accepts = one(request.headers(), "accept-encoding").is_some_and(|codings| codings.contains("gzip"));
        if self.flaw == Flaw::CompressorReplacesVary && accepts {
            set(response.headers_mut(), "vary", "accept-encoding");
        }
        response
    }

    pub(super) fn in_front(&self, request: &Request<Incoming>, number: usize) -> InFront {
        let is_limited = match self.flaw {
            Flaw::IsDown => return InFront::Answers(StatusCode::SERVICE_UNAVAILABLE),
            Flaw::EndsEveryConnection => return InFront::EndsTheConnection,
            Flaw::BansAfterAnOddOrigin => {
                let is_odd =
                    |value: &HeaderValue| value.to_str().map_or(true, |o| Origin::parse_serialized(o).is_err());
                let is_odd = request.headers().get_all("origin").iter().any(is_odd);
                let banned = self.is_banned.fetch_or(is_odd, Ordering::SeqCst) || is_odd;
                return if banned {
                    InFront::Answers(StatusCode::FORBIDDEN)
                } else {
                    InFront::Application
                };
            }
            Flaw::LimitsAReflection => number >= 40,
            Flaw::LimitsEveryThird => number % 3 == 2,
            _ => false,
        };
        if is_limited {
            InFront::Answers(StatusCode::TOO_MANY_REQUESTS)
        } else {
            InFront::Application
        }
    }
}
