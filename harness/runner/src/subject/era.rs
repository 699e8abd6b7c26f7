//! Releases that are configured otherwise than the current one, or lie under another name in their registry.

use super::description::{Known, SubjectSpec};
use super::schema::FlagWord;
use crate::baseline::matches_version;
use crosscheck_corpus::Flag;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// A stretch of a library's releases, and in what its adapter differs from that of the current one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Era {
    /// The releases, as a range: `<18.1`, or `>=4,<5`.
    pub versions: String,
    /// Its name in the registry, if another.
    #[serde(default)]
    pub package: Option<String>,
    /// The folder, below that of the adapter, of what is installed in place of files of the same name.
    #[serde(default)]
    pub folder: Option<String>,
    /// The command that starts the adapter, if another.
    #[serde(default)]
    pub start: Vec<String>,
    /// What it can express, if not the same.
    #[serde(default)]
    #[schemars(with = "Option<Vec<FlagWord>>")]
    pub flags: Option<Vec<Flag>>,
    /// How regular expressions match, if not as now.
    #[serde(default)]
    pub anchoring: Option<String>,
    /// Whether its library has global state, if not as now.
    #[serde(default, rename = "process_per_policy")]
    pub process_per_policy: Option<bool>,
    /// Of a crate: the features of the manifest in its folder that are on.
    #[serde(default)]
    pub features: Vec<String>,
    /// Why there is no adapter for them.
    #[serde(default)]
    pub reason: Option<String>,
}

impl Known {
    /// The first era that the release that is asked for lies in.
    fn era(&self, spec: &SubjectSpec) -> Option<&Era> {
        let version = spec.version.as_deref()?.trim_start_matches('v');
        let eras = &self.description.eras;
        eras.iter()
            .find(|e| matches_version(&e.versions, version) == Some(true))
    }

    /// Why there is no adapter for the release that is asked for, where there is none.
    pub(super) fn no_adapter(&self, spec: &SubjectSpec) -> Option<&str> {
        self.era(spec).and_then(|era| era.reason.as_deref())
    }

    /// The subject as it is in the release that is asked for.
    #[must_use]
    pub fn in_release(&self, spec: &SubjectSpec) -> Cow<'_, Self> {
        let Some(era) = self.era(spec) else {
            return Cow::Borrowed(self);
        };
        let mut then = self.clone();
        let description = &mut then.description;
        if let Some(package) = &era.package {
            description.package.name.clone_from(package);
        }
        if !era.start.is_empty() {
            description.start.clone_from(&era.start);
        }
        if let Some(flags) = &era.flags {
            description.flags.clone_from(flags);
            description.denies.retain(|flag, _| !flags.contains(flag));
            then.narrowed = true;
        }
        if let Some(anchoring) = &era.anchoring {
            description.anchoring.clone_from(anchoring);
        }
        if let Some(alone) = era.process_per_policy {
            description.process_per_policy = alone;
        }
        if description.package.registry == "crates.io" {
            // The era's manifest builds it, and lays its sources over those of the adapter itself.
            return Cow::Owned(then);
        }
        // It is of its era once and for all.
        description.eras.clear();
        then.overlay = era.folder.as_ref().map(|folder| self.folder.join(folder));
        Cow::Owned(then)
    }
}

#[cfg(test)]
mod tests {
    use crate::subject::{Known, SubjectSpec, subjects_folder};

    #[track_caller]
    fn check(spec: &str, package: &str, overlay: Option<&str>) {
        let spec: SubjectSpec = spec.parse().unwrap();
        let all = Known::all(&subjects_folder()).unwrap();
        let then = all[&spec.name].in_release(&spec).into_owned();
        assert_eq!(then.description.package.name, package, "{spec}");
        let overlay = overlay.map(|o| all[&spec.name].folder.join(o));
        assert_eq!(then.overlay, overlay, "{spec}");
        assert_eq!(
            then.in_release(&spec).into_owned().overlay,
            then.overlay,
            "{spec}, asked again"
        );
    }

    #[test]
    fn an_old_release_has_the_name_and_the_adapter_of_its_era() {
        check("fiber@2.52.0", "github.com/gofiber/fiber/v2", Some("v2"));
        check("fiber@v2.52.10", "github.com/gofiber/fiber/v2", Some("v2"));
        check("fiber@3.0.0", "github.com/gofiber/fiber/v3", None);
        check("fiber", "github.com/gofiber/fiber/v3", None);
    }

    #[test]
    fn a_release_without_an_adapter_says_why() {
        let all = Known::all(&subjects_folder()).unwrap();
        for (spec, why) in [("rocket-cors@0.5.2", Some("nightly")), ("rocket-cors@0.6.0", None)] {
            let spec: SubjectSpec = spec.parse().unwrap();
            let found = all[&spec.name].no_adapter(&spec);
            assert_eq!(found.is_some(), why.is_some(), "{spec}");
            assert!(found.unwrap_or_default().contains(why.unwrap_or_default()), "{spec}");
        }
    }

    #[test]
    fn every_era_says_which_releases_it_has_and_its_folder_is_there() {
        for known in Known::all(&subjects_folder()).unwrap().values() {
            for era in &known.description.eras {
                let valid = crate::baseline::matches_version(&era.versions, "1.2.3");
                assert!(valid.is_some(), "{}: `{}` is no range", known.name, era.versions);
                let folder = era.folder.as_ref().map(|f| known.folder.join(f));
                assert!(folder.is_none_or(|f| f.is_dir()), "{}: {era:?}", known.name);
            }
        }
    }
}
