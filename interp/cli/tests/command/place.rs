//! Where the tests run the command, and how that ends.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// A directory with files in it, in which the command runs.
pub(crate) struct Place(TempDir);

/// How the command ended: exit code, standard output, standard error.
pub(crate) type End = (Option<i32>, String, String);

impl Place {
    /// With these files.
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let place = Self(tempfile::tempdir().expect("a directory"));
        for (name, text) in files {
            std::fs::write(place.path().join(name), text).expect("the file can be written");
        }
        place
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Runs the command in it.
    pub(crate) fn fantail(&self, args: &[&str]) -> End {
        let output = Command::new(env!("CARGO_BIN_EXE_fantail"))
            .args(args)
            .current_dir(self.path())
            .stdin(Stdio::null())
            .env("FROM_OUTSIDE", "seen")
            .output()
            .expect("the command starts");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the command prints Unicode");
        (output.status.code(), text(output.stdout), text(output.stderr))
    }
}

impl Place {
    /// Runs the command on a terminal of so many columns: its exit code, and what it prints there.
    pub(crate) fn on_a_terminal(
        &self,
        columns: u16,
        env: &[(&str, &str)],
        args: &[&str],
    ) -> (Option<i32>, String) {
        use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY;
        let controller = openpt(flags).expect("a terminal");
        grantpt(&controller).expect("it is granted");
        unlockpt(&controller).expect("it can be opened");
        let name = ptsname(&controller, Vec::new()).expect("it has a name");
        let size = rustix::termios::Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        rustix::termios::tcsetwinsize(&controller, size).expect("it can have a size");
        let path = name.to_str().expect("its name is Unicode");
        let terminal = File::options().read(true).write(true).open(path).expect("it opens");
        let end = || Stdio::from(terminal.try_clone().expect("it can be used twice"));
        let mut child = Command::new(env!("CARGO_BIN_EXE_fantail"))
            .args(args)
            .current_dir(self.path())
            .env_remove("NO_COLOR")
            .env("TERM", "xterm")
            .envs(env.iter().copied())
            .stdin(Stdio::null())
            .stdout(end())
            .stderr(end())
            .spawn()
            .expect("the command starts");
        drop(terminal);
        // Once nobody has the other end any more, reading fails.
        let (mut bytes, mut controller) = (Vec::new(), File::from(controller));
        let _ = controller.read_to_end(&mut bytes);
        let status = child.wait().expect("the command ends");
        (status.code(), String::from_utf8(bytes).expect("the command prints Unicode"))
    }
}

/// It succeeds, and prints this.
pub(crate) fn ok(stdout: &str) -> End {
    (Some(0), stdout.to_owned(), String::new())
}

/// It fails with this code, and says this.
pub(crate) fn fails(code: i32, stderr: &str) -> End {
    (Some(code), String::new(), stderr.to_owned())
}
