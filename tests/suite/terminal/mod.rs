//! The shell as a person meets it: keys typed into a real pseudo-terminal, the screen compared. One file per group of what it does.

mod clock;
mod editing;
mod errors;
mod finding;
mod output;
mod pictures;
mod pivot;
mod running;
mod saving;
mod scripts;
mod wrong_input;
