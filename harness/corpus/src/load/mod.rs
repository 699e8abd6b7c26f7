//! From files to a corpus. Loading never fails: what does not load is a problem beside what does.

mod case;
mod discover;
mod exchange;
mod expect;
mod file;
mod headers;
mod merge;
mod origin_text;
mod policy;
mod reader;
mod request;
mod rows;
mod tree;
mod values;
mod yaml;

use crosscheck_text::closest;
pub(crate) use discover::diagnostics;
pub use reader::{Faults, Fields};
pub use tree::{At, Entry, Fault, Kind, Node, Value, short};
pub(crate) use yaml::parse;

use crate::case::{Case, PolicyRef};
use crate::catalogue::{Catalogue, EMBEDDED_TEXT};
use crate::diagnostic::{Diagnostic, Severity};
use crate::location::Location;
use crate::policy::{NamedPolicy, RESERVED};
use crate::sources::Sources;
use discover::{Found, Purpose, diagnostic, discover, read};
use file::{CaseFile, StepMention, case_file, unique};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Everything below some paths: cases, policies, the catalogue, and what is wrong with them.
#[derive(Clone, Debug)]
pub struct Corpus {
    /// The cases of the files that load, rows expanded, sorted by id.
    pub cases: Vec<Arc<Case>>,
    /// The policies by name.
    pub policies: BTreeMap<String, NamedPolicy>,
    /// The catalogue: of the first path that has one, else the one that the program was built with.
    pub catalogue: Arc<Catalogue>,
    /// The texts of the files, for excerpts.
    pub sources: Sources,
    /// SHA-256 over names and texts of all files, in hexadecimal.
    pub digest: String,
    /// What keeps files from loading.
    pub problems: Vec<Diagnostic>,
    /// What loading found and only `lint` reports.
    pub(crate) remarks: Vec<Diagnostic>,
    /// The good cases of files that do not load: `lint` looks at them too, so that all faults of a file are reported together.
    pub(crate) withheld: Vec<Arc<Case>>,
    /// The file of the catalogue, if a path that was given whole has one: then all of it can be checked for coverage.
    pub(crate) catalogue_file: Option<String>,
}

/// Where a file names each step.
type StepPlaces = BTreeMap<String, BTreeSet<yaml::At>>;

/// What the paths have given so far.
#[derive(Default)]
struct Loader {
    cases: Vec<Arc<Case>>,
    withheld: Vec<Arc<Case>>,
    policies: BTreeMap<String, NamedPolicy>,
    catalogue: Option<Arc<Catalogue>>,
    catalogue_file: Option<String>,
    sources: Sources,
    problems: Vec<Diagnostic>,
    steps: Vec<(Arc<str>, StepPlaces)>,
    remarks: Vec<Diagnostic>,
    digest: Sha256,
}

impl Corpus {
    /// Loads paths: folders, or single files. Ids are relative to each.
    #[must_use]
    pub fn load(paths: &[PathBuf]) -> Self {
        Self::from_texts_and_paths("", [], paths)
    }

    /// Loads a corpus from texts, each with its path below the folder `shown`. Messages name the files as if they were there.
    #[must_use]
    pub fn from_texts<'t>(shown: &str, texts: impl IntoIterator<Item = (&'t str, &'t str)>) -> Self {
        Self::from_texts_and_paths(shown, texts, &[])
    }

    /// Loads a corpus from texts, and then paths: folders, or single files. Ids are relative to each.
    #[must_use]
    pub fn from_texts_and_paths<'t>(
        shown: &str,
        texts: impl IntoIterator<Item = (&'t str, &'t str)>,
        paths: &[PathBuf],
    ) -> Self {
        let mut loader = Loader::default();
        let found = texts.into_iter().filter_map(|(below, text)| {
            let file = Found::of(Path::new(shown).join(below), below)?;
            Some((file, text.to_owned()))
        });
        loader.texts(found.collect());
        let mut seen = HashSet::new();
        for path in paths {
            // The same path given twice is one path.
            if seen.insert(std::fs::canonicalize(path).unwrap_or_else(|_| path.clone())) {
                let found = discover(path, &mut loader.problems);
                loader.path(found);
            }
        }
        loader.finish()
    }

    /// The digest of a corpus of texts, as [`Self::from_texts`] computes it, without loading them.
    #[must_use]
    pub fn digest_of_texts<'t>(texts: impl IntoIterator<Item = (&'t str, &'t str)>) -> String {
        let found = texts
            .into_iter()
            .filter_map(|(below, text)| Some((Found::of(below.into(), below)?, text)));
        let mut found: Vec<(Found, &str)> = found.collect();
        found.sort_by(|(a, _), (b, _)| Found::in_order(a, b));
        let mut digest = Sha256::new();
        for (file, text) in &found {
            add_to_digest(&mut digest, file, text);
        }
        hexadecimal(digest)
    }

    /// Loads one policy file and nothing else; the policy has the name of the file.
    #[must_use]
    pub fn load_policy(path: &Path) -> Self {
        let mut loader = Loader::default();
        let below = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        loader.path(vec![Found {
            path: path.to_owned(),
            shown: path.to_string_lossy().into_owned(),
            below,
            purpose: Purpose::Policy,
            borrowed: false,
        }]);
        loader.finish()
    }

    /// Loads one text as the file `<topic>.yaml` of a corpus that has these policies. For fuzzing and tests.
    #[must_use]
    pub fn from_text(topic: &str, text: &str, policies: BTreeMap<String, NamedPolicy>) -> Self {
        let mut loader = Loader {
            policies,
            ..Loader::default()
        };
        let file: Arc<str> = format!("{topic}.yaml").into();
        let names: HashSet<String> = loader.policies.keys().cloned().collect();
        loader.cases_of(&file, topic, text, &names);
        loader.sources.insert(&*file, text);
        loader.finish()
    }

    /// A case by its id.
    #[must_use]
    pub fn case(&self, id: &str) -> Option<&Case> {
        self.cases
            .binary_search_by(|c| c.id.as_str().cmp(id))
            .ok()
            .map(|i| &*self.cases[i])
    }

    /// The policy of a case.
    #[must_use]
    pub fn policy_of<'a>(&'a self, case: &'a Case) -> Option<&'a crate::policy::Policy> {
        match case.policy()? {
            PolicyRef::Named(name) => self.policies.get(name).map(|p| &p.policy),
            PolicyRef::Mode(_) => None,
            PolicyRef::Inline(policy) => Some(policy),
        }
    }
}

