//! The `contango` binary: hands the command line to [`contango::cli`] and returns its exit code.

/// A query lives on large short-lived arrays: giving their pages back to the system after each costs more than the work on them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    contango::cli::main()
}
