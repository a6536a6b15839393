//! What other engines call functions that DataFusion has under another name. One literal list; what is another function there is none of these.

use std::sync::Arc;

use datafusion::error::Result;
use datafusion::execution::FunctionRegistry;
use datafusion::execution::session_state::SessionState;

/// A name and the function that it is one more name of.
const ALSO_CALLED: [(&str, &str); 8] = [
    ("list", "array_agg"),
    ("list_value", "make_array"),
    ("first", "first_value"),
    ("last", "last_value"),
    ("arbitrary", "any_value"),
    ("strftime", "to_char"),
    ("len", "length"),
    ("datepart", "date_part"),
];

/// Gives the functions of a planning state their other names, where nothing has them yet.
///
/// # Errors
/// The state does not take them.
pub fn register(state: &mut SessionState) -> Result<()> {
    for (other, name) in ALSO_CALLED {
        if let Some(found) = state.scalar_functions().get(name).filter(|_| !state.scalar_functions().contains_key(other)).cloned() {
            state.register_udf(Arc::new(found.as_ref().clone().with_aliases([other])))?;
        }
        if let Some(found) = state.aggregate_functions().get(name).filter(|_| !state.aggregate_functions().contains_key(other)).cloned() {
            state.register_udaf(Arc::new(found.as_ref().clone().with_aliases([other])))?;
        }
        if let Some(found) = state.window_functions().get(name).filter(|_| !state.window_functions().contains_key(other)).cloned() {
            state.register_udwf(Arc::new(found.as_ref().clone().with_aliases([other])))?;
        }
    }
    Ok(())
}
