//! `browser` of a `subject.yaml`: a client that drives itself with a page of the harness, which is its HTTP proxy.

use super::description::Lack;
use super::keywords::BrowserPage;
use super::read::Reader;
use crosscheck_corpus::document::{At, Faults, Fields, Node, Value};
use crosscheck_corpus::words::Need;
use std::collections::BTreeMap;
use std::path::{Component, Path};

/// The number of fetches of one page unless the description states another one.
const CONCURRENCY: u64 = 6;
/// The largest number of them: browsers open at most six connections to a host.
const MAX_CONCURRENCY: i64 = 6;
const KEYS: &[&str] = &[
    "programs",
    "environment",
    "files",
    "display",
    "page",
    "concurrency",
    "version",
];

/// How a browser is started. In `start`, `environment` and `files`, `{program}` is the program that was found, `{proxy}` the address and
/// port of the proxy, `{proxy-port}` its port, `{url}` the page to open, `{ca}` the file with the certificate of the authority,
/// `{spki}` the hash of the key of its certificates, `{cert-override}` the exceptions for them in the format of Firefox, and `{profile}` a
/// new folder.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
pub struct Browser {
    /// Names or paths of its program; the first one that exists is `{program}`. Without them, the first word of `start` is the program.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub programs: Vec<String>,
    /// Variables that it gets, by their names.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub environment: BTreeMap<String, String>,
    /// Texts of files of the profile, by their paths below it.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub files: BTreeMap<String, String>,
    /// Whether it needs an X display. Xvfb provides it.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub display: bool,
    /// The page that drives it.
    #[cfg_attr(feature = "schema", schemars(default = "default_page"))]
    pub page: BrowserPage,
    /// The number of fetches that one page has in flight.
    #[cfg_attr(feature = "schema", schemars(default = "default_concurrency"))]
    pub concurrency: u64,
    /// The arguments with which it prints its version; an empty list if it prints none.
    #[cfg_attr(feature = "schema", schemars(default = "default_version"))]
    pub version: Vec<String>,
}

#[cfg(feature = "schema")]
const fn default_concurrency() -> u64 {
    CONCURRENCY
}

#[cfg(feature = "schema")]
const fn default_page() -> &'static str {
    BrowserPage::Full.as_str()
}

#[cfg(feature = "schema")]
fn default_version() -> Vec<String> {
    vec!["--version".to_owned()]
}

impl Browser {
    /// A browser that only its command describes. It is not started for its version: a program that does not know the argument would
    /// open a window.
    #[must_use]
    pub fn by_command() -> Self {
        Self {
            programs: Vec::new(),
            environment: BTreeMap::new(),
            files: BTreeMap::new(),
            display: false,
            page: BrowserPage::Full,
            concurrency: CONCURRENCY,
            version: Vec::new(),
        }
    }

    /// What no browser has that a page of the harness drives.
    #[must_use]
    pub fn lacks() -> Vec<Lack> {
        vec![Lack {
            need: Need::AppOrigin,
            reason: "the page is served over HTTP and HTTPS".to_owned(),
        }]
    }
}

/// Reports a command without a place for the page or for the proxy: such a browser would send nothing to the harness.
pub(crate) fn check_command(faults: &Faults, at: At, start: &[String], browser: &Browser) {
    let texts = || {
        start
            .iter()
            .chain(browser.environment.values())
            .chain(browser.files.values())
    };
    for (placeholder, what) in [("{url}", "the page to open"), ("{proxy", "the proxy")] {
        if !texts().any(|text| text.contains(placeholder)) {
            let name = format!("{}}}", placeholder.trim_end_matches('}'));
            let message = format!("the command of the browser has no place for {what}");
            faults.add(at, message, format!("write {name} where the browser gets {what}"));
        }
    }
}

impl Reader<'_> {
    /// Reads the key `browser`.
    pub(super) fn browser(&self, fields: &Fields<'_, '_>) -> Option<Browser> {
        let node = fields.get("browser")?;
        let fields = self.faults.fields(node, "a browser", KEYS)?;
        let version = fields.get("version").map(|_| self.strings(&fields, "version"));
        Some(Browser {
            programs: self.strings(&fields, "programs"),
            environment: self.texts(&fields, "environment", |_, _| {}),
            files: self.texts(&fields, "files", Self::below_profile),
            display: self.boolean(&fields, "display").unwrap_or_default(),
            page: self.page(&fields).unwrap_or(BrowserPage::Full),
            concurrency: self.concurrency(&fields).unwrap_or(CONCURRENCY),
            version: version.unwrap_or_else(|| vec!["--version".to_owned()]),
        })
    }

    /// A map from texts to texts.
    fn texts(
        &self,
        fields: &Fields<'_, '_>,
        key: &str,
        check: impl Fn(&Self, (&str, &Node<'_>)),
    ) -> BTreeMap<String, String> {
        let Some(node) = fields.get(key) else {
            return BTreeMap::new();
        };
        let Value::Map(entries) = &node.value else {
            let message = format!("`{key}` must be a map, not {}", node.describe());
            self.faults.add(node.at, message, "write `NAME: \"text\"` lines");
            return BTreeMap::new();
        };
        let texts = entries.iter().filter_map(|entry| {
            check(self, (&entry.key, &entry.value));
            Some((entry.key.to_string(), self.faults.string(&entry.value, &entry.key)?))
        });
        texts.collect()
    }

    /// Files are below the profile, which is a folder for temporary files.
    fn below_profile(&self, (name, node): (&str, &Node<'_>)) {
        let is_below = !name.is_empty() && Path::new(name).components().all(|c| matches!(c, Component::Normal(_)));
        if !is_below {
            let message = format!("the file {name:?} is not below the profile");
            self.faults
                .add(node.at, message, "write a path such as Default/Preferences");
        }
    }

    fn page(&self, fields: &Fields<'_, '_>) -> Option<BrowserPage> {
        let node = fields.get("page")?;
        self.faults.word(node, "page", BrowserPage::WORDS)
    }

    fn concurrency(&self, fields: &Fields<'_, '_>) -> Option<u64> {
        let node = fields.get("concurrency")?;
        self.faults.int(node, "concurrency", 1, MAX_CONCURRENCY)
    }
}
