//! What a check found: a row of its SELECT, read by the names of its columns.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Date32Array, RecordBatch, StringArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Date32Type, Field, Schema};

use crate::error::{Error, Result};

/// What a check must give.
pub(super) const HINT: &str = "its columns are severity ('error', 'warning' or 'info'), \"table\", key, as_of, what and why";

/// How bad it is, worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It cannot be true.
    Error,
    /// It is hardly true.
    Warning,
    /// It is worth a look.
    Info,
}

impl Severity {
    pub const ALL: [Self; 3] = [Self::Error, Self::Warning, Self::Info];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
        }
    }
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|severity| severity.name() == name)
    }
    /// Whether it is more than something to look at.
    pub fn is_violation(self) -> bool {
        self != Self::Info
    }
}

/// One finding; in order the worst comes first, and then by place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    pub severity: Severity,
    pub check: String,
    /// The lake table.
    pub table: String,
    /// The series, market or instrument.
    pub key: String,
    /// The day of the row, in days since 1970; `None` where it is about more than one.
    pub as_of: Option<i32>,
    pub what: String,
    /// Why it cannot be true, or is worth a look.
    pub why: String,
}

/// The findings that the rows of a check say.
///
/// # Errors
/// A column is missing or of another type, or a severity is none.
pub(super) fn read(check: &str, schema: &Schema, batches: &[RecordBatch]) -> Result<Vec<Finding>> {
    let place = |name: &str| schema.index_of(name).map_err(|_| Error::query(format!("the check gives no column `{name}`")).hint(HINT));
    let [severity, table, key] = [place("severity")?, place("table")?, place("key")?];
    let [as_of, what, why] = [place("as_of")?, place("what")?, place("why")?];
    let mut findings = Vec::new();
    for batch in batches {
        let text = |at: usize| -> Result<StringArray> {
            let text = cast(batch.column(at), &DataType::Utf8).map_err(|error| Error::query(error.to_string()).hint(HINT))?;
            Ok(text.as_string::<i32>().clone())
        };
        let [severity, table, key] = [text(severity)?, text(table)?, text(key)?];
        let [what, why] = [text(what)?, text(why)?];
        let days = cast(batch.column(as_of), &DataType::Date32)
            .map_err(|_| Error::query(format!("`as_of` is no day but {}", batch.column(as_of).data_type())).hint(HINT))?;
        let days: &Date32Array = days.as_primitive::<Date32Type>();
        for row in 0..batch.num_rows() {
            let of = |column: &StringArray| if column.is_valid(row) { column.value(row).to_string() } else { String::new() };
            let name = of(&severity);
            let severity = Severity::from_name(&name)
                .ok_or_else(|| Error::query(format!("`{name}` is no severity")).hint("it is 'error', 'warning' or 'info'"))?;
            let as_of = days.is_valid(row).then(|| days.value(row));
            let check = check.to_string();
            findings.push(Finding { severity, check, table: of(&table), key: of(&key), as_of, what: of(&what), why: of(&why) });
        }
    }
    Ok(findings)
}

/// As many findings of one kind are told one by one.
const ALIKE: usize = 3;

/// The findings with those that differ in nothing but their key, day and words put together: one line, which counts them and shows the first.
/// Infos of a kind, of which a lake may have hundreds, do not bury an error so.
pub fn grouped(findings: &[&Finding]) -> Vec<Finding> {
    let is_alike = |a: &Finding, b: &Finding| (a.severity, &a.check, &a.table, &a.why) == (b.severity, &b.check, &b.table, &b.why);
    let mut groups: Vec<Vec<&Finding>> = Vec::new();
    for finding in findings {
        match groups.iter_mut().find(|group| is_alike(group[0], finding)) {
            Some(group) => group.push(finding),
            None => groups.push(vec![finding]),
        }
    }
    let told = |group: Vec<&Finding>| -> Vec<Finding> {
        if group.len() <= ALIKE {
            return group.into_iter().cloned().collect();
        }
        let first = group[0];
        let mut keys: Vec<&str> = group.iter().map(|finding| finding.key.as_str()).collect();
        keys.dedup();
        let key = match keys.as_slice() {
            [key] => (*key).to_string(),
            [key, rest @ ..] => format!("{key} and {} more", rest.len()),
            [] => String::new(),
        };
        let as_of = group.iter().filter_map(|finding| finding.as_of).max();
        vec![Finding { key, as_of, what: format!("{} alike; the first: {}", group.len(), first.what), ..first.clone() }]
    };
    groups.into_iter().flat_map(told).collect()
}

