//! Where output goes to: how wide that is, and whether it shows colours.
//!
//! Invariant: what is not printed to a terminal is plain text of any width, so that other programs can read it.

use clap::builder::styling::{AnsiColor, Style};
use core::fmt::Display;
use std::env;
use std::io::{self, IsTerminal, Write};

/// Headings.
pub(crate) const HEADING: Style = Style::new().bold().underline();
/// Bad news.
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
/// Good news.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();

/// What an output stream goes to.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Terminal {
    /// Characters in a line; nothing if there is no end of it.
    pub(crate) width: Option<usize>,
    /// Whether styles are shown.
    pub(crate) styled: bool,
}

impl Terminal {
    /// That of the standard output.
    pub(crate) fn stdout() -> Self {
        let size = terminal_size::terminal_size_of(io::stdout());
        Self { width: size.map(|(width, _)| width.0.into()), styled: styled(&io::stdout()) }
    }

    /// That of the standard error.
    pub(crate) fn stderr() -> Self {
        Self { width: None, styled: styled(&io::stderr()) }
    }

    /// `text` in `style`, where styles are shown.
    pub(crate) fn paint(self, style: Style, text: impl Display) -> String {
        if self.styled { format!("{style}{text}{style:#}") } else { text.to_string() }
    }
}

/// Whether styles are shown on `stream`, as is the custom: see <https://no-color.org>.
fn styled(stream: &impl IsTerminal) -> bool {
    let unset = env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    stream.is_terminal() && unset && env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// Prints `text`. Whoever no longer reads, such as `head`, needs no message.
pub(crate) fn print(text: impl Display) {
    let mut stdout = io::stdout().lock();
    let _ = write!(stdout, "{text}").and_then(|()| stdout.flush());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn styles_are_for_terminals() {
        let plain = Terminal::default();
        assert_eq!(plain.paint(BAD, "error:"), "error:");
        let styled = Terminal { styled: true, ..plain };
        assert_eq!(styled.paint(BAD, "error:"), "\u{1b}[1m\u{1b}[31merror:\u{1b}[0m");
    }
}
