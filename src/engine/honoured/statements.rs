//! What is no query, field by field. The planner takes INSERT and CREATE TABLE apart in the same way; what it would drop of them is refused
//! here, and what this engine does by itself (views, PREPARE, SET, DROP) is taken apart here too.

use datafusion::sql::parser::{CopyToSource, CopyToStatement, CreateExternalTable, ExplainStatement, ResetStatement, Statement};
use datafusion::sql::sqlparser::ast::{
    CastKind, ColumnDef, ColumnOption, ColumnOptionDef, ContextModifier, CreateTable, CreateTableOptions, CreateView, Expr, ExprWithAlias,
    Ident, ObjectName, Set, Statement as Sql, ViewColumnDef,
};

use super::{ensure_absent, expressions, refusal};
use crate::error::{Error, Result};

/// A statement of the planner's own parser.
pub fn ensure_honoured(statement: &Statement) -> Result<()> {
    match statement {
        Statement::Statement(_) | Statement::Reset(ResetStatement::Variable(_)) => Ok(()),
        Statement::Explain(ExplainStatement { options: _, statement }) => ensure_honoured(statement),
        Statement::CopyTo(CopyToStatement { source, target: _, partitioned_by: _, stored_as: _, options: _ }) => match source {
            CopyToSource::Query(_) | CopyToSource::Relation(_) => Ok(()),
        },
        Statement::CreateExternalTable(CreateExternalTable {
            name: _,
            columns,
            file_type: _,
            locations: _,
            table_partition_cols: _,
            order_exprs: _,
            if_not_exists: _,
            or_replace: _,
            // every table of a session is
            temporary: _,
            unbounded,
            options: _,
            constraints,
        }) => {
            // a key that does not hold would make wrong answers of true rows
            ensure_absent(&[(*unbounded, "UNBOUNDED"), (!constraints.is_empty(), "a constraint of a table")])?;
            columns.iter().try_for_each(column)
        }
    }
}

fn column(column: &ColumnDef) -> Result<()> {
    let ColumnDef { name: _, data_type, options } = column;
    expressions::type_of_value(data_type)?;
    for ColumnOptionDef { name: _, option } in options {
        match option {
            ColumnOption::Null | ColumnOption::NotNull => {}
            other => return Err(refusal(&other.to_string()).hint("a column has a name, a type, and may be NOT NULL")),
        }
    }
    Ok(())
}

pub fn statement(statement: &Sql) -> Result<()> {
    match statement {
        Sql::CreateTable(table) => create_table(table),
        Sql::Explain { describe_alias: _, analyze: _, verbose: _, query_plan, estimate, statement: _, format: _, options } => {
            ensure_absent(&[(*query_plan, "QUERY PLAN"), (*estimate, "ESTIMATE"), (options.is_some(), "options of EXPLAIN")])
        }
        Sql::ExplainTable { describe_alias: _, hive_format, has_table_keyword: _, table_name: _ } => {
            ensure_absent(&[(hive_format.is_some(), "FORMATTED and EXTENDED")])
        }
        Sql::Drop { object_type: _, if_exists: _, names: _, cascade, restrict: _, purge, temporary: _, table } => {
            ensure_absent(&[(*cascade, "CASCADE"), (*purge, "PURGE"), (table.is_some(), "ON")])
        }
        Sql::Execute { name: _, parameters: _, has_parentheses: _, immediate, into, using, output, default } => {
            let named = using.iter().any(|ExprWithAlias { expr: _, alias }| alias.is_some());
            ensure_absent(&[
                (*immediate, "IMMEDIATE"),
                (!into.is_empty(), "INTO"),
                (named, "a name in USING"),
                (*output, "OUTPUT"),
                (*default, "DEFAULT"),
            ])
        }
        _ => Ok(()),
    }
}

/// What the planner reads of a CREATE TABLE and does not hold afterwards.
fn create_table(table: &CreateTable) -> Result<()> {
    ensure_absent(&[
        (!table.constraints.is_empty(), "a constraint of a table"),
        (!matches!(table.table_options, CreateTableOptions::None), "options of a table"),
    ])?;
    table.columns.iter().try_for_each(column)
}

/// A view of a session: its name, the names of its columns, and its query are all of it.
pub fn ensure_view(view: &CreateView) -> Result<()> {
    let CreateView {
        or_alter,
        or_replace: _,
        materialized,
        secure,
        name: _,
        name_before_not_exists: _,
        columns,
        query: _,
        options,
        cluster_by,
        comment,
        with_no_schema_binding,
        if_not_exists: _,
        // every view of a session is
        temporary: _,
        copy_grants,
        to,
        params,
    } = view;
    ensure_absent(&[
        (*or_alter, "OR ALTER"),
        (*materialized, "MATERIALIZED"),
        (*secure, "SECURE"),
        (!matches!(options, CreateTableOptions::None), "options of a view"),
        (!cluster_by.is_empty(), "CLUSTER BY"),
        (comment.is_some(), "COMMENT"),
        (*with_no_schema_binding, "WITH NO SCHEMA BINDING"),
        (*copy_grants, "COPY GRANTS"),
        (to.is_some(), "TO"),
        (params.is_some(), "ALGORITHM, DEFINER and SQL SECURITY"),
    ])?;
    for ViewColumnDef { name: _, data_type, options } in columns {
        ensure_absent(&[(data_type.is_some(), "a type in a list of columns"), (options.is_some(), "an option of a column")])?;
    }
    Ok(())
}

/// The name of a PREPARE and its statement, with each placeholder of the type that was declared for it.
pub fn prepared(statement: Sql) -> Result<Option<(Ident, Statement)>> {
    let Sql::Prepare { name, data_types, statement } = statement else { return Ok(None) };
    let mut inner = Statement::Statement(statement);
    if !data_types.is_empty() {
        data_types.iter().try_for_each(expressions::type_of_value)?;
        super::parse::each_placeholder(&mut inner, |placeholder, at| match at.checked_sub(1).and_then(|at| data_types.get(at)) {
            Some(data_type) => Ok(Expr::Cast {
                kind: CastKind::Cast,
                expr: Box::new(placeholder),
                data_type: data_type.clone(),
                array: false,
                format: None,
            }),
            None => Err(Error::query(format!("`{placeholder}` has no type")).hint("give one type per placeholder, or none at all")),
        })?;
    }
    Ok(Some((name, inner)))
}

/// The name and the values of a SET.
pub fn set_variable(set: Set) -> Result<(ObjectName, Vec<Expr>)> {
    match set {
        Set::SingleAssignment { scope, hivevar, variable, values } => {
            let is_other = match scope {
                None | Some(ContextModifier::Session) => false,
                Some(ContextModifier::Local | ContextModifier::Global) => true,
            };
            ensure_absent(&[(hivevar, "HIVEVAR"), (is_other, "LOCAL and GLOBAL")])?;
            Ok((variable, values))
        }
        other => Err(refusal(&other.to_string()).hint("write SET name = value")),
    }
}
