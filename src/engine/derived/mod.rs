//! Columns that are computed when a table is read, because they follow from configuration or from other columns.

mod cot_root;
mod described;

use std::sync::Arc;

use datafusion::logical_expr::{Expr, ScalarUDF, col};

use crate::config::Config;
use crate::tables::{Column, Derivation, Role};
use cot_root::CotRoot;
use described::{Described, Fact};

/// The stored columns that a shown column is made of.
pub fn inputs(column: &Column) -> Vec<&'static str> {
    match column.role {
        Role::Derived(Derivation::CotRoot) => vec!["contract_code"],
        Role::Derived(Derivation::Net) => vec!["long", "short"],
        Role::Derived(Derivation::PeriodEnd) => vec!["source", "series_id", "as_of"],
        Role::Derived(Derivation::SeriesUnit) => vec!["source", "series_id"],
        // counted by the scan itself
        Role::Derived(Derivation::Revision) => Vec::new(),
        _ => vec![column.name],
    }
}

/// How a shown column follows from stored ones.
pub fn expression(column: &Column, config: &Arc<Config>) -> Expr {
    let described = |fact: Fact| ScalarUDF::from(Described::new(fact, config)).call(inputs(column).into_iter().map(col).collect());
    match column.role {
        Role::Derived(Derivation::CotRoot) => ScalarUDF::from(CotRoot::new(config)).call(vec![col("contract_code")]),
        Role::Derived(Derivation::Net) => col("long") - col("short"),
        Role::Derived(Derivation::PeriodEnd) => described(Fact::PeriodEnd),
        Role::Derived(Derivation::SeriesUnit) => described(Fact::Unit),
        _ => col(column.name),
    }
}
