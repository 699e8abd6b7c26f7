//! The matrix on a terminal: a table by groups of rules, a table by groups of topics, the meaning of the grades.

use super::{Cell, Grade, Matrix, Row};
use crate::text::{Style, clean};
use crosscheck_results::{Run, Verdict};
use std::io::{self, Write};

/// No line is longer. What does not fit goes into a further block.
const WIDTH: usize = 100;
/// The longest name of a server; the rest is cut.
const NAME: usize = 32;
/// The longest name of a column.
const COLUMN: usize = 20;

/// Writes it; nothing where no server ran.
///
/// # Errors
/// Where `out` fails.
pub fn write(out: &mut dyn Write, runs: &[Run], style: Style) -> io::Result<()> {
    let matrix = Matrix::of(runs);
    if matrix.rows.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = matrix.rows.iter().map(|row| name(runs, row)).collect();
    let table = Table {
        matrix: &matrix,
        names: &names,
        style,
    };
    writeln!(
        out,
        "{}",
        style.bold("matrix: cases that deviate, by the rules they break")
    )?;
    table.write(out, &matrix.rules.groups, |row| &row.rules.groups)?;
    if !matrix.topics.groups.is_empty() {
        writeln!(out, "\n{}", style.bold("matrix: cases that deviate, by topic"))?;
        table.write(out, &matrix.topics.groups, |row| &row.topics.groups)?;
    }
    writeln!(
        out,
        "\n  The letter is the worst verdict: b broken, g over-grant, d over-deny, w wire, h hygiene, none for advice.\n  \
         A dash: nothing was looked at.{}",
        if matrix.rows.iter().any(|r| r.grade.is_some()) {
            " Grades, in which known deviations count:"
        } else {
            ""
        }
    )?;
    if names.iter().any(|n| n.ends_with('*')) {
        writeln!(out, "  *  incomplete: the grade covers the cases that ran")?;
    }
    for grade in Grade::ALL {
        if matrix.rows.iter().any(|r| r.grade == Some(grade)) {
            let line = format!("{}  {}", grade.as_str(), grade.meaning());
            writeln!(out, "  {}", style.verdict_text(grade.verdict(), &line))?;
        }
    }
    writeln!(out)
}

fn name(runs: &[Run], row: &Row) -> String {
    let Some(run) = runs.get(row.run) else {
        return String::new();
    };
    let name = clean(&run.header.subject);
    // The report of each subject states how it ended.
    let mark = if run.is_complete() || row.grade.is_none() {
        ""
    } else {
        "*"
    };
    shortened(&name, NAME) + mark
}

fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['~']).collect()
}

struct Table<'a> {
    matrix: &'a Matrix,
    names: &'a [String],
    style: Style,
}

impl Table<'_> {
    fn write(&self, out: &mut dyn Write, columns: &[String], cells: impl Fn(&Row) -> &[Cell]) -> io::Result<()> {
        let first = self.names.iter().map(|n| n.chars().count()).max().unwrap_or(0);
        let rows: Vec<(&Row, &String, Vec<String>)> = self
            .matrix
            .rows
            .iter()
            .zip(self.names)
            .map(|(row, name)| (row, name, cells(row).iter().map(shown).collect()))
            .collect();
        let titles: Vec<String> = columns.iter().map(|c| shortened(&clean(c), COLUMN)).collect();
        let widths: Vec<usize> = titles
            .iter()
            .enumerate()
            .map(|(i, title)| {
                let cells = rows.iter().filter_map(|(.., cells)| cells.get(i));
                cells.map(String::len).max().unwrap_or(0).max(title.chars().count())
            })
            .collect();
        for block in blocks(&widths, WIDTH.saturating_sub(first + 10)) {
            let columns = || block.clone();
            let line: String = columns()
                .filter_map(|i| Some(format!("  {:>width$}", titles.get(i)?, width = widths.get(i)?)))
                .collect();
            writeln!(
                out,
                "  {}",
                self.style.dim(&format!("grade  {:first$}{line}", "server"))
            )?;
            for (row, name, texts) in &rows {
                let grade = row.grade.map_or_else(
                    || format!("{:5}", "-"),
                    |g| self.style.verdict_text(g.verdict(), &format!("{:5}", g.as_str())),
                );
                write!(out, "  {grade}  {name:first$}")?;
                if row.grade.is_none() {
                    writeln!(out, "  nothing could run")?;
                    continue;
                }
                for i in columns() {
                    let (Some(text), Some(width)) = (texts.get(i), widths.get(i)) else {
                        continue;
                    };
                    let text = format!("{text:>width$}");
                    let worst = cells(row).get(i).and_then(|c| c.worst);
                    let text = worst.map_or_else(|| self.style.dim(&text), |v| self.style.verdict_text(v, &text));
                    write!(out, "  {text}")?;
                }
                writeln!(out)?;
            }
        }
        Ok(())
    }
}

/// Runs of columns that fit on a line each.
fn blocks(widths: &[usize], room: usize) -> Vec<std::ops::Range<usize>> {
    let mut blocks = Vec::new();
    let (mut start, mut used) = (0, 0);
    for (i, width) in widths.iter().enumerate() {
        if i > start && used + width + 2 > room {
            blocks.push(start..i);
            (start, used) = (i, 0);
        }
        used += width + 2;
    }
    // A table without columns still lists the grades.
    blocks.push(start..widths.len());
    blocks
}

fn shown(cell: &Cell) -> String {
    let letter = match cell.worst {
        Some(Verdict::Broken) => "b",
        Some(Verdict::OverGrant) => "g",
        Some(Verdict::OverDeny) => "d",
        Some(Verdict::Wire) => "w",
        Some(Verdict::Hygiene) => "h",
        _ => "",
    };
    match cell.looked {
        false => "-".to_owned(),
        true => format!("{}{letter}", cell.deviating),
    }
}
