//! The capabilities of a subject: the harness sends it only policies that its flags cover, and an adapter may answer `unsupported`
//! only for capabilities that `denies` lists.

use super::description::Description;
use super::spec::SubjectSpec;
use crosscheck_corpus::Flag;
use crosscheck_corpus::policy::Configuration;
use crosscheck_corpus::words::UnknownWord;
use std::collections::BTreeSet;
use std::str::FromStr;
use thiserror::Error;

/// A flag as a whole, or one kind of its values: `origins-list`, `origins-list/port`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Capability {
    /// The flag.
    pub flag: Flag,
    /// The kind of values; `None` for the whole flag.
    pub kind: Option<String>,
}

impl Capability {
    /// The capability for a whole flag.
    #[must_use]
    pub const fn whole(flag: Flag) -> Self {
        Self { flag, kind: None }
    }
}

/// Why a text is not a capability.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CapabilityError {
    /// There is no such flag.
    #[error("there is no flag `{}`", .0.word)]
    Flag(#[from] UnknownWord),
    /// The kind of values is empty or not a plain word.
    #[error("`{0}` is not a kind of values: write FLAG/KIND in lower-case letters, digits and hyphens")]
    Kind(String),
}

impl FromStr for Capability {
    type Err = CapabilityError;

    fn from_str(text: &str) -> Result<Self, CapabilityError> {
        let (flag, kind) = match text.split_once('/') {
            Some((flag, kind)) => (flag, Some(kind)),
            None => (text, None),
        };
        let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if let Some(kind) = kind.filter(|kind| kind.is_empty() || !kind.bytes().all(is_plain)) {
            return Err(CapabilityError::Kind(kind.to_owned()));
        }
        Ok(Self {
            flag: flag.parse()?,
            kind: kind.map(str::to_owned),
        })
    }
}

impl std::fmt::Display for Capability {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.kind {
            Some(kind) => write!(f, "{}/{kind}", self.flag),
            None => write!(f, "{}", self.flag),
        }
    }
}

/// Why an `unsupported` of an adapter is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Unfounded {
    /// The subject claims the flag.
    #[error("the adapter reports {0} as unsupported, but its subject.yaml claims it")]
    Claimed(Capability),
    /// The policy does not need the flag.
    #[error("the adapter reports {0} as unsupported, but this policy does not need it")]
    Unneeded(Capability),
}

impl Description {
    /// The flags that a configuration needs and that the subject does not claim. The harness does not send such a
    /// configuration.
    #[must_use]
    pub fn missing(&self, configuration: &Configuration) -> Vec<Capability> {
        let needed = configuration.flags_needed().into_iter();
        needed
            .filter(|flag| !self.flags.contains(flag))
            .map(Capability::whole)
            .collect()
    }

    /// Returns the reasons why capabilities are unsupported, in one line. The flags are those of the default version: another
    /// release may lack one that is claimed.
    ///
    /// # Errors
    /// If the subject claims one of them, or the configuration does not need one of them.
    pub fn unsupported_reasons(
        &self,
        spec: &SubjectSpec,
        needed: &BTreeSet<Flag>,
        named: &[Capability],
    ) -> Result<String, Unfounded> {
        let claims = |capability: &Capability| self.flags.contains(&capability.flag);
        let denies = |capability: &Capability| self.unsupported.contains_key(capability);
        let is_default = self.is_default(spec);
        let is_claimed = |c: &&Capability| is_default && claims(c) && !denies(c);
        if let Some(claimed) = named.iter().find(is_claimed) {
            return Err(Unfounded::Claimed(claimed.clone()));
        }
        if let Some(unneeded) = named.iter().find(|c| !needed.contains(&c.flag)) {
            return Err(Unfounded::Unneeded(unneeded.clone()));
        }
        let with_reason = |capability: &Capability| match self.unsupported.get(capability) {
            Some(reason) => format!("{capability} ({reason})"),
            None if claims(capability) => format!("{capability} (not available in this release)"),
            None => capability.to_string(),
        };
        Ok(named.iter().map(with_reason).collect::<Vec<_>>().join(", "))
    }

    /// Whether a spec names the version that the description describes.
    fn is_default(&self, spec: &SubjectSpec) -> bool {
        let bare = |version: &str| version.trim_start_matches('v').to_owned();
        let default = bare(&self.package.version);
        spec.version.as_deref().is_none_or(|version| bare(version) == default)
    }

    /// Returns the faults in its flags: each flag must be claimed, or denied with a reason, exactly once.
    #[must_use]
    pub fn flag_faults(&self) -> Vec<FlagFault> {
        let mut faults = Vec::new();
        for &flag in Flag::ALL {
            let claims = self.flags.iter().filter(|f| **f == flag).count();
            let denied = self.unsupported.get(&Capability::whole(flag));
            faults.extend(match (claims, denied) {
                (1, None) => None,
                (0, Some(reason)) if is_reason(reason) => None,
                (0, Some(_)) => Some(FlagFault::NoReason(Capability::whole(flag))),
                (0, None) => Some(FlagFault::Neither(flag)),
                (_, Some(_)) => Some(FlagFault::Both(flag)),
                (_, None) => Some(FlagFault::Twice(flag)),
            });
        }
        for (capability, reason) in self.unsupported.iter().filter(|(c, _)| c.kind.is_some()) {
            if !self.flags.contains(&capability.flag) {
                faults.push(FlagFault::KindOfDenied(capability.clone()));
            } else if !is_reason(reason) {
                faults.push(FlagFault::NoReason(capability.clone()));
            }
        }
        faults
    }
}

