//! Asks a server, question by question.

use super::Found;
use super::facts::Facts;
use crosscheck_fetch::{CorsCheck, CredentialsMode, Url, WireResponse, cors_check};
use crosscheck_runner::server::{Inquiry, InquiryError, ProbeError, Reach};
use crosscheck_search::infer::{Asked, Conclusion, Inference, Query, attacks};
use std::collections::BTreeSet;

/// How many answers are asked for again at the end.
const REPEATED: usize = 4;

/// Why the server was not asked to the end.
pub(super) enum Stopped {
    /// It cannot be reached.
    Unreachable(ProbeError),
    /// It gave no answer.
    NoAnswer(InquiryError),
    /// Something in front of it began to answer.
    NotItself {
        /// The status.
        status: u16,
        /// The first request that got it.
        number: usize,
    },
    /// It does not let the origin of the user in.
    Refused {
        /// The origin.
        origin: String,
        /// The status of the answer.
        status: u16,
    },
    /// The limit of requests was reached.
    TooMany(usize),
}

/// What an answer to an origin showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    /// Whether a page of the origin reads the answer.
    pub(super) allowed: bool,
    /// Whether it does with credentials.
    pub(super) credentials: bool,
    /// Whether `*` lets it in.
    pub(super) is_star: bool,
    /// The status.
    pub(super) status: u16,
}

impl Seen {
    fn of(origin: &str, response: &WireResponse) -> Self {
        let check = |mode| cors_check(origin, mode, &response.headers);
        let without = check(CredentialsMode::SameOrigin);
        Self {
            allowed: without.is_success(),
            credentials: check(CredentialsMode::Include).is_success(),
            is_star: without == CorsCheck::Wildcard,
            status: response.status,
        }
    }
}

/// A server that is asked, with the answers so far.
struct Asker {
    inquiry: Inquiry,
    limit: usize,
    /// Statuses of refusals that the application gives itself.
    proven: BTreeSet<u16>,
}

/// Asks everything.
pub(super) async fn ask_all(at: &Reach, origin: Option<&Asked>, limit: usize) -> Result<Found, Stopped> {
    let inquiry = Inquiry::open(at).await.map_err(Stopped::Unreachable)?;
    let mut asker = Asker {
        inquiry,
        limit,
        proven: BTreeSet::new(),
    };
    let plain = asker.inquiry.get(None).await.map_err(Stopped::NoAnswer)?;
    asker.proven.insert(plain.status);
    let (base, tried) = asker.base(at.url.expose(), origin).await?;
    let mut found = Found {
        url: String::new(),
        inference: Inference::of(base.as_ref().unwrap_or(&Asked::Null)),
        base,
        seen: Vec::new(),
        changed: Vec::new(),
        facts: None,
        attacks: Vec::new(),
        requests: 0,
    };
    let Some(base) = found.base.clone() else {
        for (query, seen) in tried {
            found.inference.answer(query, seen.allowed);
            found.seen.push(seen);
        }
        found.requests = asker.inquiry.requests();
        return Ok(found);
    };
    while let Some(query) = found.inference.next() {
        asker.question(&mut found, query, &base).await?;
    }
    // An origin of an attacker is shown only if it was let in. One that is not shows that the comparison is another one.
    if let Conclusion::Explained(matcher) = found.inference.conclusion() {
        found.attacks = attacks(&matcher, &base);
        for attack in found.attacks.clone() {
            let origin = attack.origin;
            if found
                .inference
                .answers()
                .iter()
                .all(|answer| answer.query.origin != origin)
            {
                let query = Query {
                    operator: "attack",
                    origin,
                    is_usual: false,
                };
                asker.question(&mut found, query, &base).await?;
            }
        }
        let answers = found.inference.answers();
        let is_allowed = |origin: &Asked| answers.iter().any(|a| a.query.origin == *origin && a.allowed);
        found.attacks.retain(|attack| is_allowed(&attack.origin));
    }
    found.changed = asker.repeat(&found).await?;
    found.facts = Some(asker.facts(&base).await?);
    found.requests = asker.inquiry.requests();
    Ok(found)
}

