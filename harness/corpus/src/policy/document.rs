//! The document's types, and the JSON that adapters get.

use super::{Globbing, Globs, Predicate, SAFELISTED_HEADERS, SAFELISTED_METHODS, example, has_header, is_pattern};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What a server shares: a promise in both directions. What it lists must work, what it does not list must not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Which origins.
    pub origins: Origins,
    /// Whether with credentials.
    #[serde(default)]
    pub credentials: Credentials,
    /// Which methods beyond GET, HEAD and POST.
    #[serde(default)]
    pub methods: Names,
    /// Which request headers beyond the safelisted ones.
    #[serde(default)]
    pub headers: Names,
    /// Which response headers the page may read.
    #[serde(default)]
    pub expose: Names,
    /// How many seconds a preflight may be cached; `None` is unset, 0 is not at all.
    #[serde(default)]
    pub max_age: Option<u64>,
    /// Whether private network access is allowed.
    #[serde(default)]
    pub private_network: bool,
    /// Paths under a policy of their own.
    #[serde(default)]
    pub routes: Vec<Route>,
}

/// Which origins a policy lets in.
#[derive(Clone, Debug, PartialEq)]
pub enum Origins {
    /// Every origin, `null` included.
    Any,
    /// Those that are byte-equal to an entry, those under one of the hosts, and those that a pattern matches.
    List {
        /// Serialized origins; `null` only if written.
        list: Vec<String>,
        /// Hosts whose proper subdomains are allowed.
        under: Vec<Under>,
        /// Patterns that the library gets unchanged.
        glob: Globs,
        /// The origin that the only entry was meant to be, if it is misspelt so that no browser sends it.
        meant: Option<String>,
    },
    /// Those that an expression matches as a whole. Handed to the library unchanged.
    Regex(Vec<String>),
    /// Those for which a named function holds.
    Predicate(Predicate),
}

/// Which of the origins that a policy allows read with credentials.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Credentials {
    /// None of them.
    #[default]
    None,
    /// All of them.
    All,
    /// These serialized origins only.
    List(Vec<String>),
}

/// Proper subdomains of a host at any depth, with the same scheme and port.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Under {
    /// The scheme.
    pub scheme: String,
    /// The host.
    pub host: String,
    /// The port, `None` for the scheme's default.
    #[serde(default)]
    pub port: Option<u16>,
}

/// A list of names, or all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Names {
    /// All.
    Any,
    /// These.
    List(Vec<String>),
}

/// A path under a policy of its own, which inherits nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// The exact path.
    pub path: String,
    /// The methods to which the policy applies; `None` is all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub methods: Option<Vec<String>>,
    /// Its policy; `None` is no CORS there.
    pub policy: Option<Policy>,
}

impl Credentials {
    /// Whether all origins read with credentials.
    #[must_use]
    pub const fn for_all(&self) -> bool {
        matches!(self, Self::All)
    }

    /// Whether some origin reads with credentials.
    #[must_use]
    pub const fn for_some(&self) -> bool {
        !matches!(self, Self::None)
    }

    /// Whether an origin that the policy allows reads with credentials.
    #[must_use]
    pub fn allow(&self, origin: &str) -> bool {
        self.for_all() || self.listed().iter().any(|listed| listed == origin)
    }

    /// The origins that are written.
    #[must_use]
    pub fn listed(&self) -> &[String] {
        match self {
            Self::None | Self::All => &[],
            Self::List(list) => list,
        }
    }
}

impl From<bool> for Credentials {
    fn from(all: bool) -> Self {
        if all { Self::All } else { Self::None }
    }
}

/// The JSON and YAML shape of [`Credentials`].
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum CredentialsShape {
    Boolean(bool),
    Origins(CredentialsList),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CredentialsList {
    list: Vec<String>,
}

impl Serialize for Credentials {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let shape = match self {
            Self::None => CredentialsShape::Boolean(false),
            Self::All => CredentialsShape::Boolean(true),
            Self::List(list) => CredentialsShape::Origins(CredentialsList { list: list.clone() }),
        };
        shape.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Credentials {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match CredentialsShape::deserialize(deserializer)? {
            CredentialsShape::Boolean(all) => all.into(),
            CredentialsShape::Origins(CredentialsList { list }) => Self::List(list),
        })
    }
}

impl Default for Names {
    fn default() -> Self {
        Self::List(Vec::new())
    }
}

impl Names {
    /// Whether every name is allowed.
    #[must_use]
    pub const fn is_any(&self) -> bool {
        matches!(self, Self::Any)
    }

    /// The names that are written.
    #[must_use]
    pub fn listed(&self) -> &[String] {
        match self {
            Self::Any => &[],
            Self::List(names) => names,
        }
    }

    /// Whether a header name is allowed, compared without case. An entry with a `*` is a pattern of names.
    #[must_use]
    pub fn allow_header(&self, name: &str) -> bool {
        self.is_any() || has_header(self.listed(), name)
    }

    /// Whether an entry is a pattern of header names.
    #[must_use]
    pub fn has_pattern(&self) -> bool {
        self.listed().iter().any(|name| is_pattern(name))
    }

