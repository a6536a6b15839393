//! Windows that have names: each use gets what the name stands for, wherever it stands, since the planner looks for names in the list of
//! columns alone and takes what it does not find for no window at all.

use std::collections::HashMap;
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, Function, Ident, NamedWindowDefinition, NamedWindowExpr, OrderBy, OrderByKind, Query, Select, SetExpr, VisitMut, WindowSpec,
    WindowType, visit_expressions_mut,
};

use crate::error::{Error, Result};

/// The windows of a select, each with all that it stands for.
type Windows = HashMap<String, WindowSpec>;

/// Names in the columns and in QUALIFY of a select.
pub fn in_select(select: &mut Select) -> Result<()> {
    let windows = of(select)?;
    replace(&mut select.projection, &windows)?;
    replace(&mut select.qualify, &windows)?;
    // nothing else may name one, and the planner would look at them again
    select.named_window.clear();
    Ok(())
}

/// Names in the ORDER BY of a select, which belongs to the query around it.
pub fn in_order(query: &mut Query) -> Result<()> {
    let (SetExpr::Select(select), Some(OrderBy { kind: OrderByKind::Expressions(order), interpolate: _ })) =
        (query.body.as_ref(), &mut query.order_by)
    else {
        return Ok(());
    };
    replace(order, &of(select)?)
}

fn of(select: &Select) -> Result<Windows> {
    let mut windows = Windows::new();
    for NamedWindowDefinition(name, window) in &select.named_window {
        let spec = match window {
            NamedWindowExpr::WindowSpec(spec) => whole(spec.clone(), &windows)?,
            NamedWindowExpr::NamedWindow(other) => known(other, &windows)?.clone(),
        };
        if windows.insert(key(name), spec).is_some() {
            return Err(Error::query(format!("two windows are named `{name}`")).hint("give each a name of its own"));
        }
    }
    Ok(windows)
}

fn key(name: &Ident) -> String {
    if name.quote_style.is_some() { name.value.clone() } else { name.value.to_lowercase() }
}

fn known<'a>(name: &Ident, windows: &'a Windows) -> Result<&'a WindowSpec> {
    windows.get(&key(name)).ok_or_else(|| {
        Error::query(format!("there is no window `{name}`")).hint("WINDOW name AS (...) names one, before those that are made of it")
    })
}

/// A window that begins with the name of another: what it says is added to that.
fn whole(spec: WindowSpec, windows: &Windows) -> Result<WindowSpec> {
    let WindowSpec { window_name, partition_by, order_by, window_frame } = spec;
    let Some(name) = window_name else { return Ok(WindowSpec { window_name: None, partition_by, order_by, window_frame }) };
    let base = known(&name, windows)?.clone();
    if !partition_by.is_empty() || (!order_by.is_empty() && !base.order_by.is_empty()) || base.window_frame.is_some() {
        return Err(Error::query(format!("window `{name}` cannot be changed, only added to"))
            .hint("it gives the PARTITION BY; ORDER BY and a frame can be added where it has none"));
    }
    let order_by = if order_by.is_empty() { base.order_by } else { order_by };
    Ok(WindowSpec { window_name: None, partition_by: base.partition_by, order_by, window_frame })
}

fn replace<T: VisitMut>(part: &mut T, windows: &Windows) -> Result<()> {
    let end = visit_expressions_mut(part, |expr| {
        let Expr::Function(Function { over: Some(over), .. }) = expr else { return ControlFlow::Continue(()) };
        let said = match over {
            // one of a query inside, which is looked at in its turn, or of nothing
            WindowType::NamedWindow(name) if !windows.contains_key(&key(name)) => return ControlFlow::Continue(()),
            WindowType::NamedWindow(name) => known(name, windows).cloned(),
            WindowType::WindowSpec(WindowSpec { window_name: Some(name), .. }) if !windows.contains_key(&key(name)) => {
                return ControlFlow::Break(Error::query(format!("there is no window `{name}`")).hint("WINDOW name AS (...) names one"));
            }
            WindowType::WindowSpec(spec) => whole(spec.clone(), windows),
        };
        match said {
            Ok(spec) => {
                *over = WindowType::WindowSpec(spec);
                ControlFlow::Continue(())
            }
            Err(error) => ControlFlow::Break(error),
        }
    });
    match end {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(error) => Err(error),
    }
}
