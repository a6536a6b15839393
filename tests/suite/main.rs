//! Every test that is not SQL, in one binary (each binary links the whole engine).

mod cli;
mod downloads;
mod faults;
mod laws;
mod realdata;
mod releases;
mod sources;
mod tidy;