/// Findings as rows.
pub fn batch<'a>(findings: impl Iterator<Item = &'a Finding> + Clone) -> RecordBatch {
    let text = |of: fn(&Finding) -> &str| Arc::new(findings.clone().map(|finding| Some(of(finding))).collect::<StringArray>()) as ArrayRef;
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("severity", text(|finding| finding.severity.name())),
        ("check", text(|finding| &finding.check)),
        ("table", text(|finding| &finding.table)),
        ("key", text(|finding| &finding.key)),
        ("as_of", Arc::new(findings.clone().map(|finding| finding.as_of).collect::<Date32Array>())),
        ("what", text(|finding| &finding.what)),
        ("why", text(|finding| &finding.why)),
    ];
    let fields: Vec<Field> = columns.iter().map(|(name, column)| Field::new(*name, column.data_type().clone(), true)).collect();
    let arrays = columns.into_iter().map(|(_, column)| column).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).expect("one value per finding in each column")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(columns: &[(&str, &str)]) -> RecordBatch {
        let column = |value: &str| Arc::new(StringArray::from(vec![value])) as ArrayRef;
        RecordBatch::try_from_iter(columns.iter().map(|(name, value)| (*name, column(value)))).expect("columns of one row")
    }
    fn said(rows: &RecordBatch) -> Result<Vec<Finding>> {
        read("mine", &rows.schema(), std::slice::from_ref(rows))
    }
    const WHOLE: [(&str, &str); 6] =
        [("key", "ES"), ("severity", "warning"), ("table", "cot"), ("as_of", "2024-01-02"), ("what", "a"), ("why", "b")];

    #[test]
    fn a_row_is_read_by_the_names_of_its_columns_and_printed_again() {
        let findings = said(&rows(&WHOLE)).expect("it has all columns");
        let (severity, table, as_of) = (Severity::Warning, "cot".into(), Some(19_724));
        let expected = Finding { severity, check: "mine".into(), table, key: "ES".into(), as_of, what: "a".into(), why: "b".into() };
        assert_eq!(findings, [expected]);
        assert_eq!(batch(findings.iter()).num_rows(), 1);
    }

    #[test]
    fn many_of_a_kind_are_one_line_with_their_number() {
        let finding = |key: &str, severity| Finding {
            severity,
            check: "freshness".into(),
            table: "curves".into(),
            key: key.into(),
            as_of: Some(1),
            what: format!("{key} is late"),
            why: "so".into(),
        };
        let all: Vec<Finding> = ["a", "b", "c", "d"].iter().map(|key| finding(key, Severity::Warning)).collect();
        let all: Vec<&Finding> = all.iter().collect();
        assert_eq!(grouped(&all[..3]).len(), 3);
        let one = grouped(&all);
        assert_eq!((one.len(), one[0].key.as_str(), one[0].what.as_str()), (1, "a and 3 more", "4 alike; the first: a is late"));
        let other = finding("e", Severity::Info);
        assert_eq!(grouped(&[all.as_slice(), &[&other]].concat()).len(), 2);
    }

    #[test]
    fn what_is_no_finding_is_told_with_what_it_would_take() {
        let without: Vec<(&str, &str)> = WHOLE.into_iter().filter(|(name, _)| *name != "why").collect();
        assert!(said(&rows(&without)).expect_err("no `why`").to_string().contains("no column `why`\nhint: its columns are"));
        let loud = WHOLE.map(|(name, value)| (name, if name == "severity" { "panic" } else { value }));
        assert!(said(&rows(&loud)).expect_err("no severity").to_string().contains("`panic` is no severity"));
        let none = rows(&without);
        assert!(read("mine", &none.schema(), &[]).is_err(), "also where it finds nothing");
    }
}
