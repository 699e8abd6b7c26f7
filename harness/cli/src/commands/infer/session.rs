//! Sends the queries to the server.

use super::grants::{Grants, Kind, Names, Preflight, values};
use super::report::{CorsResult, Report};
use crosscheck_fetch::{Origin, Url, WireResponse};
use crosscheck_runner::server::{Inquiry, InquiryError, ProbeError, RemoteServer};
use crosscheck_search::infer::{Conclusion, Query, attack_candidates, attacks};
use std::collections::BTreeSet;

/// How many allowed origins, and how many refused ones, are repeated at the end.
const REPEATED: usize = 2;
/// How many names are requested because the server lists them.
const MAX_LISTED: usize = 8;

/// Why there is no report.
pub(super) enum QueryError {
    /// The server cannot be reached.
    Unreachable(ProbeError),
    /// A request got no response of the application.
    NoResponse(InquiryError),
    /// Something in front of the application began to respond.
    NotTheApplication {
        /// Its status.
        status: u16,
        /// The first request that it responded to, from 1.
        number: usize,
    },
    /// The server does not allow the origin of `--origin`.
    Refused {
        /// The origin.
        origin: String,
        /// The status of the response.
        status: u16,
    },
}

/// A server, and what its responses have shown.
struct Queries {
    inquiry: Inquiry,
    /// The statuses with which the application itself refuses.
    own_statuses: BTreeSet<u16>,
}

/// Sends all queries. Begins with `origin`, or with an origin that servers usually allow.
pub(super) async fn query(
    server: &RemoteServer,
    origin: Option<&Origin>,
    max_requests: usize,
) -> Result<Report, QueryError> {
    let inquiry = Inquiry::open(server, max_requests)
        .await
        .map_err(QueryError::Unreachable)?;
    let mut queries = Queries {
        inquiry,
        own_statuses: BTreeSet::new(),
    };
    let plain = queries.get(None).await?;
    queries.own_statuses.insert(plain.status);
    let mut report = match queries.known_origin(server.url.expose(), origin).await? {
        Known::Origin(known) => queries.infer(known).await?,
        Known::None(results) => Report::without_known_origin(results),
    };
    report.requests = queries.inquiry.requests();
    Ok(report)
}

/// The result of the search for an allowed origin.
enum Known {
    Origin(Origin),
    /// None of these is allowed.
    None(Vec<(Query, CorsResult)>),
}

impl Queries {
    /// Infers which origins are allowed.
    async fn infer(&mut self, known: Origin) -> Result<Report, QueryError> {
        let mut report = Report::new(known.clone());
        while let Some(query) = report.inference.next_query() {
            self.run(&mut report, query).await?;
        }
        // An attack is reported only if the server allowed the origin. A refusal shows that the explanation is wrong.
        if let Conclusion::Explained(explanation) = report.inference.conclusion() {
            for origin in attack_candidates(&explanation, &known) {
                if report.result(&origin).is_none() {
                    self.run(&mut report, Query::new("attack", origin)).await?;
                }
            }
        }
        report.attacks = attacks(report.allowed_origins(), &known);
        report.changed = self.repeat(&report).await?;
        report.grants = Some(self.grants(&known).await?);
        Ok(report)
    }

    /// Searches an origin that the server allows.
    async fn known_origin(&mut self, url: &Url, origin: Option<&Origin>) -> Result<Known, QueryError> {
        if let Some(origin) = origin {
            let result = self.get_as(origin).await?;
            if result.allowed {
                return Ok(Known::Origin(origin.clone()));
            }
            return Err(QueryError::Refused {
                origin: origin.serialize().into_owned(),
                status: result.status,
            });
        }
        let mut refused = Vec::new();
        for origin in usually_allowed(url) {
            let result = self.get_as(&origin).await?;
            if result.allowed {
                return Ok(Known::Origin(origin));
            }
            refused.push((Query::new("usual", origin), result));
        }
        Ok(Known::None(refused))
    }

