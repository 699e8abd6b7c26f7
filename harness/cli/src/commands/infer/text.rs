//! What was found, for people.

use super::Found;
use super::facts::{Facts, Grant};
use crate::output::Out;
use crosscheck_report::{clean, quoted};
use crosscheck_search::infer::{Asked, Attack, Conclusion, Means, describe};
use std::io::{self, Write as _};

/// The first line: which origins the server lets in.
fn headline(found: &Found) -> String {
    let url = &found.url;
    if !found.changed.is_empty() {
        return format!("{url} changes its answers");
    }
    match (&found.base, found.inference.conclusion()) {
        (None, _) => format!("{url} lets none of the origins in that were tried"),
        (Some(_), Conclusion::Explained(matcher)) => {
            let by = if found.is_public() { ", by `*`" } else { "" };
            format!("{url} lets in {}{by}", describe(&matcher))
        }
        (Some(_), Conclusion::Unexplained) => {
            format!("{url} compares origins in a way that is not known here; the table shows what it lets in")
        }
    }
}

pub(super) fn write(out: &mut Out, found: &Found, table: bool) -> io::Result<()> {
    writeln!(out, "{}", clean(&headline(found)))?;
    writeln!(out)?;
    let questions = found.inference.answers().len();
    let named = match found.inference.named_after() {
        Some(after) if found.is_explained() && found.base.is_some() => {
            format!("named after {after} questions, verified with {questions}; ")
        }
        _ => format!("{questions} questions; "),
    };
    writeln!(out, "  {named}{} requests in all", found.requests)?;
    for origin in &found.changed {
        let origin = origin.to_string();
        writeln!(out, "  another answer when it was asked again: {}", clean(&origin))?;
    }
    if let (Some(facts), Some(base)) = (&found.facts, &found.base) {
        write_facts(out, found, facts, base)?;
    }
    for attack in &found.attacks {
        write_attack(out, found, attack)?;
    }
    if table || !found.is_explained() || found.base.is_none() {
        write_table(out, found)?;
    }
    if found.is_explained() && found.base.is_some() {
        writeln!(
            out,
            "\nOrigins that the server lists by name, and that have nothing to do with this one, are not found by asking."
        )?;
    }
    Ok(())
}

fn write_facts(out: &mut Out, found: &Found, facts: &Facts, base: &Asked) -> io::Result<()> {
    let answers = found.inference.answers().iter().zip(&found.seen);
    let allowed: Vec<bool> = answers
        .filter(|(answer, _)| answer.allowed)
        .map(|(_, seen)| seen.credentials)
        .collect();
    let with = allowed.iter().filter(|credentials| **credentials).count();
    let credentials = match with {
        0 => "no".to_owned(),
        all if all == allowed.len() => "yes, for every origin that was let in".to_owned(),
        some => format!("for {some} of the {} origins that were let in", allowed.len()),
    };
    let of = format!("preflights of {base}");
    let list = |grant: &Grant| match grant {
        Grant::Any => "any that is asked for".to_owned(),
        Grant::Only(names) if names.is_empty() => "none beyond the safelisted ones".to_owned(),
        Grant::Only(names) => names.join(", "),
    };
    let preflight = |grant: &Grant| {
        if facts.preflight {
            list(grant)
        } else {
            format!("the {of} fail")
        }
    };
    let exposed = if facts.exposed.is_empty() {
        "none beyond the safelisted ones".to_owned()
    } else {
        facts.exposed.join(", ")
    };
    let max_age = facts
        .max_age
        .map_or_else(|| "not stated".to_owned(), |seconds| format!("{seconds} s"));
    for (name, value) in [
        ("credentials", credentials),
        ("methods", preflight(&facts.methods)),
        ("headers", preflight(&facts.headers)),
        ("exposed", exposed),
        ("max-age", max_age),
    ] {
        writeln!(out, "  {name:<12} {}", clean(&value))?;
    }
    Ok(())
}

fn write_attack(out: &mut Out, found: &Found, attack: &Attack) -> io::Result<()> {
    if found.is_public() {
        return Ok(());
    }
    let who = match attack.means {
        Means::Sandbox => "Anybody, with a sandboxed frame,",
        Means::Domain => "Whoever registers a domain",
        Means::Subdomain => "Whoever has a subdomain, such as one that is left unused,",
        Means::Network => "Whoever is on the network of the user, which can replace a page over http,",
    };
    let how = if found.has_credentials(&attack.origin) {
        "with the user's credentials"
    } else {
        "without credentials"
    };
    let origin = attack.origin.to_string();
    writeln!(out, "\n{who} reads the answer {how}: {}", clean(&origin))?;
    let header = quoted(&format!("Origin: {origin}"));
    writeln!(out, "  curl -si -H {} {}", clean(&header), clean(&quoted(&found.url)))?;
    Ok(())
}

fn write_table(out: &mut Out, found: &Found) -> io::Result<()> {
    writeln!(out)?;
    for allowed in [true, false] {
        writeln!(out, "{}:", if allowed { "let in" } else { "refused" })?;
        let answers = found.inference.answers().iter().zip(&found.seen);
        let of = answers.filter(|(_, seen)| seen.allowed == allowed);
        for (answer, seen) in of {
            let origin = answer.query.origin.to_string();
            let credentials = if seen.credentials { "  with credentials" } else { "" };
            writeln!(
                out,
                "  {:<44} {} {}{credentials}",
                clean(&origin),
                seen.status,
                answer.query.operator
            )?;
        }
    }
    Ok(())
}
