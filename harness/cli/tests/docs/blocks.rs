//! The code blocks of the documentation: their language, and the markers after it that state how a block is tested.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// One fenced block.
#[derive(Debug)]
pub(crate) struct Block {
    /// The file, relative to the root of the project.
    pub(crate) page: String,
    /// The line of the fence, from 1.
    pub(crate) line: usize,
    /// The first word of the info string.
    pub(crate) language: String,
    /// The second word, if it is not an attribute.
    pub(crate) kind: String,
    /// The `key="value"` pairs of the info string.
    pub(crate) attributes: BTreeMap<String, String>,
    /// The text between the fences, without their indentation.
    pub(crate) text: String,
}

impl Block {
    /// Where it is, for messages.
    pub(crate) fn place(&self) -> String {
        format!("{}:{}", self.page, self.line)
    }

    /// Its first line.
    pub(crate) fn first_line(&self) -> &str {
        self.text.lines().next().unwrap_or_default()
    }

    /// Whether its text is a file that mdBook includes.
    pub(crate) fn included(&self) -> Option<&str> {
        self.text.trim().strip_prefix("{{#include ")?.strip_suffix("}}")
    }
}

/// The root of the project.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .expect("the project")
}

/// Every page that is tested, relative to the root: the book, and the documents at the root.
pub(crate) fn pages() -> Vec<String> {
    let mut pages: Vec<String> = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"]
        .map(str::to_owned)
        .into();
    let mut folders = vec!["docs/src".to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(root().join(&folder)).expect("a folder of docs") {
            let entry = entry.expect("an entry");
            let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
            match entry.file_type().expect("a type").is_dir() {
                true => folders.push(path),
                false if path.ends_with(".md") => pages.push(path),
                false => {}
            }
        }
    }
    pages.sort();
    pages
}

/// The text of a file of the project.
pub(crate) fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// The blocks of a page, in order.
pub(crate) fn blocks(page: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut open: Option<usize> = None;
    for (i, line) in read(page).lines().enumerate() {
        let bare = line.trim_start();
        let indent = line.len() - bare.len();
        match (open, bare.strip_prefix("```")) {
            (None, Some(info)) => {
                open = Some(indent);
                blocks.push(Block {
                    page: page.to_owned(),
                    line: i + 1,
                    text: String::new(),
                    ..parse_info(info)
                });
            }
            (Some(_), Some("")) => open = None,
            (Some(indent), _) => {
                let block = blocks.last_mut().expect("an open block");
                block.text.push_str(line.get(indent..).unwrap_or_default());
                block.text.push('\n');
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "{page}: a block does not end");
    blocks
}

fn parse_info(info: &str) -> Block {
    let mut block = Block {
        page: String::new(),
        line: 0,
        language: String::new(),
        kind: String::new(),
        attributes: BTreeMap::new(),
        text: String::new(),
    };
    let (language, mut rest) = info.split_once(' ').unwrap_or((info, ""));
    language.clone_into(&mut block.language);
    while !rest.trim().is_empty() {
        rest = rest.trim_start();
        if let Some((key, quoted)) = rest.split_once("=\"").filter(|(key, _)| !key.contains(' ')) {
            let (value, after) = quoted.split_once('"').expect("a closing quote");
            block.attributes.insert(key.to_owned(), value.to_owned());
            rest = after;
            continue;
        }
        let (word, after) = rest.split_once(' ').unwrap_or((rest, ""));
        match word.split_once('=') {
            Some((key, value)) => _ = block.attributes.insert(key.to_owned(), value.to_owned()),
            None => word.clone_into(&mut block.kind),
        }
        rest = after;
    }
    block
}
