//! `CAST(t AS TIMESTAMP)`, `AS DATE` and `AS TIME` of an instant under `SET timezone`: what the clocks of that zone showed, as PostgreSQL has it.
//! Only what a person wrote is touched, on the syntax tree: our own views cast by UTC whatever the session says.

use std::ops::ControlFlow;

use chrono_tz::Tz;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{self, DataType, Expr, Ident, Select, SelectItem, TimezoneInfo, VisitorMut};

use super::rewrite::{call, nothing};
use super::zones;
use crate::engine::parse;

/// Puts the zone into every such cast.
pub fn in_zone(statement: &mut Statement, zone: Tz) {
    let _ = parse::visit(statement, &mut InZone(zone.name()));
}

struct InZone(&'static str);

impl VisitorMut for InZone {
    type Break = ();

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        // a column is called as it was written
        for item in &mut select.projection {
            if let SelectItem::UnnamedExpr(expr) = item
                && ast::visit_expressions(expr, |part| if is_cast(part) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
                    .is_break()
            {
                let alias = Ident::with_quote('"', expr.to_string());
                *item = SelectItem::ExprWithAlias { expr: expr.clone(), alias };
            }
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if is_cast(expr)
            && let Expr::Cast { expr: inner, .. } = expr
        {
            let instant = std::mem::replace(inner.as_mut(), nothing());
            let zone = Expr::value(ast::Value::SingleQuotedString(self.0.to_string()));
            **inner = call(zones::SHOWN, vec![instant, zone]);
        }
        ControlFlow::Continue(())
    }
}

/// A cast to a type that has no zone.
fn is_cast(expr: &Expr) -> bool {
    let Expr::Cast { data_type, .. } = expr else { return false };
    matches!(
        data_type,
        DataType::Timestamp(_, TimezoneInfo::None | TimezoneInfo::WithoutTimeZone)
            | DataType::Datetime(_)
            | DataType::Date
            | DataType::Time(_, TimezoneInfo::None | TimezoneInfo::WithoutTimeZone)
    )
}
