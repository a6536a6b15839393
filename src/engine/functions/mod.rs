//! `FUNCTIONS`: every SQL function of our own, one file each. Table functions return plans that read when they are scanned, never when they
//! are called. A function's documentation is data: the shell's manual and the reference in `sql/FUNCTIONS.md` are printed from it.

mod aggregate;
mod also_called;
mod annualize;
mod bounded;
mod breakeven;
mod calendar;
mod carry;
mod continuous_rolls;
mod continuous_series;
mod continuous_vintages;
mod cot_as_of;
mod getvariable;
mod now;
mod releases;
mod replay;
mod surprise;
mod term_structure;
mod version;
pub mod window;

use std::sync::Arc;

use datafusion::catalog::TableProvider;
use datafusion::catalog::default_table_source::provider_as_source;
use datafusion::common::{ScalarValue, TableReference};
use datafusion::error::Result;
use datafusion::execution::FunctionRegistry;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::{AggregateUDF, LogicalPlan, LogicalPlanBuilder, ScalarUDF, WindowUDF};

use super::context::StatementContext;
use super::relations::Relations;
use super::trailing_mean::KnownTrailingMean;
use super::{asof, pivot, running_product, summary};
use crate::error::Error;
use aggregate::{diffusion_index, extreme_by, least_available, mode, trimmed_mean};
use window::Measure;

pub use also_called::register as register_other_names;

/// What a user needs to know of a function.
#[derive(Debug)]
pub struct Documentation {
    pub name: &'static str,
    pub syntax: &'static str,
    pub summary: &'static str,
    /// What NULL, missing arguments and short windows give.
    pub nulls: &'static str,
    /// What the function can see, relative to the clock and to the current row.
    pub causality: &'static str,
    /// A statement that runs on the demo's lake.
    pub example: &'static str,
}

