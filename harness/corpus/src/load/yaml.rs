//! YAML to a tree in which every node knows its place. The one module that knows the YAML parsers.
//!
//! The tree is built from parser events, since `serde_yaml` gives no place for a value that is valid YAML and wrong here.
//! Where the text is not YAML at all, the message of `serde_yaml` is added.

use granit_parser::{Event, Marker, Parser, ScalarStyle, Span, StrInput};
use std::borrow::Cow;
use std::collections::HashMap;

pub(crate) use super::tree::{At, Entry, Fault, Kind, Node, Value, short};

/// The deepest nesting of a document.
pub(crate) const MAX_DEPTH: usize = 64;
/// The most nodes of a document, those that aliases repeat included.
pub(crate) const MAX_NODES: usize = 1_000_000;
/// The most nodes that aliases may repeat.
pub(crate) const MAX_ALIASED: usize = 50_000;

/// Reads one document. `Ok(None)` for an empty one; faults that leave the rest readable are added to `faults`.
pub(crate) fn parse<'s>(text: &'s str, faults: &mut Vec<Fault>) -> Result<Option<Node<'s>>, Fault> {
    let mut options = granit_parser::options! {
        flow_nesting_limit: MAX_DEPTH + 1,
        block_nesting_limit: MAX_DEPTH + 1,
    };
    options.set_emit_comments(false);
    let mut builder = Builder {
        faults,
        open: Vec::new(),
        root: None,
        anchors: HashMap::new(),
        nodes: 0,
        aliased: 0,
    };
    let parser: Parser<'s, StrInput<'s>> = Parser::new_from_str_with_options(text, options);
    for event in parser {
        match event {
            Ok((event, span)) => builder.on_event(event, &span)?,
            Err(error) => return Err(syntax(text, &error)),
        }
    }
    Ok(builder.root)
}

fn too_deep(at: At) -> Fault {
    Fault {
        at,
        message: format!("nested more than {MAX_DEPTH} levels deep"),
        help: "no key of the format needs that depth".to_owned(),
    }
}

/// The parser's words, and those of `serde_yaml` where it refuses the text too.
fn syntax(text: &str, error: &granit_parser::ScanError) -> Fault {
    let at = point(error.marker());
    let info = error.info();
    if info.contains("recursion limit") {
        return too_deep(at);
    }
    let help = match serde_yaml::from_str::<serde_yaml::Value>(text) {
        Err(second) => format!("the YAML is not well-formed: {second}"),
        Ok(_) => "the YAML is not well-formed; look at indentation, quotes and brackets before this place".to_owned(),
    };
    Fault {
        at,
        message: format!("bad YAML: {info}"),
        help,
    }
}

fn narrow(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

fn point(mark: &Marker) -> At {
    let start = narrow(mark.byte_offset().unwrap_or_default());
    At {
        line: narrow(mark.line()),
        column: narrow(mark.col()).saturating_add(1),
        start,
        end: start,
    }
}

fn place(span: &Span) -> At {
    let mut at = point(&span.start);
    at.end = narrow(span.end.byte_offset().unwrap_or_default()).max(at.start);
    at
}

/// A collection that is not closed yet.
struct Open<'s> {
    node: Node<'s>,
    anchor: usize,
    /// In a map: the key whose value comes next.
    key: Option<(Cow<'s, str>, At)>,
    /// In a map with many keys: each key and its line, so that the search for a repeated one stays cheap.
    seen: HashMap<Cow<'s, str>, u32>,
}

#[cfg(test)]
thread_local! {
    /// How many entries `earlier` has looked at.
    pub(super) static COMPARED: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// The line of a key that the map already has.
fn earlier<'s>(entries: &[Entry<'s>], seen: &mut HashMap<Cow<'s, str>, u32>, key: &str) -> Option<u32> {
    const FEW: usize = 24;
    if entries.len() <= FEW {
        let is_key = |e: &&Entry<'_>| {
            #[cfg(test)]
            COMPARED.set(COMPARED.get() + 1);
            e.key == key
        };
        return entries.iter().find(is_key).map(|e| e.key_at.line);
    }
    for entry in &entries[seen.len()..] {
        #[cfg(test)]
        COMPARED.set(COMPARED.get() + 1);
        seen.insert(entry.key.clone(), entry.key_at.line);
    }
    seen.get(key).copied()
}

