//! The closed word lists of `subject.yaml`.

use crosscheck_corpus::policy::Anchoring;
use std::str::FromStr;
use thiserror::Error;

/// A word that is not in its list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("it is not one of {}", .0.join(", "))]
pub struct UnknownKeyword(&'static [&'static str]);

macro_rules! keywords {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$vmeta])* $variant,)+ }

        impl $name {
            /// Every word of the list.
            pub const WORDS: &'static [&'static str] = &[$($word),+];

            /// The word as it is written.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = UnknownKeyword;
            fn from_str(word: &str) -> Result<Self, UnknownKeyword> {
                match word {
                    $($word => Ok(Self::$variant),)+
                    _ => Err(UnknownKeyword(Self::WORDS)),
                }
            }
        }

        #[cfg(feature = "schema")]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "enum": Self::WORDS })
            }
        }
    };
}

keywords! {
    /// The side of CORS that a subject plays.
    Role {
        /// It answers requests.
        Server = "server",
        /// It sends requests.
        Client = "client",
    }
}

keywords! {
    /// The registry that a package comes from.
    Registry {
        /// Rust crates.
        Crates = "crates.io",
        /// Packages for Node.js.
        Npm = "npm",
        /// Packages for Python.
        PyPi = "PyPI",
        /// Go modules.
        Go = "Go",
        /// Packages for the JVM.
        Maven = "Maven",
        /// Packages of the operating system, which this program does not install.
        Debian = "Debian",
        /// Parts of this program.
        This = "this",
    }
}

keywords! {
    /// What a library attaches its policy to.
    Scope {
        /// Everything that the application answers.
        App = "app",
        /// Routes: a path without a route has no policy.
        Route = "route",
    }
}

keywords! {
    /// How a library matches a regular expression against an origin, according to its documentation.
    DocumentedAnchoring {
        /// Against the whole origin.
        Full = "full",
        /// Against the beginning of the origin.
        Prefix = "prefix",
        /// Against any part of the origin.
        Search = "search",
        /// The documentation does not state it, or the library has no regular expressions.
        None = "none",
    }
}

impl DocumentedAnchoring {
    /// The documented matching, if it covers less than the whole origin.
    #[must_use]
    pub const fn looser(self) -> Option<Anchoring> {
        match self {
            Self::Prefix => Some(Anchoring::Prefix),
            Self::Search => Some(Anchoring::Search),
            Self::Full | Self::None => None,
        }
    }
}
