//! The conformance check, which the table defines.

use super::super::description::Description;
use super::table::{CONTRACT, HeaderRule, Row, StatusRule};
use crate::net::{Client, ExchangeError, Limits, Outgoing};
use crosscheck_fetch::{HeaderList, WireResponse};
use std::net::SocketAddr;
use std::time::Duration;
use thiserror::Error;
use tokio::time::timeout;

/// The header of every response of the application's handler.
const HIT: &[u8] = b"x-hit";

/// The statuses of frameworks for a path or a method without a route.
const NO_ROUTE: [u16; 2] = [404, 405];

/// How many requests in a row may get no response in time until the rest is not sent.
const MAX_TIMEOUTS: usize = 3;

/// One way in which a response differs from the contract.
#[derive(Debug, Error)]
pub enum Mismatch {
    /// There is no response.
    #[error("no response: {0}")]
    NoAnswer(#[from] ExchangeError),
    /// There is no response in time.
    #[error("no response within {} s", .0.as_secs())]
    Timeout(Duration),
    /// The request was not sent.
    #[error("not sent, nor {more} more requests: {MAX_TIMEOUTS} requests in a row got no response in time")]
    NotSent {
        /// How many more requests were not sent.
        more: usize,
    },
    /// The status differs.
    #[error("the status is {found}, expected {expected}")]
    Status {
        /// The status.
        found: u16,
        /// The rule.
        expected: StatusRule,
    },
    /// A header differs.
    #[error("{name} is {}, expected {expected}", shown(found))]
    Header {
        /// The name, in lower case.
        name: &'static str,
        /// The values, one per header line, escaped.
        found: Vec<String>,
        /// The rule.
        expected: HeaderRule,
    },
}

fn shown(values: &[String]) -> String {
    match values {
        [] => "absent".to_owned(),
        values => format!("`{}`", values.join("`, `")),
    }
}

/// A request of the contract with a wrong response.
#[derive(Debug, Error)]
#[error("{method} {}{}: {mismatch}", row.path, if row.authorized { " with Authorization" } else { "" })]
pub struct Difference {
    /// The row of the contract.
    pub row: &'static Row,
    /// The method that was sent.
    pub method: &'static str,
    /// What differs.
    pub mismatch: Mismatch,
}

/// Sends every request of the contract to a listener, and returns every difference. What `subject.yaml` declares (a policy that is
/// attached to routes, a server in front of the application) does not count as a difference.
pub async fn check_contract(address: SocketAddr, description: &Description, patience: Duration) -> Vec<Difference> {
    let mut differences = Vec::new();
    let mut client = Client::new(address, Limits::default());
    let rows = CONTRACT.iter().filter(|row| row.applies(description));
    let requests: Vec<(&'static Row, &'static str)> = rows
        .flat_map(|row| row.methods_for(description).map(move |method| (row, method)))
        .collect();
    let mut timeouts = 0;
    for (at, (row, method)) in requests.iter().copied().enumerate() {
        if timeouts == MAX_TIMEOUTS {
            let more = requests.len() - at - 1;
            let mismatch = Mismatch::NotSent { more };
            differences.push(Difference { row, method, mismatch });
            break;
        }
        let found = match timeout(patience, client.exchange(&outgoing(row, method, address))).await {
            Ok(Ok(reply)) => mismatches(row, &reply.response, description),
            Ok(Err(error)) => vec![Mismatch::NoAnswer(error)],
            Err(_) => vec![Mismatch::Timeout(patience)],
        };
        let is_late = found.iter().any(|mismatch| matches!(mismatch, Mismatch::Timeout(_)));
        timeouts = if is_late { timeouts + 1 } else { 0 };
        if found.iter().any(Mismatch::ends_connection) {
            client.reset();
        }
        differences.extend(found.into_iter().map(|mismatch| Difference { row, method, mismatch }));
    }
    differences
}

impl Mismatch {
    /// Whether the connection cannot be used any more.
    const fn ends_connection(&self) -> bool {
        matches!(self, Self::NoAnswer(_) | Self::Timeout(_))
    }
}

fn outgoing(row: &Row, method: &str, address: SocketAddr) -> Outgoing {
    let mut headers = HeaderList::new();
    if row.authorized {
        headers.push(&b"Authorization"[..], b"Basic Y3Jvc3M6Y2hlY2s=".to_vec());
    }
    if matches!(method, "POST" | "PUT") {
        headers.push(&b"Content-Length"[..], b"0".to_vec());
    }
    Outgoing {
        method: method.as_bytes().to_vec(),
        target: row.path.to_owned(),
        host: address.to_string(),
        headers,
        body: Vec::new(),
    }
}

/// Returns the differences of one response.
pub(super) fn mismatches(row: &Row, response: &WireResponse, description: &Description) -> Vec<Mismatch> {
    let mut found = Vec::new();
    let is_of_library = !response.headers.contains(HIT) && !NO_ROUTE.contains(&response.status);
    if row.library_may_answer && is_of_library {
        return found;
    }
    if !row.status.holds(response.status, description) {
        found.push(Mismatch::Status {
            found: response.status,
            expected: row.status,
        });
    }
    for &(name, expected) in row.headers {
        let lines = response.headers.iter();
        let values: Vec<String> = lines
            .filter(|header| header.name.eq_ignore_ascii_case(name.as_bytes()))
            .map(|header| crosscheck_text::escape_truncated(&header.value, 200))
            .collect();
        if !expected.holds(&values) {
            found.push(Mismatch::Header {
                name,
                found: values,
                expected,
            });
        }
    }
    found
}
