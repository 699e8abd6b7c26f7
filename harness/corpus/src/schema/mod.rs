//! JSON Schemas of the files that people write, for editors. The loader is the authority: it checks more, and reports places.

mod case;
mod parts;
mod policy;

use parts::root;
use serde_json::Value;

/// The schema of a file of cases.
#[must_use]
pub fn case_schema() -> Value {
    root("A file of Crosscheck cases", case::file())
}

/// The schema of a policy file.
#[must_use]
pub fn policy_schema() -> Value {
    root("A Crosscheck policy", policy::file())
}
