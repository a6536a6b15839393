//! How a relation in FROM is planned: system times, our table functions with named arguments, and refusal of every other clause.
//!
//! DataFusion's own planner drops what it does not know in a table factor (`TABLESAMPLE`, versions, hints); this one comes first and fails
//! closed.

use std::sync::Arc;

use datafusion::common::{DFSchema, ScalarValue};
use datafusion::error::Result;
use datafusion::logical_expr::planner::{PlannedRelation, RelationPlanner, RelationPlannerContext, RelationPlanning};
use datafusion::logical_expr::simplify::SimplifyContext;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};
use datafusion::optimizer::simplify_expressions::ExprSimplifier;
use datafusion::sql::sqlparser::ast::{self, FunctionArg, FunctionArgExpr, TableFactor, TableVersion};

use super::catalogue::Scope;
use super::context::StatementContext;
use super::functions::{self, Arguments};
use super::honoured::refusal;
use super::{Core, answers, asof, pivot, spelling, summary, system_time};
use crate::error::Error;
use crate::time::KnowledgeTime;

pub struct Relations {
    pub core: Arc<Core>,
    pub context: Arc<StatementContext>,
    /// Where names are looked up.
    pub scope: Scope,
}

impl std::fmt::Debug for Relations {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Relations")
    }
}

impl RelationPlanner for Relations {
    fn plan_relation(&self, relation: TableFactor, planner: &mut dyn RelationPlannerContext) -> Result<RelationPlanning> {
        match relation {
            TableFactor::Table { name, alias, args, with_hints, version, with_ordinality, partitions, json_path, sample, index_hints } => {
                let dropped = [
                    (sample.is_some(), "TABLESAMPLE"),
                    (!with_hints.is_empty(), "WITH (hint)"),
                    (!partitions.is_empty(), "PARTITION (...)"),
                    (!index_hints.is_empty(), "USE INDEX"),
                    (json_path.is_some(), "JSON path"),
                    (with_ordinality, "WITH ORDINALITY"),
                ];
                if let Some((_, clause)) = dropped.iter().find(|(present, _)| *present) {
                    let error = refusal(clause);
                    return Err(if *clause == "TABLESAMPLE" { error.hint(spelling::SAMPLE_HINT) } else { error }.into());
                }
                if let Some(args) = &args
                    && let Some(plan) =
                        answers::plan_call(&name, &args.args, planner).or_else(|| summary::plan_call(&name, &args.args, planner))
                {
                    return Ok(RelationPlanning::Planned(Box::new(PlannedRelation { plan: plan?, alias })));
                }
                let function = args.as_ref().and_then(|_| self.function(&name));
                match (version, args) {
                    (Some(version), None) => {
                        let plan = self.at_system_time(name, version, planner)?;
                        Ok(RelationPlanning::Planned(Box::new(PlannedRelation { plan, alias })))
                    }
                    (Some(_), Some(_)) => Err(Error::query("a table function takes no `FOR SYSTEM_TIME AS OF`")
                        .hint("give the instant as an argument, or set the clock")
                        .into()),
                    (None, Some(args)) => {
                        if args.settings.is_some() {
                            return Err(refusal("SETTINGS").into());
                        }
                        self.call(function, name, alias, args.args, planner)
                    }
                    (None, None) => Ok(RelationPlanning::Original(Box::new(TableFactor::Table {
                        name,
                        alias,
                        args: None,
                        with_hints,
                        version: None,
                        with_ordinality,
                        partitions,
                        json_path,
                        sample,
                        index_hints,
                    }))),
                }
            }
            TableFactor::Function { lateral, name, args, with_ordinality, alias } => {
                if with_ordinality {
                    return Err(refusal("WITH ORDINALITY").into());
                }
                match self.function(&name) {
                    Some(function) => self.call(Some(function), name, alias, args, planner),
                    // a name would be dropped and its value taken by position
                    None if args.iter().any(is_named) => Err(refusal("named arguments of this function").into()),
                    None => Ok(RelationPlanning::Original(Box::new(TableFactor::Function { lateral, name, args, with_ordinality, alias }))),
                }
            }
            TableFactor::NestedJoin { table_with_joins, alias } if asof::find(&table_with_joins) => {
                let plan = asof::plan(*table_with_joins, planner)?;
                Ok(RelationPlanning::Planned(Box::new(PlannedRelation { plan, alias })))
            }
            TableFactor::NestedJoin { table_with_joins, alias } => match answers::plan_join(&table_with_joins, alias.as_ref(), planner) {
                // the alias is what its columns of USING are qualified by
                Some(plan) => Ok(RelationPlanning::Planned(Box::new(PlannedRelation { plan: plan?, alias: None }))),
                None => Ok(RelationPlanning::Original(Box::new(TableFactor::NestedJoin { table_with_joins, alias }))),
            },
            TableFactor::Pivot { table, aggregate_functions, value_column, value_source, default_on_null, alias } => {
                let parts = pivot::Pivot {
                    table: *table,
                    aggregates: aggregate_functions,
                    key: value_column,
                    values: value_source,
                    default: default_on_null,
                };
                let plan = pivot::plan(parts, &self.context, planner)?;
                Ok(RelationPlanning::Planned(Box::new(PlannedRelation { plan, alias })))
            }
            TableFactor::Unpivot { table, value, name, columns, null_inclusion, alias } => {
                let parts = pivot::Unpivot { table: *table, value, name, columns, nulls: null_inclusion };
                Ok(RelationPlanning::Planned(Box::new(PlannedRelation { plan: pivot::plan_unpivot(parts, planner)?, alias })))
            }
            other => Ok(RelationPlanning::Original(Box::new(other))),
        }
    }
}

