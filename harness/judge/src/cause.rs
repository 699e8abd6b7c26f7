//! Which header a step looks at, to name a cause until a baseline does.

/// The header that a catalogue step is about, lower-case; `status` where it is about the status.
#[must_use]
pub fn header_of(step: &str) -> &'static str {
    let has = |words: &[&str]| words.iter().any(|w| step.contains(w));
    if has(&["ok-status", "preflight-before-actual", "421"]) {
        "status"
    } else if has(&["redirect"]) {
        "location"
    } else if has(&["acam", "method"]) {
        "access-control-allow-methods"
    } else if has(&["acah", "authorization", "unsafe-names"]) {
        "access-control-allow-headers"
    } else if has(&["acac", "credentials", "credentialed"]) {
        "access-control-allow-credentials"
    } else if has(&["expose", "aceh"]) {
        "access-control-expose-headers"
    } else if has(&["max-age"]) {
        "access-control-max-age"
    } else {
        "access-control-allow-origin"
    }
}
