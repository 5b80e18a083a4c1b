//! How a command ends when it does not simply succeed.

use crate::terminal::{BAD, Terminal};
use std::process::ExitCode;

/// The result of a command or a part of one.
pub(crate) type Outcome<T = ()> = Result<T, End>;

/// An end other than success.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Something that was given cannot be used: exit code 2.
    Input(String),
    /// The guest trapped: exit code 134, which is what a shell reports of a program that aborted.
    Trap(String),
    /// The guest ended with this exit code.
    Exit(i32),
    /// Help was asked for in the place of a value, and this is it: exit code 0.
    Help(String),
    /// Tests failed, and have been reported: exit code 1.
    Failed,
}

impl End {
    /// An end because of `message`, which says what cannot be used and why.
    pub(crate) fn input(message: impl Into<String>) -> Self {
        Self::Input(message.into())
    }

    /// Prints what there is to say and answers the exit code.
    pub(crate) fn report(self) -> ExitCode {
        self.print();
        ExitCode::from(self.code())
    }

    /// Prints what there is to say and ends the process, from whatever thread.
    pub(crate) fn exit(self) -> ! {
        self.print();
        std::process::exit(self.code().into())
    }

    fn print(&self) {
        match self {
            Self::Input(message) => eprintln!("{} {message}", Terminal::stderr().paint(BAD, "error:")),
            Self::Trap(message) => eprintln!("{} {message}", Terminal::stderr().paint(BAD, "trap:")),
            Self::Help(text) => print!("{text}"),
            Self::Exit(_) | Self::Failed => {}
        }
    }

    fn code(&self) -> u8 {
        match self {
            Self::Input(_) => 2,
            Self::Trap(_) => 134,
            // The operating system keeps the low byte, as of any program.
            Self::Exit(code) => code.to_le_bytes()[0],
            Self::Help(_) => 0,
            Self::Failed => 1,
        }
    }
}
