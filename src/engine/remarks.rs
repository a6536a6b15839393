//! Remarks about a plan that a person should hear and that stop nothing, and the checks that must stop: a causal function over a frame that
//! looks ahead, a day compared with a number.

use std::any::Any;

use datafusion::catalog::default_table_source::source_as_provider;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::error::Result;
use datafusion::logical_expr::expr::{InList, WindowFunction};
use datafusion::logical_expr::{BinaryExpr, Expr, LogicalPlan, Operator, WindowFrameBound, WindowFunctionDefinition};

use super::asof::AsOfJoin;
use super::composed::{lake_table, reads_lake};
use super::context::StatementContext;
use super::functions::{FUNCTIONS, Function};
use super::scan::KnownTable;
use super::{arguments, comparisons};
use crate::config::{Config, closest};
use crate::error::Error;
use crate::tables::MACRO_SERIES;

/// What was found in a plan.
#[derive(Debug, Default)]
pub struct Findings {
    pub reads_lake: bool,
    reads_macro_series: bool,
    roots: Vec<String>,
    series: Vec<String>,
    /// Tables without their earlier vintages, which an as-of join matches by `available_at`.
    joined_by_latest: Vec<&'static str>,
}

/// Walks a plan once.
pub fn look(plan: &LogicalPlan) -> Result<Findings> {
    let mut found = Findings::default();
    plan.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node {
            let provider = source_as_provider(&scan.source)?;
            found.reads_lake |= reads_lake(provider.as_ref());
            found.reads_macro_series |= lake_table(provider.as_ref()).is_some_and(|table| table.name == MACRO_SERIES.name);
        }
        if let LogicalPlan::Extension(extension) = node
            && let Some(join) = extension.node.as_any().downcast_ref::<AsOfJoin>()
            && matches!(&join.time.right, Expr::Column(column) if column.name == "available_at")
        {
            found.joined_by_latest.extend(latest_tables(&join.right)?);
        }
        let filters = matches!(node, LogicalPlan::Filter(_));
        let inputs = comparisons::inputs(node);
        node.apply_expressions(|expr| {
            expr.apply(|part| {
                if filters {
                    found.look_at(part);
                }
                ensure_causal(part)?;
                comparisons::ensure_alike(part, &inputs)?;
                arguments::ensure_sensible(part)?;
                Ok(TreeNodeRecursion::Continue)
            })
        })
    })?;
    Ok(found)
}

/// Lake tables under a plan that keep only the latest vintage of each observation.
fn latest_tables(plan: &LogicalPlan) -> Result<Vec<&'static str>> {
    let mut names = Vec::new();
    plan.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node {
            let provider = source_as_provider(&scan.source)?;
            let table = (provider.as_ref() as &dyn Any).downcast_ref::<KnownTable>();
            names.extend(table.and_then(KnownTable::keeps_only_latest));
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(names)
}

impl Findings {
    fn look_at(&mut self, part: &Expr) {
        let is = |expr: &Expr, name: &str| matches!(expr, Expr::Column(column) if column.name == name);
        let text = |value: &Expr| match value {
            Expr::Literal(value, _) => value.try_as_str().flatten().map(str::to_string),
            _ => None,
        };
        match part {
            Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right }) if is(left, "root") => self.roots.extend(text(right)),
            Expr::InList(InList { expr, list, .. }) if is(expr, "root") => self.roots.extend(list.iter().filter_map(text)),
            Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right }) if is(left, "series_id") => self.series.extend(text(right)),
            Expr::InList(InList { expr, list, .. }) if is(expr, "series_id") => self.series.extend(list.iter().filter_map(text)),
            _ => {}
        }
    }

    /// Notes for stderr.
    pub fn note(&self, context: &StatementContext) {
        if !self.reads_lake {
            return;
        }
        for table in &self.joined_by_latest {
            context.notes.add(format!(
                "`{table}` keeps only the latest vintage of each observation, so what was revised later is not matched before its revision; \
                 join `{table}_readings` (of a view family its `_readings`), which has what was news at each instant"
            ));
        }
        for id in self.series.iter().filter(|id| id.starts_with("CFTC_")) {
            if let Some(missing) = super::flow::missing(&context.config, id) {
                context.notes.add(format!("{}: {}", missing.message(), missing.hint_text().unwrap_or_default()));
            }
        }
        if self.reads_macro_series {
            let slips = self.series.iter().filter(|id| !id.starts_with("CFTC_"));
            slips.filter_map(|id| slip(&context.config, id)).for_each(|note| context.notes.add(note));
        }
        for text in &self.roots {
            let config = &context.config;
            if config.roots.iter().any(|root| root.root == *text) {
                continue;
            }
            // what a vendor's file calls a market need not stand in configuration: only where little came is it worth a word
            context.notes.add_of_slip(match config.find_root(text) {
                Some(root) => format!("`{text}` is another name of root `{}`, and column `root` holds `{}`", root.root, root.root),
                None => match closest(text, config.roots.iter().map(|root| root.root.as_str())) {
                    Some(near) => format!("configuration has no root `{text}`; did you mean `{near}`?"),
                    None => format!("configuration has no root `{text}`; `SELECT root, name FROM meta.roots` lists them"),
                },
            });
        }
    }
}

/// That configuration describes no series of this name from any source, but one that is called nearly so. Which series there are is known to
/// the scan alone.
fn slip(config: &Config, id: &str) -> Option<String> {
    if config.series.iter().any(|series| series.id == id) {
        return None;
    }
    let near = closest(id, config.series.iter().map(|series| series.id.as_str()))?;
    Some(format!("no series `{id}` is described in configuration; did you mean `{near}`?"))
}

/// Our window functions see the rows up to the current one: a frame that ends elsewhere asks for something else.
fn ensure_causal(expr: &Expr) -> Result<()> {
    let Expr::WindowFunction(window) = expr else { return Ok(()) };
    let WindowFunction { fun: WindowFunctionDefinition::WindowUDF(function), params } = window.as_ref() else { return Ok(()) };
    let is_ours = FUNCTIONS.iter().any(|f| matches!(f, Function::Window(_, doc) if doc.name == function.name()));
    if is_ours && !matches!(params.window_frame.end_bound, WindowFrameBound::CurrentRow) {
        return Err(Error::query(format!("`{}` looks back: its frame must end at the current row", function.name()))
            .hint("write ROWS n PRECEDING, and an ORDER BY")
            .into());
    }
    Ok(())
}