/// Whether a text is one line that can give a reason.
fn is_reason(text: &str) -> bool {
    text.split_whitespace().count() > 2 && !text.contains('\n')
}

/// A fault in how a `subject.yaml` declares a flag.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FlagFault {
    /// It is denied without a reason.
    #[error("it denies {0} without a reason; write one line with at least three words")]
    NoReason(Capability),
    /// It is neither claimed nor denied.
    #[error(
        "it neither claims nor denies {0}; list it in `flags`, or in `denies` with a reason from the library's documentation"
    )]
    Neither(Flag),
    /// It is claimed and denied.
    #[error("it both claims and denies {0}")]
    Both(Flag),
    /// It is claimed twice.
    #[error("it claims {0} twice")]
    Twice(Flag),
    /// Some of its values are denied, and so is the whole flag.
    #[error("it denies {0} but does not claim the flag; deny only the whole flag")]
    KindOfDenied(Capability),
}

#[cfg(test)]
mod tests {
    use super::super::{Package, Registry, Role};
    use super::*;

    fn capability(text: &str) -> Capability {
        text.parse().unwrap()
    }

    fn description(flags: &[Flag], denies: &[(&str, &str)]) -> Description {
        let package = Package {
            registry: Registry::This,
            name: "x".to_owned(),
            version: "0".to_owned(),
        };
        let mut description = Description::new("x".to_owned(), Role::Server, package);
        description.flags = flags.to_vec();
        description.unsupported = denies.iter().map(|(c, r)| (capability(c), (*r).to_owned())).collect();
        description
    }

    #[test]
    fn a_capability_is_a_flag_or_a_kind_of_its_values() {
        for text in ["origins-list", "origins-list/port", "max-age/over-a-day"] {
            assert_eq!(capability(text).to_string(), text);
        }
        for text in [
            "",
            "origin-list",
            "origins-list/",
            "origins-list/A b",
            "/port",
            "origins-list/a/b",
        ] {
            assert!(text.parse::<Capability>().is_err(), "{text}");
        }
    }

    #[test]
    fn only_denied_and_needed_capabilities_may_be_unsupported() {
        let own = description(
            &[Flag::OriginsAny, Flag::OriginsList],
            &[
                ("origins-regex", "no expressions at all"),
                ("origins-list/port", "no ports at all"),
            ],
        );
        let needed = BTreeSet::from([Flag::OriginsAny, Flag::OriginsList, Flag::OriginsRegex]);
        let claimed = |c: &str| Err(Unfounded::Claimed(capability(c)));
        let unneeded = |c: &str| Err(Unfounded::Unneeded(capability(c)));
        for (spec, named, expected) in [
            ("x", &["origins-regex"][..], Ok("origins-regex (no expressions at all)")),
            ("x", &["origins-any"], claimed("origins-any")),
            ("x@v0", &["origins-any"], claimed("origins-any")),
            (
                "x@9",
                &["origins-any"],
                Ok("origins-any (not available in this release)"),
            ),
            ("x", &["origins-regex", "origins-any"], claimed("origins-any")),
            ("x", &["origins-list/port"], Ok("origins-list/port (no ports at all)")),
            ("x", &["origins-list/host"], claimed("origins-list/host")),
            ("x", &["max-age"], unneeded("max-age")),
            ("x@9", &["max-age"], unneeded("max-age")),
        ] {
            let spec: SubjectSpec = spec.parse().unwrap();
            let capabilities: Vec<Capability> = named.iter().map(|c| capability(c)).collect();
            let found = own.unsupported_reasons(&spec, &needed, &capabilities);
            assert_eq!(found, expected.map(str::to_owned), "{spec}: {named:?}");
        }
    }

    #[test]
    fn each_flag_is_claimed_or_denied_once() {
        const REASON: &str = "the library has no such option";
        let (first, rest) = Flag::ALL.split_first().unwrap();
        let kind = format!("{first}/kind");
        let denied: Vec<(&str, &str)> = rest.iter().map(|f| (f.as_str(), REASON)).collect();
        let with = |more: &[(&'static str, &'static str)]| [&denied[..], more].concat();
        assert_eq!(description(&[*first], &denied).flag_faults(), []);
        assert_eq!(
            description(&[*first], &[&denied[..], &[(&*kind, REASON)]].concat()).flag_faults(),
            []
        );
        for (flags, denies, fault) in [
            (vec![], denied.clone(), FlagFault::Neither(*first)),
            (vec![*first, *first], denied.clone(), FlagFault::Twice(*first)),
            (vec![*first], with(&[(first.as_str(), REASON)]), FlagFault::Both(*first)),
            (
                vec![*first],
                [&denied[1..], &[(denied[0].0, "no")]].concat(),
                FlagFault::NoReason(Capability::whole(rest[0])),
            ),
            (
                vec![],
                [&denied[..], &[(first.as_str(), REASON), (&*kind, REASON)]].concat(),
                FlagFault::KindOfDenied(capability(&kind)),
            ),
        ] {
            assert_eq!(description(&flags, &denies).flag_faults(), [fault]);
        }
    }
}