    /// The names that are written, with a name that matches in place of each pattern.
    #[must_use]
    pub fn examples(&self) -> Vec<String> {
        self.listed().iter().map(|name| example(name)).collect()
    }

    fn with(&self, more: &[&str], same: fn(&str, &str) -> bool) -> Self {
        let Self::List(names) = self else {
            return Self::Any;
        };
        let missing = more.iter().filter(|m| !names.iter().any(|n| same(n, m)));
        Self::List(missing.map(|m| (*m).to_owned()).chain(names.iter().cloned()).collect())
    }
}

impl Policy {
    /// A policy that shares nothing with anyone but these origins.
    #[must_use]
    pub const fn of(origins: Origins) -> Self {
        Self {
            origins,
            credentials: Credentials::None,
            methods: Names::List(Vec::new()),
            headers: Names::List(Vec::new()),
            expose: Names::List(Vec::new()),
            max_age: None,
            private_network: false,
            routes: Vec::new(),
        }
    }

    /// The document as a subject gets it: GET, HEAD, POST and the safelisted header names are in the lists, on routes too.
    #[must_use]
    pub fn complete(&self) -> Self {
        let mut complete = self.clone();
        complete.methods = self.methods.with(&SAFELISTED_METHODS, |a, b| a == b);
        complete.headers = self.headers.with(&SAFELISTED_HEADERS, str::eq_ignore_ascii_case);
        for route in &mut complete.routes {
            route.policy = route.policy.as_ref().map(Self::complete);
        }
        complete
    }

    /// The policy with the documented `globbing` of a library, unless the policy states its own.
    #[must_use]
    pub fn with_globbing(&self, globbing: Option<Globbing>) -> Self {
        let mut read = self.clone();
        if let Origins::List { glob, .. } = &mut read.origins
            && !glob.is_empty()
        {
            glob.globbing = glob.globbing.or(globbing);
        }
        for route in &mut read.routes {
            route.policy = route.policy.as_ref().map(|policy| policy.with_globbing(globbing));
        }
        read
    }

    /// The policy for requests of this path and method: that of a route, `None` if the route disables CORS, else this one. For a preflight,
    /// the method is the requested one. A route for GET also applies to HEAD, unless another route of the path names HEAD.
    #[must_use]
    pub fn at(&self, path: &str, method: &str) -> Option<&Self> {
        let routes = || self.routes.iter().filter(|r| r.path == path);
        let names = |route: &&Route, method: &str| match &route.methods {
            Some(methods) => methods.iter().any(|m| m == method),
            None => true,
        };
        let named = routes().find(|route| names(route, method));
        let by_get = || routes().find(|route| method == "HEAD" && names(route, "GET"));
        match named.or_else(by_get) {
            Some(route) => route.policy.as_ref(),
            None => Some(self),
        }
    }
}

impl Serialize for Names {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Any => serializer.serialize_str("any"),
            Self::List(names) => names.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Names;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("`any` or a list of names")
            }
            fn visit_str<E: serde::de::Error>(self, word: &str) -> Result<Names, E> {
                if word == "any" {
                    Ok(Names::Any)
                } else {
                    Err(E::invalid_value(serde::de::Unexpected::Str(word), &self))
                }
            }
            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut seq: A) -> Result<Names, A::Error> {
                let mut names = Vec::new();
                while let Some(name) = seq.next_element()? {
                    names.push(name);
                }
                Ok(Names::List(names))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

/// The JSON and YAML shape of [`Origins`].
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OriginsShape {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    any: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    list: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    under: Option<Vec<Under>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    glob: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    globbing: Option<Globbing>,
    #[serde(default, skip_serializing)]
    meant: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    regex: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    predicate: Option<Predicate>,
}

impl Serialize for Origins {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut shape = OriginsShape::default();
        match self {
            Self::Any => shape.any = Some(true),
            Self::List { list, under, glob, .. } => {
                shape.glob = (!glob.is_empty()).then(|| glob.patterns.clone());
                shape.globbing = glob.globbing;
                shape.list = Some(list.clone());
                shape.under = (!under.is_empty()).then(|| under.clone());
            }
            Self::Regex(regex) => shape.regex = Some(regex.clone()),
            Self::Predicate(predicate) => shape.predicate = Some(predicate.clone()),
        }
        shape.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Origins {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let shape = OriginsShape::deserialize(deserializer)?;
        let is_list = shape.list.is_some() || shape.under.is_some() || shape.glob.is_some();
        match (shape.any, is_list, shape.regex, shape.predicate) {
            (Some(true), false, None, None) => Ok(Self::Any),
            (None, false, Some(regex), None) => Ok(Self::Regex(regex)),
            (None, false, None, Some(predicate)) => Ok(Self::Predicate(predicate)),
            (None, true, None, None) => Ok(Self::List {
                list: shape.list.unwrap_or_default(),
                under: shape.under.unwrap_or_default(),
                glob: Globs {
                    patterns: shape.glob.unwrap_or_default(),
                    globbing: shape.globbing,
                },
                meant: shape.meant,
            }),
            _ => Err(D::Error::custom(
                "origins are exactly one of any: true, list (with under and glob beside it), regex, predicate",
            )),
        }
    }
}