pub enum Function {
    /// `FROM f(...)`, positional and named arguments.
    Table(&'static dyn TableFunction),
    /// `f(x) OVER (...)`.
    Window(fn() -> WindowUDF, &'static Documentation),
    /// `f(x)`, over the rows of a group.
    Aggregate(fn() -> AggregateUDF, &'static Documentation),
    /// `f(x)`; made anew for each statement, since what it knows may depend on the clock.
    Scalar(fn(&StatementContext) -> ScalarUDF, &'static Documentation),
    /// The present, which a clock moves; made anew for each statement.
    Present(&'static Documentation),
    /// No function, but syntax that is told of with them.
    Clause(&'static Documentation),
}

impl Function {
    pub fn documentation(&self) -> &'static Documentation {
        match self {
            Self::Table(function) => function.documentation(),
            Self::Window(_, documentation)
            | Self::Aggregate(_, documentation)
            | Self::Scalar(_, documentation)
            | Self::Present(documentation)
            | Self::Clause(documentation) => documentation,
        }
    }
    /// Whether it stands where a table may.
    pub fn is_table(&self) -> bool {
        matches!(self, Self::Table(_))
    }
    /// Where in a statement it stands.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Table(_) => "table function",
            Self::Window(..) => "window function",
            Self::Aggregate(..) => "aggregate function",
            Self::Scalar(..) | Self::Present(_) => "scalar function",
            Self::Clause(_) => "clause",
        }
    }
    /// The names of its arguments, in the order of their positions, where they can be given by name.
    pub fn parameters(&self) -> &'static [&'static str] {
        match self {
            Self::Table(function) => function.parameters(),
            Self::Window(..) | Self::Aggregate(..) | Self::Scalar(..) | Self::Present(_) | Self::Clause(_) => &[],
        }
    }
    /// The words of which an argument is one.
    pub fn words(&self, parameter: &str) -> &'static [&'static str] {
        match self {
            Self::Table(function) => function.words(parameter),
            Self::Window(..) | Self::Aggregate(..) | Self::Scalar(..) | Self::Present(_) | Self::Clause(_) => &[],
        }
    }
}

/// Every function, and the clauses that are told of with them.
pub static FUNCTIONS: &[Function] = &[
    Function::Table(&cot_as_of::CotAsOf),
    Function::Table(&continuous_series::ContinuousSeries),
    Function::Table(&continuous_rolls::ContinuousRolls),
    Function::Table(&term_structure::TermStructure),
    Function::Table(&carry::Carry),
    Function::Table(&releases::Releases),
    Function::Table(&surprise::Surprise),
    Function::Table(&breakeven::Breakeven),
    Function::Table(&replay::zscore::ZScore),
    Function::Table(&replay::percentile_rank::PercentileRank),
    Function::Table(&replay::rolling_mean::RollingMean),
    Function::Table(&replay::rolling_std::RollingStd),
    Function::Table(&replay::yoy::Yoy),
    Function::Table(&replay::as_known_panel::AsKnownPanel),
    Function::Table(&replay::first_release::FirstRelease),
    Function::Window(|| window::measured(Measure::ZScore), &window::zscore::DOCUMENTATION),
    Function::Window(|| window::measured(Measure::Mean), &window::rolling_mean::DOCUMENTATION),
    Function::Window(|| window::measured(Measure::Deviation), &window::rolling_std::DOCUMENTATION),
    Function::Window(|| window::measured(Measure::PercentileRank), &window::percentile_rank::DOCUMENTATION),
    Function::Window(window::log_return::function, &window::log_return::DOCUMENTATION),
    Function::Window(window::simple_return::function, &window::simple_return::DOCUMENTATION),
    Function::Window(window::realized_vol::function, &window::realized_vol::DOCUMENTATION),
    Function::Window(window::drawdown::function, &window::drawdown::DOCUMENTATION),
    Function::Window(window::rolling_corr::function, &window::rolling_corr::DOCUMENTATION),
    Function::Window(window::mom::function, &window::mom::DOCUMENTATION),
    Function::Window(window::yoy::function, &window::yoy::DOCUMENTATION),
    Function::Window(window::yoy_from_mom::function, &window::yoy_from_mom::DOCUMENTATION),
    Function::Aggregate(diffusion_index::function, &diffusion_index::DOCUMENTATION),
    Function::Aggregate(trimmed_mean::function, &trimmed_mean::DOCUMENTATION),
    Function::Aggregate(least_available::function, &least_available::DOCUMENTATION),
    Function::Aggregate(extreme_by::max_by, &extreme_by::MAX),
    Function::Aggregate(extreme_by::min_by, &extreme_by::MIN),
    Function::Aggregate(mode::function, &mode::DOCUMENTATION),
    Function::Scalar(annualize::function, &annualize::DOCUMENTATION),
    Function::Scalar(calendar::is_business_day, &calendar::IS),
    Function::Scalar(calendar::between, &calendar::BETWEEN),
    Function::Scalar(calendar::added, &calendar::ADD),
    Function::Scalar(calendar::next_period, &calendar::NEXT),
    Function::Scalar(calendar::release_due, &calendar::DUE),
    Function::Scalar(calendar::release_overdue, &calendar::OVERDUE),
    Function::Scalar(calendar::release_earliest, &calendar::EARLIEST),
    Function::Scalar(calendar::date_diff::function, &calendar::date_diff::DOCUMENTATION),
    Function::Scalar(calendar::last_day::function, &calendar::last_day::DOCUMENTATION),
    Function::Scalar(calendar::time_bucket::function, &calendar::time_bucket::DOCUMENTATION),
    Function::Scalar(getvariable::function, &getvariable::DOCUMENTATION),
    Function::Scalar(version::function, &version::DOCUMENTATION),
    Function::Present(&now::DOCUMENTATION),
    Function::Clause(&asof::DOCUMENTATION),
    Function::Clause(&pivot::DOCUMENTATION),
    Function::Clause(&summary::DOCUMENTATION),
];

/// Puts the functions into a statement's planning state.
pub fn register(state: &mut SessionState, context: &Arc<StatementContext>) -> Result<()> {
    for function in FUNCTIONS {
        match function {
            Function::Window(window, _) => {
                state.register_udwf(Arc::new(window()))?;
            }
            Function::Aggregate(aggregate, _) => {
                state.register_udaf(Arc::new(aggregate()))?;
            }
            Function::Scalar(function, _) => {
                state.register_udf(Arc::new(function(context)))?;
            }
            Function::Present(_) => now::register(state, context)?,
            Function::Table(_) | Function::Clause(_) => {}
        }
    }
    bounded::register(state, context)?;
    // called by our own views, like those of `INNER`
    state.register_udwf(Arc::new(running_product::window()))?;
    Ok(())
}

pub trait TableFunction: Sync {
    fn documentation(&self) -> &'static Documentation;
    /// Arguments in the order of their positions.
    fn parameters(&self) -> &'static [&'static str];
    /// The words of which an argument is one; none where it is no such choice.
    fn words(&self, _parameter: &str) -> &'static [&'static str] {
        &[]
    }
    /// The relation that a call stands for.
    fn plan(&self, arguments: &Arguments, planner: &Relations) -> Result<LogicalPlan>;

    fn name(&self) -> &'static str {
        self.documentation().name
    }
}

