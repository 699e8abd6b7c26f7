//! Hides secrets in results, before anyone sees them.

use crate::record::{CaseResult, Deviation, ExchangeRecord, OutcomeRecord, PageRequest, TraceEvent};
use crosscheck_text::Redactor;
use serde_json::Value;

/// Hides the secrets in a result. What the answers of its transcript have as secrets is remembered, if the redactor goes by names.
pub fn redact(result: &mut CaseResult, redactor: &mut Redactor) {
    if redactor.is_empty() {
        return;
    }
    for exchange in &result.transcript {
        redactor.learn(exchange.response.bytes());
    }
    // Every field is named, so that a new one is not forgotten. An id, a step or a verdict is a word of this project.
    let CaseResult {
        subject: _,
        id: _,
        title,
        verdict: _,
        status: _,
        deviations,
        outcome,
        rejected_policy: _,
        reason,
        asked,
        transcript,
        trace,
        steps: _,
        millis: _,
    } = result;
    text(title, redactor);
    optional(reason, redactor);
    deviations.iter_mut().for_each(|d| deviation(d, redactor));
    for OutcomeRecord { readable, .. } in outcome {
        readable.iter_mut().for_each(|name| text(name, redactor));
    }
    for PageRequest { origin, request } in asked {
        text(origin, redactor);
        value(request, redactor);
    }
    for ExchangeRecord {
        what,
        request,
        response,
    } in transcript
    {
        text(what, redactor);
        *request = request.redacted(redactor);
        *response = response.redacted(redactor);
    }
    for TraceEvent { detail, .. } in trace {
        text(detail, redactor);
    }
}

fn deviation(deviation: &mut Deviation, redactor: &Redactor) {
    let Deviation {
        rule: _,
        step: _,
        verdict: _,
        level: _,
        header: _,
        what,
        expected,
        actual,
        exchange: _,
        status: _,
        cause: _,
    } = deviation;
    text(what, redactor);
    optional(expected, redactor);
    optional(actual, redactor);
}

fn text(text: &mut String, redactor: &Redactor) {
    if let std::borrow::Cow::Owned(redacted) = redactor.text(text) {
        *text = redacted;
    }
}

fn optional(optional: &mut Option<String>, redactor: &Redactor) {
    if let Some(found) = optional {
        text(found, redactor);
    }
}

fn value(json: &mut Value, redactor: &Redactor) {
    match json {
        Value::String(found) => text(found, redactor),
        Value::Array(items) => items.iter_mut().for_each(|item| value(item, redactor)),
        Value::Object(members) => members.values_mut().for_each(|member| value(member, redactor)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::redact;
    use crate::record::{CaseResult, Deviation, ExchangeRecord, PageRequest};
    use crate::{Verdict, rules};
    use crosscheck_text::Redactor;

    #[test]
    fn no_field_of_a_result_keeps_a_secret() {
        let mut redactor = Redactor::by_name();
        redactor.add_header(b"authorization", b"Bearer hunter2");
        let deviation = Deviation {
            expected: Some("hunter2".to_owned()),
            actual: Some("sessionsession".to_owned()),
            ..Deviation::of_rule(&rules::CRASH, None, "hunter2 is reflected")
        };
        let mut result = CaseResult {
            title: "hunter2".to_owned(),
            reason: Some("redirects to /?token=abc".to_owned()),
            deviations: vec![deviation],
            asked: vec![PageRequest {
                origin: "https://app.example".to_owned(),
                request: serde_json::json!({ "url": "https://api.example/?api_key=abc", "headers": [["x", "hunter2"]] }),
            }],
            transcript: vec![ExchangeRecord {
                what: "actual".to_owned(),
                request: b"GET /?api_key=abc HTTP/1.1\r\nAuthorization: Bearer hunter2\r\n\r\n".into(),
                response: b"HTTP/1.1 200 OK\r\nSet-Cookie: sid=sessionsession\r\n\r\nhunter2".into(),
            }],
            ..CaseResult::new("s", "a#b", Verdict::Broken)
        };
        redact(&mut result, &mut redactor);
        let written = serde_json::to_string(&result).expect("JSON");
        for secret in ["hunter2", "sessionsession", "abc"] {
            assert!(!written.contains(secret), "{secret} in {written}");
        }
        assert!(written.contains("api_key=[redacted]"), "{written}");
    }
}
