//! The checks of responses beyond what a page reads: the rules about header text, in simple comparisons.

use super::check::Check;
use crosscheck_corpus::{Facet, Level, Phase, Policy, ServerAssertion, StatusPattern};
use crosscheck_fetch::{HeaderList, Origin};
use crosscheck_results::rules;

pub(super) const ACAO: &str = "access-control-allow-origin";
pub(super) const ACAC: &str = "access-control-allow-credentials";
pub(super) const ACAM: &str = "access-control-allow-methods";
pub(super) const ACAH: &str = "access-control-allow-headers";
const ACEH: &str = "access-control-expose-headers";
const ACMA: &str = "access-control-max-age";

/// A list of tokens; empty items are allowed.
pub(super) const TOKENS: &str = r"^[ \t,]*(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+[ \t]*(?:,[ \t,]*|$))*$";
/// What can be the value of Access-Control-Allow-Origin, whoever sends the request.
const ONE_ORIGIN: &str = r#"^[^ ,"][^ ,]*$"#;
/// What languages print where there is no value.
const NO_ORIGINS: [&str; 9] = [
    "undefined",
    "true",
    "false",
    "True",
    "False",
    "None",
    "none",
    "NULL",
    "Null",
];
/// Paths at which the application's handler need not run.
const WITHOUT_HANDLER: [&str; 3] = ["/missing", "/throw", "/auth"];

/// The checks that hold for each response.
pub(super) fn of_each() -> Vec<Check> {
    let mut checks = vec![
        Check::one_line(ACAO),
        Check::one_line(ACAC),
        Check::one_line(ACMA),
        Check::equals(ACAC, vec!["true".to_owned(), "false".to_owned()]).or_absent(),
        Check::matches(ACMA, "^[0-9]+$"),
    ];
    checks.extend([ACAM, ACAH, ACEH].map(|name| Check::matches(name, TOKENS)));
    checks.into_iter().map(|check| check.rule(&rules::MALFORMED)).collect()
}

/// A request, as the checks look at it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sent<'a> {
    /// The whole policy; `None` in a mode without one.
    pub(super) policy: Option<&'a Policy>,
    pub(super) path: &'a str,
    pub(super) method: &'a str,
    pub(super) headers: &'a HeaderList,
}

