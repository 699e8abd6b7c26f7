//! The subjects of the project, for tests of their descriptions.

use crate::subject::{BuiltIn, Configurations, InProcess, InProcessError, Starting, Subject};
use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Arc;

const TOWER_HTTP: &str = include_str!("../../../subjects/tower-http/subject.yaml");
const ACTIX_CORS: &str = include_str!("../../../subjects/actix-cors/subject.yaml");

/// A library that this crate does not contain.
struct Absent;

impl InProcess for Absent {
    fn start<'a>(&'a self, _: &'a Configurations) -> Starting<'a> {
        Box::pin(async { Err(InProcessError::Socket(io::ErrorKind::Unsupported.into())) })
    }
}

/// All subjects as the program registers them. Those in the process do not start.
pub(crate) fn all() -> BTreeMap<String, Subject> {
    let registered = [
        BuiltIn::in_process("tower-http", TOWER_HTTP, Arc::new(Absent)),
        BuiltIn::behind_adapter("tower-http-process", TOWER_HTTP),
        BuiltIn::in_process("actix-cors", ACTIX_CORS, Arc::new(Absent)),
    ];
    super::all(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../subjects"), &registered).unwrap()
}
