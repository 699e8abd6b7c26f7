//! A letter for each server: the worst of what it does, whether a baseline knows it or not.

use crate::counts::causes;
use crosscheck_results::rules::{DEFAULT_GRANT, GRANT_WITH_CREDENTIALS};
use crosscheck_results::{Deviation, Run, Verdict};

/// A grade, best first. A baseline explains a deviation, it does not excuse it: known ones count like all others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// Nothing deviates.
    A,
    /// The worst is `hygiene` or `wire`.
    B,
    /// The worst is `over-deny`.
    C,
    /// The worst is `over-grant`, without what makes an F.
    D,
    /// Something is `broken`.
    E,
    /// A foreign origin reads with credentials.
    F,
}

impl Grade {
    /// All of them, best first.
    pub const ALL: [Self; 6] = [Self::A, Self::B, Self::C, Self::D, Self::E, Self::F];

    /// The letter.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
            Self::C => "C",
            Self::D => "D",
            Self::E => "E",
            Self::F => "F",
        }
    }

    /// What the grade means.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::A => "nothing deviates; advice does not count",
            Self::B => {
                "pages get what the policy grants and nothing else; the worst are caches, malformed headers or preflights (hygiene, wire)"
            }
            Self::C => "pages are refused what the policy grants (over-deny)",
            Self::D => "pages get what the policy does not grant (over-grant)",
            Self::E => "a request stops the server, keeps it busy, or gets two different answers (broken)",
            Self::F => {
                "an unlisted origin reads with the user's credentials (grant-with-credentials, or default-grant with credentials)"
            }
        }
    }

    /// The verdict in whose colour it is shown.
    #[must_use]
    pub const fn verdict(self) -> Verdict {
        match self {
            Self::A => Verdict::Pass,
            Self::B => Verdict::Hygiene,
            Self::C => Verdict::OverDeny,
            Self::D | Self::F => Verdict::OverGrant,
            Self::E => Verdict::Broken,
        }
    }

    /// The grade of a run, over the cases that it has; none if no case ran.
    #[must_use]
    pub fn of(run: &Run) -> Option<Self> {
        let counts = run.footer.as_ref().map(|f| &f.verdicts);
        let ran = |v: &Verdict, n: usize| !matches!(v, Verdict::NotJudged | Verdict::NotApplicable) && n > 0;
        let any = match counts {
            Some(counts) => counts.iter().any(|(v, n)| ran(v, *n)),
            None => run.cases.iter().any(|c| ran(&c.verdict, 1)),
        };
        if !any {
            return None;
        }
        let causes = causes(run);
        let deviations = || run.cases.iter().flat_map(|c| &c.deviations);
        let rule = |id| causes.iter().any(|c| c.rule.as_deref() == Some(id));
        if rule(GRANT_WITH_CREDENTIALS.id) || deviations().any(shares_by_default) {
            return Some(Self::F);
        }
        // A process death that no case explains belongs to no cause.
        let died = run.footer.as_ref().is_some_and(|f| f.error.is_some());
        let worst = causes.iter().map(|c| c.verdict).min();
        Some(match worst {
            _ if died => Self::E,
            Some(Verdict::Broken) => Self::E,
            Some(Verdict::OverGrant) => Self::D,
            Some(Verdict::OverDeny) => Self::C,
            Some(Verdict::Wire | Verdict::Hygiene) => Self::B,
            _ => Self::A,
        })
    }
}

/// Whether it shows a library that, without a policy, allows every origin with credentials.
fn shares_by_default(deviation: &Deviation) -> bool {
    deviation.rule.as_deref() == Some(DEFAULT_GRANT.id)
        && deviation.header.as_deref() == Some("access-control-allow-credentials")
}
