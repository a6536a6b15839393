//! Checks: each has a lake in which exactly its finding appears, and there is a lake of every kind of row in which none does.

mod command;
mod freshness;
mod lake;
mod markets;
mod realdata;
mod series;
