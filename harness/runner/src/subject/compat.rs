//! Releases that need another configuration than the current one, or have another name in their registry.

use super::description::Description;
use super::keywords::{DocumentedAnchoring, Registry};
#[cfg(feature = "schema")]
use super::schema::FlagWord;
use super::spec::SubjectSpec;
use super::subjects::Subject;
use crosscheck_corpus::Flag;
use crosscheck_results::version::VersionRange;
use std::borrow::Cow;

/// A range of a library's releases, and the differences of its adapter from that of the current release.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(
    feature = "schema",
    schemars(deny_unknown_fields, rename_all = "kebab-case", rename = "Era")
)]
pub struct Compat {
    /// The releases: `<18.1`, or `>=4, <5`. A preview comes before its release; `-0` comes before every preview.
    pub versions: VersionRange,
    /// Its name in the registry, if it differs.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub package: Option<String>,
    /// A folder below that of the adapter. Its files replace those of the same name.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub folder: Option<String>,
    /// The command that starts the adapter, if it differs.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub start: Vec<String>,
    /// Its capabilities, if they differ.
    #[cfg_attr(feature = "schema", schemars(default, with = "Option<Vec<FlagWord>>"))]
    pub flags: Option<Vec<Flag>>,
    /// How regular expressions are matched, if it differs.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub anchoring: Option<DocumentedAnchoring>,
    /// Whether its library has global state, if it differs.
    #[cfg_attr(feature = "schema", schemars(default, rename = "process_per_policy"))]
    pub process_per_policy: Option<bool>,
    /// For a crate: the enabled features of the manifest in its folder.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub features: Vec<String>,
    /// The reason why these releases have no adapter.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub reason: Option<String>,
}

impl Description {
    /// The first range that contains a version.
    pub(super) fn compat_of(&self, version: &str) -> Option<&Compat> {
        self.compat.iter().find(|compat| compat.versions.contains(version))
    }
}

impl Subject {
    fn compat(&self, spec: &SubjectSpec) -> Option<&Compat> {
        self.description.compat_of(spec.version.as_deref()?)
    }

    /// The reason why a release has no adapter; `None` if it has one.
    pub(super) fn no_adapter(&self, spec: &SubjectSpec) -> Option<&str> {
        self.compat(spec).and_then(|compat| compat.reason.as_deref())
    }

    /// Returns the subject with the changes for a release.
    #[must_use]
    pub fn in_release(&self, spec: &SubjectSpec) -> Cow<'_, Self> {
        let Some(compat) = self.compat(spec) else {
            return Cow::Borrowed(self);
        };
        let mut then = self.clone();
        let description = &mut then.description;
        if let Some(package) = &compat.package {
            description.package.name.clone_from(package);
        }
        if !compat.start.is_empty() {
            description.start.clone_from(&compat.start);
        }
        if let Some(flags) = &compat.flags {
            description.flags.clone_from(flags);
            description
                .unsupported
                .retain(|capability, _| capability.kind.is_some() || !flags.contains(&capability.flag));
        }
        if let Some(anchoring) = compat.anchoring {
            description.anchoring = anchoring;
        }
        if let Some(alone) = compat.process_per_policy {
            description.process_per_policy = alone;
        }
        if description.package.registry == Registry::Crates {
            // The manifest of the range builds the adapter and replaces sources of the default adapter.
            return Cow::Owned(then);
        }
        // Prevents a second application.
        description.compat.clear();
        then.overlay = compat.folder.as_ref().map(|folder| self.folder.join(folder));
        Cow::Owned(then)
    }
}

#[cfg(test)]
mod tests {
    use crate::subject::SubjectSpec;
    use crate::subjects::tests::all as all_subjects;

    #[track_caller]
    fn check(spec: &str, package: &str, overlay: Option<&str>) {
        let spec: SubjectSpec = spec.parse().unwrap();
        let all = all_subjects();
        let then = all[&spec.name].in_release(&spec).into_owned();
        assert_eq!(then.description.package.name, package, "{spec}");
        let overlay = overlay.map(|o| all[&spec.name].folder.join(o));
        assert_eq!(then.overlay, overlay, "{spec}");
        assert_eq!(
            then.in_release(&spec).into_owned().overlay,
            then.overlay,
            "{spec}, applied twice"
        );
    }

    #[test]
    fn an_old_release_has_the_package_name_and_the_adapter_of_its_range() {
        check("fiber@2.52.0", "github.com/gofiber/fiber/v2", Some("v2"));
        check("fiber@v2.52.10", "github.com/gofiber/fiber/v2", Some("v2"));
        check("fiber@3.0.0", "github.com/gofiber/fiber/v3", None);
        check("fiber", "github.com/gofiber/fiber/v3", None);
    }

    #[test]
    fn a_release_without_an_adapter_has_a_reason() {
        let all = all_subjects();
        for (spec, why) in [("rocket-cors@0.5.2", Some("nightly")), ("rocket-cors@0.6.0", None)] {
            let spec: SubjectSpec = spec.parse().unwrap();
            let found = all[&spec.name].no_adapter(&spec);
            assert_eq!(found.is_some(), why.is_some(), "{spec}");
            assert!(found.unwrap_or_default().contains(why.unwrap_or_default()), "{spec}");
        }
    }

    #[test]
    fn previews_belong_to_the_release_that_they_preview() {
        check("fiber@3.0.0-rc.1", "github.com/gofiber/fiber/v3", None);
        check("tomcat@10.0.0-M1", "org.apache.tomcat.embed:tomcat-embed-core", None);
        check("echo@5.0.0-alpha", "github.com/labstack/echo/v5", None);
    }

    #[test]
    fn every_range_has_its_folder() {
        for subject in all_subjects().values() {
            for compat in &subject.description.compat {
                let folder = compat.folder.as_ref().map(|f| subject.folder.join(f));
                assert!(folder.is_none_or(|f| f.is_dir()), "{}: {compat:?}", subject.name);
            }
        }
    }
}
