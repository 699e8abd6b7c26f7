//! Text for people: everything that came from outside is escaped and bounded here before anyone reads it. Also closed lists of words,
//! and the brace patterns and globs that select ids. The ids of cases and requirements, which people type and results name, are here
//! too: the corpus and the results both have them, and neither depends on the other. Secrets, and what hides them.
//!
//! Nothing reads escaped text back. Whoever needs the bytes keeps the bytes.

mod bytes;
mod case_id;
mod glob;
mod id;
pub mod pattern;
mod printable;
mod redact;
mod secret;
mod step_id;
mod suggest;
mod words;

pub use bytes::{escape, escape_truncated, lines};
pub use case_id::{CaseId, CaseIdParts};
pub use glob::{Glob, GlobError};
pub use printable::{json_escaped, printable_block, printable_line};
pub use redact::{Redactor, is_negotiation, is_secret_header, percent_decoded};
pub use secret::{REDACTED, Secret};
pub use step_id::StepId;
pub use suggest::closest;
pub use words::UnknownWord;
