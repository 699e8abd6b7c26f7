//! When an adapter may say `unsupported`: of flags that the document needs and the library's documentation denies it.

use super::description::Description;
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

    /// Whether an adapter may say that it cannot express these flags; the answer holds each with the reason.
    ///
    /// # Errors
    /// Where it claims one of them, or the document needs none.
    pub fn unsupported(&self, needed: &BTreeSet<Flag>, named: &[String]) -> Result<String, Unfounded> {
        if let Some(claimed) = named
            .iter()
            .find(|n| self.flags.iter().any(|f| f.as_str() == n.as_str()))
        {
            return Err(Unfounded::Claimed(claimed.clone()));
        }
        if let Some(unneeded) = named.iter().find(|n| !needed.iter().any(|f| f.as_str() == n.as_str())) {
            return Err(Unfounded::Unneeded(unneeded.clone()));
        }
        let with_reason = |name: &String| {
            let denied = self.denies.iter().find(|(f, _)| f.as_str() == name.as_str());
            denied.map_or_else(|| name.clone(), |(_, reason)| format!("{name} ({reason})"))
        };
        Ok(named.iter().map(with_reason).collect::<Vec<_>>().join(", "))
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
        for (named, expected) in [
            (&["origins-regex"][..], Ok("origins-regex (no expressions at all)")),
            (&["origins-any"], Err("and its subject.yaml says that it can")),
            (
                &["origins-regex", "origins-any"],
                Err("and its subject.yaml says that it can"),
            ),
            (&["max-age"], Err("does not need")),
            (&["of-its-own"], Err("does not need")),
        ] {
            let named: Vec<String> = named.iter().map(|n| (*n).to_owned()).collect();
            match (own.unsupported(&needed, &named), expected) {
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
