//! The errors of the exact lists, against the causes and the corpus.

use super::{Loaded, Places, References};
use crosscheck_corpus::document::{Faults, short};
use crosscheck_results::Verdict;
use crosscheck_results::baseline::{Broken, CaseLists, Cause, CauseName, ReadList};
use crosscheck_text::closest;
use std::collections::{BTreeSet, HashMap};

/// Where a case is listed, by what it breaks.
type Listed<'l> = HashMap<(&'l Broken, Verdict, &'l str), Vec<(&'l CauseName, usize)>>;

pub(super) fn check(
    references: References<'_>,
    loaded: &Loaded<'_>,
    places: &Places<'_>,
    text: &str,
    remarks: &Faults,
) {
    let update = format!("run `{}`", loaded.update);
    let check = Check {
        references,
        loaded,
        places,
        remarks,
        update,
    };
    let mut listed = Listed::new();
    for list in &loaded.lists {
        let cause = check.cause(list);
        for (case, line) in &list.cases {
            check.case(case, *line, cause, list);
            let before = listed.entry((&list.key.broken, list.key.verdict, case)).or_default();
            check.once(case, *line, &list.key.cause, before);
            before.push((&list.key.cause, *line));
        }
    }
    check.layout(text);
}

struct Check<'c> {
    references: References<'c>,
    loaded: &'c Loaded<'c>,
    places: &'c Places<'c>,
    remarks: &'c Faults,
    /// How to write the file.
    update: String,
}

impl Check<'_> {
    fn remark(&self, line: usize, message: String, help: impl Into<String>) {
        self.remarks.add(self.places.line(line), message, help);
    }

    fn written(&self, name: &CauseName) -> Option<&Cause> {
        self.loaded.causes.as_ref()?.iter().find(|c| c.name == *name)
    }

    /// The written cause of a list; an error if there is none, or if it is about something else.
    fn cause(&self, list: &ReadList) -> Option<&Cause> {
        let all = self.loaded.causes.as_ref()?;
        let (name, subject) = (&list.key.cause, self.loaded.subject);
        let Some(cause) = self.written(name) else {
            let near = closest(name.as_str(), all.iter().map(|c| c.name.as_str()));
            let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
            let message = format!("there is no cause `{name}` in {subject}.yaml{near}");
            let help = format!("if it was renamed or removed, {}; otherwise write it", self.update);
            self.remark(list.line, message, help);
            return None;
        };
        if !cause.is_about(&list.key.broken, list.key.verdict) {
            let (id, verdict) = (list.key.broken.id(), list.key.verdict);
            let message = format!("the cause `{name}` does not name `{id}` with the verdict {verdict}");
            let help = format!("add both to the cause in {subject}.yaml, or {}", self.update);
            self.remark(list.line, message, help);
            return None;
        }
        Some(cause)
    }

    /// A case exists, and is in a place of its cause.
    fn case(&self, case: &str, line: usize, cause: Option<&Cause>, list: &ReadList) {
        if let Some(all) = self.references.ids
            && !all.contains(case)
        {
            let near = closest(case, all.iter().map(String::as_str));
            let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
            let message = format!("there is no case `{}`{near}", short(case));
            self.remark(line, message, format!("if it was renamed or removed, {}", self.update));
        } else if let Some(cause) = cause
            && !cause.covers(&list.key.broken, list.key.verdict, case)
        {
            let message = format!("`{}` matches no glob of the cause `{}`", short(case), cause.name);
            let help = format!("extend `where` in {}.yaml, or {}", self.loaded.subject, self.update);
            self.remark(line, message, help);
        }
    }

    /// Checks that no other cause for the same version lists the case for the same rule or step and verdict.
    fn once(&self, case: &str, line: usize, name: &CauseName, before: &[(&CauseName, usize)]) {
        for (other, other_line) in before {
            let (Some(one), Some(two)) = (self.written(name), self.written(other)) else {
                continue;
            };
            if one.name != two.name && one.shares_version(two) {
                let message = format!("`{}` is listed under two causes, `{name}` and `{other}`", short(case));
                let help =
                    format!("it is on line {other_line} too; remove one of them, or give the causes separate versions");
                self.remark(line, message, help);
            }
        }
    }

    /// The text is the one that an update writes, so that an update changes no other line than it must.
    fn layout(&self, text: &str) {
        // The comments of a probe's lists are of no fixed form.
        if !self.loaded.has_all_lists || self.loaded.is_of_probe {
            return;
        }
        let lists: CaseLists = self
            .loaded
            .lists
            .iter()
            .map(|list| {
                (
                    list.key.clone(),
                    list.cases.iter().map(|(id, _)| id.clone()).collect::<BTreeSet<_>>(),
                )
            })
            .collect();
        let expected = lists.render(self.loaded.subject);
        if expected != text && !(lists.is_empty() && text.is_empty()) {
            let same = expected.lines().zip(text.lines()).take_while(|(a, b)| a == b).count();
            let message = "the file differs from what `--update-baseline` writes".to_owned();
            let help = format!("the order or the folding differs from this line on; {}", self.update);
            self.remark(same + 1, message, help);
        }
    }
}
