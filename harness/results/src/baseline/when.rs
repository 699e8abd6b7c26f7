//! Which generated trials a cause explains.

use super::cause::Cause;
use crate::Verdict;
use serde::{Deserialize, Serialize};

/// A description of trials. A key that is absent does not matter; of a list, one entry has to hold, and of `flags` each.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct When {
    /// Flags that the minimised policy needs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<String>,
    /// Kinds of the host of the listed origin.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
    /// Operators, of which the finding has one; `none` for the listed origin itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub operators: Vec<String>,
    /// The kind of page that sends the origin.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alphabets: Vec<String>,
    /// Methods of the first request.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub methods: Vec<String>,
    /// Paths of the first request.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<String>,
}

/// What a finding of `crosscheck fuzz` has.
#[derive(Clone, Debug)]
pub struct GeneratedTrial<'t> {
    /// The rule that is broken.
    pub rule: &'t str,
    /// The verdict.
    pub verdict: Verdict,
    /// The flags that the minimised policy needs.
    pub flags: Vec<&'t str>,
    /// The kind of the host of the listed origin.
    pub host: &'t str,
    /// The kind of page that sends the origin.
    pub alphabet: &'t str,
    /// The operators.
    pub operators: Vec<&'t str>,
    /// The method of the first request.
    pub method: &'t str,
    /// The path of the first request.
    pub path: &'t str,
}

impl When {
    fn holds(&self, trial: &GeneratedTrial<'_>) -> bool {
        let one_of = |list: &[String], has: &str| list.is_empty() || list.iter().any(|entry| entry == has);
        let operators = match trial.operators.as_slice() {
            [] => one_of(&self.operators, "none"),
            some => some.iter().any(|operator| one_of(&self.operators, operator)),
        };
        self.flags.iter().all(|flag| trial.flags.contains(&flag.as_str()))
            && operators
            && one_of(&self.hosts, trial.host)
            && one_of(&self.alphabets, trial.alphabet)
            && one_of(&self.methods, trial.method)
            && one_of(&self.paths, trial.path)
    }
}

impl Cause {
    /// Whether the cause explains a finding of `crosscheck fuzz`: its rule, its verdict and one of its descriptions hold.
    #[must_use]
    pub fn explains(&self, trial: &GeneratedTrial<'_>) -> bool {
        self.has_rule(trial.rule)
            && self.verdict.as_slice().contains(&trial.verdict)
            && self.when.iter().any(|when| when.holds(trial))
    }
}

#[cfg(test)]
mod tests {
    use super::{GeneratedTrial, When};
    use crate::Verdict;

    #[test]
    fn each_flag_and_one_word_of_every_other_list_has_to_hold() {
        let trial = |operators: &'static [&'static str]| GeneratedTrial {
            rule: "refuse",
            verdict: Verdict::OverDeny,
            flags: vec!["credentials", "origins-list"],
            host: "ipv6",
            alphabet: "browser",
            operators: operators.to_vec(),
            method: "PUT",
            path: "/missing",
        };
        for (yaml, operators, holds) in [
            ("{}", &["www"][..], true),
            ("{ flags: [origins-list] }", &[], true),
            ("{ flags: [origins-list, credentials] }", &[], true),
            ("{ flags: [origins-list, routes] }", &[], false),
            ("{ hosts: [ipv4, ipv6] }", &[], true),
            ("{ hosts: [ipv4] }", &[], false),
            ("{ operators: [none] }", &[], true),
            ("{ operators: [none] }", &["www"], false),
            ("{ operators: [www] }", &["port-1", "www"], true),
            ("{ operators: [www] }", &[], false),
            ("{ methods: [GET] }", &[], false),
            ("{ paths: [/missing], methods: [PUT] }", &[], true),
            ("{ alphabets: [odd-host] }", &[], false),
        ] {
            let when: When = serde_yaml::from_str(yaml).expect("a description");
            assert_eq!(when.holds(&trial(operators)), holds, "{yaml} of {operators:?}");
        }
        assert!(serde_yaml::from_str::<When>("{ flag: [x] }").is_err());
    }
}
