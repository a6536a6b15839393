//! The `contango` binary: hands the command line to [`contango::cli`] and returns its exit code.

fn main() -> std::process::ExitCode {
    contango::cli::main()
}
