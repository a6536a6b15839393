//! `.pivot`: the last result long into wide, by `PIVOT` over `_`; rows and columns stand in the order in which the last result first has them.

use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;

use super::{Command, Completes, Flow};
use crate::config::closest;
use crate::error::{Error, Result};
use crate::script::Stop;
use crate::shell::Shell;

pub struct Pivot;

#[async_trait(?Send)]
impl Command for Pivot {
    fn name(&self) -> &'static str {
        "pivot"
    }
    fn argument(&self) -> &'static str {
        "[ROWS COLUMNS VALUES]"
    }
    fn doc(&self) -> &'static str {
        "the last result wide: a row for each of ROWS (`a` or `a,b`), a column for each value of COLUMNS, with VALUES (`x` or `sum(x)`) in them; \
         what is what may be left out where it is obvious"
    }
    fn completes(&self) -> Completes {
        Completes::Columns
    }
    async fn run(&self, shell: &mut Shell, argument: &str) -> Result<Flow, Stop> {
        let plan = plan(&shell.last()?.schema.clone(), argument)?;
        if let Some(query) = plan.duplicates()
            && let [row, ..] = shell.ask(&query).await?.as_slice()
        {
            return Err(plan.refusal(row).into());
        }
        let statement = plan.statement();
        shell.echo(&statement);
        shell.run(None, &format!("{statement};")).await
    }
}

/// What becomes what, as SQL.
#[derive(Debug, PartialEq, Eq)]
struct Plan {
    rows: Vec<String>,
    columns: String,
    values: Vec<Values>,
}

#[derive(Debug, PartialEq, Eq)]
enum Values {
    /// A column, of which a cell has one value.
    Column(String),
    /// An aggregate, as it was typed.
    Aggregate(String),
}

/// A column that numbers the rows of the last result; no name that a person gives is like it.
const PLACE: &str = "\"place in the last result\"";

impl Plan {
    /// A query for the first cell that has several rows; none where an aggregate makes one value of them.
    fn duplicates(&self) -> Option<String> {
        let is_plain = self.values.iter().any(|values| matches!(values, Values::Column(_)));
        let keys = format!("{}, {}", self.rows.join(", "), self.columns);
        is_plain.then(|| {
            format!("SELECT {keys}, count(*) FROM (SELECT *, row_number() OVER () AS {PLACE} FROM _) GROUP BY {keys} HAVING count(*) > 1 ORDER BY min({PLACE}) LIMIT 1")
        })
    }

    /// Why a cell of several rows is none: its keys and how many there are.
    fn refusal(&self, row: &[String]) -> Error {
        let bare = |name: &str| name.trim_matches('"').to_string();
        let names = self.rows.iter().chain([&self.columns]).map(|name| bare(name));
        let keys: Vec<String> = names.zip(row).map(|(name, value)| format!("{name} = {value}")).collect();
        let n = row.last().map_or("several", String::as_str);
        let first = self.values.iter().find_map(|values| match values {
            Values::Column(name) => Some(name.as_str()),
            Values::Aggregate(_) => None,
        });
        let value = first.unwrap_or("*");
        let rows = self.rows.iter().map(|name| bare(name)).collect::<Vec<_>>().join(",");
        Error::query(format!("{n} rows of the last result have {}, so their cell is not one value", keys.join(", "))).hint(format!(
            "name more rows, or say what becomes of several: `.pivot {rows} {} sum({})`, in SQL `PIVOT _ ON {} USING sum({value}) GROUP BY {}`",
            bare(&self.columns),
            bare(value),
            self.columns,
            self.rows.join(", ")
        ))
    }

    /// The statement that gives the wide table.
    fn statement(&self) -> String {
        let Self { rows, columns, values } = self;
        let numbered = format!("(SELECT *, row_number() OVER () AS {PLACE} FROM _)");
        let rows = rows.join(", ");
        let is_several = values.len() > 1;
        let aggregates: Vec<String> = values
            .iter()
            .map(|values| match values {
                Values::Column(name) if is_several => format!("first_value({name}) AS {name}"),
                Values::Column(name) => format!("first_value({name})"),
                Values::Aggregate(text) => text.clone(),
            })
            .collect();
        format!(
            "WITH numbered AS {numbered},\n     placed AS (SELECT * EXCEPT ({PLACE}), min({PLACE}) OVER (PARTITION BY {rows}) AS {PLACE} FROM numbered),\n     \
             wide AS (PIVOT placed ON {columns} IN (SELECT {columns} FROM numbered GROUP BY {columns} ORDER BY min({PLACE})) USING {} GROUP BY {rows}, {PLACE})\n\
             SELECT * EXCEPT ({PLACE}) FROM wide ORDER BY {PLACE}",
            aggregates.join(", ")
        )
    }
}

fn plan(schema: &SchemaRef, argument: &str) -> Result<Plan> {
    let words = words(argument);
    match words.as_slice() {
        [] => obvious(schema),
        [rows, columns, values] => {
            let rows = parts(rows).iter().map(|name| column(schema, name)).collect::<Result<Vec<_>>>()?;
            let columns = column(schema, columns)?;
            let value = |text: String| match text.contains('(') {
                true => Ok(Values::Aggregate(text)),
                false => column(schema, &text).map(Values::Column),
            };
            Ok(Plan { rows, columns, values: parts(values).into_iter().map(value).collect::<Result<_>>()? })
        }
        _ => Err(Error::usage("`.pivot` takes ROWS, COLUMNS and VALUES, or nothing")
            .hint("such as `.pivot as_of category net`; several rows as `root,as_of`")),
    }
}

