//! What stands in a query as a value, field by field: the clauses around a call that its kind of function has no use for, windows, lengths of
//! texts. What the planner refuses itself is left to it.

use datafusion::sql::sqlparser::ast::{
    ArrayElemTypeDef, CastKind, DataType, DuplicateTreatment, Expr, Function, FunctionArgumentClause, FunctionArgumentList,
    FunctionArguments, WindowFrame, WindowFrameBound, WindowSpec, WindowType,
};

use super::queries::order_by_expr;
use super::{Kinds, ensure_absent, refusal};
use crate::error::{Error, Result};

/// Functions to which `IGNORE NULLS` and `RESPECT NULLS` say something.
const TREAT_NULLS: [&str; 9] = ["lag", "lead", "first_value", "last_value", "nth_value", "array_agg", "first", "last", "list"];

pub fn expression(expr: &Expr, kinds: &Kinds) -> Result<()> {
    match expr {
        Expr::Function(function) => call(function, kinds),
        Expr::Cast { kind, expr: _, data_type, array: _, format: _ } => match kind {
            CastKind::Cast | CastKind::TryCast | CastKind::SafeCast | CastKind::DoubleColon => type_of_value(data_type),
        },
        Expr::Trim { trim_where: _, trim_what: _, expr: _, trim_characters } => {
            let several = trim_characters.as_ref().is_some_and(|characters| characters.len() > 1);
            ensure_absent(&[(several, "TRIM with several texts")])
        }
        Expr::Lambda(_) => Ok(()),
        // the planner takes all of these whole, or says that it does not know them
        Expr::Identifier(_)
        | Expr::CompoundIdentifier(_)
        | Expr::CompoundFieldAccess { root: _, access_chain: _ }
        | Expr::JsonAccess { value: _, path: _ }
        | Expr::IsFalse(_)
        | Expr::IsNotFalse(_)
        | Expr::IsTrue(_)
        | Expr::IsNotTrue(_)
        | Expr::IsNull(_)
        | Expr::IsNotNull(_)
        | Expr::IsUnknown(_)
        | Expr::IsNotUnknown(_)
        | Expr::IsDistinctFrom(_, _)
        | Expr::IsNotDistinctFrom(_, _)
        | Expr::IsNormalized { expr: _, form: _, negated: _ }
        | Expr::InList { expr: _, list: _, negated: _ }
        | Expr::InSubquery { expr: _, subquery: _, negated: _ }
        | Expr::InUnnest { expr: _, array_expr: _, negated: _ }
        | Expr::Between { expr: _, negated: _, low: _, high: _ }
        | Expr::BinaryOp { left: _, op: _, right: _ }
        | Expr::Like { negated: _, any: _, expr: _, pattern: _, escape_char: _ }
        | Expr::ILike { negated: _, any: _, expr: _, pattern: _, escape_char: _ }
        | Expr::SimilarTo { negated: _, expr: _, pattern: _, escape_char: _ }
        | Expr::RLike { negated: _, expr: _, pattern: _, regexp: _ }
        | Expr::AnyOp { left: _, compare_op: _, right: _, is_some: _ }
        | Expr::AllOp { left: _, compare_op: _, right: _ }
        | Expr::UnaryOp { op: _, expr: _ }
        | Expr::Convert { is_try: _, expr: _, data_type: _, charset: _, target_before_value: _, styles: _ }
        | Expr::AtTimeZone { timestamp: _, time_zone: _ }
        | Expr::Extract { field: _, syntax: _, expr: _ }
        | Expr::Ceil { expr: _, field: _ }
        | Expr::Floor { expr: _, field: _ }
        | Expr::Position { expr: _, r#in: _ }
        | Expr::Substring { expr: _, substring_from: _, substring_for: _, special: _, shorthand: _ }
        | Expr::Overlay { expr: _, overlay_what: _, overlay_from: _, overlay_for: _ }
        | Expr::Collate { expr: _, collation: _ }
        | Expr::Nested(_)
        | Expr::Value(_)
        | Expr::Prefixed { prefix: _, value: _ }
        | Expr::TypedString(_)
        | Expr::Case { case_token: _, end_token: _, operand: _, conditions: _, else_result: _ }
        | Expr::Exists { subquery: _, negated: _ }
        | Expr::Subquery(_)
        | Expr::GroupingSets(_)
        | Expr::Cube(_)
        | Expr::Rollup(_)
        | Expr::Tuple(_)
        | Expr::Struct { values: _, fields: _ }
        | Expr::Named { expr: _, name: _ }
        | Expr::Dictionary(_)
        | Expr::Map(_)
        | Expr::Array(_)
        | Expr::Interval(_)
        | Expr::MatchAgainst { columns: _, match_value: _, opt_search_modifier: _ }
        | Expr::Wildcard(_)
        | Expr::QualifiedWildcard(_, _)
        | Expr::OuterJoin(_)
        | Expr::Prior(_)
        | Expr::MemberOf(_) => Ok(()),
    }
}

fn call(function: &Function, kinds: &Kinds) -> Result<()> {
    let Function { name, uses_odbc_syntax: _, parameters, args, filter, null_treatment, over, within_group } = function;
    let name = name.to_string().to_lowercase();
    let refused = |clause: &str| refusal(&format!("{clause} of {name}(...)"));
    ensure_absent(&[(!matches!(parameters, FunctionArguments::None), "a second list of arguments")])?;
    within_group.iter().try_for_each(order_by_expr)?;
    let (mut distinct, mut clauses, mut treats_nulls) = (false, false, null_treatment.is_some());
    match args {
        FunctionArguments::None => {}
        FunctionArguments::Subquery(_) => return Err(refused("a query as the argument")),
        FunctionArguments::List(FunctionArgumentList { duplicate_treatment, args: _, clauses: said }) => {
            distinct = match duplicate_treatment {
                None | Some(DuplicateTreatment::All) => false,
                Some(DuplicateTreatment::Distinct) => true,
            };
            for clause in said {
                match clause {
                    FunctionArgumentClause::IgnoreOrRespectNulls(_) => treats_nulls = true,
                    FunctionArgumentClause::OrderBy(order) => {
                        order.iter().try_for_each(order_by_expr)?;
                        clauses = true;
                    }
                    // the planner says that it does not know them, where it looks at them at all
                    FunctionArgumentClause::Limit(_)
                    | FunctionArgumentClause::OnOverflow(_)
                    | FunctionArgumentClause::Having(_)
                    | FunctionArgumentClause::Separator(_)
                    | FunctionArgumentClause::JsonNullClause(_)
                    | FunctionArgumentClause::JsonReturningClause(_) => clauses = true,
                }
            }
        }
    }
    match over {
        None => {}
        Some(WindowType::WindowSpec(spec)) => window(spec)?,
        Some(WindowType::NamedWindow(window)) => {
            return Err(Error::query(format!("there is no window `{window}`")).hint("WINDOW name AS (...) behind FROM and WHERE names one"));
        }
    }
    if kinds.scalar.contains(&name) {
        let said = [
            (over.is_some(), "OVER"),
            (filter.is_some(), "FILTER"),
            (distinct, "DISTINCT"),
            (treats_nulls, "the treatment of NULLs"),
            (!within_group.is_empty(), "WITHIN GROUP"),
            (clauses, "a clause in the arguments"),
        ];
        if let Some((_, clause)) = said.iter().find(|(present, _)| *present) {
            return Err(refused(clause).hint(format!("`{name}` looks at one row alone")));
        }
    }
    let is_window = kinds.window.contains(&name);
    if is_window && (filter.is_some() || distinct) {
        return Err(refused(if distinct { "DISTINCT" } else { "FILTER" }).hint("choose the rows in a subquery"));
    }
    if treats_nulls && (is_window || over.is_some()) && !TREAT_NULLS.contains(&name.as_str()) {
        return Err(refused("the treatment of NULLs").hint(format!("choose the rows in a subquery; {} take it", TREAT_NULLS.join(", "))));
    }
    Ok(())
}

pub fn window(spec: &WindowSpec) -> Result<()> {
    let WindowSpec { window_name: _, partition_by: _, order_by, window_frame } = spec;
    order_by.iter().try_for_each(order_by_expr)?;
    if let Some(WindowFrame { units: _, start_bound, end_bound }) = window_frame {
        for bound in [Some(start_bound), end_bound.as_ref()].into_iter().flatten() {
            match bound {
                WindowFrameBound::CurrentRow | WindowFrameBound::Preceding(_) | WindowFrameBound::Following(_) => {}
            }
        }
    }
    Ok(())
}

/// A length cuts nothing off here, and a column of `CHAR(3)` would hold any text.
pub fn type_of_value(mut kind: &DataType) -> Result<()> {
    loop {
        kind = match kind {
            DataType::Array(ArrayElemTypeDef::AngleBracket(inner) | ArrayElemTypeDef::Parenthesis(inner)) => inner,
            DataType::Array(ArrayElemTypeDef::SquareBracket(inner, size)) => {
                ensure_absent(&[(size.is_some(), "the length of an array")])?;
                inner
            }
            DataType::Char(Some(_)) | DataType::Varchar(Some(_)) | DataType::Nvarchar(Some(_)) | DataType::String(Some(_)) => {
                return Err(refusal(&kind.to_string()).hint("write VARCHAR, and left(x, n) for the first n characters"));
            }
            _ => return Ok(()),
        };
    }
}
