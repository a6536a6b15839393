//! `CREATE MACRO`: a name for an expression or a query with parameters, put in its place in the text of a statement before anything else is
//! done with it. A macro holds no rows and no plan, so it stands under whatever clock the statement stands under.
//!
//! A body is unfolded when it is defined: a macro knows those before it, and none calls itself.

use std::collections::HashMap;
use std::ops::ControlFlow;

use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, MacroArg, MacroDefinition, ObjectName, TableFactor,
    ValueWithSpan, VisitMut, VisitorMut,
};
use datafusion::sql::sqlparser::tokenizer::Span;

use super::parse;
use crate::error::{Error, Result};

/// Parts that the macros of one statement may unfold to.
const MOST_PARTS: usize = 20_000;

#[derive(Debug, Clone)]
pub struct Macro {
    parameters: Vec<MacroArg>,
    body: MacroDefinition,
}

impl Macro {
    /// Of a CREATE MACRO, with what it calls in its place.
    ///
    /// # Errors
    /// Two parameters have one name, or the body is too large.
    pub fn new(parameters: Vec<MacroArg>, mut body: MacroDefinition, known: &HashMap<String, Macro>) -> Result<Self> {
        let names: Vec<String> = parameters.iter().map(|parameter| parameter.name.value.to_lowercase()).collect();
        if let Some(twice) = names.iter().enumerate().find(|(at, name)| names[..*at].contains(name)) {
            return Err(Error::query(format!("the macro has two parameters `{}`", twice.1)));
        }
        match body.visit(&mut Unfold { known, left: MOST_PARTS }) {
            ControlFlow::Continue(()) => Ok(Self { parameters, body }),
            ControlFlow::Break(error) => Err(error),
        }
    }
}

/// Puts every call of a macro in its place.
///
/// # Errors
/// A call does not fit the macro's parameters, or there is too much of them.
pub fn unfold(statement: &mut Statement, known: &HashMap<String, Macro>) -> Result<()> {
    if known.is_empty() {
        return Ok(());
    }
    match parse::visit(statement, &mut Unfold { known, left: MOST_PARTS }) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(error) => Err(error),
    }
}

struct Unfold<'a> {
    known: &'a HashMap<String, Macro>,
    left: usize,
}

impl Unfold<'_> {
    fn find(&self, name: &ObjectName) -> Option<(String, &Macro, Span)> {
        let [part] = name.0.as_slice() else { return None };
        let ident = part.as_ident()?;
        let name = ident.value.to_lowercase();
        self.known.get(&name).map(|found| (name, found, ident.span))
    }

    /// The body with the arguments in it.
    fn filled<T: Clone + VisitMut>(&mut self, body: &T, values: Vec<(String, Expr)>, at: Span) -> Result<T, Error> {
        let mut body = body.clone();
        let mut fill = Fill { values, at, left: self.left };
        if body.visit(&mut fill).is_break() {
            return Err(Error::query("the macros of the statement unfold to more than can be planned")
                .hint("does each one call the one before it twice? A view or a CTE reads rows once under a name"));
        }
        self.left = fill.left;
        Ok(body)
    }

    fn expression(&mut self, function: &Function) -> Result<Option<Expr>> {
        let Some((name, found, at)) = self.find(&function.name) else { return Ok(None) };
        let Macro { parameters, body: MacroDefinition::Expr(body) } = found.clone() else {
            return Err(placed(Error::query(format!("`{name}` is a macro of rows")).hint(format!("write FROM {name}(...)")), at));
        };
        let Function { name: _, uses_odbc_syntax: _, parameters: _, args, filter, null_treatment, over, within_group } = function;
        if filter.is_some() || null_treatment.is_some() || over.is_some() || !within_group.is_empty() {
            return Err(placed(
                Error::query(format!("`{name}` is a macro, which takes no OVER, FILTER or order"))
                    .hint("they stand behind the functions in its definition"),
                at,
            ));
        }
        let args = match args {
            FunctionArguments::None => Vec::new(),
            FunctionArguments::List(list) if list.duplicate_treatment.is_none() && list.clauses.is_empty() => list.args.clone(),
            _ => return Err(placed(Error::query(format!("`{name}` is a macro, which takes values alone")), at)),
        };
        let values = arguments(&name, &parameters, args).map_err(|error| placed(error, at))?;
        Ok(Some(Expr::Nested(Box::new(self.filled(&body, values, at)?))))
    }

    fn relation(&mut self, factor: &TableFactor) -> Result<Option<TableFactor>> {
        let TableFactor::Table { name, alias, args: Some(args), version: None, .. } = factor else { return Ok(None) };
        let Some((name, found, at)) = self.find(name) else { return Ok(None) };
        let Macro { parameters, body: MacroDefinition::Table(body) } = found.clone() else {
            return Err(placed(Error::query(format!("`{name}` is a macro of one value")).hint(format!("write SELECT {name}(...)")), at));
        };
        let values = arguments(&name, &parameters, args.args.clone()).map_err(|error| placed(error, at))?;
        let subquery = self.filled(&body, values, at)?;
        Ok(Some(TableFactor::Derived { lateral: false, subquery, alias: alias.clone(), sample: None }))
    }
}

