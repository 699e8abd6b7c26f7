//! The closed word lists of `subject.yaml`.

use crosscheck_corpus::policy::Anchoring;
use crosscheck_text::words;

words! {
    /// The side of CORS that a subject plays.
    Role {
        /// It answers requests.
        Server = "server",
        /// It sends requests.
        Client = "client",
    }
}

words! {
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

words! {
    /// How a server gets its policies.
    Protocol {
        /// One process for all policies, which speaks the adapter protocol.
        Adapter = "adapter",
        /// One process for each policy, which has the policy and the port in its environment.
        Process = "process",
    }
}

words! {
    /// What a library attaches its policy to.
    Scope {
        /// Everything that the application answers.
        App = "app",
        /// Routes: a path without a route has no policy.
        Route = "route",
    }
}

words! {
    /// Which page of the harness drives a browser.
    BrowserPage {
        /// The page for browsers with frames, windows and the JavaScript of 2020.
        Full = "full",
        /// The page in ES5, without frames and windows; the cases that need one do not apply.
        Simple = "simple",
    }
}

words! {
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

/// Describes each list in a JSON Schema as the strings that it has.
#[cfg(feature = "schema")]
macro_rules! json_schema {
    ($($name:ident),+) => {
        $(impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "enum": Self::WORDS })
            }
        })+
    };
}

#[cfg(feature = "schema")]
json_schema!(BrowserPage, Protocol, Role, Registry, Scope, DocumentedAnchoring);
