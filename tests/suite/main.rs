//! Every test that is not SQL, in one binary (each binary links the whole engine).

#[path = "../support/mod.rs"]
mod support;

mod audit;
mod bad_input;
mod check;
mod cli;
mod continuous;
mod databento;
mod downloads;
mod examples;
mod faults;
mod fred;
mod functions;
mod laws;
mod meta;
mod pit;
mod realdata;
mod releases;
mod replay;
mod rolling;
mod series;
mod sources;
mod terminal;
mod tidy;
mod wrong_sql;
