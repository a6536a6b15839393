//! The planner's sentences that are only a text, in ours. One table of what it says and what is said instead; what stands in no row keeps its
//! words, without names that only Rust knows. Pure.

use crate::config::closest;
use crate::engine::parse::lower_first;
use crate::engine::settings::SETTINGS;
use crate::engine::types::in_sql_words;
use crate::error::Error;

/// A sentence of the planner: what it begins with (or holds), and what is made of it.
type Rewording = (&'static str, fn(&str) -> Option<Error>);

const REWORDINGS: &[Rewording] = &[
    ("support logical expression WindowFunction", |_| {
        Some(
            Error::query("a window function cannot stand here")
                .hint("QUALIFY row_number() OVER (...) = 1 filters by one, or filter in an outer query"),
        )
    }),
    ("support logical expression AggregateFunction", |_| {
        Some(Error::query("an aggregate function cannot stand here").hint("HAVING filters by one, or filter in an outer query"))
    }),
    ("support logical expression OuterReferenceColumn", |_| Some(for_each_row())),
    ("support logical expression ScalarSubquery", |_| Some(for_each_row())),
    ("Correlated column is not allowed in", |_| Some(for_each_row())),
    ("support logical expression InSubquery", |_| Some(only_a_condition("IN (SELECT ...)"))),
    ("support logical expression Exists", |_| Some(only_a_condition("EXISTS (SELECT ...)"))),
    ("Unsupported JOIN operator ", |_| {
        Some(
            Error::query("this kind of join is not supported")
                .hint("there are JOIN, LEFT, RIGHT, FULL and CROSS JOIN, LEFT SEMI and LEFT ANTI JOIN, and ASOF JOIN"),
        )
    }),
    ("Aggregate functions are not allowed in the WHERE clause", |_| {
        Some(Error::query("an aggregate function cannot stand in WHERE").hint("HAVING filters by one, behind GROUP BY"))
    }),
    ("HAVING clause references: ", |text| {
        let column = between(text, "HAVING clause references: ", " must appear")?;
        Some(
            Error::query(format!("`{column}` in HAVING stands neither in GROUP BY nor in an aggregate function"))
                .hint("a condition on rows belongs in WHERE"),
        )
    }),
    ("Cannot create filter with non-boolean predicate ", |text| {
        let (predicate, kind) = between(text, "predicate '", "' returning ").zip(text.rsplit(' ').next())?;
        Some(Error::query(format!("`{predicate}` is a {kind}, no condition")).hint("compare it with something, as in x <> 0"))
    }),
    ("Error parsing timestamp from '", |text| {
        let value = between(text, "Error parsing timestamp from '", "'")?;
        Some(Error::query(format!("`{value}` is no TIMESTAMP")).hint("an instant is written '2019-02-05 20:30:00Z'"))
    }),
    ("nvalid input syntax for type interval: ", |text| {
        let value = between(text, "interval: \"", "\"")?;
        Some(
            Error::query(format!("`{value}` is no INTERVAL"))
                .hint("a span of time is written INTERVAL '7 days', '1 month' or '90 minutes'"),
        )
    }),
    ("Unsupported SQL type ", |text| {
        let kind = text.split_once("Unsupported SQL type ")?.1.trim();
        let error = Error::query(format!("there is no type `{kind}`"));
        Some(error.hint(match closest(kind, TYPES.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("types are {}", TYPES.join(", ")),
        }))
    }),
    ("Projections require unique expression names", |text| {
        let name = between(text, "expression \"", "\" at position")?;
        Some(
            Error::query(format!("two columns are named `{}`", name.rsplit('.').next().unwrap_or(name)))
                .hint("give one of them another name with AS"),
        )
    }),
    ("UNION queries have different number of columns", |_| {
        Some(
            Error::query("the two sides of the set operation have different numbers of columns")
                .hint("select as many on one side as on the other"),
        )
    }),
    ("Too many columns! The subquery should only return one column", |text| {
        let columns = text.split_once("one column: ").map_or("", |(_, columns)| columns);
        Some(
            Error::query(format!("a subquery in this place gives one column, not {}", columns.split(", ").count()))
                .hint("select only one column in it"),
        )
    }),
    ("scalar subquery returned more than one row", |_| {
        Some(Error::query("a subquery that stands for a value gave several rows").hint("add LIMIT 1 or an aggregate, or compare with IN"))
    }),
    ("Order by column out of bounds, specified: ", |text| {
        let (place, of) = (between(text, "specified: ", ",")?, text.rsplit(' ').next()?);
        Some(Error::query(format!("there is no column {place} to order by")).hint(format!("the result has {of}")))
    }),
    ("Cannot find column with position ", |text| {
        let place = between(text, "with position ", " ")?;
        Some(Error::query(format!("there is no column {place} to group by")).hint("positions count the columns of SELECT from 1"))
    }),
    ("is not a variable which can be viewed with", |text| {
        let name = between(text, "'", "'")?;
        let known = SETTINGS.iter().map(|(name, _)| *name).chain(["TABLES", "COLUMNS", "FUNCTIONS"]);
        Some(Error::query(format!("there is no setting `{name}`")).hint(match closest(name, known) {
            Some(near) => format!("did you mean `SHOW {near}`?"),
            None => "SHOW clock, SHOW TABLES, SHOW COLUMNS FROM t and SHOW FUNCTIONS are known".to_string(),
        }))
    }),
    ("no registered file format with ext ", |text| {
        let ending = text.rsplit(' ').next()?.trim_matches('\'');
        Some(Error::query(format!("there is no file format `{ending}`")).hint("files end in .parquet, .csv, .json or .arrow"))
    }),
    ("Inconsistent data length across values list: ", |text| {
        let (n, expected) = (between(text, "got ", " values")?, between(&format!("{text} "), "expected ", " ").map(str::to_string)?);
        Some(
            Error::query(format!("the rows of VALUES differ in length: {n} and {expected}"))
                .hint("every row has as many values as the first"),
        )
    }),
    ("Invalid qualifier ", |text| {
        let name = text.split_once("Invalid qualifier ")?.1.trim();
        Some(Error::query(format!("there is no table or alias `{name}` in FROM")))
    }),
    ("Date part '", |text| unit(between(text, "Date part '", "'")?)),
    ("Unsupported date_trunc granularity: '", |text| unit(between(text, "granularity: '", "'")?)),
    ("Cannot access field at argument", |text| {
        let kind = between(text, ": type ", " is not")?;
        Some(Error::query(format!("a {kind} has no fields")).hint("`a.b` is a column of the table `a`, or a field of a struct"))
    }),
    ("Join condition must be boolean type, but got ", |text| {
        let kind = text.rsplit(' ').next()?;
        Some(Error::query(format!("what joins the tables is a {kind}, no condition")).hint("write ON a.k = b.k, or USING (k)"))
    }),
];

/// A subquery that speaks of the row around it in a way that is not answered.
fn for_each_row() -> Error {
    Error::query("a subquery that speaks of the row around it cannot be answered in this form").hint(
        "the latest known at each row is `FROM p ASOF JOIN r MATCH_CONDITION (p.t >= r.available_at)`; a figure of several rows is a join with \
         GROUP BY, `last_value(x ORDER BY t)` among them",
    )
}

fn only_a_condition(what: &str) -> Error {
    Error::query(format!("{what} is a condition of WHERE, HAVING or ON, and cannot stand here")).hint(
        "join with the rows and look whether there is one: `LEFT JOIN (SELECT DISTINCT k FROM r) r ON p.k = r.k`, then `r.k IS NOT NULL`",
    )
}

const TYPES: &[&str] =
    &["BIGINT", "INTEGER", "DOUBLE", "REAL", "DECIMAL(18, 4)", "BOOLEAN", "VARCHAR", "TEXT", "DATE", "TIME", "TIMESTAMP", "INTERVAL"];
const UNITS: &[&str] =
    &["year", "quarter", "month", "week", "day", "hour", "minute", "second", "millisecond", "microsecond", "dow", "doy", "epoch"];

fn unit(name: &str) -> Option<Error> {
    let error = Error::query(format!("there is no unit of time `{name}`"));
    Some(error.hint(match closest(name, UNITS.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("units are {}", UNITS.join(", ")),
    }))
}

/// Our words for a sentence of the planner; `notes` are what it suggests besides.
pub fn of(message: &str, notes: &[String]) -> Error {
    let message = in_sql_words(&plain_literals(message));
    let rewording = REWORDINGS.iter().filter(|(theirs, _)| message.contains(theirs)).find_map(|(_, ours)| ours(&message));
    if let Some(ours) = rewording {
        return ours;
    }
    let said = rephrase(&message);
    if said.hint_text().is_some() || notes.is_empty() {
        return said;
    }
    let remedies: Vec<String> = notes.iter().take(3).map(|text| in_backticks(&in_sql_words(&lower_first(text)))).collect();
    said.hint(remedies.join("; "))
}

/// What stands between two texts, the first time.
pub fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(after).map(|(inner, _)| inner)
}