/// Functions that our own views and builds call: no part of the surface, so in no listing.
static INNER: &[&dyn TableFunction] = &[&KnownTrailingMean, &continuous_vintages::OF_SERIES, &continuous_vintages::OF_ROLLS];

pub fn find_table(name: &str) -> Option<&'static dyn TableFunction> {
    let inner = INNER.iter().copied().find(|function| function.name() == name);
    inner.or_else(|| find_listed(name))
}

fn find_listed(name: &str) -> Option<&'static dyn TableFunction> {
    FUNCTIONS.iter().find_map(|function| match function {
        Function::Table(table) if table.name() == name => Some(*table),
        _ => None,
    })
}

pub fn table_names() -> impl Iterator<Item = &'static str> {
    FUNCTIONS.iter().filter_map(|function| match function {
        Function::Table(table) => Some(table.name()),
        _ => None,
    })
}

/// The values of a call, by parameter. Printed, it is the call.
#[derive(Clone)]
pub struct Arguments {
    function: &'static dyn TableFunction,
    values: Vec<Option<ScalarValue>>,
    n_positional: usize,
}

impl Arguments {
    pub fn of(function: &'static dyn TableFunction) -> Self {
        Self { function, values: vec![None; function.parameters().len()], n_positional: 0 }
    }

    /// Takes the next positional value, or a named one.
    pub fn give(&mut self, name: Option<&str>, value: ScalarValue) -> Result<()> {
        let parameters = self.function.parameters();
        let place = match name {
            None => {
                self.n_positional += 1;
                self.n_positional - 1
            }
            Some(name) => parameters.iter().position(|p| *p == name).ok_or_else(|| {
                let hint = match crate::config::closest(name, parameters.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("arguments are {}", parameters.join(", ")),
                };
                Error::query(format!("`{}` has no argument `{name}`", self.function.name())).hint(hint)
            })?,
        };
        let Some(slot) = self.values.get_mut(place) else {
            return Err(Error::query(format!("`{}` takes at most {} arguments", self.function.name(), parameters.len()))
                .hint(format!("its syntax is {}", self.function.documentation().syntax))
                .into());
        };
        if slot.is_some() {
            return Err(Error::query(format!("`{}` was given `{}` twice", self.function.name(), parameters[place])).into());
        }
        *slot = Some(value);
        Ok(())
    }

    /// The value of a parameter; absent and NULL are the same.
    pub fn get(&self, parameter: &str) -> Option<&ScalarValue> {
        let place = self.function.parameters().iter().position(|p| *p == parameter)?;
        self.values[place].as_ref().filter(|value| !value.is_null())
    }

    pub fn text(&self, parameter: &str) -> Result<Option<&str>> {
        match self.get(parameter) {
            None => Ok(None),
            Some(value) => match value.try_as_str() {
                Some(text) => Ok(text),
                None => Err(self.wrong(parameter, "text", value)),
            },
        }
    }