impl Asker {
    async fn get(&mut self, origin: &Asked) -> Result<(Seen, WireResponse), Stopped> {
        if self.inquiry.requests() >= self.limit {
            return Err(Stopped::TooMany(self.limit));
        }
        let text = origin.to_string();
        let response = self.inquiry.get(Some(&text)).await.map_err(Stopped::NoAnswer)?;
        Ok((Seen::of(&text, &response), response))
    }

    /// The origin to begin with: that of the user, or the first of the usual ones that is let in. Returns what was asked as well.
    async fn base(
        &mut self,
        url: &Url,
        origin: Option<&Asked>,
    ) -> Result<(Option<Asked>, Vec<(Query, Seen)>), Stopped> {
        if let Some(origin) = origin {
            let (seen, response) = self.get(origin).await?;
            if !seen.allowed {
                return Err(Stopped::Refused {
                    origin: origin.to_string(),
                    status: response.status,
                });
            }
            return Ok((Some(origin.clone()), Vec::new()));
        }
        let mut tried = Vec::new();
        for origin in usual(url) {
            let (seen, _) = self.get(&origin).await?;
            if seen.allowed {
                return Ok((Some(origin), Vec::new()));
            }
            let query = Query {
                operator: "usual",
                origin,
                is_usual: false,
            };
            tried.push((query, seen));
        }
        Ok((None, tried))
    }

    /// Asks one question.
    async fn question(&mut self, found: &mut Found, query: Query, base: &Asked) -> Result<(), Stopped> {
        let (seen, _) = self.get(&query.origin).await?;
        let number = self.inquiry.requests();
        if !seen.allowed && !self.proven.contains(&seen.status) {
            // An application may refuse with a status of its own, and so may a firewall, which then refuses everybody.
            let (again, _) = self.get(base).await?;
            if !again.allowed {
                return Err(Stopped::NotItself {
                    status: again.status,
                    number,
                });
            }
            self.proven.insert(seen.status);
        }
        found.inference.answer(query, seen.allowed);
        found.seen.push(seen);
        Ok(())
    }

    /// Asks some questions again, the refused ones first. Returns those with another answer.
    async fn repeat(&mut self, found: &Found) -> Result<Vec<Asked>, Stopped> {
        let answers = || found.inference.answers().iter().zip(&found.seen);
        let of = |allowed: bool| answers().filter(move |(answer, _)| answer.allowed == allowed);
        let refused = of(false).take(REPEATED / 2);
        let allowed = of(true).take(REPEATED / 2);
        let mut changed = Vec::new();
        for (answer, before) in refused.chain(allowed) {
            let (now, _) = self.get(&answer.query.origin).await?;
            if now != *before {
                changed.push(answer.query.origin.clone());
            }
        }
        Ok(changed)
    }

    async fn facts(&mut self, base: &Asked) -> Result<Facts, Stopped> {
        let origin = base.to_string();
        let actual = self.inquiry.get(Some(&origin)).await.map_err(Stopped::NoAnswer)?;
        let mut preflights = Vec::new();
        for (method, header) in Facts::PREFLIGHTS {
            let answer = self.inquiry.preflight(&origin, method, &[header]).await;
            preflights.push(answer.map_err(Stopped::NoAnswer)?);
        }
        Ok(Facts::of(&origin, &actual, &preflights))
    }
}

/// Origins that servers of that host usually let in.
fn usual(url: &Url) -> Vec<Asked> {
    let host = url.host_str().unwrap_or_default();
    let parent = host.split_once('.').map_or(host, |(_, parent)| parent);
    let mut texts = vec!["https://zq7.test".to_owned(), "null".to_owned()];
    for domain in [host, parent] {
        for before in ["", "www.", "app."] {
            texts.push(format!("https://{before}{domain}"));
        }
    }
    texts.extend(
        [
            "http://localhost:3000",
            "http://localhost:5173",
            "http://localhost:8080",
        ]
        .map(str::to_owned),
    );
    let mut origins: Vec<Asked> = Vec::new();
    for origin in texts.iter().filter_map(|text| Asked::read(text).ok()) {
        if !origins.contains(&origin) {
            origins.push(origin);
        }
    }
    origins
}
