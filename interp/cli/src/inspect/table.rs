//! Plain tables: columns as wide as their widest cell, the last one free.

use core::fmt;

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
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            self.rows
                .iter()
                .filter_map(|row| row.get(column))
                .map(|cell| cell.chars().count())
                .max()
                .unwrap_or(0)
        };
        let widths: Vec<_> = (0..columns).map(width).collect();
        if self.rows.len() == 1 {
            return writeln!(f, "  none");
        }
        for row in &self.rows {
            let (last, others) = row.split_last().ok_or(fmt::Error)?;
            for (cell, width) in others.iter().zip(&widths) {
                write!(f, "  {cell:width$}")?;
            }
            writeln!(f, "  {last}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up() {
        let mut table = Table::new(["name", "type"]);
        assert_eq!(table.to_string(), "  none\n");
        table.row(["a".to_owned(), "func".to_owned()]);
        table.row(["lonely\n".to_owned(), "memory 1".to_owned()]);
        assert_eq!(table.to_string(), "  name      type\n  a         func\n  lonely\\n  memory 1\n");
    }
}
