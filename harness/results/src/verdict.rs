//! Verdicts, levels and statuses. They are never folded together in a count. None has a default: a result that was not produced has no
//! verdict.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Makes the enum, its words and its explanations from one table. `explain`, the documentation and the schema read it.
macro_rules! verdicts {
    ($($variant:ident = $word:literal, counts: $counts:literal, meaning: $meaning:literal, action: $action:literal;)+) => {
        /// The judgement of one case on one subject, worst first.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(rename_all = "kebab-case")]
        pub enum Verdict {
            $(#[doc = $meaning] $variant,)+
        }

        impl Verdict {
            /// All verdicts, worst first.
            pub const ALL: [Self; [$($word),+].len()] = [$(Self::$variant),+];

            /// The word as it is written.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// What the verdict states about the case.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning),+ }
            }

            /// What a reader of the report does about it.
            #[must_use]
            pub const fn action(self) -> &'static str {
                match self { $(Self::$variant => $action),+ }
            }

            /// Whether it makes a run fail unless the baseline lists it.
            #[must_use]
            pub const fn counts(self) -> bool {
                match self { $(Self::$variant => $counts),+ }
            }

            /// Whether it makes a run fail: what counts does unless the baseline lists it, and what was not judged does always.
            #[must_use]
            pub const fn fails_run(self) -> bool {
                self.counts() || matches!(self, Self::NotJudged)
            }
        }
    };
}

verdicts! {
    Broken = "broken", counts: true,
        meaning: "The subject crashed, hung, sent invalid HTTP, or gave two different answers to the same request.",
        action: "Read the reason and the end of the subject's stderr. Look at it before any other verdict, because a broken case shows nothing about CORS. `--update-baseline` never writes it into a baseline.";
    OverGrant = "over-grant", counts: true,
        meaning: "The page can read or do something that it must not: a security fault. A client that sends an actual request without the required preflight, or after a failed one, gets this verdict too.",
        action: "Fix it or report it first. `crosscheck explain RULE` explains the rule that the deviation names, and the report has the commands that repeat it.";
    OverDeny = "over-deny", counts: true,
        meaning: "The page is refused something that it must get: a fault of function.",
        action: "Compare the answer in the transcript with the policy. `crosscheck explain -` reads an exchange that is pasted into it, and prints the step at which a browser blocks the response and the smallest change that unblocks it.";
    Wire = "wire", counts: true,
        meaning: "The page gets the right outcome, but the messages are wrong: a request that is not needed, a wrong Access-Control-Request-Headers or Origin, a preflight that is cached for too long.",
        action: "Compare the transcript with the expected message. The fault costs requests, or surprises servers that read these headers.";
    Hygiene = "hygiene", counts: true,
        meaning: "The page gets the right outcome today, but the answer is unsafe: a missing Vary with a shared cache, a malformed header.",
        action: "Fix it before a cache or a later change makes it an over-grant or an over-deny.";
    Advice = "advice", counts: false,
        meaning: "The behaviour is legal and unwise.",
        action: "Read the rule, and decide whether to change it.";
    NotJudged = "not-judged", counts: false,
        meaning: "The observation says nothing about the subject: a rate limiter, a firewall, a login or an outage answered in place of the application. The reason names the status, and since when.",
        action: "Make the server answer as itself, and run again: lower `--rate`, let the probe pass the limiter or the firewall, send the credentials that the application wants with `-H`. No such case is in a baseline, and a run that has one exits with 1.";
    Allowed = "allowed", counts: false,
        meaning: "The subject differs from the main expectation in a way that the standard permits by a named leniency.",
        action: "Nothing. `crosscheck explain LENIENCY` explains the freedom.";
    Pass = "pass", counts: false,
        meaning: "The outcome and every assertion hold.",
        action: "Nothing.";
    NotApplicable = "not-applicable", counts: false,
        meaning: "The case was not judged on this subject: the subject cannot express the policy, or lacks what the case needs. The reason is shown.",
        action: "Check that the reason is true. Such a case says nothing about the subject.";
}

/// How binding a requirement on a server is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Level {
    /// The standard or the policy requires it.
    Must,
    /// The standard recommends it.
    Should,
}

impl Level {
    /// The word as it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Must => "must",
            Self::Should => "should",
        }
    }
}

/// The word names no verdict.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("there is no verdict `{0}`")]
pub struct UnknownVerdict(String);

impl std::str::FromStr for Verdict {
    type Err = UnknownVerdict;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|v| v.as_str() == text);
        found.ok_or_else(|| UnknownVerdict(text.to_owned()))
    }
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

/// How a result compares with the baseline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// The baseline lists it.
    Known,
    /// The baseline does not list it.
    Unexpected,
    /// The baseline lists it, and it no longer deviates.
    Stale,
}

impl Status {
    /// The word as it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Known => "known",
            Self::Unexpected => "unexpected",
            Self::Stale => "stale",
        }
    }
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_reads_back_as_its_verdict_and_is_the_one_in_results() {
        for verdict in Verdict::ALL {
            assert_eq!(verdict.as_str().parse(), Ok(verdict));
            let written = serde_json::to_value(verdict).expect("a word");
            assert_eq!(written, verdict.as_str());
        }
    }

    #[test]
    fn what_counts_and_what_was_not_judged_makes_a_run_fail() {
        let failing = Verdict::ALL.into_iter().filter(|v| v.fails_run());
        let expected = ["broken", "over-grant", "over-deny", "wire", "hygiene", "not-judged"];
        assert!(failing.map(Verdict::as_str).eq(expected));
    }

    #[test]
    fn the_order_is_worst_first() {
        assert!(Verdict::ALL.is_sorted());
    }
}
