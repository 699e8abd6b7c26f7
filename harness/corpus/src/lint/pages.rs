//! Limits the number of pages that a run on browsers must visit: each page origin costs a navigation, which is most of the time of a run.

use super::at_case;
use crate::case::{Case, PageOrigin};
use crate::diagnostic::Diagnostic;
use crate::load::Corpus;
use crosscheck_fetch::Origin;
use std::collections::BTreeMap;

/// The maximum number of page origins with one scheme in a corpus.
const MAX_PAGE_ORIGINS: usize = 15;

/// Reports the origins beyond the limit: those with the fewest cases.
pub(super) fn lint(corpus: &Corpus, out: &mut Vec<Diagnostic>) {
    let mut schemes: BTreeMap<&str, BTreeMap<String, Vec<&Case>>> = BTreeMap::new();
    for case in corpus.cases.iter().filter(|c| c.for_clients()) {
        for fetch in case.fetches() {
            if let PageOrigin::Tuple(origin @ Origin::Tuple { scheme, .. }) = &*fetch.origin {
                let cases = schemes
                    .entry(scheme)
                    .or_default()
                    .entry(origin.serialize().into_owned())
                    .or_default();
                cases.push(case);
            }
        }
    }
    for (scheme, origins) in schemes {
        let count = origins.len();
        let mut rarest: Vec<_> = origins.into_iter().collect();
        rarest.sort_by(|a, b| a.1.len().cmp(&b.1.len()).then_with(|| b.0.cmp(&a.0)));
        for (origin, cases) in rarest.into_iter().take(count.saturating_sub(MAX_PAGE_ORIGINS)) {
            let Some(first) = cases.first() else { continue };
            out.push(at_case(
                first,
                format!(
                    "the corpus has {count} page origins with the scheme {scheme}, and {origin} is one of the rarest ({} cases)",
                    cases.len()
                ),
                format!("a browser visits each of them; use an origin that other cases use: at most {MAX_PAGE_ORIGINS} with one scheme"),
            ));
        }
    }
}
