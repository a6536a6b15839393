//! A bare `ASOF JOIN` is put into parentheses: the planner has a hook for relations and none for joins. Pure, on the syntax tree.

use std::ops::ControlFlow;

use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{JoinOperator, Select, TableFactor, TableWithJoins, VisitorMut};

use crate::engine::parse;

/// Puts every `ASOF JOIN` of a statement into parentheses of its own, with what stands to its left.
pub fn wrap(statement: &mut Statement) {
    struct Wrap;
    impl VisitorMut for Wrap {
        type Break = ();
        fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
            select.from.iter_mut().for_each(wrap_joins);
            ControlFlow::Continue(())
        }
        fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<()> {
            if let TableFactor::NestedJoin { table_with_joins, .. } = factor
                && table_with_joins.joins.len() > 1
            {
                wrap_joins(table_with_joins);
            }
            ControlFlow::Continue(())
        }
    }
    let _ = parse::visit(statement, &mut Wrap);
}

fn wrap_joins(from: &mut TableWithJoins) {
    while let Some(at) = from.joins.iter().position(|join| matches!(join.join_operator, JoinOperator::AsOf { .. })) {
        let after = from.joins.split_off(at + 1);
        let asof = from.joins.split_off(at);
        let left = std::mem::replace(from, TableWithJoins { relation: placeholder(), joins: after });
        let relation = if left.joins.is_empty() { left.relation } else { nested(left) };
        from.relation = nested(TableWithJoins { relation, joins: asof });
    }
}

fn nested(table_with_joins: TableWithJoins) -> TableFactor {
    TableFactor::NestedJoin { table_with_joins: Box::new(table_with_joins), alias: None }
}

/// Stands for a relation while it is moved.
fn placeholder() -> TableFactor {
    TableFactor::UNNEST { alias: None, array_exprs: vec![], with_offset: false, with_offset_alias: None, with_ordinality: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrapped(text: &str) -> String {
        let mut statement = parse::statement(text).expect("it parses").expect("one statement");
        wrap(&mut statement);
        let once = statement.to_string();
        wrap(&mut statement);
        assert_eq!(statement.to_string(), once, "what is wrapped stays");
        once
    }

    #[test]
    fn a_join_takes_what_stands_to_its_left() {
        assert_eq!(
            wrapped("SELECT * FROM a ASOF JOIN b MATCH_CONDITION (a.t >= b.t)"),
            "SELECT * FROM (a ASOF JOIN b MATCH_CONDITION (a.t >= b.t))"
        );
        assert_eq!(
            wrapped("SELECT * FROM z, a JOIN x USING (k) ASOF JOIN b MATCH_CONDITION (a.t >= b.t) USING (k) JOIN c ON c.k = a.k"),
            "SELECT * FROM z, ((a JOIN x USING(k)) ASOF JOIN b MATCH_CONDITION (a.t >= b.t) USING(k)) JOIN c ON c.k = a.k"
        );
        assert_eq!(
            wrapped("SELECT * FROM a ASOF JOIN b MATCH_CONDITION (a.t >= b.t) ASOF JOIN c MATCH_CONDITION (a.t >= c.t)"),
            "SELECT * FROM ((a ASOF JOIN b MATCH_CONDITION (a.t >= b.t)) ASOF JOIN c MATCH_CONDITION (a.t >= c.t))"
        );
    }
}
