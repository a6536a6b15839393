//! The root of a market in the Commitments of Traders, from its contract market code.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, StringArray, StringBuilder};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::cast::as_string_array;
use datafusion::error::Result;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

use crate::config::Config;

/// Contract market code → root, NULL for a market that configuration does not list.
#[derive(Debug)]
pub(super) struct CotRoot {
    roots: HashMap<String, String>,
    signature: Signature,
}

impl CotRoot {
    pub(super) fn new(config: &Config) -> Self {
        let roots = config.roots.iter().flat_map(|root| root.cot_codes.iter().map(|code| (code.clone(), root.root.clone())));
        Self { roots: roots.collect(), signature: Signature::exact(vec![DataType::Utf8], Volatility::Immutable) }
    }
}

impl PartialEq for CotRoot {
    fn eq(&self, other: &Self) -> bool {
        self.roots == other.roots
    }
}
impl Eq for CotRoot {}
impl std::hash::Hash for CotRoot {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.roots.len().hash(state);
    }
}

impl ScalarUDFImpl for CotRoot {
    fn name(&self) -> &str {
        "cot_root"
    }
    fn signature(&self) -> &Signature {
        &self.signature
    }
    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }
    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let codes = as_string_array(&arrays[0])?;
        Ok(ColumnarValue::Array(self.roots_of(codes)))
    }
}

impl CotRoot {
    fn roots_of(&self, codes: &StringArray) -> ArrayRef {
        let mut roots = StringBuilder::with_capacity(codes.len(), codes.len() * 3);
        // files are sorted by code: one look-up per run
        let mut last: Option<(&str, Option<&str>)> = None;
        for code in codes.iter() {
            let Some(code) = code else {
                roots.append_null();
                continue;
            };
            let root = match last {
                Some((known, root)) if known == code => root,
                _ => self.roots.get(code).map(String::as_str),
            };
            last = Some((code, root));
            roots.append_option(root);
        }
        Arc::new(roots.finish())
    }
}