/// Adds the name and the text of a file.
fn add_to_digest(digest: &mut Sha256, file: &Found, text: &str) {
    digest.update(file.below.as_bytes());
    digest.update([0]);
    digest.update((text.len() as u64).to_le_bytes());
    digest.update(text.as_bytes());
}

fn hexadecimal(digest: Sha256) -> String {
    digest.finalize().iter().map(|b| format!("{b:02x}")).collect()
}

impl Loader {
    fn path(&mut self, found: Vec<Found>) {
        let mut texts = Vec::with_capacity(found.len());
        for file in found {
            if let Some(text) = read(&file, &mut self.problems, &mut self.sources) {
                texts.push((file, text));
            }
        }
        self.texts(texts);
    }

    /// Loads the texts of the files of one path.
    fn texts(&mut self, mut found: Vec<(Found, String)>) {
        found.sort_by(|(a, _), (b, _)| Found::in_order(a, b));
        let mut own = HashSet::new();
        let mut texts = Vec::new();
        for (file, text) in found {
            add_to_digest(&mut self.digest, &file, &text);
            match file.purpose {
                Purpose::Catalogue => self.catalogue_of(&file, &text),
                Purpose::Policy => {
                    if let Some(name) = self.policy_of(&file, &text) {
                        own.insert(name);
                    }
                }
                Purpose::Cases => {
                    texts.push((file, text));
                    continue;
                }
            }
            self.sources.insert(file.shown, &text);
        }
        let names: HashSet<String> = self.policies.keys().cloned().chain(own).collect();
        for (file, text) in texts {
            let shown: Arc<str> = file.shown.into();
            self.cases_of(&shown, &file.below, &text, &names);
            self.sources.insert(&*shown, &text);
        }
    }

    fn catalogue_of(&mut self, file: &Found, text: &str) {
        if self.catalogue.is_some() {
            return;
        }
        self.catalogue_file = (!file.borrowed).then(|| file.shown.clone());
        if text == EMBEDDED_TEXT {
            self.catalogue = Some(Catalogue::embedded());
            return;
        }
        match Catalogue::load(text) {
            Ok(catalogue) => self.catalogue = Some(Arc::new(catalogue)),
            Err(error) => {
                let location = match &error {
                    crate::catalogue::CatalogueError::Yaml(e) => e.location(),
                    crate::catalogue::CatalogueError::Twice(_) => None,
                };
                let help = "a step has id, anchor, applies_to, level, summary, boundaries, and where needed out_of_model or one_sided";
                self.problems.push(Diagnostic {
                    line: location.as_ref().map_or(0, serde_yaml::Location::line),
                    column: location.as_ref().map_or(0, serde_yaml::Location::column),
                    ..Diagnostic::of_file(Severity::Load, &file.shown, error.to_string(), help)
                });
            }
        }
    }

