//! `getvariable('x')`: what `SET VARIABLE x = ...` gave a name to.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{ScalarValue, internal_err};
use datafusion::error::Result;
use datafusion::logical_expr::simplify::{ExprSimplifyResult, SimplifyContext};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility, lit,
};

use super::Documentation;
use crate::config::closest;
use crate::engine::context::StatementContext;
use crate::error::Error;

pub static DOCUMENTATION: Documentation = Documentation {
    name: "getvariable",
    syntax: "SET VARIABLE x = value; getvariable('x'); RESET VARIABLE x",
    summary: "The value that was given to a name with SET VARIABLE: a constant expression, computed when it is set, of its own type. Names are \
              those of the session, in any case of letters; `$x` with `--param x=...` is the other way, for text from the command line.",
    nulls: "NULL where NULL was set; a name that was not set is an error.",
    causality: "A value that was typed is part of the question: no query can be kept in a variable.",
    example: "SELECT * FROM meta.functions WHERE name = 'getvariable'",
};

pub fn function(context: &StatementContext) -> ScalarUDF {
    ScalarUDF::from(GetVariable {
        variables: context.variables.clone(),
        signature: Signature::exact(vec![DataType::Utf8], Volatility::Stable),
    })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct GetVariable {
    variables: Arc<BTreeMap<String, ScalarValue>>,
    signature: Signature,
}

impl GetVariable {
    fn value(&self, name: Option<&ScalarValue>) -> Result<&ScalarValue> {
        let Some(Some(Some(name))) = name.map(ScalarValue::try_as_str) else {
            return Err(Error::query("`getvariable` takes the name of a variable as a text").hint("write getvariable('x')").into());
        };
        let known = || self.variables.keys().map(String::as_str);
        self.variables.get(&name.to_lowercase()).ok_or_else(|| {
            Error::query(format!("there is no variable `{name}`"))
                .hint(match closest(&name.to_lowercase(), known()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("SET VARIABLE {name} = ... comes first"),
                })
                .into()
        })
    }
}

impl ScalarUDFImpl for GetVariable {
    fn name(&self) -> &str {
        DOCUMENTATION.name
    }
    fn signature(&self) -> &Signature {
        &self.signature
    }
    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        internal_err!("the type of a variable depends on its name")
    }
    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        let value = self.value(args.scalar_arguments.first().copied().flatten())?;
        Ok(Arc::new(Field::new(self.name(), value.data_type(), true)))
    }
    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        match args.args.first() {
            Some(ColumnarValue::Scalar(name)) => Ok(ColumnarValue::Scalar(self.value(Some(name))?.clone())),
            _ => self.value(None).cloned().map(ColumnarValue::Scalar),
        }
    }
    fn simplify(&self, args: Vec<Expr>, _: &SimplifyContext) -> Result<ExprSimplifyResult> {
        match args.first() {
            Some(Expr::Literal(name, _)) => Ok(ExprSimplifyResult::Simplified(lit(self.value(Some(name))?.clone()))),
            _ => Ok(ExprSimplifyResult::Original(args)),
        }
    }
}
