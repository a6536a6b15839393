//! Every test that is not SQL, in one binary (each binary links the whole engine).

#[path = "../support/mod.rs"]
mod support;

mod answers;
mod audit;
mod backfill;
mod bad_input;
mod banco_central;
mod brazil;
mod calendars;
mod check;
mod cli;
mod continuous;
mod databento;
mod deep;
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
mod paths;
mod pit;
mod power;
mod provider;
mod realdata;
mod releases;
mod replay;
mod rolling;
mod rot;
mod rule_check;
mod series;
mod sidra;
mod sources;
mod terminal;
mod tesouro;
mod tidy;
mod transforms;
mod working_day;
mod wrong_sql;
mod year;
