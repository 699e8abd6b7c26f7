//! An exchange as it was on the wire, and how to repeat it without this program.

use crate::repeat::{Curl, Fetch, curl, exhibit, fetch};
use crate::text::{clean, quoted};
use crosscheck_results::{CaseResult, ExchangeRecord, Header};
use maud::{Markup, html};

pub(super) fn wire(exchange: &ExchangeRecord) -> Markup {
    html! {
        pre {
            @for line in exchange.request.lines() { "> " (clean(&line)) "\n" }
            @for line in exchange.response.lines() { "< " (clean(&line)) "\n" }
            @if exchange.response.is_empty() { "< (no answer)\n" }
        }
    }
}

/// The `curl` command of the exchange that is shown, and the `fetch()` calls of the page.
pub(super) fn snippets(case: &CaseResult, header: Option<&Header>) -> Markup {
    let url = header.and_then(Header::server_url);
    let server = url.unwrap_or_default();
    html! {
        @if let Some(exchange) = exhibit(case) {
            @match curl(&exchange.request, server) {
                Curl::Command(command) => {
                    @if url.is_none() {
                        p.dim {
                            "$SERVER is the base URL of a server with the policy of the case; this one: "
                            code { "crosscheck subjects serve " (quoted(&case.subject)) " " (quoted(case.id.as_str())) }
                        }
                    }
                    pre { (clean(&command)) }
                }
                Curl::None(why) => { p.dim { "No curl command: " (why) "." } }
            }
        }
        @if case.asked.is_empty() { p.dim { "No fetch(): no browser sends this request." } }
        @for request in &case.asked {
            @match fetch(request, server) {
                Fetch::Code(code) => { pre { (code) } }
                Fetch::None(why) => { p.dim { "No fetch(): " (why) "." } }
            }
        }
    }
}
