//! Checks that each link of the rendered book leads to a page of the book and to an anchor on it. Of a link to another site, only the
//! form is checked, since no check may need the network.

use anyhow::{Context as _, Result, bail};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Pages that are not chapters: the page that mdBook serves for a missing page, and its table of contents for browsers without scripts.
const NO_CHAPTERS: [&str; 2] = ["404.html", "toc.html"];

/// A rendered page.
#[derive(Default)]
struct Page {
    /// Its anchors.
    ids: BTreeSet<String>,
    /// The targets of its links and images.
    targets: Vec<String>,
}

/// Checks the book in a folder. Returns the number of links.
///
/// # Errors
/// Returns an error if a link has no target, or if the book has no link.
pub(super) fn check(book: &Path) -> Result<usize> {
    let mut pages = BTreeMap::new();
    collect(book, "", &mut pages)?;
    let mut checked = 0;
    let mut faults = Vec::new();
    for (name, page) in &pages {
        for target in &page.targets {
            checked += 1;
            if let Some(what) = fault(book, &pages, name, target) {
                faults.push(format!("{name}: {target}: {what}"));
            }
        }
    }
    if checked == 0 {
        bail!("the book in {} has no links", book.display());
    }
    if !faults.is_empty() {
        bail!("the book has broken links:\n{}", faults.join("\n"));
    }
    Ok(checked)
}

/// Reads every page below a folder.
fn collect(folder: &Path, prefix: &str, pages: &mut BTreeMap<String, Page>) -> Result<()> {
    let entries = std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    for entry in entries {
        let entry = entry?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &format!("{name}/"), pages)?;
        } else if name.ends_with(".html") && !NO_CHAPTERS.contains(&name.as_str()) {
            let text = std::fs::read_to_string(entry.path()).with_context(|| format!("cannot read {name}"))?;
            pages.insert(name, parse(&text));
        }
    }
    Ok(())
}

fn parse(html: &str) -> Page {
    let mut targets = attributes(html, "href");
    targets.extend(attributes(html, "src"));
    Page {
        ids: attributes(html, "id").into_iter().collect(),
        targets,
    }
}

/// Returns the values of an attribute. Text is escaped in HTML, so a quotation mark after `=` always belongs to an attribute.
fn attributes(html: &str, name: &str) -> Vec<String> {
    let start = format!(" {name}=\"");
    html.split(&start)
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .map(|value| value.replace("&amp;", "&"))
        .collect()
}

/// Returns what is wrong with a link on a page, if anything is.
fn fault(book: &Path, pages: &BTreeMap<String, Page>, page: &str, target: &str) -> Option<&'static str> {
    if let Some(address) = target
        .strip_prefix("https://")
        .or_else(|| target.strip_prefix("http://"))
    {
        let host = address.split(['/', '#', '?']).next().unwrap_or_default();
        let formed = host.contains('.') && !target.contains(char::is_whitespace);
        return (!formed).then_some("it is not a URL");
    }
    let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
    if file.contains(':') {
        return Some("it is neither a page of the book nor a URL of another site");
    }
    let name = if file.is_empty() {
        page.to_owned()
    } else {
        join(page, file)
    };
    let Some(found) = pages.get(&name) else {
        return (!book.join(&name).is_file()).then_some("there is no such file");
    };
    (!anchor.is_empty() && !found.ids.contains(anchor)).then_some("there is no such anchor")
}

/// Resolves the path of a file that is relative to a page.
fn join(page: &str, file: &str) -> String {
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in file.split('/') {
        match part {
            "." => {}
            ".." => _ = parts.pop(),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_leads_to_a_page_and_to_an_anchor_on_it() {
        let pages = BTreeMap::from([
            ("guides/a.html".to_owned(), parse("<h1 id=\"top\"></h1>")),
            ("b.html".to_owned(), parse("<h1 class=\"x\" id=\"one\"></h1>")),
        ]);
        for (target, good) in [
            ("#top", true),
            ("#bottom", false),
            ("../b.html", true),
            ("../b.html#one", true),
            ("../b.html#two", false),
            ("b.html", false),
            ("./a.html#top", true),
            ("https://fetch.spec.whatwg.org/#cors-check", true),
            ("https://fetch", false),
            ("https://a.example/ b", false),
            ("ftp:x", false),
        ] {
            let found = fault(Path::new("/nowhere"), &pages, "guides/a.html", target);
            assert_eq!(found.is_none(), good, "{target}: {found:?}");
        }
    }

    #[test]
    fn links_images_and_anchors_of_a_page_are_read() {
        let page = parse("<a href=\"x?a&amp;b\">=&quot;y&quot;</a><img src=\"z\"><p id=\"i\">");
        assert_eq!(page.targets, ["x?a&b", "z"]);
        assert_eq!(page.ids, BTreeSet::from(["i".to_owned()]));
    }
}