impl Sent<'_> {
    fn is_preflight(&self) -> bool {
        self.method == "OPTIONS"
            && self.headers.contains(b"origin")
            && self.headers.contains(b"access-control-request-method")
    }

    /// The Origin, if the request has exactly one.
    pub(super) fn origin(&self) -> Option<String> {
        let mut lines = self.headers.get_all(b"origin");
        let one = lines.next().filter(|_| lines.next().is_none())?;
        Some(String::from_utf8_lossy(one).into_owned())
    }

    /// The method of the actual request.
    fn actual_method(&self) -> String {
        let requested = self.headers.get(b"access-control-request-method");
        let requested = requested.filter(|_| self.is_preflight());
        requested.map_or_else(
            || self.method.to_owned(),
            |method| String::from_utf8_lossy(&method).into_owned(),
        )
    }

    /// The policy of the path; `None` where the document disables CORS, or in a mode.
    pub(super) fn own_policy(&self) -> Option<&Policy> {
        self.policy?.at(self.path, &self.actual_method())
    }

    /// The checks of the response.
    pub(super) fn checks(&self) -> Vec<Check> {
        let mut checks = self.allow_origin();
        if self.path == "/vary" {
            let own = vec!["accept-encoding".to_owned(), "*".to_owned()];
            let check = Check::lists("vary", own).ignoring_case().only_with("x-hit");
            checks.push(check.rule(&rules::VARY_OVERWRITTEN));
        }
        if self.policy.is_some() {
            self.swallows_options(&mut checks);
            for kind in ["private", "local"] {
                let requested = format!("access-control-request-{kind}-network");
                let is_granted = self.own_policy().is_some_and(|policy| policy.private_network);
                if self.headers.contains(requested.as_bytes()) && !is_granted {
                    let check = Check::not_equals(&format!("access-control-allow-{kind}-network"), &["true"]);
                    checks.push(check.rule(&rules::GRANT_PRIVATE_NETWORK));
                }
            }
        }
        // The application itself fails there.
        let fails = self.path == "/throw" || self.path.contains("/status/5");
        let has_input = [
            "origin",
            "access-control-request-method",
            "access-control-request-headers",
        ];
        if !fails && has_input.iter().any(|name| self.headers.contains(name.as_bytes())) {
            checks.push(Check::status(100, 499).rule(&rules::FAILS_ON_INPUT));
        }
        checks
    }

    fn swallows_options(&self, checks: &mut Vec<Check>) {
        if self.method != "OPTIONS" || self.is_preflight() || WITHOUT_HANDLER.contains(&self.path) {
            return;
        }
        // A server may keep the handler from a foreign origin.
        let origin = self.origin();
        let own = self.own_policy();
        let foreign = origin.as_ref().is_some_and(|o| !own.is_none_or(|p| p.origins.allow(o)));
        if !foreign && (origin.is_some() || !self.headers.contains(b"origin")) {
            checks.push(Check::of("x-hit").rule(&rules::SWALLOWS_OPTIONS));
        }
    }

    /// What Access-Control-Allow-Origin may be.
    fn allow_origin(&self) -> Vec<Check> {
        if self.path == "/acao" {
            // The application writes a value of its own.
            return Vec::new();
        }
        let origin = self.origin();
        let own = self.own_policy();
        let Some(origin) = origin.filter(|_| self.policy.is_some()) else {
            return vec![
                Check::matches(ACAO, ONE_ORIGIN).rule(&rules::MALFORMED),
                Check::not_equals(ACAO, &NO_ORIGINS).rule(&rules::MALFORMED),
            ];
        };
        let mut right = vec!["*".to_owned()];
        let is_listed = own.is_some_and(|policy| policy.origins.facet(&origin) != Facet::MustNot);
        let is_odd = origin.is_empty()
            || origin.contains([',', ' '])
            || origin.starts_with('"')
            || NO_ORIGINS.contains(&&*origin);
        if !origin.is_empty() && (is_listed || !is_odd) {
            right.push(origin);
        }
        right.extend(own.and_then(|policy| policy.origins.single()).map(str::to_owned));
        right.dedup();
        vec![Check::equals(ACAO, right).or_absent().rule(&rules::MALFORMED)]
    }

    /// What a preflight that passes may state as its age.
    pub(super) fn max_age(&self) -> Option<Check> {
        let most = self.own_policy()?.max_age?;
        let check = Check::at_most(ACMA, most);
        // Without a value, browsers assume five seconds.
        let check = if most >= 5 { check.or_absent() } else { check };
        Some(check.only_if_passes().rule(&rules::MAX_AGE))
    }
}

/// Whether a text is an origin that a page can have.
pub(super) fn is_serialized(text: &str) -> bool {
    Origin::parse_serialized(text).is_ok()
}

/// The checks that a case states for one of its responses: those of its phase; without one, all. `is_last` holds for the last actual
/// request.
pub(super) fn stated(assertions: &[ServerAssertion], phase: Option<Phase>, method: &str, is_last: bool) -> Vec<Check> {
    let mut checks = Vec::new();
    let is_meant = |a: &&ServerAssertion| a.level == Level::Must && phase.is_none_or(|phase| a.at == phase);
    for assertion in assertions.iter().filter(is_meant) {
        // `Vary` has no effect on a response that no shared cache may store.
        if matches!(method, "GET" | "HEAD") {
            for name in &assertion.vary {
                let names = vec![name.to_ascii_lowercase(), "*".to_owned()];
                checks.push(Check::lists("vary", names).ignoring_case().only_if_stored());
            }
        }
        if !is_last {
            continue;
        }
        checks.extend(assertion.present.iter().map(|name| Check::of(name)));
        checks.extend(assertion.absent.iter().map(|name| Check::absent(name)));
        checks.extend(assertion.status.map(|status| match status {
            StatusPattern::Class(hundreds) => Check::status(hundreds * 100, hundreds * 100 + 99),
            StatusPattern::Exactly(status) => Check::status(status, status),
        }));
    }
    checks
        .into_iter()
        .map(|check| check.rule(&rules::SERVER_ASSERTION))
        .collect()
}
