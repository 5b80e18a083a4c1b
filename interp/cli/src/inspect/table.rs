//! Tables: columns as wide as their widest cell, unless they have to fit a terminal.
//!
//! Invariant: nothing is left out. A cell that is too long goes on in the lines below it.

use crate::terminal::{HEADING, Terminal};

/// The space before a column.
const GAP: &str = "  ";

/// A column that has to give way keeps so many characters.
const NARROWEST: usize = 8;

/// A table with a heading.
#[derive(Debug)]
pub(super) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// An empty table with these column heads.
    pub(super) fn new<const N: usize>(heads: [&str; N]) -> Self {
        Self { rows: vec![heads.iter().map(|head| (*head).to_owned()).collect()] }
    }

    /// Adds a row. A cell that would break the table shows its special characters escaped.
    pub(super) fn row<const N: usize>(&mut self, cells: [String; N]) {
        let plain = |cell: String| match cell.chars().any(char::is_control) {
            true => cell.escape_debug().to_string(),
            false => cell,
        };
        self.rows.push(cells.into_iter().map(plain).collect());
    }

    /// Its text, which fits `terminal`.
    pub(super) fn text(&self, terminal: Terminal) -> String {
        if self.rows.len() == 1 {
            return format!("{GAP}none\n");
        }
        let widths = self.widths(terminal.width.unwrap_or(usize::MAX));
        let mut text = String::new();
        for (number, row) in self.rows.iter().enumerate() {
            let cells: Vec<_> = row.iter().zip(&widths).map(|(cell, width)| wrap(cell, *width)).collect();
            let height = cells.iter().map(Vec::len).max().unwrap_or(0);
            for line in 0..height {
                let mut out = String::new();
                for (cell, width) in cells.iter().zip(&widths) {
                    let part = cell.get(line).copied().unwrap_or("");
                    out.push_str(GAP);
                    out.push_str(&if number == 0 { terminal.paint(HEADING, part) } else { part.to_owned() });
                    out.extend(core::iter::repeat_n(' ', width - part.chars().count()));
                }
                text.push_str(out.trim_end());
                text.push('\n');
            }
        }
        text
    }

    /// The widths of the columns in a line of `line` characters: the widest ones give way.
    fn widths(&self, line: usize) -> Vec<usize> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let natural = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let mut widths: Vec<_> = (0..columns).map(natural).collect();
        let room = line.saturating_sub(columns * GAP.len());
        while widths.iter().sum::<usize>() > room {
            let Some(widest) = widths.iter_mut().max().filter(|width| **width > NARROWEST) else { break };
            *widest -= 1;
        }
        widths
    }
}

/// `cell` in lines of `width` characters at most, which end between words where that wastes less than half of a line.
fn wrap(cell: &str, width: usize) -> Vec<&str> {
    let (mut lines, mut rest) = (Vec::new(), cell);
    while let Some((full, _)) = rest.char_indices().nth(width) {
        // The space may be right after the last character that fits.
        let after = if rest[full..].starts_with(' ') { full + 1 } else { full };
        let end = match rest[..after].rfind(' ') {
            Some(space) if space >= full / 2 => space,
            _ => full,
        };
        lines.push(&rest[..end]);
        rest = rest[end..].trim_start();
    }
    if !rest.is_empty() || lines.is_empty() {
        lines.push(rest);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new(["name", "index", "type"]);
        table.row(["a".to_owned(), "1".to_owned(), "func".to_owned()]);
        table.row(["lonely\n".to_owned(), "12".to_owned(), "memory 1".to_owned()]);
        table.row([
            "core::fmt::Formatter::write_str".to_owned(),
            "3".to_owned(),
            "func (param i32 i32 i32) (result i32)".to_owned(),
        ]);
        table
    }

    #[test]
    fn columns_line_up() {
        assert_eq!(Table::new(["name"]).text(Terminal::default()), "  none\n");
        assert_eq!(
            table().text(Terminal::default()),
            "  name                             index  type\n\
             \x20 a                                1      func\n\
             \x20 lonely\\n                         12     memory 1\n\
             \x20 core::fmt::Formatter::write_str  3      func (param i32 i32 i32) (result i32)\n"
        );
    }

    #[test]
    fn long_cells_go_on_below_where_the_terminal_ends() {
        let narrow = Terminal { width: Some(40), ..Terminal::default() };
        let text = table().text(narrow);
        assert_eq!(
            text,
            "  name             index  type\n\
             \x20 a                1      func\n\
             \x20 lonely\\n         12     memory 1\n\
             \x20 core::fmt::Form  3      func (param\n\
             \x20 atter::write_st         i32 i32 i32)\n\
             \x20 r                       (result i32)\n"
        );
        assert!(text.lines().all(|line| line.chars().count() <= 40));
    }

    #[test]
    fn columns_do_not_vanish_however_narrow_the_terminal_is() {
        let text = table().text(Terminal { width: Some(3), ..Terminal::default() });
        assert!(text.lines().all(|line| line.chars().count() <= 8 + 5 + 8 + 6), "{text}");
    }

    #[test]
    fn heads_are_underlined_where_styles_are_shown() {
        let text = table().text(Terminal { styled: true, width: None });
        assert!(text.starts_with("  \u{1b}[1m\u{1b}[4mname\u{1b}[0m     "), "{text:?}");
    }

    #[test]
    fn lines_end_between_words_if_they_can() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("one two three", 6), ["one", "two", "three"]);
        assert_eq!(wrap("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(wrap("größe", 4), ["größ", "e"]);
        assert_eq!(wrap("", 4), [""]);
    }
}