fn placed(error: Error, at: Span) -> Error {
    if at.start.line > 0 { error.at_character(at.start.line, at.start.column) } else { error }
}

impl VisitorMut for Unfold<'_> {
    type Break = Error;

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Error> {
        let Expr::Function(function) = expr else { return ControlFlow::Continue(()) };
        match self.expression(function) {
            Ok(None) => {}
            Ok(Some(unfolded)) => *expr = unfolded,
            Err(error) => return ControlFlow::Break(error),
        }
        ControlFlow::Continue(())
    }

    fn post_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<Error> {
        match self.relation(factor) {
            Ok(None) => {}
            Ok(Some(unfolded)) => *factor = unfolded,
            Err(error) => return ControlFlow::Break(error),
        }
        ControlFlow::Continue(())
    }
}

/// The value of each parameter: by position, by name, or its own.
fn arguments(name: &str, parameters: &[MacroArg], args: Vec<FunctionArg>) -> Result<Vec<(String, Expr)>> {
    let names: Vec<String> = parameters.iter().map(|parameter| parameter.name.value.to_lowercase()).collect();
    let form = || format!("it is {name}({})", names.join(", "));
    let mut values: Vec<Option<Expr>> = vec![None; parameters.len()];
    for (at, argument) in args.into_iter().enumerate() {
        let (place, value) = match argument {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(value)) => (Some(at), value),
            FunctionArg::Named { name, arg: FunctionArgExpr::Expr(value), .. } => {
                (names.iter().position(|known| *known == name.value.to_lowercase()), value)
            }
            other => return Err(Error::query(format!("the macro `{name}` takes values, not `{other}`")).hint(form())),
        };
        match place.and_then(|place| values.get_mut(place)) {
            Some(slot) if slot.is_none() => *slot = Some(value),
            _ => return Err(Error::query(format!("the arguments do not fit the macro `{name}`")).hint(form())),
        }
    }
    let given = values.into_iter().zip(parameters).zip(&names).map(|((value, parameter), called)| {
        let value = value.or_else(|| parameter.default_expr.clone());
        value
            .map(|value| (called.clone(), value))
            .ok_or_else(|| Error::query(format!("the macro `{name}` was not given `{called}`")).hint(form()))
    });
    given.collect()
}

/// Puts values in the place of parameters, and everything where the call stands: the text of the body was written elsewhere.
struct Fill {
    values: Vec<(String, Expr)>,
    at: Span,
    left: usize,
}

