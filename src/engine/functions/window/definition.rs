//! A window function of ours for the planner: its name, what it takes, and who evaluates a partition of it. All give a DOUBLE that may be NULL.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::ScalarValue;
use datafusion::error::Result;
use datafusion::logical_expr::function::{PartitionEvaluatorArgs, WindowUDFFieldArgs};
use datafusion::logical_expr::{Coercion, PartitionEvaluator, Signature, TypeSignature, Volatility, WindowUDF, WindowUDFImpl};
use datafusion::physical_expr::expressions::Literal;

use crate::engine::functions::Documentation;
use crate::error::Error;

/// What evaluates a partition, made of the constants of a call.
pub type Maker = fn(&Constants) -> Result<Box<dyn PartitionEvaluator>>;

/// A window function: `needed` arguments, then up to all of `takes`.
pub fn window(documentation: &'static Documentation, takes: &[Coercion], needed: usize, maker: Maker) -> WindowUDF {
    let forms = (needed..=takes.len()).map(|n| TypeSignature::Coercible(takes[..n].to_vec()));
    let signature = Signature::one_of(forms.collect(), Volatility::Immutable);
    WindowUDF::from(Definition { documentation, signature, maker })
}

#[derive(Debug)]
struct Definition {
    documentation: &'static Documentation,
    signature: Signature,
    maker: Maker,
}

impl PartialEq for Definition {
    fn eq(&self, other: &Self) -> bool {
        self.documentation.name == other.documentation.name
    }
}
impl Eq for Definition {}
impl Hash for Definition {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.documentation.name.hash(state);
    }
}

impl WindowUDFImpl for Definition {
    fn name(&self) -> &str {
        self.documentation.name
    }
    fn signature(&self) -> &Signature {
        &self.signature
    }
    fn partition_evaluator(&self, args: PartitionEvaluatorArgs) -> Result<Box<dyn PartitionEvaluator>> {
        (self.maker)(&Constants { documentation: self.documentation, args })
    }
    fn field(&self, args: WindowUDFFieldArgs) -> Result<FieldRef> {
        Ok(Arc::new(Field::new(args.name(), DataType::Float64, true)))
    }
}

/// The arguments of a call that must be the same for every row.
pub struct Constants<'a> {
    documentation: &'static Documentation,
    args: PartitionEvaluatorArgs<'a>,
}

impl Constants<'_> {
    /// A whole number from 1 on; `None` where the call has no such argument.
    ///
    /// # Errors
    /// It differs from row to row, or is none.
    pub fn count(&self, place: usize, name: &str) -> Result<Option<usize>> {
        let Some(value) = self.value(place, name, "a whole number from 1 on")? else { return Ok(None) };
        let count = match value.cast_to(&DataType::Int64) {
            Ok(ScalarValue::Int64(Some(n))) if n > 0 => usize::try_from(n).ok(),
            _ => None,
        };
        count.map(Some).ok_or_else(|| self.wrong(name, "a whole number from 1 on", &value).into())
    }

    /// A number above 0; `None` where the call has no such argument.
    ///
    /// # Errors
    /// It differs from row to row, or is none.
    pub fn positive(&self, place: usize, name: &str) -> Result<Option<f64>> {
        let Some(value) = self.value(place, name, "a number above 0")? else { return Ok(None) };
        let number = match value.cast_to(&DataType::Float64) {
            Ok(ScalarValue::Float64(Some(number))) if number > 0.0 && number.is_finite() => Some(number),
            _ => None,
        };
        number.map(Some).ok_or_else(|| self.wrong(name, "a number above 0", &value).into())
    }

    fn value(&self, place: usize, name: &str, expected: &str) -> Result<Option<ScalarValue>> {
        let Some(expr) = self.args.input_exprs().get(place) else { return Ok(None) };
        match (expr.as_ref() as &dyn std::any::Any).downcast_ref::<Literal>() {
            Some(literal) => Ok(Some(literal.value().clone())),
            None => Err(Error::query(format!("`{}`: `{name}` must be {expected}, the same for every row", self.documentation.name))
                .hint(format!("its syntax is {}", self.documentation.syntax))
                .into()),
        }
    }

    fn wrong(&self, name: &str, expected: &str, found: &ScalarValue) -> Error {
        Error::query(format!("`{}`: `{name}` must be {expected}, not `{found}`", self.documentation.name))
            .hint(format!("its syntax is {}", self.documentation.syntax))
    }
}
