//! The cases, policies and catalogue of Crosscheck: loading them with a place for every fault, linting them, replaying them on
//! the model, and the raw bytes on the wire. Knows nothing of sockets.
//!
//! A case is read in three moves: YAML becomes a tree that knows its places (`load::yaml`), defaults and rows are filled in on
//! the tree (`load::merge`, `load::rows`), and only then the tree becomes a [`Case`]. Every fault on the way is collected, so
//! that several are reported together.

pub mod application;
mod case;
mod catalogue;
mod diagnostic;
pub mod document;
mod expect;
pub mod expected;
mod facet;
pub mod filter;
pub mod generate;
pub mod lint;
mod load;
mod location;
mod needs;
pub mod policy;
pub mod probes;
pub mod replay;
mod request_json;
pub mod schema;
mod sources;
pub mod wire;
pub mod words;

pub use case::{
    AlsoAllowed, BodyMatch, Case, CaseKind, CaseResponse, CaseSource, Exchange, FetchSpec, Fetches, HeaderMatch,
    PageOrigin, Pages, PolicyRef, RawRequest, RequestMatch, SeedCookie, Send, ServerAssertion, ServerSide,
    StatusPattern,
};
pub use catalogue::{AppliesTo, Catalogue, CatalogueError, Step, StepLevel};
pub use crosscheck_text::{CaseId, CaseIdParts, StepId};
pub use diagnostic::{Diagnostic, Severity};
pub use expect::{Expect, ExpectedOutcome, ExpectedResponse};
pub use expected::{Expected, Facet, PolicyQuery, Readable};
pub use filter::{Filter, FilterError};
pub use lint::{StepCoverage, coverage, lint};
pub use load::Corpus;
pub use location::Location;
pub use policy::{NamedPolicy, Policy};
pub use sources::Sources;
pub use words::{FailKind, Flag, Level, Need, OpaqueKind, Phase};
