//! The files that `--write-policy` and `--write-page` write. None is replaced.

use super::Found;
use super::facts::Grant;
use crate::args::Infer as Args;
use crate::exit::Failure;
use crosscheck_report::clean;
use crosscheck_search::infer::{Asked, Conclusion, policy};
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Where files are written.
pub(super) struct Targets {
    policy: Option<PathBuf>,
    page: Option<PathBuf>,
}

impl Targets {
    /// Checks, before the first request, that no file is in the way.
    pub(super) fn open(args: &Args) -> Result<Self, Failure> {
        for path in args.write_policy.iter().chain(&args.write_page) {
            if path.symlink_metadata().is_ok() {
                return Err(Failure::message(
                    format!("{} exists already", path.display()),
                    "name another file, or remove it",
                ));
            }
        }
        Ok(Self {
            policy: args.write_policy.clone(),
            page: args.write_page.clone(),
        })
    }

    /// Writes the files. Returns a line on each.
    pub(super) fn write(&self, found: &Found) -> Result<Vec<String>, Failure> {
        let mut lines = Vec::new();
        if let Some(path) = &self.policy {
            lines.push(match policy_file(found) {
                Some(text) => written("policy", path, &text)?,
                None => "policy: not written, since no policy says what was found".to_owned(),
            });
        }
        if let Some(path) = &self.page {
            let attack = found.attacks.first().filter(|_| !found.is_public());
            lines.push(match attack {
                Some(attack) => written("page", path, &page(found, &attack.origin))?,
                None => "page: not written, since no origin of an attacker was found".to_owned(),
            });
        }
        Ok(lines)
    }
}

fn written(what: &str, path: &Path, text: &str) -> Result<String, Failure> {
    let write = || File::create_new(path)?.write_all(text.as_bytes());
    write()
        .map_err(|error| Failure::message(format!("cannot write {}: {error}", path.display()), "name another file"))?;
    Ok(format!("{what}: {}", clean(&path.display().to_string())))
}

/// A text as a scalar of YAML.
fn scalar(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The policy file, if the comparison is known and the language of policies can state it.
fn policy_file(found: &Found) -> Option<String> {
    let (Conclusion::Explained(matcher), Some(base), Some(facts)) =
        (found.inference.conclusion(), &found.base, &found.facts)
    else {
        return None;
    };
    if !found.is_explained() {
        return None;
    }
    let origins = policy(&matcher)?;
    let list = |grant: &Grant| match grant {
        Grant::Any => "any".to_owned(),
        Grant::Only(names) => {
            let names: Vec<String> = names.iter().map(|name| scalar(name)).collect();
            format!("[{}]", names.join(", "))
        }
    };
    let title = scalar(&format!("What {} lets in, as inferred", found.url));
    let mut text = format!("title: {title}\npolicy:\n  origins: {origins}\n");
    text.push_str(&format!("  credentials: {}\n", found.has_credentials(base)));
    text.push_str(&format!("  methods: {}\n", list(&facts.methods)));
    text.push_str(&format!("  headers: {}\n", list(&facts.headers)));
    text.push_str(&format!("  expose: {}\n", list(&Grant::Only(facts.exposed.clone()))));
    if let Some(seconds) = facts.max_age {
        text.push_str(&format!("  max_age: {seconds}\n"));
    }
    Some(text)
}

/// A page that reads the answer and shows it. At the opaque origin, the page is a sandboxed frame of any other page.
fn page(found: &Found, origin: &Asked) -> String {
    let mode = if found.has_credentials(origin) {
        "include"
    } else {
        "same-origin"
    };
    // A text in a script: no character ends the script or begins a comment.
    let url = scalar(&found.url).replace('<', "\\u003c").replace('>', "\\u003e");
    let script = format!(
        "fetch({url}, {{ credentials: \"{mode}\" }})\n  .then(response => response.text(), error => String(error))\n  .then(text => {{ document.body.textContent = text; }});"
    );
    let body = match origin {
        Asked::Null => {
            let inner = format!("<body><script>\n{script}\n</script></body>");
            let inner = inner.replace('&', "&amp;").replace('"', "&quot;");
            format!("<iframe sandbox=\"allow-scripts\" srcdoc=\"{inner}\"></iframe>\n")
        }
        Asked::Tuple { .. } => format!("<script>\n{script}\n</script>\n"),
    };
    format!(
        "<!DOCTYPE html>\n<meta charset=\"utf-8\">\n<title>Reads the answer</title>\n<p>Serve this page at {origin}.</p>\n<body>\n{body}</body>\n"
    )
}