    /// One text or a list of them.
    pub fn texts(&self, parameter: &str) -> Result<Vec<String>> {
        let wrong = |value| self.wrong(parameter, "a text or a list of texts", value);
        match self.get(parameter) {
            None => Ok(Vec::new()),
            Some(value @ ScalarValue::List(list)) => {
                let items = ScalarValue::convert_array_to_scalar_vec(list.as_ref())?;
                let texts = items.into_iter().flatten().flatten().map(|item| item.try_as_str().flatten().map(str::to_string));
                texts.collect::<Option<_>>().ok_or_else(|| wrong(value))
            }
            Some(value) => match value.try_as_str().flatten() {
                Some(text) => Ok(vec![text.to_string()]),
                None => Err(wrong(value)),
            },
        }
    }

    /// A whole number from 0 on, which a saved definition keeps as text.
    pub fn whole(&self, parameter: &str) -> Result<Option<u32>> {
        let number = match self.get(parameter) {
            None => return Ok(None),
            Some(ScalarValue::Int64(Some(n))) => u32::try_from(*n).ok(),
            Some(value) => value.try_as_str().flatten().and_then(|text| text.parse().ok()),
        };
        match (number, self.get(parameter)) {
            (None, Some(value)) => Err(self.wrong(parameter, "a whole number from 0 on", value)),
            (number, _) => Ok(number),
        }
    }

    pub fn name(&self) -> &'static str {
        self.function.name()
    }
    pub fn syntax(&self) -> &'static str {
        self.function.documentation().syntax
    }

    /// A scan of what the call stands for, named by the whole call: the optimizer takes scans of one name for the same.
    pub fn scan(&self, table: Arc<dyn TableProvider>) -> Result<LogicalPlan> {
        let scan = LogicalPlanBuilder::scan(TableReference::bare(self.to_string()), provider_as_source(table), None)?;
        scan.alias(TableReference::bare(self.name()))?.build()
    }

    /// A whole number from 1 on.
    pub fn count(&self, parameter: &str) -> Result<Option<usize>> {
        match self.get(parameter) {
            None => Ok(None),
            Some(ScalarValue::Int64(Some(n))) if *n > 0 => Ok(Some(*n as usize)),
            Some(value) => Err(self.wrong(parameter, "a whole number from 1 on", value)),
        }
    }

    pub fn boolean(&self, parameter: &str) -> Result<Option<bool>> {
        match self.get(parameter) {
            None => Ok(None),
            Some(ScalarValue::Boolean(value)) => Ok(*value),
            Some(value) => Err(self.wrong(parameter, "true or false", value)),
        }
    }

    /// One of the words that the function takes there.
    pub fn choice(&self, parameter: &str) -> Result<Option<&'static str>> {
        let choices = self.function.words(parameter);
        let Some(text) = self.text(parameter)? else { return Ok(None) };
        let given = text.to_lowercase();
        match choices.iter().find(|choice| **choice == given) {
            Some(choice) => Ok(Some(choice)),
            None => {
                let hint = match crate::config::closest(&given, choices.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`? It is one of {}", choices.join(", ")),
                    None => format!("it is one of {}", choices.join(", ")),
                };
                Err(Error::query(format!("`{}` knows no {parameter} `{text}`", self.function.name())).hint(hint).into())
            }
        }
    }

    fn wrong(&self, parameter: &str, expected: &str, found: &ScalarValue) -> datafusion::error::DataFusionError {
        Error::query(format!("`{}`: `{parameter}` must be {expected}, not `{found}`", self.function.name()))
            .hint(format!("its syntax is {}", self.function.documentation().syntax))
            .into()
    }
}

impl std::fmt::Display for Arguments {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}(", self.name())?;
        let given = self.function.parameters().iter().zip(&self.values).filter_map(|(name, value)| Some((name, value.as_ref()?)));
        for (at, (name, value)) in given.enumerate() {
            write!(f, "{}{name} => {value}", if at == 0 { "" } else { ", " })?;
        }
        f.write_str(")")
    }
}
