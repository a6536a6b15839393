//! `x SIMILAR TO 'a%'` matches the whole of a text, with `%` and `_` as in LIKE. DataFusion takes the pattern for a regular expression that may
//! match anywhere.

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::error::Result;
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::{BinaryExpr, Expr, Like, LogicalPlan, Operator, lit};
use datafusion::optimizer::AnalyzerRule;

use crate::error::Error;

#[derive(Debug)]
pub struct MatchWhole;

impl AnalyzerRule for MatchWhole {
    fn name(&self) -> &str {
        "match_whole_texts"
    }
    fn analyze(&self, plan: LogicalPlan, _: &ConfigOptions) -> Result<LogicalPlan> {
        let matched = plan.transform_up_with_subqueries(|node| {
            let names = NamePreserver::new(&node);
            node.map_expressions(|expr| {
                let name = names.save(&expr);
                Ok(expr.transform_up(matched)?.update_data(|expr| name.restore(expr)))
            })
        })?;
        Ok(matched.data)
    }
}

fn matched(expr: Expr) -> Result<Transformed<Expr>> {
    let Expr::SimilarTo(Like { negated, expr, pattern, escape_char, .. }) = expr else { return Ok(Transformed::no(expr)) };
    let text = match pattern.as_ref() {
        Expr::Literal(value, _) => value.try_as_str(),
        _ => None,
    };
    let Some(text) = text else {
        return Err(Error::query("the pattern of SIMILAR TO must be a text in quotes")
            .hint("LIKE takes a column, regexp_like(x, pattern) a regular expression")
            .into());
    };
    let regex = match text {
        Some(text) => lit(regex_of(text, escape_char.unwrap_or('\\'))),
        None => pattern.as_ref().clone(),
    };
    let op = if negated { Operator::RegexNotMatch } else { Operator::RegexMatch };
    Ok(Transformed::yes(Expr::BinaryExpr(BinaryExpr::new(expr, op, Box::new(regex)))))
}

/// The pattern as a regular expression: of what has a meaning there, SQL gives one to `| * + ? { } ( ) [ ]` alone.
fn regex_of(pattern: &str, escape: char) -> String {
    let mut regex = String::from("^(?s:");
    let mut chars = pattern.chars();
    let mut is_in_class = false;
    while let Some(c) = chars.next() {
        match c {
            c if c == escape => {
                if let Some(plain) = chars.next() {
                    literally(plain, &mut regex);
                }
            }
            '[' => {
                is_in_class = true;
                regex.push(c);
            }
            ']' => {
                is_in_class = false;
                regex.push(c);
            }
            '%' if !is_in_class => regex.push_str(".*"),
            '_' if !is_in_class => regex.push('.'),
            '.' | '$' | '\\' => literally(c, &mut regex),
            '^' if !is_in_class => literally(c, &mut regex),
            _ => regex.push(c),
        }
    }
    regex.push_str(")$");
    regex
}

fn literally(c: char, regex: &mut String) {
    if !c.is_alphanumeric() && !c.is_whitespace() && c != '_' {
        regex.push('\\');
    }
    regex.push(c);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_are_those_of_like() {
        assert_eq!(regex_of("a%", '\\'), "^(?s:a.*)$");
        assert_eq!(regex_of("(b|_)+[^%]", '\\'), "^(?s:(b|.)+[^%])$");
        assert_eq!(regex_of(r"1.5\%$", '\\'), r"^(?s:1\.5\%\$)$");
    }
}
