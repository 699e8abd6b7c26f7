//! What a subject must be able to express to get a policy.

use super::{Credentials, Origins, Policy, SAFELISTED_HEADERS, SAFELISTED_METHODS};
use crate::words::Flag;
use std::collections::BTreeSet;

impl Policy {
    /// The flags that the policy needs, of the document as written.
    #[must_use]
    pub fn flags_needed(&self) -> BTreeSet<Flag> {
        let mut flags = BTreeSet::new();
        self.collect_flags(&mut flags);
        flags
    }

    fn collect_flags(&self, flags: &mut BTreeSet<Flag>) {
        match &self.origins {
            Origins::Any => {
                flags.insert(Flag::OriginsAny);
                if self.credentials.for_all() {
                    flags.insert(Flag::AnyCredentials);
                }
            }
            Origins::List { list, under, glob, .. } => {
                if list.iter().any(|o| o != "null") {
                    flags.insert(Flag::OriginsList);
                }
                let is_of_the_web = |o: &String| o == "null" || o.starts_with("https://") || o.starts_with("http://");
                if !list.iter().all(is_of_the_web) {
                    flags.insert(Flag::OriginsScheme);
                }
                if !glob.is_empty() {
                    flags.insert(Flag::OriginsGlob);
                    if !list.is_empty() || !under.is_empty() {
                        flags.insert(Flag::OriginsMixed);
                    }
                }
                if list.iter().any(|o| o == "null") {
                    flags.insert(Flag::OriginsNull);
                }
                if !under.is_empty() {
                    flags.insert(Flag::OriginsUnder);
                    if !list.is_empty() {
                        flags.insert(Flag::OriginsMixed);
                    }
                }
            }
            Origins::Regex(_) => {
                flags.insert(Flag::OriginsRegex);
            }
            Origins::Predicate(_) => {
                flags.insert(Flag::OriginsPredicate);
            }
        }
        match self.credentials {
            Credentials::None => {}
            Credentials::All => {
                flags.insert(Flag::Credentials);
            }
            Credentials::List(_) => {
                flags.insert(Flag::CredentialsPerOrigin);
            }
        }
        if self.methods.is_any() {
            flags.insert(Flag::MethodsAny);
        } else if self
            .methods
            .listed()
            .iter()
            .any(|m| !SAFELISTED_METHODS.contains(&m.as_str()))
        {
            flags.insert(Flag::MethodsList);
        }
        let safelisted = |name: &String| SAFELISTED_HEADERS.iter().any(|s| s.eq_ignore_ascii_case(name));
        if self.headers.is_any() {
            flags.insert(Flag::HeadersAny);
        } else if !self.headers.listed().iter().all(safelisted) {
            flags.insert(Flag::HeadersList);
        }
        if self.headers.has_pattern() {
            flags.insert(Flag::HeadersPattern);
        }
        if self.expose.is_any() {
            flags.insert(Flag::ExposeAny);
        } else if !self.expose.listed().is_empty() {
            flags.insert(Flag::ExposeList);
        }
        match self.max_age {
            Some(0) => {
                flags.insert(Flag::MaxAgeZero);
            }
            Some(_) => {
                flags.insert(Flag::MaxAge);
            }
            None => {}
        }
        if self.private_network {
            flags.insert(Flag::PrivateNetwork);
        }
        if !self.routes.is_empty() {
            flags.insert(Flag::Routes);
        }
        if self.routes.iter().any(|r| r.methods.is_some()) {
            flags.insert(Flag::MethodsPerRoute);
        }
        for policy in self.routes.iter().filter_map(|r| r.policy.as_ref()) {
            policy.collect_flags(flags);
        }
    }
}
