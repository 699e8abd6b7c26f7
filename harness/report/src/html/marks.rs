//! What the cells of the tables look for on the page of a subject: a word for each column, which the rows that count there have.

/// Of all that breaks a rule, be it advice.
pub(super) fn rule(rule: &str) -> String {
    mark("rule", rule)
}

/// Of a column of the matrix by rule.
pub(super) fn column(group: &str, rule: &str) -> String {
    mark(group, rule)
}

/// Of a column of the matrix by topic.
pub(super) fn topic(topic: &str) -> String {
    mark("topic", topic)
}

/// Of a topic on the first page.
pub(super) fn folder(topic: &str) -> String {
    mark("folder", topic)
}

/// Without blanks, since words stand side by side; lower-case, as the filter is.
fn mark(kind: &str, word: &str) -> String {
    let word = word.replace(char::is_whitespace, "-");
    format!("{kind}:{word}").to_lowercase()
}