/// Takes a suggestion out of the sentence into the hint, and what is only for DataFusion's authors out of the message.
fn rephrase(message: &str) -> Error {
    let message = message.split("\nThis issue was likely caused by a bug").next().unwrap_or(message);
    // `simplify_expressions` failed, caused by what matters
    let mut message = message.rsplit("\ncaused by\n").next().unwrap_or(message);
    while let Some(rest) = ["Error during planning: ", "Execution error: ", "Arrow error: ", "Internal error: "]
        .iter()
        .find_map(|what| message.strip_prefix(what))
    {
        message = rest;
    }
    let (first, rest) = message.split_once(". ").unwrap_or((message, ""));
    let first = in_backticks(&lower_first(first.trim().trim_end_matches('.')));
    let rest = rest.trim().trim_end_matches('.');
    if let Some(near) = between(rest, "Did you mean '", "'") {
        return Error::query(first).hint(format!("did you mean `{near}`?"));
    }
    match rest {
        "" => Error::query(first),
        rest => Error::query(first).hint(in_backticks(&lower_first(rest))),
    }
}

/// Arrow's way to write a value: `Int64(5)` is 5 and `Utf8("ES")` is 'ES'.
fn plain_literals(text: &str) -> String {
    const KINDS: [&str; 13] = [
        "Int8(",
        "Int16(",
        "Int32(",
        "Int64(",
        "UInt8(",
        "UInt16(",
        "UInt32(",
        "UInt64(",
        "Float32(",
        "Float64(",
        "Utf8(",
        "Utf8View(",
        "Boolean(",
    ];
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    loop {
        let is_word = |at: usize| rest[..at].chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_');
        let next = KINDS.iter().filter_map(|kind| rest.find(kind).filter(|&at| !is_word(at)).map(|at| (at, kind.len()))).min();
        let Some((at, length)) = next else {
            out.push_str(rest);
            return out;
        };
        out.push_str(&rest[..at]);
        let inner = &rest[at + length..];
        let end = match inner.strip_prefix('"') {
            Some(quoted) => quoted.find("\")").map(|end| end + 2),
            None => inner.find(')'),
        };
        let Some(end) = end else {
            out.push_str(&rest[at..]);
            return out;
        };
        let value = &inner[..end];
        match value.strip_prefix('"').and_then(|value| value.strip_suffix('"')) {
            Some(text) => out.push_str(&format!("'{text}'")),
            None => out.push_str(value),
        }
        rest = &inner[end + 1..];
    }
}

