//! The list of scripts that are known to fail.

use std::collections::BTreeSet;
use std::path::Path;

/// Names of scripts that are known to fail, as [`Script::name`](super::Script::name) gives them.
#[derive(Clone, Default, Debug)]
pub struct Expected(BTreeSet<String>);

impl Expected {
    /// Reads a list: one name a line; a `#` starts a comment.
    ///
    /// # Errors
    /// When the file cannot be read, or lists a name twice.
    pub fn read(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path).map_err(|error| {
            format!("cannot read the list {}: {}", path.display(), crate::input::describe(&error))
        })?;
        Self::parse(&text)
    }

    /// Parses a list.
    ///
    /// # Errors
    /// When it lists a name twice.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut names = BTreeSet::new();
        for line in text.lines() {
            let name = line.split_once('#').map_or(line, |(name, _)| name).trim();
            if !name.is_empty() && !names.insert(name.to_owned()) {
                return Err(format!("the list names {name} twice"));
            }
        }
        Ok(Self(names))
    }

    /// Whether the script `name` is expected to fail.
    pub fn lists(&self, name: &str) -> bool {
        self.0.contains(name)
    }

    /// The names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_empty_lines_do_not_count() {
        let list = Expected::parse("# known\n\na.wast # why\n  b/c.wast\n").expect("it is valid");
        assert_eq!(list.names().collect::<Vec<_>>(), ["a.wast", "b/c.wast"]);
        assert!(list.lists("a.wast") && !list.lists("c.wast"));
    }

    #[test]
    fn a_name_is_listed_once() {
        assert_eq!(Expected::parse("a\na\n").expect_err("it is listed twice"), "the list names a twice");
    }
}
