//! `version()`: of this program, where DataFusion would tell its own.

use datafusion::arrow::datatypes::DataType;
use datafusion::error::Result;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};

use super::Documentation;
use crate::engine::context::StatementContext;

pub static DOCUMENTATION: Documentation = Documentation {
    name: "version",
    syntax: "version()",
    summary: "Name and version of this program, as `contango --version` prints them.",
    nulls: "Never NULL.",
    causality: "Looks at nothing.",
    example: "SELECT version() LIKE 'contango %' AS is_ours",
};

pub fn function(_: &StatementContext) -> ScalarUDF {
    ScalarUDF::from(Version { signature: Signature::nullary(Volatility::Immutable) })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Version {
    signature: Signature,
}

impl ScalarUDFImpl for Version {
    fn name(&self) -> &str {
        DOCUMENTATION.name
    }
    fn signature(&self) -> &Signature {
        &self.signature
    }
    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }
    fn invoke_with_args(&self, _: ScalarFunctionArgs) -> Result<ColumnarValue> {
        Ok(ColumnarValue::Scalar(concat!("contango ", env!("CARGO_PKG_VERSION")).into()))
    }
}
