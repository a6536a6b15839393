//! The `contango` binary: hands the command line to [`contango::cli`] and returns its exit code, and counts the memory that it takes.

use std::alloc::System;

use cap::Cap;

/// Counts what is taken; the limit is kept by who takes it ([`contango::memory`]), since an allocation that fails ends the process.
#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

fn main() -> std::process::ExitCode {
    contango::memory::counted_by(|| ALLOCATOR.allocated() as u64);
    contango::cli::main()
}
