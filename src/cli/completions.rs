//! `contango completions SHELL`: what the user's shell needs to complete the command line.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{Cli, Exit, help, man};
use crate::script::Stop;

/// Print completions of the command line for a shell
#[derive(Args)]
#[command(after_help = help::COMPLETIONS)]
pub struct Completions {
    /// Which shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

impl Completions {
    pub fn run(self) -> Result<Exit, Stop> {
        let mut text = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "contango", &mut text);
        man::print(&text)
    }
}
