//! Headers that the user adds to requests. Their values may be secrets.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crosscheck_fetch::{HeaderList, Url};
use crosscheck_text::{Redactor, Secret, percent_decoded};

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

/// The value of the header Authorization for the user and the password of a URL, if it has any. curl sends the same.
#[must_use]
pub fn basic_authorization(url: &Url) -> Option<Secret<String>> {
    if url.username().is_empty() && url.password().is_none() {
        return None;
    }
    let user = percent_decoded(url.username().as_bytes());
    let password = percent_decoded(url.password().unwrap_or_default().as_bytes());
    let pair = [user.as_slice(), b":", &password].concat();
    Some(format!("Basic {}", STANDARD.encode(pair)).into())
}

#[cfg(test)]
mod tests {
    use super::basic_authorization;

    #[test]
    fn the_user_and_the_password_of_a_url_are_decoded() {
        for (url, expected) in [
            ("http://a.example/", None),
            (
                "http://Aladdin:open%20sesame@a.example/",
                Some("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
            ),
            ("http://user@a.example/", Some("Basic dXNlcjo=")),
            ("http://:key@a.example/", Some("Basic OmtleQ==")),
        ] {
            let value = basic_authorization(&url.parse().unwrap());
            assert_eq!(value.as_ref().map(|v| v.expose().as_str()), expected, "{url}");
        }
    }
}
