//! A shell command that reads rows on its stdin. It starts with the first of them, and ends when they do; what it prints is its own.

use std::io::{self, BufWriter};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};

/// A command, running or not yet.
pub struct Piped {
    text: String,
    child: Option<Child>,
}

impl Piped {
    pub fn new(text: &str) -> Self {
        Self { text: text.to_string(), child: None }
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// Starts it if it does not run yet, and gives its stdin.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn begin(&mut self) -> io::Result<BufWriter<ChildStdin>> {
        if self.child.is_none() {
            self.child = Some(Command::new("sh").arg("-c").arg(&self.text).stdin(Stdio::piped()).spawn()?);
        }
        let stdin = self.child.as_mut().and_then(|child| child.stdin.take());
        stdin.map(BufWriter::new).ok_or_else(|| io::ErrorKind::BrokenPipe.into())
    }

    /// Gives back what [`Piped::begin`] gave, for the next result.
    ///
    /// # Errors
    /// The rest cannot be written.
    pub fn keep(&mut self, out: BufWriter<ChildStdin>) -> io::Result<()> {
        let stdin = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        if let Some(child) = &mut self.child {
            child.stdin = Some(stdin);
        }
        Ok(())
    }

    /// Closes its stdin and waits for its end; says what was not well.
    pub fn finish(mut self) -> Option<String> {
        self.end()
    }

    fn end(&mut self) -> Option<String> {
        let mut child = self.child.take()?;
        drop(child.stdin.take());
        match child.wait() {
            Ok(status) => fault(status).map(|fault| format!("`{}` {fault}", self.text)),
            Err(error) => Some(format!("`{}` is lost: {error}", self.text)),
        }
    }
}

impl Drop for Piped {
    fn drop(&mut self) {
        // A query that was cancelled: the terminal is the person's again only when the command has ended. Nobody is left to tell.
        drop(self.end());
    }
}

/// How a command failed, if it did.
fn fault(status: ExitStatus) -> Option<String> {
    use std::os::unix::process::ExitStatusExt;
    match (status.code(), status.signal()) {
        (Some(0), _) => None,
        (Some(code), _) => Some(format!("ended with exit code {code}")),
        // Rows that it did not want to read.
        (None, Some(13)) => None,
        (None, Some(signal)) => Some(format!("was ended by signal {signal}")),
        (None, None) => Some("ended".to_string()),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn run(text: &str, rows: &str) -> Option<String> {
        let mut command = Piped::new(text);
        let mut out = command.begin().expect("sh starts");
        // it may have ended already
        if out.write_all(rows.as_bytes()).and_then(|()| out.flush()).is_ok() {
            command.keep(out).expect("nothing is left to write");
        }
        command.finish()
    }

    #[test]
    fn exit_code_is_told_unless_it_is_0() {
        assert_eq!(run("cat > /dev/null", "a\n"), None);
        assert_eq!(run("cat > /dev/null; exit 3", "a\n").as_deref(), Some("`cat > /dev/null; exit 3` ended with exit code 3"));
        assert_eq!(run("exit 0", &"a\n".repeat(100_000)), None);
        assert_eq!(Piped::new("exit 3").finish(), None, "it never ran");
    }
}
