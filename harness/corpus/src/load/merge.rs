//! `defaults` under a case: `request` and its headers merge, every other key is replaced whole, null removes.

use super::yaml::{Entry, Node, Value};

/// Puts the defaults under a case. Of the defaults only the keys in `known` count: the others are already faults.
pub(crate) fn merge_case<'s>(defaults: &[Entry<'s>], case: &mut Vec<Entry<'s>>, known: &[&str]) {
    let request = defaults.iter().find(|e| e.key == "request").map(|e| &e.value);
    for entry in defaults.iter().filter(|e| known.contains(&e.key.as_ref())) {
        match case.iter_mut().find(|e| e.key == entry.key) {
            Some(own) if own.key == "request" => merge_request(&entry.value, &mut own.value),
            Some(_) => {}
            None => case.push(entry.clone()),
        }
    }
    let Some(request) = request else { return };
    // A `then` within the defaults is merged with the other defaults too.
    let then = case.iter_mut().find(|e| e.key == "then");
    let Some(Value::List(fetches)) = then.map(|e| &mut e.value.value) else {
        return;
    };
    for fetch in fetches {
        let Value::Map(entries) = &mut fetch.value else {
            continue;
        };
        match entries.iter_mut().find(|e| e.key == "request") {
            Some(own) => merge_request(request, &mut own.value),
            None => entries.push(Entry {
                key: "request".into(),
                key_at: fetch.at,
                value: request.clone(),
            }),
        }
    }
}

fn merge_request<'s>(default: &Node<'s>, own: &mut Node<'s>) {
    let (Value::Map(defaults), Value::Map(entries)) = (&default.value, &mut own.value) else {
        return;
    };
    for entry in defaults {
        match entries.iter_mut().find(|e| e.key == entry.key) {
            Some(found) if found.key == "headers" => merge_headers(&entry.value, &mut found.value),
            Some(_) => {}
            None => entries.push(entry.clone()),
        }
    }
}

/// Two maps merge, the defaults first; names are compared as header names are.
fn merge_headers<'s>(default: &Node<'s>, own: &mut Node<'s>) {
    let (Value::Map(defaults), Value::Map(entries)) = (&default.value, &mut own.value) else {
        return;
    };
    let kept: Vec<Entry<'s>> = defaults
        .iter()
        .filter(|d| !entries.iter().any(|e| e.key.eq_ignore_ascii_case(&d.key)))
        .cloned()
        .collect();
    // A null has done its work: the name is free for a key that a row fills in.
    entries.retain(|e| !(e.value.is_null() && defaults.iter().any(|d| d.key.eq_ignore_ascii_case(&e.key))));
    entries.splice(0..0, kept);
}
