//! Which files of a version a scan has to read, and how they are read together: by what the log says of them, without opening one.
//!
//! Files whose keys overlap form a range that is merged; no key stands in two ranges, so ranges can be read side by side.

use std::cmp::Ordering;

use datafusion::common::ScalarValue;
use datafusion::logical_expr::expr::InList;
use datafusion::logical_expr::{BinaryExpr, Expr, Operator};

use crate::lake::LakeFile;
use crate::tables::Table;
use crate::time::KnowledgeTime;

/// Groups files whose key ranges overlap; the groups are in key order and no key stands in two of them.
pub fn key_ranges<'a>(table: &Table, files: Vec<&'a LakeFile>) -> Vec<Vec<&'a LakeFile>> {
    // files are told apart by the first key column that is stored in them; one without bounds may hold any key and sorts first
    let lead = table.key().map(|column| column.name).find(|name| !table.partition.contains(name));
    let span = |file: &'a LakeFile| lead.and_then(|lead| file.bound(lead));
    let order = |file: &'a LakeFile| (partition_values(table, file), span(file).map(|(low, _)| low));
    let mut sorted = files;
    sorted.sort_by(|a, b| order(a).partial_cmp(&order(b)).unwrap_or(Ordering::Equal));

    let mut ranges: Vec<Vec<&LakeFile>> = Vec::new();
    // the largest key of the range so far; None where it is not known
    let mut reach: Option<&ScalarValue> = None;
    for file in sorted {
        let (low, high) = span(file).unzip();
        let open = ranges.last_mut().filter(|range| partition_values(table, range[0]) == partition_values(table, file));
        let is_beyond = matches!((reach, low), (Some(reach), Some(low)) if low.partial_cmp(reach) == Some(Ordering::Greater));
        match open {
            Some(range) if !is_beyond => {
                range.push(file);
                reach = reach.zip(high).map(|(a, b)| if b.partial_cmp(a) == Some(Ordering::Greater) { b } else { a });
            }
            _ => {
                ranges.push(vec![file]);
                reach = high;
            }
        }
    }
    ranges
}

fn partition_values<'a>(table: &Table, file: &'a LakeFile) -> Vec<&'a str> {
    let value = |name: &&str| file.partition.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v.as_str());
    table.partition.iter().map(value).collect()
}

fn micros(value: &ScalarValue) -> Option<i64> {
    match value {
        ScalarValue::TimestampMicrosecond(micros, _) => *micros,
        _ => None,
    }
}

/// Whether some row of the file may have been known by then.
pub fn file_may_be_known(file: &LakeFile, instant: Option<KnowledgeTime>) -> bool {
    let Some(instant) = instant else { return true };
    file.bound("available_at").and_then(|(low, _)| micros(low)).is_none_or(|first| first <= instant.micros())
}

pub fn first_known(files: &[LakeFile]) -> Option<KnowledgeTime> {
    files.iter().filter_map(|file| micros(file.bound("available_at")?.0)).min().map(KnowledgeTime::from_micros)
}

/// Whether a filter rules out every row of a file, by its partition values and bounds.
pub fn excludes(filter: &Expr, file: &LakeFile) -> bool {
    let outside = |column: &str, value: &ScalarValue| {
        if let Some((_, own)) = file.partition.iter().find(|(name, _)| *name == column) {
            return matches!(value, ScalarValue::Utf8(Some(v)) if v != own);
        }
        file.bound(column)
            .is_some_and(|(low, high)| value.partial_cmp(low) == Some(Ordering::Less) || value.partial_cmp(high) == Some(Ordering::Greater))
    };
    match filter {
        Expr::BinaryExpr(BinaryExpr { left, op, right }) => match (left.as_ref(), op, right.as_ref()) {
            (Expr::Column(c), Operator::Eq, Expr::Literal(value, _)) => outside(&c.name, value),
            (_, Operator::And, _) => excludes(left, file) || excludes(right, file),
            (_, Operator::Or, _) => excludes(left, file) && excludes(right, file),
            _ => false,
        },
        Expr::InList(InList { expr, list, negated: false }) => match expr.as_ref() {
            Expr::Column(c) => list.iter().all(|item| matches!(item, Expr::Literal(value, _) if outside(&c.name, value))),
            _ => false,
        },
        Expr::Literal(ScalarValue::Boolean(Some(false)), _) => true,
        _ => false,
    }
}

/// Whether every row of these files passes a filter, by the values that they are partitioned by.
pub fn assures(filter: &Expr, files: &[&LakeFile]) -> bool {
    let all = |column: &str, passes: &dyn Fn(&str) -> bool| {
        files.iter().all(|file| file.partition.iter().any(|(name, value)| *name == column && passes(value)))
    };
    let is = |item: &Expr, value: &str| matches!(item, Expr::Literal(text, _) if text.try_as_str() == Some(Some(value)));
    match filter {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::And, right }) => assures(left, files) && assures(right, files),
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right }) => {
            matches!(left.as_ref(), Expr::Column(c) if all(&c.name, &|value| is(right, value)))
        }
        Expr::InList(InList { expr, list, negated: false }) => {
            matches!(expr.as_ref(), Expr::Column(c) if all(&c.name, &|value| list.iter().any(|item| is(item, value))))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables;

    fn file(scope: &str, codes: Option<(&str, &str)>) -> LakeFile {
        let text = |value: &str| ScalarValue::Utf8(Some(value.into()));
        LakeFile {
            path: format!("{scope}-{codes:?}").into(),
            bytes: 1,
            rows: 1,
            partition: vec![("report", "tff".into()), ("scope", scope.into())],
            bounds: codes.map(|(low, high)| ("contract_code", text(low), text(high))).into_iter().collect(),
            blocks: None,
        }
    }

    fn sizes(files: &[LakeFile]) -> Vec<usize> {
        key_ranges(tables::get("cot"), files.iter().collect()).iter().map(Vec::len).collect()
    }

    #[test]
    fn overlapping_files_are_merged_and_others_are_not() {
        let files = [file("b", Some(("a", "c"))), file("a", Some(("d", "f"))), file("a", Some(("a", "c"))), file("a", Some(("f", "h")))];
        // scope a: a..c alone, d..f with f..h since f may stand in both; scope b by itself
        assert_eq!(sizes(&files), [1, 2, 1]);
    }

    #[test]
    fn a_filter_on_what_files_are_partitioned_by_is_settled_by_them() {
        use datafusion::logical_expr::{col, lit};
        let (a, b) = (file("a", None), file("b", None));
        let is_a = col("scope").eq(lit("a"));
        let either = col("scope").in_list(vec![lit("b"), lit("a")], false);
        assert!(assures(&is_a, &[&a]) && assures(&either, &[&a, &b]) && assures(&is_a.clone().and(either), &[&a]));
        assert!(!assures(&is_a, &[&a, &b]) && !assures(&is_a.or(lit(true)), &[&a]));
        assert!(!assures(&col("contract_code").eq(lit("a")), &[&a]));
    }

    #[test]
    fn a_file_without_bounds_is_merged_with_all_of_its_partition() {
        let files = [file("a", Some(("a", "c"))), file("a", None), file("a", Some(("x", "z"))), file("b", Some(("a", "c")))];
        assert_eq!(sizes(&files), [3, 1]);
    }
}
