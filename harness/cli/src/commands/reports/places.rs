//! Finds the places of findings in the user's repository: the lines of the policy that was probed, or of the baseline of a subject, or
//! the line of the subject in `crosscheck.yaml`.

use crosscheck::project::here;
use crosscheck_corpus::document::{Entry, Faults, Node, Value, parse};
use crosscheck_report::{Places, PlacesOfSubject};
use crosscheck_results::rules::RULES;
use crosscheck_results::{Header, Run};
use crosscheck_runner::project::FILE;
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

/// The maximum size of a file in which lines are looked up.
const MAX_FILE: u64 = 4 << 20;

/// The lines of causes or of rules, by their names.
type Lines = BTreeMap<String, usize>;
type LinesOf = fn(&Node<'_>) -> Lines;

/// The places of the findings of all runs, as far as the files still exist.
pub(super) fn of(runs: &[Run]) -> Places {
    let here = std::env::current_dir().unwrap_or_default();
    let root = here.ancestors().find(|folder| folder.join(".git").exists());
    let root = root.unwrap_or(&here);
    let project = Declared::here();
    let of_run = |run: &Run| {
        let found = file_and_lines(&run.header, &project);
        let (path, lines, line) = match found {
            Some((path, lines)) => (path, lines, 1),
            None => (FILE.into(), Lines::new(), *project.lines.get(&run.header.subject)?),
        };
        let file = below(root, &here.join(&path))?;
        Some((run.header.subject.clone(), PlacesOfSubject { file, lines, line }))
    };
    runs.iter().filter_map(of_run).collect()
}

/// The subjects that the `crosscheck.yaml` of the working folder declares.
#[derive(Default)]
struct Declared {
    /// The line of each subject.
    lines: Lines,
    /// The policies of those that run already.
    policies: BTreeMap<String, PathBuf>,
}

impl Declared {
    /// Reads the file. Without one, or with one that has faults, nothing is declared: the run had no use for it either.
    fn here() -> Self {
        let Ok(Some(project)) = here() else {
            return Self::default();
        };
        let policies = project
            .subjects
            .iter()
            .filter_map(|subject| Some((subject.name.clone(), subject.address()?.policy.clone())));
        let text = crosscheck_input::read_text(Path::new(FILE), MAX_FILE).unwrap_or_default();
        let document = parse(&Faults::default(), &text);
        Self {
            policies: policies.collect(),
            lines: document.as_ref().map(lines_of_subjects).unwrap_or_default(),
        }
    }
}

/// The lines of the servers and clients of a `crosscheck.yaml`.
fn lines_of_subjects(document: &Node<'_>) -> Lines {
    let sections = entries(document)
        .iter()
        .filter(|entry| matches!(&*entry.key, "servers" | "clients"));
    sections
        .flat_map(|section| entries(&section.value))
        .map(|subject| (subject.key.to_string(), line(subject.key_at.line)))
        .collect()
}

/// The file of a subject, with the lines of its causes or rules.
fn file_and_lines(header: &Header, project: &Declared) -> Option<(PathBuf, Lines)> {
    let policy = policy(header)
        .map(PathBuf::from)
        .or_else(|| project.policies.get(&header.subject).cloned());
    let (path, lines): (PathBuf, LinesOf) = match (policy, &header.baseline) {
        (Some(policy), _) => (policy, lines_of_rules),
        (None, Some(baseline)) => (baseline.into(), lines_of_causes),
        (None, None) => return None,
    };
    let text = crosscheck_input::read_text(&path, MAX_FILE).ok()?;
    // A file that is no YAML any more still exists.
    let document = parse(&Faults::default(), &text);
    Some((path, document.as_ref().map(lines).unwrap_or_default()))
}

/// The policy file of a probe, which the command that repeats a case names.
fn policy(header: &Header) -> Option<&str> {
    let mut arguments = header.repeat.iter();
    arguments.find(|argument| *argument == "--policy")?;
    arguments.next().map(String::as_str)
}

/// A path below the root, with `/`; `None` if it is elsewhere.
fn below(root: &Path, path: &Path) -> Option<String> {
    let path = path.canonicalize().ok()?;
    let root = root.canonicalize().ok()?;
    let parts: Option<Vec<&str>> = path
        .strip_prefix(root)
        .ok()?
        .components()
        .map(|part| match part {
            Component::Normal(name) => name.to_str(),
            _ => None,
        })
        .collect();
    parts.map(|parts| parts.join("/"))
}

fn entries<'n, 's>(node: &'n Node<'s>) -> &'n [Entry<'s>] {
    match &node.value {
        Value::Map(entries) => entries,
        _ => &[],
    }
}