    fn policy_of(&mut self, file: &Found, text: &str) -> Option<String> {
        let name = file.below.strip_prefix("policies/").unwrap_or(&file.below).to_owned();
        let faults = Faults::default();
        let mut found = Vec::new();
        let parsed = yaml::parse(text, &mut found);
        faults.extend(found);
        let mut read = None;
        match parsed {
            Ok(Some(root)) => {
                if RESERVED.contains(&name.as_str()) {
                    faults.add(
                        root.at,
                        format!("the policy id `{name}` is reserved"),
                        "rename the file",
                    );
                }
                let at = Location {
                    file: file.shown.as_str().into(),
                    line: root.at.line as usize,
                    column: root.at.column as usize,
                };
                read = policy::policy_file(&faults, &root).map(|f| (f, at));
            }
            Ok(None) => faults.add(
                yaml::At::default(),
                "the file is empty",
                "write title and policy, or remove the file",
            ),
            Err(fault) => faults.extend(vec![fault]),
        }
        self.warnings(&faults, &file.shown);
        let problems = diagnostics(Severity::Load, faults, &file.shown);
        if !problems.is_empty() {
            self.problems.extend(problems);
            // Cases that name it are not at fault.
            return Some(name);
        }
        let (read, at) = read?;
        self.policies.entry(name.clone()).or_insert(NamedPolicy {
            name: name.clone(),
            title: read.title,
            note: read.note,
            policy: read.policy,
            at,
        });
        Some(name)
    }

    fn cases_of(&mut self, file: &Arc<str>, topic: &str, text: &str, policies: &HashSet<String>) {
        let faults = Faults::default();
        let mut found = Vec::new();
        let parsed = yaml::parse(text, &mut found);
        faults.extend(found);
        let mut read = CaseFile::default();
        match parsed {
            Ok(Some(root)) => read = case_file(&faults, root, topic, file),
            Ok(None) => faults.add(
                yaml::At::default(),
                "the file is empty",
                "write title and cases, or remove the file",
            ),
            Err(fault) => faults.extend(vec![fault]),
        }
        for mention in unique(read.policies) {
            if !policies.contains(&mention.id) {
                let near = closest(&mention.id, policies.iter().map(String::as_str));
                let help = near.map_or_else(
                    || "add the file policies/<name>.yaml, or write the policy itself".to_owned(),
                    |near| format!("did you mean `{near}`?"),
                );
                faults.add(
                    mention.at,
                    format!("there is no policy `{}`", yaml::short(&mention.id)),
                    help,
                );
            }
        }
        self.warnings(&faults, file);
        let problems = diagnostics(Severity::Load, faults, file);
        if problems.is_empty() {
            self.cases.extend(read.cases.into_iter().map(Arc::new));
        } else {
            self.problems.extend(problems);
            self.withheld.extend(read.cases.into_iter().map(Arc::new));
        }
        let mut steps = StepPlaces::new();
        for StepMention { id, at } in read.steps {
            steps.entry(id).or_default().insert(at);
        }
        self.steps.push((file.clone(), steps));
    }

    /// Keeps the warnings of a file for `lint`.
    fn warnings(&mut self, faults: &Faults, file: &str) {
        let warnings = faults.take_warnings().into_iter();
        self.remarks
            .extend(warnings.map(|fault| diagnostic(Severity::Lint, file, fault.at, fault.message, Some(fault.help))));
    }

    fn finish(mut self) -> Corpus {
        self.cases.sort_by(|a, b| a.id.cmp(&b.id));
        self.refuse_repeated_ids();
        let catalogue = self.catalogue.unwrap_or_else(Catalogue::embedded);
        let mut remarks = self.remarks;
        for (file, steps) in self.steps {
            for (id, places) in steps.into_iter().filter(|(id, _)| catalogue.get(id).is_none()) {
                let help = catalogue.closest(&id).map_or_else(
                    || "the steps are in cases/steps.yaml".to_owned(),
                    |near| format!("did you mean `{near}`?"),
                );
                let message = format!("the catalogue has no step `{}`", yaml::short(&id));
                let remark = |at| diagnostic(Severity::Lint, &file, at, message.clone(), Some(help.clone()));
                remarks.extend(places.into_iter().map(remark));
            }
        }
        let digest = hexadecimal(self.digest);
        Corpus {
            cases: self.cases,
            policies: self.policies,
            catalogue,
            sources: self.sources,
            digest,
            problems: self.problems,
            remarks,
            withheld: self.withheld,
            catalogue_file: self.catalogue_file,
        }
    }

    /// The same id from two paths: both would have one result, so neither may win silently.
    fn refuse_repeated_ids(&mut self) {
        let mut first: HashMap<&str, &Location> = HashMap::new();
        let mut refused = HashSet::new();
        for case in &self.cases {
            let Some(at) = case.at() else { continue };
            let Some(other) = first.insert(case.id.as_str(), at) else {
                continue;
            };
            refused.insert(at.file.clone());
            self.problems.push(Diagnostic {
                severity: Severity::Load,
                file: at.file.to_string(),
                line: at.line,
                column: at.column,
                span: None,
                message: format!("the id {} comes from two paths", case.id),
                help: Some(format!("the other one is {other}; rename one of the files")),
                case: Some(case.id.to_string()),
            });
        }
        if !refused.is_empty() {
            self.cases
                .retain(|c| c.at().is_none_or(|at| !refused.contains(&at.file)));
        }
    }
}

#[cfg(test)]
mod tests;