fn is_named(argument: &FunctionArg) -> bool {
    !matches!(argument, FunctionArg::Unnamed(_))
}

impl Relations {
    fn function(&self, name: &ast::ObjectName) -> Option<&'static dyn functions::TableFunction> {
        functions::find_table(&name.to_string().to_lowercase())
    }

    /// `t FOR SYSTEM_TIME AS OF instant`: what the catalogue has found under the name, which the instant stands in.
    fn at_system_time(
        &self,
        name: ast::ObjectName,
        version: TableVersion,
        planner: &mut dyn RelationPlannerContext,
    ) -> Result<LogicalPlan> {
        let TableVersion::ForSystemTimeAsOf(_) = version else {
            return Err(Error::query(format!("`{}` is not supported", version.to_string().trim()))
                .hint("write `FOR SYSTEM_TIME AS OF TIMESTAMP '...'` after the table's name")
                .into());
        };
        let plain = system_time::unmoved(&name);
        if plain == name {
            return Err(Error::internal(format!("the system time of `{name}` was not looked at")).into());
        }
        let reference = planner.object_name_to_table_reference(plain)?;
        let inner = TableFactor::Table {
            name,
            alias: None,
            args: None,
            with_hints: vec![],
            version: None,
            with_ordinality: false,
            partitions: vec![],
            json_path: None,
            sample: None,
            index_hints: vec![],
        };
        LogicalPlanBuilder::from(planner.plan(inner)?).alias(reference)?.build()
    }

    /// An instant in a query may be earlier than the clock, never later.
    pub fn ensure_not_later(&self, instant: KnowledgeTime, what: &str) -> Result<()> {
        Ok(self.context.ensure_not_later(instant, what)?)
    }

    /// Plans SQL of our own that a function stands for, as known now or at an instant.
    ///
    /// # Errors
    /// The instant is later than the clock, or as planning any text.
    pub fn plan_text(&self, text: &str, at: Option<KnowledgeTime>) -> Result<LogicalPlan> {
        let Some(at) = at else { return self.core.plan_text_now(text, &self.scope) };
        let scope = self.scope.moved_to(at)?;
        system_time::bound(self.core.plan_text_now(text, &scope)?, &scope.context)
    }

    fn call(
        &self,
        function: Option<&'static dyn functions::TableFunction>,
        name: ast::ObjectName,
        alias: Option<ast::TableAlias>,
        args: Vec<FunctionArg>,
        planner: &mut dyn RelationPlannerContext,
    ) -> Result<RelationPlanning> {
        let Some(function) = function else {
            return self.built_in(name, alias, args, planner);
        };
        let mut arguments = Arguments::of(function);
        for argument in args {
            let (given_name, expr) = match argument {
                FunctionArg::Named { name, arg, .. } => (Some(name.value.to_lowercase()), arg),
                FunctionArg::Unnamed(arg) => (None, arg),
                FunctionArg::ExprNamed { .. } => return Err(refusal("a computed argument name").into()),
            };
            let FunctionArgExpr::Expr(expr) = expr else {
                return Err(Error::query(format!("`{}` takes values, not `*`", function.name())).into());
            };
            let value = constant(planner.sql_to_expr(expr, &DFSchema::empty())?, &self.context)?;
            arguments.give(given_name.as_deref(), value)?;
        }
        let plan = function.plan(&arguments, self)?;
        Ok(RelationPlanning::Planned(Box::new(PlannedRelation { plan, alias })))
    }

    /// DataFusion's own table functions; an unknown name gets a suggestion from ours.
    fn built_in(
        &self,
        name: ast::ObjectName,
        alias: Option<ast::TableAlias>,
        args: Vec<FunctionArg>,
        _: &mut dyn RelationPlannerContext,
    ) -> Result<RelationPlanning> {
        let called = name.to_string().to_lowercase();
        if !self.core.has_built_in_table_function(&called) {
            let mut error = Error::query(format!("there is no table function `{called}`"));
            let known: Vec<&str> = functions::table_names().collect();
            error = match crate::config::closest(&called, known.iter().copied()) {
                Some(near) => error.hint(format!("did you mean `{near}`?")),
                None => error.hint(format!("table functions are {}", known.join(", "))),
            };
            return Err(error.into());
        }
        if args.iter().any(is_named) {
            return Err(refusal("named arguments of this function").into());
        }
        Ok(RelationPlanning::Original(Box::new(TableFactor::Table {
            name,
            alias,
            args: Some(ast::TableFunctionArgs { args, settings: None }),
            with_hints: vec![],
            version: None,
            with_ordinality: false,
            partitions: vec![],
            json_path: None,
            sample: None,
            index_hints: vec![],
        })))
    }
}

