//! The files that `--write-policy` and `--write-page` write. An existing file is not replaced.

use super::grants::Names;
use super::report::{Outcome, Report};
use crate::args::Infer as Args;
use crate::exit::Failure;
use crosscheck_fetch::Origin;
use crosscheck_report::clean;
use crosscheck_search::infer::policy_origins;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// The paths of the files.
pub(super) struct Targets {
    policy: Option<PathBuf>,
    page: Option<PathBuf>,
}

impl Targets {
    /// Checks that no file exists, before the first request.
    pub(super) fn check(args: &Args) -> Result<Self, Failure> {
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

    /// Writes the files. Returns a line for each.
    pub(super) fn write(&self, report: &Report) -> Result<Vec<String>, Failure> {
        let mut lines = Vec::new();
        if let Some(path) = &self.policy {
            lines.push(match policy_file(report) {
                Some(text) => write_file("policy", path, &text)?,
                None => "policy: not written, because a policy cannot state the result".to_owned(),
            });
        }
        if let Some(path) = &self.page {
            let attack = report.attacks.first().filter(|_| !report.is_wildcard());
            lines.push(match attack {
                Some(attack) => write_file("page", path, &page(report, &attack.origin))?,
                None => "page: not written, because there is no attack".to_owned(),
            });
        }
        Ok(lines)
    }
}

fn write_file(what: &str, path: &Path, text: &str) -> Result<String, Failure> {
    let write = || File::create_new(path)?.write_all(text.as_bytes());
    write()
        .map_err(|error| Failure::message(format!("cannot write {}: {error}", path.display()), "name another file"))?;
    Ok(format!("{what}: {}", clean(&path.display().to_string())))
}

/// Returns a text as a scalar of YAML.
fn scalar(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Returns the text of the policy file; `None` if a policy cannot state the result.
fn policy_file(report: &Report) -> Option<String> {
    let (Outcome::Explained(explanation), Some(grants)) = (report.outcome(), &report.grants) else {
        return None;
    };
    let origins = policy_origins(&explanation)?;
    let credentials = match report.with_credentials() {
        (_, 0) => false,
        (all, with) if with == all => true,
        _ => return None,
    };
    let list = |names: &[String]| {
        let names: Vec<String> = names.iter().map(|name| scalar(name)).collect();
        format!("[{}]", names.join(", "))
    };
    let names = |names: &Names| match names {
        Names::Requested | Names::Wildcard => "any".to_owned(),
        Names::Listed(names) => list(names),
    };
    let title = scalar(&format!("What {} allows, as inferred", report.url));
    let mut text = format!("title: {title}\npolicy:\n  origins: {origins}\n  credentials: {credentials}\n");
    for (key, value) in [
        ("methods", names(&grants.methods)),
        ("headers", names(&grants.headers)),
        ("expose", list(&grants.exposed)),
    ] {
        text.push_str(&format!("  {key}: {value}\n"));
    }
    if let Some(seconds) = grants.max_age {
        text.push_str(&format!("  max_age: {seconds}\n"));
    }
    Some(text)
}

/// Returns a page that reads the response and shows it. For the opaque origin, a sandboxed frame does that.
fn page(report: &Report, origin: &Origin) -> String {
    let mode = if report.has_credentials(origin) {
        "include"
    } else {
        "same-origin"
    };
    // No character of the URL ends the script or begins a comment.
    let url = scalar(&report.url).replace('<', "\\u003c").replace('>', "\\u003e");
    let script = format!(
        "fetch({url}, {{ credentials: \"{mode}\" }})\n  .then(response => response.text(), error => String(error))\n  .then(text => {{ document.body.textContent = text; }});"
    );
    let (place, body) = match origin {
        Origin::Opaque => {
            let inner = format!("<body><script>\n{script}\n</script></body>");
            let inner = inner.replace('&', "&amp;").replace('"', "&quot;");
            let frame = format!("<iframe sandbox=\"allow-scripts\" srcdoc=\"{inner}\"></iframe>");
            ("any origin".into(), frame)
        }
        Origin::Tuple { .. } => (origin.serialize(), format!("<script>\n{script}\n</script>")),
    };
    format!(
        "<!DOCTYPE html>\n<meta charset=\"utf-8\">\n<title>Reads a response</title>\n<p>Serve this page at {place}.</p>\n<body>\n{body}\n</body>\n"
    )
}
