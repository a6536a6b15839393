//! What the columns of a result are called where the query gives them no name: the text of the expression, as a person wrote it, rather than
//! the planner's (`Int64(1)`, `sum(cot.net)`).
//!
//! Only the result's own schema is renamed; names inside a plan stay what the planner made them.

use std::sync::Arc;

use datafusion::arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::arrow::record_batch::{RecordBatch, RecordBatchOptions};
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{Expr, Query, SelectItem, SetExpr, Statement as Sql};
use futures::TryStreamExt;

/// The texts of a query's own columns: those before a `*` from the left, those behind it from the right; `None` where it has a name.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Headings {
    left: Vec<Option<String>>,
    right: Vec<Option<String>>,
    has_wildcard: bool,
}

impl Headings {
    /// Of any statement; one that is no query has none.
    pub fn of(statement: &Statement) -> Self {
        match statement {
            Statement::Statement(sql) => match sql.as_ref() {
                Sql::Query(query) => Self::of_query(query),
                _ => Self::default(),
            },
            _ => Self::default(),
        }
    }

    fn of_query(query: &Query) -> Self {
        let Some(items) = items(&query.body) else { return Self::default() };
        let is_wildcard = |item: &SelectItem| matches!(item, SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..));
        let first = items.iter().position(is_wildcard);
        let last = items.iter().rposition(is_wildcard);
        Self {
            left: items[..first.unwrap_or(items.len())].iter().map(text).collect(),
            right: last.map_or_else(Vec::new, |last| items[last + 1..].iter().map(text).collect()),
            has_wildcard: first.is_some(),
        }
    }

    /// A result under these headings.
    pub fn over(self, stream: SendableRecordBatchStream) -> SendableRecordBatchStream {
        let schema = self.renamed(&stream.schema());
        if schema == stream.schema() {
            return stream;
        }
        let under = schema.clone();
        let renamed = stream.and_then(move |batch| {
            let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
            let batch = RecordBatch::try_new_with_options(under.clone(), batch.columns().to_vec(), &options);
            std::future::ready(batch.map_err(Into::into))
        });
        Box::pin(RecordBatchStreamAdapter::new(schema, renamed))
    }

    fn renamed(&self, schema: &SchemaRef) -> SchemaRef {
        let n = schema.fields().len();
        let fits = if self.has_wildcard { self.left.len() + self.right.len() <= n } else { self.left.len() == n };
        if !fits {
            return schema.clone();
        }
        let mut fields: Vec<Field> = schema.fields().iter().map(|field| field.as_ref().clone()).collect();
        let from_right = n - self.right.len();
        let texts = self.left.iter().enumerate().chain(self.right.iter().enumerate().map(|(at, text)| (from_right + at, text)));
        for (at, text) in texts {
            if let Some(text) = text {
                fields[at].set_name(text);
            }
        }
        Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()))
    }
}

/// What a query selects; a UNION is called as its first part is.
fn items(body: &SetExpr) -> Option<&[SelectItem]> {
    match body {
        SetExpr::Select(select) => Some(&select.projection),
        SetExpr::SetOperation { left, .. } => items(left),
        SetExpr::Query(query) => items(&query.body),
        _ => None,
    }
}

fn text(item: &SelectItem) -> Option<String> {
    match item {
        SelectItem::UnnamedExpr(Expr::Identifier(_) | Expr::CompoundIdentifier(_)) => None,
        SelectItem::UnnamedExpr(expr) => Some(expr.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::parse;
    use datafusion::arrow::datatypes::DataType;

    fn renamed(sql: &str, names: &[&str]) -> Vec<String> {
        let statement = parse::statement(sql).expect("SQL").expect("a statement");
        let schema = Arc::new(Schema::new(names.iter().map(|name| Field::new(*name, DataType::Int64, true)).collect::<Vec<_>>()));
        Headings::of(&statement).renamed(&schema).fields().iter().map(|field| field.name().clone()).collect()
    }

    #[test]
    fn expressions_are_called_as_they_were_written() {
        assert_eq!(
            renamed("SELECT 1, net, sum(net * 2), c.x, 3 AS y FROM t", &["a", "net", "b", "x", "y"]),
            ["1", "net", "sum(net * 2)", "x", "y"]
        );
        assert_eq!(renamed("SELECT 1 UNION ALL SELECT 2", &["a"]), ["1"]);
    }

    #[test]
    fn columns_of_a_wildcard_keep_their_names() {
        assert_eq!(renamed("SELECT 1, *, -net FROM t", &["a", "x", "net", "b"]), ["1", "x", "net", "-net"]);
        assert_eq!(renamed("VALUES (1)", &["column1"]), ["column1"]);
        assert_eq!(renamed("EXPLAIN SELECT 1", &["plan_type", "plan"]), ["plan_type", "plan"]);
    }
}
