//! The SQL names of types, where DataFusion would print Arrow's.

use datafusion::arrow::datatypes::DataType;

/// A type as SQL writes it; one that SQL has no name for keeps Arrow's.
pub fn sql_name(kind: &DataType) -> String {
    let name = match kind {
        DataType::Boolean => "BOOLEAN",
        DataType::Int8 => "TINYINT",
        DataType::Int16 => "SMALLINT",
        DataType::Int32 => "INTEGER",
        DataType::Int64 => "BIGINT",
        DataType::UInt8 => "TINYINT UNSIGNED",
        DataType::UInt16 => "SMALLINT UNSIGNED",
        DataType::UInt32 => "INTEGER UNSIGNED",
        DataType::UInt64 => "BIGINT UNSIGNED",
        DataType::Float32 => "REAL",
        DataType::Float64 => "DOUBLE",
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "VARCHAR",
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => "BYTEA",
        DataType::Date32 | DataType::Date64 => "DATE",
        DataType::Time32(_) | DataType::Time64(_) => "TIME",
        DataType::Timestamp(_, None) => "TIMESTAMP",
        DataType::Timestamp(_, Some(_)) => "TIMESTAMP WITH TIME ZONE",
        DataType::Interval(_) | DataType::Duration(_) => "INTERVAL",
        DataType::Decimal32(p, s) | DataType::Decimal64(p, s) | DataType::Decimal128(p, s) | DataType::Decimal256(p, s) => {
            return format!("DECIMAL({p}, {s})");
        }
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
            return format!("{}[]", sql_name(item.data_type()));
        }
        DataType::Dictionary(_, value) => return sql_name(value),
        other => return other.to_string(),
    };
    name.to_string()
}

/// Arrow's names of plain types inside a sentence, and what SQL calls them.
const WORDS: &[(&str, &str)] = &[
    ("Boolean", "BOOLEAN"),
    ("Int8", "TINYINT"),
    ("Int16", "SMALLINT"),
    ("Int32", "INTEGER"),
    ("Int64", "BIGINT"),
    ("UInt64", "BIGINT UNSIGNED"),
    ("Float32", "REAL"),
    ("Float64", "DOUBLE"),
    ("Utf8", "VARCHAR"),
    ("LargeUtf8", "VARCHAR"),
    ("Utf8View", "VARCHAR"),
    ("Date32", "DATE"),
    ("Decimal", "DECIMAL"),
    ("Duration", "INTERVAL"),
    ("Interval", "INTERVAL"),
    ("Timestamp", "TIMESTAMP"),
];

/// A sentence with SQL's names of types in it.
pub fn in_sql_words(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_alphanumeric()) {
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
        let word = &rest[..end];
        out.push_str(WORDS.iter().find(|(arrow, _)| *arrow == word).map_or(word, |(_, sql)| sql));
        rest = &rest[end..];
        if word == "Timestamp" && rest.starts_with('(') {
            let close = rest.find(')').map_or(rest.len(), |at| at + 1);
            if rest[..close].contains('"') {
                out.push_str(" WITH TIME ZONE");
            }
            rest = &rest[close..];
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::datatypes::TimeUnit;

    use super::*;

    #[test]
    fn types_have_the_names_that_sql_gives_them() {
        assert_eq!(sql_name(&DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))), "TIMESTAMP WITH TIME ZONE");
        assert_eq!(sql_name(&DataType::new_list(DataType::Utf8View, true)), "VARCHAR[]");
        assert_eq!(sql_name(&DataType::Decimal128(10, 2)), "DECIMAL(10, 2)");
    }

    #[test]
    fn only_whole_words_are_names_of_types() {
        assert_eq!(in_sql_words("Utf8 + Int64, my_Int64 of Date32s"), "VARCHAR + BIGINT, my_Int64 of Date32s");
        assert_eq!(in_sql_words("Timestamp(µs, \"UTC\") = Boolean"), "TIMESTAMP WITH TIME ZONE = BOOLEAN");
        assert_eq!(in_sql_words("Timestamp(ns)"), "TIMESTAMP");
    }
}
