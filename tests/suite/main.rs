//! Every test that is not SQL, in one binary (each binary links the whole engine).

#[path = "../support/mod.rs"]
mod support;

mod audit;
mod backfill;
mod bad_input;
mod banco_central;
mod brazil;
mod check;
mod cli;
mod continuous;
mod databento;
mod downloads;
mod examples;
mod faults;
mod focus;
mod folder;
mod fred;
mod functions;
mod hostile;
mod laws;
mod markets;
mod meta;
mod pit;
mod power;
mod provider;
mod realdata;
mod releases;
mod replay;
mod rolling;
mod rot;
mod series;
mod sidra;
mod sources;
mod terminal;
mod tesouro;
mod tidy;
mod transforms;
mod wrong_sql;