/// The value of an expression without columns.
pub fn constant(expr: Expr, context: &StatementContext) -> Result<ScalarValue> {
    let started = chrono::DateTime::from_timestamp_micros(context.now().micros());
    let simplifier = ExprSimplifier::new(SimplifyContext::builder().with_query_execution_start_time(started).build());
    let shown = expr.to_string();
    let expr =
        simplifier.coerce(expr, &DFSchema::empty()).and_then(answers::checked_constant).and_then(|expr| simplifier.simplify(expr))?;
    match expr {
        Expr::Literal(value, _) => Ok(value),
        _ => Err(Error::query(format!("`{shown}` is not a constant")).hint("an argument here must be known before any row is read").into()),
    }
}

/// A constant as an instant: a timestamp, a date (its first instant, UTC) or text.
pub fn instant_of(value: ScalarValue) -> Result<KnowledgeTime> {
    use ScalarValue::{
        Date32, LargeUtf8, TimestampMicrosecond, TimestampMillisecond, TimestampNanosecond, TimestampSecond, Utf8, Utf8View,
    };
    const DAY: i64 = 86_400_000_000;
    let micros = |t: i64, scale: i64| match t.checked_mul(scale) {
        Some(micros) => Ok(KnowledgeTime::from_micros(micros)),
        None => Err(Error::query("an instant is too far away to be told in microseconds")
            .hint("write it as TIMESTAMP '2019-02-01 20:30:00Z'")
            .into()),
    };
    match value {
        Utf8(Some(text)) | LargeUtf8(Some(text)) | Utf8View(Some(text)) => Ok(KnowledgeTime::parse(&text)?),
        Date32(Some(days)) => Ok(KnowledgeTime::from_micros(i64::from(days) * DAY)),
        TimestampSecond(Some(t), _) => micros(t, 1_000_000),
        TimestampMillisecond(Some(t), _) => micros(t, 1_000),
        TimestampMicrosecond(Some(t), _) => Ok(KnowledgeTime::from_micros(t)),
        TimestampNanosecond(Some(t), _) => Ok(KnowledgeTime::from_micros(t.div_euclid(1_000))),
        other => Err(Error::query(format!("`{other}` is not an instant"))
            .hint("write it as TIMESTAMP '2019-02-01 20:30:00Z' or '2019-02-01'")
            .into()),
    }
}
