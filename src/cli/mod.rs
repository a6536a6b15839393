//! The command line: clap types and a thin dispatch, one file per command.
//!
//! A command reads its own arguments, calls the layer that does the work, and prints the result through `shell::output`. Nothing here
//! computes anything. Adding a command: a file with its arguments and its `run`, and one line in [`Command`].
//!
//! Exit codes: see [`Exit`]. Errors are printed here, once, and nowhere below.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand};
use tokio::runtime::Runtime;

use crate::error::{Error, Kind};
use crate::guard;
use crate::script::{Script, Stop};
use crate::shell::messages::Messages;
use crate::shell::unreadable;

mod audit;
mod backfill;
mod check;
mod completions;
mod demo;
mod global;
mod health;
mod help;
mod ingest;
mod lake;
mod man;
mod meta;
mod progress;
mod query;
mod round;
mod run;
mod series;
mod shell;
mod update;

use global::{Context, Global};

/// How a run of the program ended, where no error is left to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: done.
    Success,
    /// 1: done, and violations were found.
    Violations,
    /// 2: something failed, was told, and the rest ran because `.bail off` said so.
    Failed,
}

/// 2: it failed, or the command line is wrong (which is also clap's code for it).
const FAILED: u8 = 2;

/// Point-in-time SQL for futures and macro research
#[derive(Parser)]
#[command(name = "contango", version, long_about = help::ABOUT, after_help = help::SHORT, after_long_help = help::LONG, disable_help_subcommand = true)]
struct Cli {
    #[command(flatten)]
    global: Global,
    /// Run these statements and leave; may be given several times
    #[arg(short = 'c', value_name = "SQL", long_help = help::SQL)]
    sql: Vec<String>,
    /// Run the statements and dot commands of this file and leave; `-` is stdin; may be given several times, in order with -c
    #[arg(short = 'f', value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

/// Every command.
#[derive(Subcommand)]
enum Command {
    Audit(audit::Audit),
    Backfill(backfill::Backfill),
    Check(check::Check),
    Completions(completions::Completions),
    Demo(demo::Demo),
    Health(health::Health),
    Ingest(ingest::Ingest),
    Lake(lake::Lake),
    Man(man::Man),
    Meta(meta::Meta),
    Run(run::Run),
    Series(series::Series),
    Update(update::Update),
}

impl Command {
    async fn run(self, context: &Context) -> Result<Exit, Stop> {
        match self {
            Self::Audit(command) => command.run(context).await,
            Self::Backfill(command) => command.run(context).await,
            Self::Check(command) => command.run(context).await,
            Self::Completions(command) => command.run(),
            Self::Demo(command) => command.run(context).await,
            Self::Health(command) => command.run(context).await,
            Self::Ingest(command) => command.run(context).await,
            Self::Lake(command) => command.run(context).await,
            Self::Man(command) => command.run(),
            Self::Meta(command) => command.run(context).await,
            Self::Run(command) => command.run(context).await,
            Self::Series(command) => command.run(context).await,
            Self::Update(command) => command.run(context).await,
        }
    }
}

/// Reads the command line, does what it says and tells how it went.
pub fn main() -> ExitCode {
    let matches = Cli::command().get_matches_from(std::env::args_os().map(spelt_out));
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    let order = Order::of(&matches);
    let messages = Messages::new(cli.global.quiet);
    // whatever gave up where no other guard stands is told as an error, too
    let end = guard::caught(|| start(cli, &order)).unwrap_or_else(|panicked| {
        let told = |said: &str| {
            Error::internal(said.to_string()).hint("what was committed before it stays; report these words with the command that you gave")
        };
        Err(panicked.into_error(told).into())
    });
    match end {
        Ok(Exit::Success) => ExitCode::SUCCESS,
        Ok(Exit::Violations) => ExitCode::from(1),
        Ok(Exit::Failed) => ExitCode::from(FAILED),
        Err(Stop::OutputClosed) => ExitCode::SUCCESS,
        Err(Stop::Failed { error, excerpt }) => {
            messages.error(&error, excerpt.as_deref());
            ExitCode::from(FAILED)
        }
    }
}

/// `-init` is how other shells spell it.
fn spelt_out(argument: OsString) -> OsString {
    if argument == "-init" { "--init".into() } else { argument }
}

/// Where the texts of `-c` and `-f` stand on the command line.
struct Order {
    sql: Vec<usize>,
    files: Vec<usize>,
}

impl Order {
    fn of(matches: &ArgMatches) -> Self {
        let of = |name: &str| matches.indices_of(name).into_iter().flatten().collect();
        Self { sql: of("sql"), files: of("files") }
    }
}

fn start(cli: Cli, order: &Order) -> Result<Exit, Stop> {
    let has_texts = !cli.sql.is_empty() || !cli.files.is_empty();
    if cli.command.is_some() && has_texts {
        let which = if cli.sql.is_empty() { "-f" } else { "-c" };
        return Err(Error::usage(format!("`{which}` and a command exclude each other"))
            .hint("put the statements into a file for `contango run`")
            .into());
    }
    let context = Context::new(cli.global)?;
    let runtime = runtime()?;
    let end = runtime.block_on(async {
        match cli.command {
            Some(command) => command.run(&context).await,
            None if !has_texts => shell::run(&context).await,
            None => texts(&context, &cli.sql, &cli.files, order).await,
        }
    });
    // A plan that was given up may still be in the making: nobody waits for it.
    runtime.shutdown_background();
    end
}

/// Runs what `-c` and `-f` gave, in the order of the command line.
async fn texts(context: &Context, sql: &[String], files: &[PathBuf], order: &Order) -> Result<Exit, Stop> {
    let mut texts: Vec<(usize, Option<String>, String)> = Vec::new();
    texts.extend(order.sql.iter().zip(sql).map(|(&at, text)| (at, None, text.clone())));
    for (&at, file) in order.files.iter().zip(files) {
        let is_stdin = file.as_os_str() == "-";
        let text = if is_stdin { shell::stdin()? } else { std::fs::read_to_string(file).map_err(|error| unreadable(file, &error))? };
        texts.push((at, (!is_stdin).then(|| file.display().to_string()), text));
    }
    texts.sort_by_key(|(at, ..)| *at);
    let scripts: Vec<Script<'_>> = texts.iter().map(|(_, file, text)| Script { file: file.as_deref(), text }).collect();
    query::run(context, &scripts).await
}

/// As much as a main thread has: deep expressions are planned in the others too.
const STACK: usize = 8 << 20;

fn runtime() -> Result<Runtime, Error> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_stack_size(STACK)
        .on_thread_start(guard::guard_thread)
        .build()
        .map_err(|error| Error::new(Kind::Internal, format!("cannot start the threads: {error}")))
}
