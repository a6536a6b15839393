//! A panic of code that works on foreign bytes becomes a value, and its text stays off the terminal. Readers of files (Parquet, DBN,
//! workbooks) panic where bytes are not what their authors thought of; that must not end the process, nor a script of a hundred statements.
//!
//! It stands at three edges and nowhere inside: `sources::edge` around every parser, `engine::interrupt` around planning and around the rows
//! of a statement, `cli::main` around the whole program. Whoever catches one reports it as an error; nothing is repaired here, and what the
//! work had begun is thrown away.

/// Whether the footer of a Parquet file can be what it says.
pub mod footer;

use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::{Future, poll_fn};
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::pin::pin;
use std::sync::{Mutex, Once, PoisonError};
use std::task::Poll;

use crate::error::Error;

/// What a panic said, and where: `index out of bounds (dbn-0.73.0/src/record.rs:93)`.
#[derive(Debug, Clone)]
pub struct Panicked {
    said: String,
    own: Option<Error>,
}

impl Panicked {
    /// The error that it is told as: one of ours that left by [`leave`], or what is made of its words.
    pub fn into_error(self, told: impl FnOnce(&str) -> Error) -> Error {
        self.own.unwrap_or_else(|| told(&self.said))
    }
}

/// Leaves the work for the guard around it, from a place that returns no errors.
pub fn leave(error: Error) -> ! {
    // without the hook: nothing is to be told here
    panic::resume_unwind(Box::new(error))
}

impl fmt::Display for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.said)
    }
}

thread_local! {
    /// How many guards stand around what this thread does now.
    static GUARDS: Cell<usize> = const { Cell::new(0) };
    static SAID: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// What a thread of the pool said last: its panic is carried to whoever waits for it, without the place.
static SAID_ELSEWHERE: Mutex<Option<String>> = Mutex::new(None);

/// Does the work; a panic of it is an error.
///
/// # Errors
/// The work panicked.
pub fn caught<T>(work: impl FnOnce() -> T) -> Result<T, Panicked> {
    install();
    GUARDS.set(GUARDS.get() + 1);
    let end = panic::catch_unwind(AssertUnwindSafe(work));
    GUARDS.set(GUARDS.get() - 1);
    end.map_err(|payload| {
        if let Some(own) = payload.downcast_ref::<Error>() {
            return Panicked { said: own.message().to_string(), own: Some(own.clone()) };
        }
        let here = SAID.take();
        let elsewhere = || SAID_ELSEWHERE.lock().unwrap_or_else(PoisonError::into_inner).take();
        Panicked { said: here.or_else(elsewhere).unwrap_or_else(|| plain(payload.as_ref()).to_string()), own: None }
    })
}

/// Waits for the work; a panic of it is an error.
///
/// # Errors
/// The work panicked.
pub async fn caught_in<F: Future>(work: F) -> Result<F::Output, Panicked> {
    let mut work = pin!(work);
    poll_fn(|context| match caught(|| work.as_mut().poll(context)) {
        Ok(Poll::Ready(end)) => Poll::Ready(Ok(end)),
        Ok(Poll::Pending) => Poll::Pending,
        Err(panicked) => Poll::Ready(Err(panicked)),
    })
    .await
}

/// Puts a guard around all that this thread does: for threads of a pool, whose panics are carried to whoever waits for them.
pub fn guard_thread() {
    install();
    GUARDS.set(GUARDS.get() + 1);
}

/// Panics outside of any guard are told as before.
fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if GUARDS.get() == 0 {
                return before(info);
            }
            let text = described(info);
            *SAID_ELSEWHERE.lock().unwrap_or_else(PoisonError::into_inner) = Some(text.clone());
            SAID.set(Some(text));
        }));
    });
}

fn described(info: &PanicHookInfo<'_>) -> String {
    // our own file as it stands here, another's by its crate: what stands before it is the machine that built it
    let place = info.location().map(|place| {
        let file = place.file();
        let named = file.split_once("/registry/src/").and_then(|(_, file)| file.split_once('/')).map_or(file, |(_, file)| file);
        (if named.starts_with('/') { named.rsplit('/').next().unwrap_or_default() } else { named }, place.line())
    });
    let said = plain(info.payload());
    let first_line = said.lines().next().unwrap_or_default();
    place.map_or_else(|| first_line.to_string(), |(file, line)| format!("{first_line} ({file}:{line})"))
}

fn plain(payload: &(dyn std::any::Any + Send)) -> &str {
    payload.downcast_ref::<&str>().copied().or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("a panic")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error_with_its_place() {
        let numbers = [1, 2];
        let end = caught(|| numbers[std::hint::black_box(7)]);
        let said = end.expect_err("out of bounds").to_string();
        assert!(said.starts_with("index out of bounds") && said.contains("(src/guard.rs:"), "{said}");
        assert_eq!(caught(|| 7).ok(), Some(7));
        let left = caught(|| leave(Error::source("no room"))).expect_err("it left");
        assert_eq!(left.into_error(|_| Error::internal("")).message(), "no room");
    }

    #[tokio::test]
    async fn a_panic_between_two_waits_is_caught_too() {
        let work = async {
            tokio::task::yield_now().await;
            assert!(std::hint::black_box(false), "gives up");
        };
        let said = caught_in(work).await.expect_err("a panic").to_string();
        assert!(said.starts_with("gives up"), "{said}");
        let in_a_task =
            async { tokio::spawn(async { panic!("gives up elsewhere") }).await.map_err(|e| panic::resume_unwind(e.into_panic())) };
        let end: Result<Result<(), ()>, Panicked> = caught_in(in_a_task).await;
        assert!(end.expect_err("a panic").to_string().contains("gives up"));
    }
}
