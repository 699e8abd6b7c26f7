//! The errors of `when`, which describes findings of `crosscheck fuzz`.

use crosscheck_corpus::Flag;
use crosscheck_corpus::document::{Faults, Fields, Node, Value, short};
use crosscheck_corpus::generate::{Alphabet, HostKind, OPERATORS};
use crosscheck_text::closest;

/// The keys of a description.
const KEYS: [&str; 6] = ["flags", "hosts", "operators", "alphabets", "methods", "paths"];
/// The word for the listed origin itself.
const NONE: &str = "none";

/// Checks the descriptions of a cause, if it has any. `faults` keep the file from loading, `remarks` do not.
pub(super) fn check(faults: &Faults, remarks: &Faults, fields: &Fields<'_, '_>) {
    let Some(node) = fields.get("when") else { return };
    let Value::List(descriptions) = &node.value else {
        faults.add(
            node.at,
            "`when` is not a list",
            "write a list of descriptions, such as `[{ flags: [origins-any] }]`",
        );
        return;
    };
    for description in descriptions {
        let Some(fields) = faults.fields(description, "a description", &KEYS) else {
            continue;
        };
        for key in KEYS {
            let Some(node) = fields.get(key) else { continue };
            match &node.value {
                Value::List(words) => words.iter().for_each(|word| self::word((faults, remarks), key, word)),
                _ => faults.add(node.at, format!("`{key}` is not a list"), "write the words in brackets"),
            }
        }
    }
}

/// Checks that a word is one of the words of its key.
fn word((faults, remarks): (&Faults, &Faults), key: &str, node: &Node<'_>) {
    let Some(word) = faults.text(node, key) else { return };
    let known: Vec<&str> = match key {
        "flags" => Flag::ALL.iter().map(|flag| flag.as_str()).collect(),
        "hosts" => HostKind::ALL.iter().map(|kind| kind.as_str()).collect(),
        "alphabets" => Alphabet::ALL.iter().map(|alphabet| alphabet.as_str()).collect(),
        "operators" => OPERATORS.iter().map(|operator| operator.name).chain([NONE]).collect(),
        _ => return,
    };
    if known.contains(&word) {
        return;
    }
    let help = match closest(word, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("write one of {}", known.join(", ")),
    };
    remarks.add(node.at, format!("`{}` is none of the `{key}`", short(word)), help);
}
