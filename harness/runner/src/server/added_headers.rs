//! Headers that the user adds to requests. Their values may be secrets.

use crosscheck_fetch::HeaderList;
use crosscheck_text::{Redactor, Secret};

/// Headers on every request, and what hides their values in the results. One without a value leaves out what browsers send.
#[derive(Clone, Debug, Default)]
pub struct AddedHeaders {
    list: Secret<HeaderList>,
    redactor: Redactor,
}

impl AddedHeaders {
    /// The headers, and a redactor that knows all secrets of the run; the default one shows them.
    #[must_use]
    pub fn new(list: HeaderList, redactor: Redactor) -> Self {
        Self {
            list: list.into(),
            redactor,
        }
    }

    /// The headers.
    pub(crate) const fn list(&self) -> &HeaderList {
        self.list.expose()
    }

    /// What hides the secrets in the results.
    pub(crate) const fn redactor(&self) -> &Redactor {
        &self.redactor
    }
}