impl Fill {
    fn take(&mut self, n: usize) -> ControlFlow<()> {
        match self.left.checked_sub(n) {
            Some(left) => {
                self.left = left;
                ControlFlow::Continue(())
            }
            None => ControlFlow::Break(()),
        }
    }
    fn moved(&self, ident: &mut Ident) {
        ident.span = self.at;
    }
}

impl VisitorMut for Fill {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        match expr {
            Expr::Identifier(name) => self.moved(name),
            Expr::CompoundIdentifier(names) => names.iter_mut().for_each(|name| self.moved(name)),
            _ => {}
        }
        self.take(1)
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        let Expr::Identifier(name) = expr else { return ControlFlow::Continue(()) };
        let name = name.value.to_lowercase();
        let Some((_, value)) = self.values.iter().find(|(known, _)| *known == name) else { return ControlFlow::Continue(()) };
        let mut value = value.clone();
        self.take(parts(&mut value))?;
        *expr = Expr::Nested(Box::new(value));
        ControlFlow::Continue(())
    }

    fn pre_visit_value(&mut self, value: &mut ValueWithSpan) -> ControlFlow<()> {
        value.span = self.at;
        ControlFlow::Continue(())
    }
}

fn parts(expr: &mut Expr) -> usize {
    struct Count(usize);
    impl VisitorMut for Count {
        type Break = ();
        fn pre_visit_expr(&mut self, _: &mut Expr) -> ControlFlow<()> {
            self.0 += 1;
            ControlFlow::Continue(())
        }
    }
    let mut count = Count(0);
    let _ = expr.visit(&mut count);
    count.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(definitions: &[&str]) -> HashMap<String, Macro> {
        let mut known = HashMap::new();
        for text in definitions {
            let Ok(Some(Statement::Statement(statement))) = parse::statement(text) else { panic!("{text}") };
            let datafusion::sql::sqlparser::ast::Statement::CreateMacro { name, args, definition, .. } = *statement else {
                panic!("{text}")
            };
            let made = Macro::new(args.unwrap_or_default(), definition, &known).expect("a macro");
            known.insert(name.to_string(), made);
        }
        known
    }

    fn unfolded(definitions: &[&str], text: &str) -> String {
        let mut statement = parse::statement(text).expect("SQL").expect("a statement");
        match unfold(&mut statement, &known(definitions)) {
            Ok(()) => statement.to_string(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn calls_become_what_they_stand_for() {
        assert_eq!(unfolded(&["CREATE MACRO twice(x) AS x * 2"], "SELECT twice(a + 1)"), "SELECT ((a + 1) * 2)");
        assert_eq!(
            unfolded(&["CREATE MACRO f(x, y := 3) AS x + y", "CREATE MACRO g(x) AS f(x, y := x)"], "SELECT f(1), g(2)"),
            "SELECT ((1) + (3)), ((((2)) + ((2))))"
        );
        assert_eq!(
            unfolded(&["CREATE MACRO of(r) AS TABLE SELECT * FROM cot WHERE root = r"], "SELECT * FROM of('ES') AS t"),
            "SELECT * FROM (SELECT * FROM cot WHERE root = ('ES')) AS t"
        );
    }

    #[test]
    fn what_does_not_fit_is_said() {
        let f = ["CREATE MACRO f(x, y) AS x + y"];
        assert!(unfolded(&f, "SELECT f(1)").contains("the macro `f` was not given `y`"));
        assert!(unfolded(&f, "SELECT f(1, 2, 3)").contains("the arguments do not fit the macro `f`"));
        assert!(unfolded(&f, "SELECT * FROM f(1, 2)").contains("`f` is a macro of one value"));
        assert!(unfolded(&f, "SELECT f(1, 2) OVER ()").contains("takes no OVER"));
    }

    #[test]
    fn much_of_little_is_refused() {
        let nested = (0..20).fold("1".to_string(), |inner, _| format!("d({inner})"));
        assert!(unfolded(&["CREATE MACRO d(x) AS x + x"], &format!("SELECT {nested}")).contains("unfold to more than can be planned"));
    }
}
