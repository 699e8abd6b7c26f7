//! Checks, before the cases of a subject in process mode, that its process applies the policy from its environment, and that the
//! application behind the policy answers as the contract says. Otherwise every verdict would be about something else.

use super::adapter::AdapterError;
use super::contract::check_contract;
use super::process_mode::start;
use super::running::{Configurations, PolicySupport};
use super::subjects::Subject;
use crate::net::{Client, Limits, Outgoing};
use crosscheck_corpus::policy::Configuration;
use crosscheck_corpus::{Corpus, Flag};
use crosscheck_fetch::HeaderList;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::time::timeout;

/// Two policies, each of which lists one of two origins.
const POLICIES: [(&str, &str); 2] = [
    (
        "policies/one.yaml",
        "title: One\npolicy: { origins: { list: [https://one.example] } }\n",
    ),
    (
        "policies/two.yaml",
        "title: Two\npolicy: { origins: { list: [https://two.example] } }\n",
    ),
];
/// The origin of the requests.
const ORIGIN: &str = "https://one.example";
/// The time limit for one answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// The header that shows which origin is allowed.
const ALLOWED: &[u8] = b"access-control-allow-origin";

/// Starts the process with two policies and compares the answers.
///
/// # Errors
/// If it cannot be started, ignores the policy, or has another application.
pub(super) async fn check(subject: &Subject, words: &[String]) -> Result<(), AdapterError> {
    if !subject.description.flags.contains(&Flag::OriginsList) {
        return Ok(());
    }
    let corpus = Corpus::from_texts("", POLICIES);
    let mut policies = corpus.policies.values().map(|named| named.policy.clone());
    let (Some(one), Some(two)) = (policies.next(), policies.next()) else {
        return Ok(());
    };
    let configured = |policy| Configurations::from([("one".to_owned(), Configuration::Policy(Box::new(policy)))]);
    let (one, two) = (configured(one), configured(two));
    // One after the other: a server that listens at a port of its own is reported with that port.
    let (first, listed) = start(subject, words, &one).await?;
    let (second, unlisted) = start(subject, words, &two).await?;
    let result = match (listed, unlisted) {
        (Some((_, PolicySupport::Ready(listed))), Some((_, PolicySupport::Ready(unlisted)))) => {
            compare(subject, listed, unlisted).await
        }
        // A refusal is judged with the cases.
        _ => Ok(()),
    };
    for process in [first, second].into_iter().flatten() {
        process.terminate().await;
    }
    result
}

async fn compare(subject: &Subject, listed: SocketAddr, unlisted: SocketAddr) -> Result<(), AdapterError> {
    // A server that does not answer is judged with the cases.
    if let (Some(listed), Some(unlisted)) = (allowed(listed).await, allowed(unlisted).await)
        && listed == unlisted
    {
        return Err(AdapterError::IgnoresPolicy { origin: ORIGIN });
    }
    let differences = check_contract(listed, &subject.description, PATIENCE).await;
    match differences.first() {
        None => Ok(()),
        Some(first) => Err(AdapterError::Contract {
            name: subject.name.clone(),
            first: first.to_string(),
            more: differences.len() - 1,
        }),
    }
}

/// The values of `Access-Control-Allow-Origin` in the answer to the origin; `None` without an answer.
async fn allowed(address: SocketAddr) -> Option<Vec<Vec<u8>>> {
    let mut headers = HeaderList::new();
    headers.push(&b"Origin"[..], ORIGIN.as_bytes().to_vec());
    let request = Outgoing {
        method: b"GET".to_vec(),
        target: "/".to_owned(),
        host: address.to_string(),
        headers,
        body: Vec::new(),
    };
    let mut client = Client::new(address, Limits::default());
    let reply = timeout(PATIENCE, client.exchange(&request)).await.ok()?.ok()?;
    Some(reply.response.headers.get_all(ALLOWED).map(<[u8]>::to_vec).collect())
}