struct Builder<'f, 's> {
    faults: &'f mut Vec<Fault>,
    open: Vec<Open<'s>>,
    root: Option<Node<'s>>,
    /// Finished anchored nodes; `None` while one is open.
    anchors: HashMap<usize, Option<(Node<'s>, usize)>>,
    nodes: usize,
    aliased: usize,
}

impl<'s> Builder<'_, 's> {
    fn on_event(&mut self, event: Event<'s>, span: &Span) -> Result<(), Fault> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let at = place(span);
                self.check_tag(tag.is_some(), at);
                let kind = if style == ScalarStyle::Plain {
                    resolve(&text)
                } else {
                    Kind::Text
                };
                let node = Node {
                    at,
                    value: Value::Scalar(text, kind),
                };
                self.finish(node, anchor)
            }
            Event::SequenceStart(_, anchor, tag) => self.start(Value::List(Vec::new()), anchor, tag.is_some(), span),
            Event::MappingStart(_, anchor, tag) => self.start(Value::Map(Vec::new()), anchor, tag.is_some(), span),
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(open) => self.finish(open.node, open.anchor),
                None => Ok(()),
            },
            Event::Alias(id) => self.alias(id, span),
            Event::DocumentStart(..) if self.root.is_some() => Err(Fault {
                at: place(span),
                message: "a second document in one file".to_owned(),
                help: "a file holds one document: remove the `---` or make it a file of its own".to_owned(),
            }),
            _ => Ok(()),
        }
    }

    fn start(&mut self, value: Value<'s>, anchor: usize, tagged: bool, span: &Span) -> Result<(), Fault> {
        let mut at = point(&span.start);
        at.end = at.start.saturating_add(1);
        self.check_tag(tagged, at);
        if self.open.len() >= MAX_DEPTH {
            return Err(too_deep(at));
        }
        if anchor != 0 {
            self.anchors.insert(anchor, None);
        }
        self.open.push(Open {
            node: Node { at, value },
            anchor,
            key: None,
            seen: HashMap::new(),
        });
        Ok(())
    }

    fn finish(&mut self, node: Node<'s>, anchor: usize) -> Result<(), Fault> {
        if anchor != 0 {
            let size = node.size();
            self.anchors.insert(anchor, Some((node.clone(), size)));
        }
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(Fault {
                at: node.at,
                message: format!("more than {MAX_NODES} values in one file"),
                help: "split the file".to_owned(),
            });
        }
        self.add(node);
        Ok(())
    }

    fn add(&mut self, node: Node<'s>) {
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return;
        };
        match (&mut open.node.value, open.key.take()) {
            (Value::List(items), _) => items.push(node),
            (Value::Map(entries), Some((key, key_at))) => match earlier(entries, &mut open.seen, &key) {
                Some(line) => {
                    let message = format!("the key `{}` appears twice in one map", short(&key));
                    let help = format!("it is already on line {line}; keep one of the two");
                    self.faults.push(Fault {
                        at: key_at,
                        message,
                        help,
                    });
                }
                None => entries.push(Entry {
                    key,
                    key_at,
                    value: node,
                }),
            },
            (Value::Map(_), None) => {
                let at = node.at;
                open.key = Some(match node.value {
                    Value::Scalar(text, kind) if kind != Kind::Null => (text, at),
                    _ => {
                        self.faults.push(Fault {
                            at,
                            message: "a key must be a word".to_owned(),
                            help: "write the key as a string, in quotes where it has special characters".to_owned(),
                        });
                        (Cow::Borrowed(""), at)
                    }
                });
            }
            (Value::Scalar(..), _) => {}
        }
    }

    fn alias(&mut self, id: usize, span: &Span) -> Result<(), Fault> {
        let at = place(span);
        let Some(Some((node, size))) = self.anchors.get(&id) else {
            return Err(Fault {
                at,
                message: "an alias inside the value that it refers to".to_owned(),
                help: "write the value out".to_owned(),
            });
        };
        self.aliased += size;
        if self.aliased > MAX_ALIASED {
            return Err(Fault {
                at,
                message: format!("the aliases of this file repeat more than {MAX_ALIASED} values"),
                help:
                    "aliases that repeat aliases grow without bound: write the values out, or use `defaults` and `rows`"
                        .to_owned(),
            });
        }
        let node = node.clone();
        self.nodes += size;
        self.finish(node, 0)
    }

    fn check_tag(&mut self, tagged: bool, at: At) {
        if tagged {
            self.faults.push(Fault {
                at,
                message: "a YAML tag has no meaning here".to_owned(),
                help: "remove the tag (`!...`); a string that looks like something else goes in quotes".to_owned(),
            });
        }
    }
}

/// The YAML 1.2 core schema, as `serde_yaml` applies it.
fn resolve(text: &str) -> Kind {
    let Some(&first) = text.as_bytes().first() else {
        return Kind::Null;
    };
    match first {
        b'n' | b'N' | b'~' if matches!(text, "null" | "Null" | "NULL" | "~") => Kind::Null,
        b't' | b'T' if matches!(text, "true" | "True" | "TRUE") => Kind::Bool(true),
        b'f' | b'F' if matches!(text, "false" | "False" | "FALSE") => Kind::Bool(false),
        b'0'..=b'9' | b'+' | b'-' | b'.' => number(text),
        _ => Kind::Text,
    }
}

fn number(text: &str) -> Kind {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if unsigned.len() > 1 && unsigned.starts_with('0') && unsigned.bytes().all(|b| b.is_ascii_digit()) {
        return Kind::Text;
    }
    if let Ok(int) = text.parse::<i64>() {
        return Kind::Int(int);
    }
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(digits) = unsigned.strip_prefix(prefix) {
            return match i64::from_str_radix(digits, radix) {
                Ok(int) if !digits.starts_with(['+', '-']) => Kind::Int(if text.starts_with('-') { -int } else { int }),
                _ => Kind::Text,
            };
        }
    }
    let special = matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN");
    let digits = unsigned
        .bytes()
        .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-'));
    if special || (digits && text.parse::<f64>().is_ok_and(f64::is_finite)) {
        return Kind::Number;
    }
    Kind::Text
}
