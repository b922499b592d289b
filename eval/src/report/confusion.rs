//! What was taken for what, with examples.

use std::fmt;

use comfy_table::{CellAlignment, Table, presets};
use serde::Serialize;

/// Examples kept of each kind of error.
const EXAMPLES: usize = 3;
/// More classes than this make a matrix too wide.
const MATRIX_CLASSES: usize = 6;
/// So much of an example is kept.
const EXAMPLE_CHARS: usize = 160;

/// How often each true class was answered with each class. Of texts with several labels, what was missed is paired with
/// what was given instead, in order; "–" stands where there is nothing to pair with.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(transparent)]
pub struct Confusion {
    cells: Vec<Cell>,
}

#[derive(Debug, Clone, Serialize)]
pub struct Cell {
    pub truth: String,
    pub given: String,
    pub count: usize,
    /// The first few; none where the answer is right.
    pub examples: Vec<String>,
}

impl Confusion {
    pub(super) fn add(&mut self, truth: &str, given: &str, words: &str) {
        let known = self.cells.iter().position(|cell| cell.truth == truth && cell.given == given);
        let position = known.unwrap_or_else(|| {
            let (truth, given) = (truth.to_owned(), given.to_owned());
            self.cells.push(Cell { truth, given, count: 0, examples: Vec::new() });
            self.cells.len() - 1
        });
        let cell = &mut self.cells[position];
        cell.count += 1;
        if truth != given && cell.examples.len() < EXAMPLES {
            cell.examples.push(shortened(words));
        }
    }

    /// Most frequent first; right answers before wrong ones.
    pub fn cells(&self) -> Vec<&Cell> {
        let mut cells: Vec<&Cell> = self.cells.iter().collect();
        cells.sort_by_key(|cell| (cell.truth != cell.given, std::cmp::Reverse(cell.count)));
        cells
    }
}

/// A matrix where it fits, else the pairs; then the examples of each error.
impl fmt::Display for Confusion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut classes: Vec<&str> = Vec::new();
        for class in self.cells.iter().flat_map(|cell| [cell.truth.as_str(), cell.given.as_str()]) {
            if !classes.contains(&class) {
                classes.push(class);
            }
        }
        let table = if classes.len() <= MATRIX_CLASSES { self.matrix(&classes) } else { self.pairs() };
        writeln!(formatter, "{table}")?;
        for cell in self.cells().into_iter().filter(|cell| cell.truth != cell.given) {
            writeln!(formatter, "\n{}, said: {} ({})\n", cell.truth, cell.given, cell.count)?;
            cell.examples.iter().try_for_each(|example| writeln!(formatter, "- {example}"))?;
        }
        Ok(())
    }
}

impl Confusion {
    fn matrix(&self, classes: &[&str]) -> Table {
        let count = |truth: &str, given: &str| {
            let cell = self.cells.iter().find(|cell| cell.truth == truth && cell.given == given);
            cell.map_or(0, |cell| cell.count).to_string()
        };
        let mut table = Table::new();
        table.load_style(presets::ASCII_MARKDOWN);
        let said = classes.iter().map(|class| format!("said: {class}"));
        table.set_header(["true".to_owned()].into_iter().chain(said));
        for truth in classes {
            table.add_row([(*truth).to_owned()].into_iter().chain(classes.iter().map(|given| count(truth, given))));
        }
        (1..=classes.len()).for_each(|column| align_right(&mut table, column));
        table
    }

    fn pairs(&self) -> Table {
        let mut table = Table::new();
        table.load_style(presets::ASCII_MARKDOWN);
        table.set_header(["true", "said", "count"]);
        for cell in self.cells() {
            table.add_row([&cell.truth, &cell.given, &cell.count.to_string()]);
        }
        align_right(&mut table, 2);
        table
    }
}

fn align_right(table: &mut Table, column: usize) {
    if let Some(column) = table.column_mut(column) {
        column.set_cell_alignment(CellAlignment::Right);
    }
}

/// On one line, and not too long.
fn shortened(words: &str) -> String {
    let line = words.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "/");
    match line.char_indices().nth(EXAMPLE_CHARS) {
        Some((cut, _)) => format!("{}…", &line[..cut]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_counted_with_their_first_examples() {
        let mut confusion = Confusion::default();
        for number in 0..5 {
            confusion.add("neutral", "negative", &format!("Text {number}"));
        }
        confusion.add("neutral", "neutral", "ein anderer");
        let cells = confusion.cells();
        assert_eq!((cells[0].given.as_str(), cells[0].count, cells[0].examples.len()), ("neutral", 1, 0));
        assert_eq!((cells[1].count, cells[1].examples.len()), (5, EXAMPLES));
        let text = confusion.to_string();
        assert!(text.contains("| true     | said: neutral | said: negative |"), "{text}");
        assert!(text.contains("| neutral  |             1 |              5 |"), "{text}");
        assert!(text.ends_with("neutral, said: negative (5)\n\n- Text 0\n- Text 1\n- Text 2\n"), "{text}");
    }

    #[test]
    fn many_classes_are_listed_in_pairs() {
        let mut confusion = Confusion::default();
        (0..=MATRIX_CLASSES).for_each(|class| confusion.add(&class.to_string(), "0", "Text"));
        let text = confusion.to_string();
        assert!(text.contains("| 3    | 0    |     1 |"), "{text}");
    }

    #[test]
    fn examples_fit_on_a_line() {
        assert_eq!(shortened("zwei\nZeilen | ein Strich"), "zwei Zeilen / ein Strich");
        assert_eq!(shortened(&"ü".repeat(300)).chars().count(), EXAMPLE_CHARS + 1);
    }
}
