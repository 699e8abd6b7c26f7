//! When an adapter may say `unsupported`: of flags that the document needs and the library's documentation denies it.

use super::description::{Description, SubjectSpec};
use crosscheck_corpus::policy::Mode;
use crosscheck_corpus::{Flag, Policy};
use std::collections::BTreeSet;
use thiserror::Error;

/// Why an `unsupported` is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Unfounded {
    /// The subject claims the flag.
    #[error("the adapter cannot express {0}, and its subject.yaml says that it can")]
    Claimed(String),
    /// The document does not need the flag, or there is no such flag.
    #[error("the adapter cannot express {0}, which this policy does not need")]
    Unneeded(String),
}

impl Description {
    /// The flags that a document needs: `None` is a mode, which its id names.
    #[must_use]
    pub fn needed(id: &str, policy: Option<&Policy>) -> BTreeSet<Flag> {
        match policy {
            Some(policy) => policy.flags_needed(),
            None => Mode::named(id).map(Mode::flag).into_iter().collect(),
        }
    }

    /// Whether an adapter may say that it cannot express these flags; the answer holds each with the reason. What is claimed is
    /// claimed of the default version: another release may lack it.
    ///
    /// # Errors
    /// Where it claims one of them, or the document does not need one of them.
    pub fn unsupported(
        &self,
        spec: &SubjectSpec,
        needed: &BTreeSet<Flag>,
        named: &[String],
    ) -> Result<String, Unfounded> {
        let claims = |name: &String| self.flags.iter().any(|f| f.as_str() == name.as_str());
        let is_default = self.is_default(spec);
        if let Some(claimed) = named.iter().find(|name| is_default && claims(name)) {
            return Err(Unfounded::Claimed(claimed.clone()));
        }
        if let Some(unneeded) = named.iter().find(|n| !needed.iter().any(|f| f.as_str() == n.as_str())) {
            return Err(Unfounded::Unneeded(unneeded.clone()));
        }
        let with_reason = |name: &String| {
            let denied = self.denies.iter().find(|(f, _)| f.as_str() == name.as_str());
            match denied {
                Some((_, reason)) => format!("{name} ({reason})"),
                None if claims(name) => format!("{name} (this release does not have it)"),
                None => name.clone(),
            }
        };
        Ok(named.iter().map(with_reason).collect::<Vec<_>>().join(", "))
    }

    /// Whether that is the version that the description is of.
    fn is_default(&self, spec: &SubjectSpec) -> bool {
        let bare = |version: &str| version.trim_start_matches('v').to_owned();
        let default = bare(&self.package.version);
        spec.version.as_deref().is_none_or(|version| bare(version) == default)
    }

    /// What is wrong with what it says of the flags: each is claimed or denied with a reason, once.
    #[must_use]
    pub fn flag_faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for &flag in Flag::ALL {
            let claims = self.flags.iter().filter(|f| **f == flag).count();
            match (claims, self.denies.get(&flag)) {
                (1, None) => {}
                (0, Some(reason)) if reason.split_whitespace().count() > 2 && !reason.contains('\n') => {}
                (0, Some(_)) => faults.push(format!(
                    "it denies {flag} without a line that says why",
                    flag = flag.as_str()
                )),
                (0, None) => faults.push(format!(
                    "it neither claims {flag} nor denies it with what the library's documentation has instead",
                    flag = flag.as_str()
                )),
                (_, Some(_)) => faults.push(format!("it claims {} and denies it", flag.as_str())),
                (_, None) => faults.push(format!("it claims {} twice", flag.as_str())),
            }
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn description(flags: &[Flag], denies: &[(Flag, &str)]) -> Description {
        let mut description = super::super::Known::in_process("x", flags, std::sync::Arc::new(Nobody)).description;
        description.denies = denies.iter().map(|(f, r)| (*f, (*r).to_owned())).collect();
        description
    }

    struct Nobody;

    impl super::super::InProcess for Nobody {
        fn start<'a>(&'a self, _: &'a super::super::Documents) -> super::super::Starting<'a> {
            Box::pin(async { Ok(std::collections::BTreeMap::new()) })
        }
    }

    #[test]
    fn unsupported_is_for_what_is_denied_and_needed() {
        let own = description(&[Flag::OriginsAny], &[(Flag::OriginsRegex, "no expressions at all")]);
        let needed = BTreeSet::from([Flag::OriginsAny, Flag::OriginsRegex]);
        let claimed = Err("and its subject.yaml says that it can");
        for (spec, named, expected) in [
            ("x", &["origins-regex"][..], Ok("origins-regex (no expressions at all)")),
            ("x", &["origins-any"], claimed),
            ("x@v0", &["origins-any"], claimed),
            (
                "x@9",
                &["origins-any"],
                Ok("origins-any (this release does not have it)"),
            ),
            ("x", &["origins-regex", "origins-any"], claimed),
            ("x", &["max-age"], Err("does not need")),
            ("x@9", &["max-age"], Err("does not need")),
            ("x", &["of-its-own"], Err("does not need")),
        ] {
            let spec: SubjectSpec = spec.parse().expect("a subject");
            let named: Vec<String> = named.iter().map(|n| (*n).to_owned()).collect();
            match (own.unsupported(&spec, &needed, &named), expected) {
                (Ok(said), Ok(part)) => assert_eq!(said, part),
                (Err(said), Err(part)) => assert!(said.to_string().contains(part), "{said}"),
                (said, _) => panic!("{named:?}: {said:?}"),
            }
        }
    }

    #[test]
    fn each_flag_is_claimed_or_denied_once() {
        let (first, rest) = Flag::ALL.split_first().expect("flags");
        let denied: Vec<(Flag, &str)> = rest.iter().map(|f| (*f, "it has no word for that")).collect();
        assert_eq!(description(&[*first], &denied).flag_faults(), Vec::<String>::new());
        for (flags, denies, fault) in [
            (vec![], denied.clone(), "neither claims"),
            (vec![*first, *first], denied.clone(), "twice"),
            (
                vec![*first],
                [&denied[..], &[(*first, "it has no word for that")]].concat(),
                "and denies it",
            ),
            (
                vec![*first],
                [&denied[1..], &[(denied[0].0, "no")]].concat(),
                "without a line",
            ),
        ] {
            let faults = description(&flags, &denies).flag_faults();
            assert!(faults.len() == 1 && faults[0].contains(fault), "{fault}: {faults:?}");
        }
    }
}
