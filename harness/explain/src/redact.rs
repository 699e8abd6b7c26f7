//! Hides the secrets of a fetch before anything is said about it. The answer needs names and presence alone.

use super::adhoc::AdHoc;
use crosscheck_fetch::{Answer, ByteString, HeaderList, InitBody};
use crosscheck_text::Redactor;
use std::borrow::Cow;

impl AdHoc {
    /// Replaces the secrets that the redactor knows, or finds by their names.
    pub fn redact(&mut self, redactor: &Redactor) {
        let text = |text: &mut String| {
            if let Cow::Owned(redacted) = redactor.text(text) {
                *text = redacted;
            }
        };
        text(&mut self.init.url);
        self.init.referrer.iter_mut().for_each(text);
        if let Some(InitBody::Text(body)) = &mut self.init.body {
            text(body);
        }
        for (name, value) in &mut self.init.headers {
            *value = redacted(redactor, name, value);
        }
        for cookie in &mut self.cookies {
            let value = redactor.header_value(b"set-cookie", cookie.as_bytes());
            *cookie = String::from_utf8_lossy(&value).into_owned();
        }
        for recorded in &mut self.answers {
            for headers in &mut recorded.informational {
                *headers = list(redactor, headers);
            }
            if let Answer::Response(response) = &mut recorded.answer {
                response.headers = list(redactor, &response.headers);
            }
        }
        for sentences in [&mut self.notes, &mut self.unknown, &mut self.assumed] {
            sentences.iter_mut().for_each(text);
        }
    }
}

fn list(redactor: &Redactor, headers: &HeaderList) -> HeaderList {
    headers
        .iter()
        .map(|h| (h.name.clone(), redacted(redactor, &h.name, &h.value)))
        .collect()
}

fn redacted(redactor: &Redactor, name: &[u8], value: &ByteString) -> ByteString {
    match redactor.header_value(name, value) {
        Cow::Borrowed(_) => value.clone(),
        Cow::Owned(redacted) => redacted.into(),
    }
}