/// The one number is the value, the one text makes the columns, the rest are rows; of two columns beside the number the second makes columns.
fn obvious(schema: &SchemaRef) -> Result<Plan> {
    let names = |wanted: fn(&datafusion::arrow::datatypes::DataType) -> bool| -> Vec<String> {
        schema.fields().iter().filter(|field| wanted(field.data_type())).map(|field| quoted(field.name())).collect()
    };
    let numbers = names(|kind| kind.is_numeric());
    let others = names(|kind| !kind.is_numeric());
    let texts = names(|kind| kind.is_string());
    let columns = match (texts.as_slice(), others.as_slice()) {
        ([only], [_, _, ..]) => Some(only.clone()),
        (_, [_, second]) => Some(second.clone()),
        _ => None,
    };
    match (numbers.as_slice(), columns) {
        ([value], Some(columns)) => {
            let rows = others.into_iter().filter(|name| *name != columns).collect();
            Ok(Plan { rows, columns, values: vec![Values::Column(value.clone())] })
        }
        _ => {
            let all: Vec<String> = schema.fields().iter().map(|field| format!("`{}`", field.name())).collect();
            Err(Error::usage("which column is what is not obvious")
                .hint(format!("write `.pivot ROWS COLUMNS VALUES` with columns of the last result: {}", all.join(", "))))
        }
    }
}

fn column(schema: &SchemaRef, typed: &str) -> Result<String> {
    let bare = typed.strip_prefix('"').and_then(|inner| inner.strip_suffix('"')).unwrap_or(typed);
    let fields = || schema.fields().iter().map(|field| field.name().as_str());
    let found = fields().find(|name| *name == bare).or_else(|| fields().find(|name| name.eq_ignore_ascii_case(bare)));
    found.map(quoted).ok_or_else(|| {
        let error = Error::usage(format!("the last result has no column `{typed}`"));
        match closest(bare, fields()) {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None => error.hint(format!("its columns are {}", fields().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "))),
        }
    })
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// What stands between blanks, outside quotes and parentheses.
fn words(text: &str) -> Vec<String> {
    split(text, char::is_whitespace)
}

/// What stands between commas, outside quotes and parentheses.
fn parts(text: &str) -> Vec<String> {
    split(text, |c| c == ',')
}

fn split(text: &str, ends: fn(char) -> bool) -> Vec<String> {
    let mut all = vec![String::new()];
    let (mut depth, mut is_quoted) = (0_usize, false);
    for c in text.chars() {
        match c {
            '"' => is_quoted = !is_quoted,
            '(' if !is_quoted => depth += 1,
            ')' if !is_quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        match all.last_mut() {
            Some(last) if !(ends(c) && depth == 0 && !is_quoted) => last.push(c),
            _ => all.push(String::new()),
        }
    }
    all.retain(|part| !part.trim().is_empty());
    all
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion::arrow::datatypes::{DataType, Field, Schema};

    use super::*;

    fn schema(columns: &[(&str, DataType)]) -> SchemaRef {
        Arc::new(Schema::new(columns.iter().map(|(name, kind)| Field::new(*name, kind.clone(), true)).collect::<Vec<_>>()))
    }

    fn chosen(columns: &[(&str, DataType)], argument: &str) -> String {
        match plan(&schema(columns), argument) {
            Ok(plan) => format!("{} | {} | {:?}", plan.rows.join(" "), plan.columns, plan.values),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn what_is_what_is_seen_where_it_is_obvious() {
        use DataType::{Date32, Float64, Int64, Utf8};
        assert_eq!(chosen(&[("as_of", Date32), ("category", Utf8), ("net", Int64)], ""), r#""as_of" | "category" | [Column("\"net\"")]"#);
        assert_eq!(chosen(&[("net", Int64), ("root", Utf8), ("category", Utf8)], ""), r#""root" | "category" | [Column("\"net\"")]"#);
        assert!(chosen(&[("root", Utf8), ("net", Int64), ("long", Float64)], "").starts_with("which column is what is not obvious"));
    }

    #[test]
    fn columns_are_named_and_values_may_be_an_aggregate() {
        use DataType::{Int64, Utf8};
        let columns = [("root", Utf8), ("Trader kind", Utf8), ("net", Int64)];
        assert_eq!(
            chosen(&columns, "ROOT \"Trader kind\" net,sum(net + 1)"),
            r#""root" | "Trader kind" | [Column("\"net\""), Aggregate("sum(net + 1)")]"#
        );
        assert_eq!(chosen(&columns, "rot root net"), "the last result has no column `rot`\nhint: did you mean `root`?");
        assert!(chosen(&columns, "root net").starts_with("`.pivot` takes ROWS, COLUMNS and VALUES"));
    }

    #[test]
    fn cell_of_several_rows_is_refused_with_its_keys() {
        let plan = Plan { rows: vec!["\"root\"".into()], columns: "\"c\"".into(), values: vec![Values::Column("\"net\"".into())] };
        let error = plan.refusal(&["ES".into(), "dealer".into(), "2".into()]).to_string();
        assert!(
            error.starts_with("2 rows of the last result have root = ES, c = dealer, so their cell is not one value\nhint: "),
            "{error}"
        );
        assert!(error.contains("`.pivot root c sum(net)`"), "{error}");
    }
}
