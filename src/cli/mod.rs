//! The command line: clap types and a thin dispatch, one file per command.
//!
//! A command reads its own arguments, calls the layer that does the work, and prints the result through `shell::output`. Nothing here
//! computes anything. Adding a command: a file with its arguments and its `run`, and one line in [`Command`].
//!
//! Exit codes: see [`Exit`]. Errors are printed here, once, and nowhere below.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tokio::runtime::Runtime;

use crate::error::{Error, Kind};
use crate::script::{Script, Stop};
use crate::shell::messages::Messages;

mod audit;
mod demo;
mod global;
mod help;
mod ingest;
mod lake;
mod meta;
mod progress;
mod query;
mod run;
mod series;
mod shell;

use global::{Context, Global};

/// How a run of the program ended well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: done.
    Success,
    /// 1: done, and violations were found.
    Violations,
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
    #[command(subcommand)]
    command: Option<Command>,
}

/// Every command.
#[derive(Subcommand)]
enum Command {
    Audit(audit::Audit),
    Demo(demo::Demo),
    Ingest(ingest::Ingest),
    Lake(lake::Lake),
    Meta(meta::Meta),
    Run(run::Run),
    Series(series::Series),
}

impl Command {
    async fn run(self, context: &Context) -> Result<Exit, Stop> {
        match self {
            Self::Audit(command) => command.run(context).await,
            Self::Demo(command) => command.run(context).await,
            Self::Ingest(command) => command.run(context).await,
            Self::Lake(command) => command.run(context).await,
            Self::Meta(command) => command.run(context).await,
            Self::Run(command) => command.run(context).await,
            Self::Series(command) => command.run(context).await,
        }
    }
}

/// Reads the command line, does what it says and tells how it went.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let messages = Messages::new(cli.global.quiet);
    match start(cli) {
        Ok(Exit::Success) => ExitCode::SUCCESS,
        Ok(Exit::Violations) => ExitCode::from(1),
        Err(Stop::OutputClosed) => ExitCode::SUCCESS,
        Err(Stop::Failed { error, excerpt }) => {
            messages.error(&error, excerpt.as_deref());
            ExitCode::from(FAILED)
        }
    }
}

fn start(cli: Cli) -> Result<Exit, Stop> {
    if cli.command.is_some() && !cli.sql.is_empty() {
        return Err(Error::usage("`-c` and a command exclude each other").hint("put the statements into a file for `contango run`").into());
    }
    let context = Context::new(cli.global)?;
    let runtime = runtime()?;
    let end = runtime.block_on(dispatch(cli.command, cli.sql, &context));
    // A plan that was given up may still be in the making: nobody waits for it.
    runtime.shutdown_background();
    end
}

async fn dispatch(command: Option<Command>, sql: Vec<String>, context: &Context) -> Result<Exit, Stop> {
    if let Some(command) = command {
        return command.run(context).await;
    }
    if sql.is_empty() {
        return shell::run(context).await;
    }
    let scripts: Vec<Script<'_>> = sql.iter().map(|text| Script { file: None, text }).collect();
    query::run(context, &scripts, &[]).await
}

/// As much as a main thread has: deep expressions are planned in the others too.
const STACK: usize = 8 << 20;

fn runtime() -> Result<Runtime, Error> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_stack_size(STACK)
        .build()
        .map_err(|error| Error::new(Kind::Internal, format!("cannot start the threads: {error}")))
}
