//! Policies that a library is right to refuse.

use super::{Origins, Policy, Predicate, is_pattern};

impl Policy {
    /// Why the policy is risky; empty if it is not. A library that refuses a risky policy is right.
    #[must_use]
    pub fn risks(&self) -> Vec<&'static str> {
        let mut risks = Vec::new();
        self.collect_risks(&mut risks);
        risks.sort_unstable();
        risks.dedup();
        risks
    }

    /// Whether a library is right to refuse the policy.
    #[must_use]
    pub fn risky(&self) -> bool {
        !self.risks().is_empty()
    }

    fn collect_risks(&self, risks: &mut Vec<&'static str>) {
        match &self.origins {
            Origins::Any | Origins::Predicate(Predicate::Always) if self.credentials.for_all() => {
                risks.push("every origin with credentials");
            }
            Origins::List {
                list,
                under,
                glob,
                meant,
            } => {
                if meant.is_some() {
                    risks.push("a listed origin that no browser sends");
                }
                if self.credentials.for_all() && list.iter().any(|o| o == "null") {
                    risks.push("null with credentials");
                }
                let http = list.iter().any(|o| o.starts_with("http://"))
                    || under.iter().any(|u| u.scheme == "http")
                    || glob.patterns.iter().any(|p| !p.starts_with("https://"));
                if self.credentials.for_all() && http {
                    risks.push("an http origin with credentials");
                }
                if under.iter().any(|u| !u.host.trim_end_matches('.').contains('.')) {
                    risks.push("the subdomains of a host of one label");
                }
                if !glob.patterns.iter().all(|p| is_bounded(p)) {
                    risks.push("a glob that matches hosts of other owners");
                }
            }
            Origins::Regex(list) if !list.iter().all(|e| is_anchored(e)) => {
                risks.push("an expression that is not anchored in its own text");
            }
            Origins::Predicate(Predicate::SchemeIs(scheme)) if self.credentials.for_all() && scheme == "http" => {
                risks.push("an http origin with credentials");
            }
            Origins::Predicate(Predicate::OriginIn(list))
                if self.credentials.for_all() && list.iter().any(|o| o.starts_with("http://")) =>
            {
                risks.push("an http origin with credentials");
            }
            _ => {}
        }
        let credentialed = self.credentials.listed();
        if credentialed.iter().any(|o| o == "null") {
            risks.push("null with credentials");
        }
        if credentialed.iter().any(|o| o.starts_with("http://")) {
            risks.push("an http origin with credentials");
        }
        if self.credentials.for_some() {
            for (any, risk) in [
                (self.methods.is_any(), "any method with credentials"),
                (self.headers.is_any(), "any header with credentials"),
                (self.expose.is_any(), "any exposed header with credentials"),
            ] {
                if any {
                    risks.push(risk);
                }
            }
        }
        for policy in self.routes.iter().filter_map(|r| r.policy.as_ref()) {
            policy.collect_risks(risks);
        }
    }
}

/// Whether the last two labels of the host have no `*`, so that the pattern matches hosts of one owner only.
fn is_bounded(pattern: &str) -> bool {
    let Some((scheme, rest)) = pattern.split_once("://") else {
        return false;
    };
    let host = rest.split(':').next().unwrap_or_default();
    let mut labels = host.rsplit('.');
    let written = |label: Option<&str>| label.is_some_and(|l| !l.is_empty() && !is_pattern(l));
    !is_pattern(scheme) && written(labels.next()) && written(labels.next())
}

/// Whether an expression anchors itself at both ends, whatever alternatives it has.
#[must_use]
pub(super) fn is_anchored(expression: &str) -> bool {
    let start = expression.strip_prefix('^').or_else(|| expression.strip_prefix(r"\A"));
    let Some(rest) = start else { return false };
    let Some(inner) = rest.strip_suffix('$').or_else(|| rest.strip_suffix(r"\z")) else {
        return false;
    };
    // An escaped `$` is the character.
    let backslashes = inner.bytes().rev().take_while(|b| *b == b'\\').count();
    backslashes % 2 == 0 && !splits_at_top(inner)
}

/// Whether an alternative is outside every group: then the anchors hold for one side only.
fn splits_at_top(expression: &str) -> bool {
    let (mut depth, mut class, mut escaped) = (0_i32, false, false);
    for b in expression.bytes() {
        match b {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b']' if class => class = false,
            _ if class => {}
            b'[' => class = true,
            b'(' => depth += 1,
            b')' => depth -= 1,
            b'|' if depth <= 0 => return true,
            _ => {}
        }
    }
    false
}