fn line(at: u32) -> usize {
    usize::try_from(at).unwrap_or(1)
}

/// The lines of the causes of a baseline.
fn lines_of_causes(document: &Node<'_>) -> Lines {
    let Value::List(causes) = &document.value else {
        return Lines::new();
    };
    let named = causes.iter().flat_map(entries).filter(|entry| entry.key == "cause");
    let lines = named.filter_map(|entry| match &entry.value.value {
        Value::Scalar(name, _) => Some((name.to_string(), line(entry.key_at.line))),
        _ => None,
    });
    lines.collect()
}

/// For each rule, the line of the key of the policy that the rule is about; of `origins`, if the policy does not have that key.
fn lines_of_rules(document: &Node<'_>) -> Lines {
    let policy = entries(document).iter().find(|entry| entry.key == "policy");
    let keys = policy.map(|entry| entries(&entry.value)).unwrap_or_default();
    let of_key = |key: &str| {
        let entry = keys.iter().find(|entry| entry.key == key)?;
        Some(line(entry.key_at.line))
    };
    let origins = of_key("origins");
    let lines = RULES.iter().filter_map(|rule| {
        let line = key_of(rule.id).and_then(of_key).or(origins)?;
        Some((rule.id.to_owned(), line))
    });
    lines.collect()
}

/// The key of a policy that a rule is about, if it is not about `origins`.
fn key_of(rule: &str) -> Option<&'static str> {
    Some(match rule {
        "grant-credentials" => "credentials",
        "grant-expose" | "refuse-expose" => "expose",
        "grant-method" => "methods",
        "grant-header" => "headers",
        "grant-private-network" => "private_network",
        "grant-route" => "routes",
        "max-age" => "max_age",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{lines_of_causes, lines_of_rules, lines_of_subjects};
    use crosscheck_corpus::document::{Faults, parse};

    #[test]
    fn a_rule_has_the_line_of_its_key_in_the_policy() {
        let text =
            "title: t\npolicy:\n  credentials: true\n  origins:\n    list: [https://app.example]\n  methods: [PUT]\n";
        let lines = lines_of_rules(&parse(&Faults::default(), text).expect("a document"));
        for (rule, line) in [
            ("grant-credentials", 3),
            ("grant-method", 6),
            ("vary", 4),
            ("max-age", 4),
        ] {
            assert_eq!(lines[rule], line, "{rule}");
        }
        let other = parse(&Faults::default(), "[1, 2]\n").expect("a document");
        assert!(lines_of_rules(&other).is_empty() && lines_of_causes(&other).is_empty());
    }

    #[test]
    fn a_subject_has_its_line_in_the_project() {
        let text =
            "crosscheck: 1\nservers:\n  api: { start: x }\n  other:\n    start: y\nclients: { sdk: { adapter: z } }\n";
        let lines = lines_of_subjects(&parse(&Faults::default(), text).expect("a document"));
        let expected = [("api", 3), ("other", 4), ("sdk", 6)];
        assert_eq!(lines, expected.map(|(name, line)| (name.to_owned(), line)).into());
    }

    #[test]
    fn a_cause_has_its_line_in_the_baseline() {
        let text = "# head\n- cause: one\n  rule: vary\n- rule: vary\n  cause: 'two'\n";
        let lines = lines_of_causes(&parse(&Faults::default(), text).expect("a document"));
        assert_eq!(
            lines.into_iter().collect::<Vec<_>>(),
            [("one".to_owned(), 2), ("two".to_owned(), 5)]
        );
    }
}