/// Names in single quotes, in backticks.
pub fn in_backticks(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find('\'') {
        let opens = rest[..open].chars().next_back().is_none_or(|c| c.is_whitespace() || c == '(');
        let inner = &rest[open + 1..];
        let close = inner.find('\'').filter(|&at| opens && at > 0 && !inner[at + 1..].starts_with(|c: char| c.is_alphanumeric()));
        out.push_str(&rest[..open]);
        match close {
            Some(at) => {
                out.push_str(&format!("`{}`", &inner[..at]));
                rest = &inner[at + 1..];
            }
            None => {
                out.push('\'');
                rest = inner;
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_quotes_stand_in_backticks_and_apostrophes_stay() {
        assert_eq!(in_backticks("no 'x' can't be ('y')"), "no `x` can't be (`y`)");
        assert_eq!(in_backticks("it's 'open"), "it's 'open");
    }

    #[test]
    fn values_are_written_as_sql_writes_them() {
        assert_eq!(plain_literals("a > Int64(5) AND b = Utf8(\"x (y)\") OR MyInt64(1)"), "a > 5 AND b = 'x (y)' OR MyInt64(1)");
        assert_eq!(plain_literals("Boolean(NULL), Utf8 and Int64("), "NULL, Utf8 and Int64(");
    }

    #[test]
    fn what_only_rust_knows_is_not_said() {
        let text = "Physical plan does not support logical expression WindowFunction(WindowFunction { fun: WindowUDF(..) })";
        assert!(of(text, &[]).to_string().starts_with("a window function cannot stand here"));
        assert_eq!(of("Error during planning: There isn't a type for Int64(1)", &[]).to_string(), "there isn't a type for 1");
        assert!(of("Date part 'yer' not supported", &[]).to_string().ends_with("did you mean `year`?"));
    }
}
