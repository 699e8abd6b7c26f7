//! The ids of cases.

use crate::id::id;

/// Starts the id of each probe. No file of cases lies below this folder, which has the policies.
const POLICIES: &str = "policies/";

id! {
    /// The id of a case; permanent.
    ///
    /// A written case has the id `<topic>#<case>`, or `<topic>#<case>/<row>`; its topic is the path of its file below the corpus, without
    /// the extension. A probe has the id `policies/<policy>#<generator>/<slug>`.
    CaseId
}

/// The parts of an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaseIdParts<'a> {
    /// A case that a person wrote.
    Written {
        /// The path of the file below the corpus, without the extension.
        topic: &'a str,
        /// The id of the case in its file.
        case: &'a str,
        /// The id of the row, if the case has rows.
        row: Option<&'a str>,
    },
    /// A case that a program derived from a policy.
    Probe {
        /// The policy: the name of its file, or the id of the case that has it.
        policy: &'a str,
        /// The generator.
        generator: &'a str,
        /// What the generator requests.
        slug: &'a str,
    },
}

impl CaseId {
    /// The id of a written case, or of a row of it.
    #[must_use]
    pub fn written(topic: &str, case: &str, row: Option<&str>) -> Self {
        Self::from(match row {
            None => [topic, "#", case].concat(),
            Some(row) => [topic, "#", case, "/", row].concat(),
        })
    }

    /// The id of a probe.
    #[must_use]
    pub fn probe(policy: &str, generator: &str, slug: &str) -> Self {
        Self::from([POLICIES, policy, "#", generator, "/", slug].concat())
    }

    /// Whether a text starts as the id of a probe does.
    #[must_use]
    pub fn is_of_probes(text: &str) -> bool {
        text.starts_with(POLICIES)
    }

    /// The parts. The policy of a probe may itself be the id of a case, so the last `#` ends it.
    #[must_use]
    pub fn parts(&self) -> CaseIdParts<'_> {
        let probe = self.0.strip_prefix(POLICIES).and_then(|rest| rest.rsplit_once('#'));
        if let Some((policy, request)) = probe {
            let (generator, slug) = request.split_once('/').unwrap_or((request, ""));
            return CaseIdParts::Probe {
                policy,
                generator,
                slug,
            };
        }
        let (topic, rest) = self.0.split_once('#').unwrap_or((&self.0, ""));
        let (case, row) = rest
            .split_once('/')
            .map_or((rest, None), |(case, row)| (case, Some(row)));
        CaseIdParts::Written { topic, case, row }
    }

    /// The generator and the slug, if it is the id of a probe.
    #[must_use]
    pub fn generated(&self) -> Option<(&str, &str)> {
        match self.parts() {
            CaseIdParts::Probe { generator, slug, .. } => Some((generator, slug)),
            CaseIdParts::Written { .. } => None,
        }
    }

    /// The part before `#`, for a written case the path of its file.
    #[must_use]
    pub fn topic(&self) -> &str {
        self.0.split_once('#').map_or(&self.0, |(topic, _)| topic)
    }

    /// The first folder of the topic, or the topic if it has no folder.
    #[must_use]
    pub fn folder(&self) -> &str {
        let topic = self.topic();
        topic.split_once('/').map_or(topic, |(folder, _)| folder)
    }

    /// All names that the id is made of, from folder to row.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.split(['/', '#'])
    }

    /// Whether it is the given id, or lies below it: a folder, a file with or without `.yaml`, or a case with rows.
    #[must_use]
    pub fn is_below(&self, given: &str) -> bool {
        let given = given.strip_suffix(".yaml").unwrap_or(given);
        let given = given.trim_end_matches('/');
        let rest = self.0.strip_prefix(given);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '#']))
    }
}

#[cfg(test)]
mod tests {
    use super::{CaseId, CaseIdParts};

    #[track_caller]
    fn check(text: &str, parts: CaseIdParts<'_>) {
        let id = CaseId::from(text);
        assert_eq!(id.parts(), parts);
        let again = match parts {
            CaseIdParts::Written { topic, case, row } => CaseId::written(topic, case, row),
            CaseIdParts::Probe {
                policy,
                generator,
                slug,
            } => CaseId::probe(policy, generator, slug),
        };
        assert_eq!(again, id);
    }

    #[test]
    fn an_id_is_read_into_its_parts_and_written_from_them() {
        let (topic, case) = ("cors-check/acac", "true");
        check("cors-check/acac#true", CaseIdParts::Written { topic, case, row: None });
        let row = Some("upper");
        check("cors-check/acac#true/upper", CaseIdParts::Written { topic, case, row });
        let (generator, slug) = ("vary", "root-allowed");
        for policy in ["any", "app/login#inline"] {
            check(
                &format!("policies/{policy}#vary/root-allowed"),
                CaseIdParts::Probe {
                    policy,
                    generator,
                    slug,
                },
            );
        }
    }

    #[test]
    fn a_file_a_folder_and_a_case_with_rows_are_above_an_id() {
        let id = CaseId::from("cors-check/acac#true/upper");
        for above in [
            "cors-check",
            "cors-check/",
            "cors-check/acac",
            "cors-check/acac.yaml",
            "cors-check/acac#true",
        ] {
            assert!(id.is_below(above), "{above}");
        }
        for other in [
            "cors",
            "cors-check/aca",
            "cors-check/acac#tru",
            "acac",
            "cors-check/acac#true/upper/x",
        ] {
            assert!(!id.is_below(other), "{other}");
        }
        assert_eq!((id.topic(), id.folder()), ("cors-check/acac", "cors-check"));
    }
}
