//! The program in a real pseudo-terminal: keys are typed, the screen is read back as a person would see it.

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// How long anything may take before a test gives up; a busy machine is slow.
const PATIENCE: Duration = Duration::from_secs(60);

pub const ENTER: &str = "\r";
pub const TAB: &str = "\t";
pub const CTRL_C: &str = "\x03";
pub const CTRL_D: &str = "\x04";
pub const CTRL_R: &str = "\x12";
pub const UP: &str = "\x1b[A";
pub const RIGHT: &str = "\x1b[C";

/// How the program is started.
pub struct Start {
    rows: u16,
    columns: u16,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    data: PathBuf,
    folder: Option<PathBuf>,
}

/// The program on a lake, in a terminal of 40 rows and 120 columns.
pub fn shell(data: &Path) -> Start {
    Start { rows: 40, columns: 120, arguments: Vec::new(), environment: Vec::new(), data: data.to_path_buf(), folder: None }
}

impl Start {
    pub fn size(self, rows: u16, columns: u16) -> Self {
        Self { rows, columns, ..self }
    }
    pub fn argument(mut self, argument: &str) -> Self {
        self.arguments.push(argument.to_string());
        self
    }
    pub fn environment(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_string(), value.to_string()));
        self
    }
    /// The folder that it is started in; where absent, one of its own.
    pub fn folder(self, folder: &Path) -> Self {
        Self { folder: Some(folder.to_path_buf()), ..self }
    }

    /// Starts it. Its home is an empty folder: no file of the person who runs the tests is read or written.
    pub fn open(self) -> Terminal {
        let home = tempfile::tempdir().expect("a folder");
        let size = PtySize { rows: self.rows, cols: self.columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("a pseudo-terminal");
        let mut command = CommandBuilder::new(assert_cmd::cargo::cargo_bin("contango"));
        command.args(&self.arguments);
        command.arg("--data");
        command.arg(&self.data);
        command.env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", home.path());
        command.env("TERM", "xterm-256color");
        // Tests of the pager name one.
        command.env("CONTANGO_PAGER", "");
        for (name, value) in &self.environment {
            command.env(name, value);
        }
        command.cwd(self.folder.as_deref().unwrap_or(home.path()));
        let child = pair.slave.spawn_command(command).expect("the program starts");
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().expect("a reader");
        let (sender, bytes) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 65536];
            while let Ok(n @ 1..) = reader.read(&mut buffer) {
                if sender.send(buffer[..n].to_vec()).is_err() {
                    break;
                }
            }
        });
        let writer = pair.master.take_writer().expect("a writer");
        Terminal {
            screen: vt100::Parser::new(some(self.rows), some(self.columns), 10_000),
            bytes,
            writer,
            child,
            master: pair.master,
            home,
        }
    }
}

/// A running program and what its terminal shows.
pub struct Terminal {
    screen: vt100::Parser,
    bytes: Receiver<Vec<u8>>,
    writer: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    home: tempfile::TempDir,
}

impl Terminal {
    /// Starts the shell on a lake and waits for its prompt.
    pub fn at_prompt(data: &Path) -> Self {
        let mut terminal = shell(data).open();
        terminal.wait_for("contango> ");
        terminal
    }
    /// Its home folder.
    pub fn home(&self) -> &Path {
        self.home.path()
    }
    /// Types keys, as they are.
    pub fn keys(&mut self, keys: &str) {
        self.writer.write_all(keys.as_bytes()).expect("the program reads");
        self.writer.flush().expect("the program reads");
    }
    /// Types a line and Enter at the prompt, on a cleared screen: what is waited for is the answer, not what stood there.
    pub fn line(&mut self, line: &str) {
        self.wait_until("a prompt", |screen| screen.ends_with('>'));
        self.screen.process(b"\x1b[2J\x1b[H");
        self.keys(line);
        self.keys(ENTER);
    }
    /// A line and the screen once `text` is on it.
    pub fn ask(&mut self, line: &str, text: &str) -> String {
        self.line(line);
        self.wait_for(text)
    }
    /// The screen's text, without what is blank at the end of lines and below.
    pub fn screen(&mut self) -> String {
        self.take_what_came();
        self.shown()
    }
    /// The screen with its colours.
    pub fn coloured(&mut self) -> String {
        self.take_what_came();
        self.screen.screen().contents_formatted()
    }
    /// Waits until the screen shows a text, and gives the screen. Blanks at the end of a line are not seen.
    pub fn wait_for(&mut self, text: &str) -> String {
        let text = text.trim_end();
        self.wait_until(text, |screen| screen.contains(text))
    }
    /// Waits until the screen is as it should be.
    pub fn wait_until(&mut self, what: &str, is_so: impl Fn(&str) -> bool) -> String {
        let end = Instant::now() + PATIENCE;
        loop {
            let shown = self.screen();
            if is_so(&shown) {
                return shown;
            }
            let left = end.saturating_duration_since(Instant::now());
            match self.bytes.recv_timeout(left) {
                Ok(bytes) => self.screen.process(&bytes),
                Err(RecvTimeoutError::Timeout) => panic!("`{what}` did not come; the screen:\n{}", self.screen()),
                Err(RecvTimeoutError::Disconnected) => {
                    let shown = self.shown();
                    assert!(is_so(&shown), "the program ended before `{what}`; the screen:\n{shown}");
                    return shown;
                }
            }
        }
    }
    pub fn resize(&mut self, rows: u16, columns: u16) {
        self.master.resize(PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }).expect("another size");
        self.screen.screen_mut().set_size(some(rows), some(columns));
    }
    /// Waits for the program's end and gives its exit code.
    pub fn exit_code(mut self) -> u32 {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().expect("a child") {
                return status.exit_code();
            }
            assert!(Instant::now() < end, "the program goes on; the screen:\n{}", self.screen());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn shown(&self) -> String {
        let lines: Vec<String> = self.screen.screen().contents().lines().map(|line| line.trim_end().to_string()).collect();
        lines.join("\n").trim_end().to_string()
    }
    fn take_what_came(&mut self) {
        while let Ok(bytes) = self.bytes.try_recv() {
            self.screen.process(&bytes);
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // it may have ended by itself
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn some(n: u16) -> NonZeroU16 {
    NonZeroU16::new(n).expect("a terminal has rows and columns")
}

/// The lake of `contango demo`, made once for all tests; only read.
pub fn demo_lake() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("demo-lake");
        if path.exists() {
            std::fs::remove_dir_all(&path).expect("the lake of an earlier run goes");
        }
        let mut demo = assert_cmd::Command::cargo_bin("contango").expect("the program");
        demo.args(["demo", "--quiet", "--data"]).arg(&path).assert().success();
        path
    })
}