    /// Sends a query and records its result.
    async fn run(&mut self, report: &mut Report, query: Query) -> Result<(), QueryError> {
        let result = self.get_as(&query.origin).await?;
        let number = self.inquiry.requests();
        if !result.allowed && !self.own_statuses.contains(&result.status) {
            // The application may refuse with a status of its own. A firewall may, too, and then it refuses the known origin as well.
            let again = self.get_as(report.known_origin()).await?;
            if !again.allowed {
                return Err(QueryError::NotTheApplication {
                    status: again.status,
                    number,
                });
            }
            self.own_statuses.insert(result.status);
        }
        report.record(query, result);
        Ok(())
    }

    /// Repeats some queries, those of refused origins first. Returns the origins with another result.
    async fn repeat(&mut self, report: &Report) -> Result<Vec<Origin>, QueryError> {
        let mut changed = Vec::new();
        for allowed in [false, true] {
            let results = report.results().filter(|(_, result)| result.allowed == allowed);
            for (query, before) in results.take(REPEATED) {
                if self.get_as(&query.origin).await? != *before {
                    changed.push(query.origin.clone());
                }
            }
        }
        Ok(changed)
    }

    async fn grants(&mut self, known: &Origin) -> Result<Grants, QueryError> {
        let origin = known.serialize();
        let actual = self.get(Some(&origin)).await?;
        let mut max_age = None;
        Ok(Grants {
            methods: self.granted_names(&origin, Kind::Method, &mut max_age).await?,
            headers: self.granted_names(&origin, Kind::Header, &mut max_age).await?,
            exposed: values(b"access-control-expose-headers", &actual.headers),
            max_age,
        })
    }

    /// Sends a preflight for each name: one that is made up, the usual ones, and those that the server lists.
    async fn granted_names(
        &mut self,
        origin: &str,
        kind: Kind,
        max_age: &mut Option<u64>,
    ) -> Result<Names, QueryError> {
        let mut names: Vec<String> = kind.usual().iter().map(|name| (*name).to_owned()).collect();
        let most = names.len() + MAX_LISTED;
        names.insert(0, kind.made_up().to_owned());
        let mut granted = Vec::new();
        let mut place = 0;
        while let Some(name) = names.get(place).cloned() {
            place += 1;
            let (method, headers) = kind.preflight(&name);
            let response = self.inquiry.preflight(origin, method, &headers).await;
            let preflight = Preflight::read(origin, kind, &name, &response.map_err(QueryError::NoResponse)?);
            *max_age = max_age.or(preflight.max_age);
            for listed in preflight.listed {
                if names.len() <= most && !names.contains(&listed) {
                    names.push(listed);
                }
            }
            match (preflight.grants, name == kind.made_up()) {
                (true, true) if preflight.wildcard => return Ok(Names::Wildcard),
                (true, true) => return Ok(Names::Requested),
                (true, false) => granted.push(name),
                (false, _) => {}
            }
        }
        granted.sort();
        Ok(Names::Listed(granted))
    }

    async fn get_as(&mut self, origin: &Origin) -> Result<CorsResult, QueryError> {
        let origin = origin.serialize();
        let response = self.get(Some(&origin)).await?;
        Ok(CorsResult::of(&origin, &response))
    }

    async fn get(&mut self, origin: Option<&str>) -> Result<WireResponse, QueryError> {
        self.inquiry.get(origin).await.map_err(QueryError::NoResponse)
    }
}

/// Origins that servers of the host of a URL usually allow.
fn usually_allowed(url: &Url) -> Vec<Origin> {
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
    let mut origins: Vec<Origin> = Vec::new();
    for origin in texts.iter().filter_map(|text| Origin::parse_serialized(text).ok()) {
        if !origins.contains(&origin) {
            origins.push(origin);
        }
    }
    origins
}
