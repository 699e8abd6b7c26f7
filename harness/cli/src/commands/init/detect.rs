//! Chooses the framework of a project from its manifests. Without I/O.

use super::manifests::{LOOKED_FOR, Manifest};
use crate::frameworks::{Framework, Language};
use thiserror::Error;

/// Why no framework was chosen.
#[derive(Debug, Error, PartialEq, Eq)]
pub(super) enum DetectError {
    /// No manifest names one.
    #[error("no known framework is found in this folder; it has {found} (looked for: {LOOKED_FOR})")]
    Nothing {
        /// The manifests.
        found: String,
    },
    /// Several are equally likely.
    #[error("several frameworks are found: {found}")]
    Several {
        /// Them, each with the file that names it.
        found: String,
        /// Whether they have several languages.
        in_several_languages: bool,
    },
    /// The arguments contradict each other.
    #[error("{framework} is a framework of {language}, not of {given}")]
    OtherLanguage {
        /// The framework.
        framework: &'static str,
        /// Its language.
        language: &'static str,
        /// The language of the arguments.
        given: &'static str,
    },
}

impl DetectError {
    /// What to do.
    pub(super) fn help(&self) -> String {
        match self {
            Self::Nothing { .. } => {
                "write --language python, javascript, go, java or rust for its most common framework, or --framework NAME; \
                 `crosscheck init --help` lists the names"
            }
            Self::Several {
                in_several_languages: true,
                ..
            } => "write the --language of the middleware, or its --framework",
            Self::Several { .. } => "write the --framework of the middleware",
            Self::OtherLanguage { .. } => "leave out --language",
        }
        .to_owned()
    }
}

/// A framework that a manifest names.
struct Found<'m> {
    framework: Framework,
    file: &'m str,
    /// 2 for its CORS library, 1 for the framework, 0 for the language alone.
    rank: u8,
}

/// Chooses a framework: that of the arguments, or the only one that the manifests name best.
pub(super) fn detect(
    manifests: &[Manifest],
    language: Option<Language>,
    framework: Option<Framework>,
) -> Result<Framework, DetectError> {
    if let Some(framework) = framework {
        let own = framework.known().language;
        return match language {
            Some(given) if given != own => Err(DetectError::OtherLanguage {
                framework: framework.known().title,
                language: own.name(),
                given: given.name(),
            }),
            _ => Ok(framework),
        };
    }
    let considered = manifests
        .iter()
        .filter(|manifest| language.is_none_or(|l| l == manifest.language));
    let mut found: Vec<Found<'_>> = considered.flat_map(of_manifest).collect();
    let languages = |found: &[Found<'_>]| {
        let mut languages: Vec<Language> = found.iter().map(|f| f.framework.known().language).collect();
        languages.sort_unstable();
        languages.dedup();
        languages.len()
    };
    if languages(&found) == 1 {
        let best = found.iter().map(|f| f.rank).max();
        found.retain(|f| Some(f.rank) == best);
        // Two manifests may name the same one.
        let mut seen = Vec::new();
        found.retain(|f| {
            !seen.contains(&f.framework) && {
                seen.push(f.framework);
                true
            }
        });
    }
    match (found.as_slice(), language) {
        ([only], _) => Ok(only.framework),
        ([], Some(language)) => Ok(language.default_framework()),
        ([], None) => Err(DetectError::Nothing {
            found: match manifests {
                [] => "no manifest".to_owned(),
                some => listed(some.iter().map(|manifest| manifest.file.clone())),
            },
        }),
        (several, _) => Err(DetectError::Several {
            found: listed(
                several
                    .iter()
                    .map(|f| format!("{} in {}", f.framework.known().title, f.file)),
            ),
            in_several_languages: languages(several) > 1,
        }),
    }
}

/// The frameworks that a manifest names.
fn of_manifest(manifest: &Manifest) -> Vec<Found<'_>> {
    let names = |packages: &[&str]| packages.iter().any(|package| manifest.names(package));
    let rank = |framework: Framework| match framework.known() {
        known if names(known.libraries) => Some(2),
        known if names(known.packages) => Some(1),
        // The standard library of Go has a server.
        _ if framework == Framework::Nethttp => Some(0),
        _ => None,
    };
    let file = manifest.file.as_str();
    manifest
        .language
        .frameworks()
        .filter_map(|framework| rank(framework).map(|rank| Found { framework, file, rank }))
        .collect()
}

fn listed(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(", ")
}
