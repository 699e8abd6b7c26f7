//! The model: the CORS algorithms of the [Fetch Standard](https://fetch.spec.whatwg.org/), sans-IO.
//!
//! One module per section of the standard, functions named after its algorithms. The crate opens no socket, reads no clock,
//! and panics on no input; see [`Driver`] for the loop that drives it.

#![forbid(unsafe_code)]

mod algorithm;
mod body;
mod browser;
mod cache_headers;
mod cookies;
mod corp;
mod cors_check;
mod cors_check_trace;
mod driver;
mod escape;
mod fetch;
mod finish;
mod header_list;
mod http_cache;
mod http_fetch;
mod integrity;
pub mod invert;
mod keywords;
mod main_fetch;
mod method;
mod mime;
mod network;
mod one_branch;
mod origin;
mod preflight;
mod preflight_cache;
mod preflight_trace;
mod reason;
mod referrer;
mod request;
mod safelist;
mod step_list;
mod steps;
mod time;
mod trace;
mod type_error;
mod urls;
mod wire;

pub use algorithm::Algorithm;
pub use body::{FORM_BOUNDARY, InitBody};
pub use browser::Browser;
pub use cache_headers::{CacheControl, Selecting, Vary, is_heuristically_cacheable};
pub use corp::{Corp, cross_origin_resource_policy_internal_check};
pub use cors_check::{Checked, CorsCheck, Mismatch, Source, cors_check};
pub use driver::{Driver, Ended, MOST_EXCHANGES, Options, Reply};
pub use escape::escape;
pub use fetch::{Next, Outcome};
pub use header_list::{
    ByteString, Extracted, Header, HeaderList, convert_header_names_to_a_sorted_lowercase_set, decode_and_split,
    delta_seconds, extract_header_list_values, extract_max_age, is_header_value, is_token, normalize, trim_tab_space,
};
pub use integrity::do_bytes_match_metadata;
pub use keywords::{
    CacheMode, CredentialsMode, Leniencies, Leniency, Mode, RedirectMode, ReferrerPolicy, ResponseType, Via,
};
pub use method::{is_cors_safelisted_method, is_forbidden_method, normalize_method};
pub use mime::essence;
pub use one_branch::{ONE_BRANCH, are_one_branch};
pub use origin::{APP_SCHEMES, Origin, OriginError, Page, Site, is_potentially_trustworthy};
pub use preflight_cache::Miss;
pub use reason::{
    Basic, Grant, HttpFetchReason, IntegrityFault, List, MainFetchReason, NetworkReason, PreflightReason, Reason,
    RedirectRefusal, RequestReason, ResponseReason, Value,
};
pub use request::{Init, Request};
pub use safelist::{
    Forbidden, Safelisting, cors_unsafe_request_header_names, is_cors_non_wildcard_request_header_name,
    is_cors_safelisted_request_header, is_cors_safelisted_response_header_name, is_cors_unsafe_request_header_byte,
    is_forbidden_request_header, is_forbidden_response_header_name, is_no_cors_safelisted_request_header,
    is_simple_range, safelisting,
};
pub use step_list::StepList;
pub use steps::{Step, UnknownStep};
pub use trace::{Event, Off, Trace, Tracer};
pub use type_error::TypeError;
pub use url::Url;
pub use wire::{Answer, WireRequest, WireResponse, is_null_body_status, is_ok_status, is_redirect_status};
