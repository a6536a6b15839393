//! The words of the language, as far as the editor colours and offers them: literal lists, since a word that is a keyword to the parser
//! (`value`, `open`) is a column's name to a person.

use std::collections::HashSet;
use std::sync::LazyLock;

/// What a statement begins with.
pub const STATEMENTS: &[&str] = &[
    "SELECT",
    "FROM",
    "WITH",
    "EXPLAIN",
    "EXPLAIN ANALYZE",
    "EXPLAIN PIT",
    "SET",
    "RESET",
    "SHOW",
    "CREATE TABLE",
    "CREATE VIEW",
    "CREATE OR REPLACE TABLE",
    "CREATE OR REPLACE VIEW",
    "CREATE EXTERNAL TABLE",
    "DROP TABLE",
    "DROP VIEW",
    "INSERT INTO",
    "COPY",
    "PREPARE",
    "EXECUTE",
    "DEALLOCATE",
    "DESCRIBE",
    "VALUES",
];

/// What may follow an operand: the clauses and operators.
pub const CLAUSES: &[&str] = &[
    "FROM",
    "WHERE",
    "GROUP BY",
    "HAVING",
    "QUALIFY",
    "WINDOW",
    "ORDER BY",
    "LIMIT",
    "OFFSET",
    "UNION",
    "UNION ALL",
    "INTERSECT",
    "EXCEPT",
    "JOIN",
    "LEFT JOIN",
    "RIGHT JOIN",
    "FULL JOIN",
    "INNER JOIN",
    "CROSS JOIN",
    "ASOF JOIN",
    "LEFT SEMI JOIN",
    "LEFT ANTI JOIN",
    "NATURAL JOIN",
    "ON",
    "USING",
    "MATCH_CONDITION",
    "FOR SYSTEM_TIME AS OF",
    "AS",
    "AND",
    "OR",
    "NOT",
    "IN",
    "BETWEEN",
    "LIKE",
    "ILIKE",
    "IS NULL",
    "IS NOT NULL",
    "ASC",
    "DESC",
    "NULLS FIRST",
    "NULLS LAST",
    "OVER",
    "FILTER",
    "PARTITION BY",
    "ROWS BETWEEN",
    "PRECEDING",
    "FOLLOWING",
    "UNBOUNDED PRECEDING",
    "CURRENT ROW",
    "THEN",
    "WHEN",
    "ELSE",
    "END",
    "PIVOT",
    "UNPIVOT",
    "TO",
    "STORED AS",
    "LOCATION",
    "OPTIONS",
    "INTERVAL",
];

/// What an expression may begin with, beside names.
pub const EXPRESSIONS: &[&str] = &[
    "DISTINCT",
    "CASE",
    "CAST",
    "TRY_CAST",
    "NOT",
    "NULL",
    "TRUE",
    "FALSE",
    "EXISTS",
    "INTERVAL",
    "DATE",
    "TIMESTAMP",
    "EXTRACT",
    "SELECT",
    "PARTITION BY",
    "ORDER BY",
    "ROWS BETWEEN",
    "UNBOUNDED PRECEDING",
    "CURRENT ROW",
    "ALL",
];

/// What follows a word that is no whole phrase.
pub const FOLLOWERS: &[(&[&str], &[&str])] = &[
    (&["GROUP", "ORDER", "PARTITION"], &["BY"]),
    (&["LEFT", "RIGHT", "FULL", "INNER", "CROSS", "ASOF", "OUTER", "SEMI", "ANTI", "NATURAL"], &["JOIN", "OUTER JOIN"]),
    (&["EXPLAIN"], &["SELECT", "ANALYZE", "VERBOSE", "PIT", "FROM", "WITH"]),
    (&["PIT", "ANALYZE", "VERBOSE"], &["SELECT", "FROM", "WITH"]),
    (&["CREATE"], &["TABLE", "VIEW", "EXTERNAL TABLE", "OR REPLACE TABLE", "OR REPLACE VIEW"]),
    (&["DROP"], &["TABLE", "VIEW"]),
    (&["REPLACE"], &["TABLE", "VIEW"]),
    (&["INSERT"], &["INTO"]),
    (&["FOR"], &["SYSTEM_TIME AS OF"]),
    (&["SYSTEM_TIME"], &["AS OF"]),
    (&["IS"], &["NULL", "NOT NULL", "DISTINCT FROM", "NOT DISTINCT FROM"]),
    (&["NULLS"], &["FIRST", "LAST"]),
    (&["UNION"], &["ALL", "SELECT"]),
    (&["ROWS"], &["BETWEEN", "UNBOUNDED PRECEDING", "CURRENT ROW"]),
    (&["AS", "LIMIT", "OFFSET", "PREPARE"], &[]),
];

/// What is followed by the name of a table.
pub const BEFORE_TABLES: &[&str] = &["FROM", "JOIN", "INTO", "TABLE", "VIEW", "DESCRIBE", "COPY"];

/// Whether a word is coloured as a keyword and can be no alias.
pub fn is_keyword(word: &str) -> bool {
    static KEYWORDS: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
        let phrases = STATEMENTS.iter().chain(CLAUSES).chain(EXPRESSIONS).chain(BEFORE_TABLES);
        let followers = FOLLOWERS.iter().flat_map(|(words, followers)| words.iter().chain(*followers));
        phrases.chain(followers).flat_map(|phrase| phrase.split(' ')).collect()
    });
    KEYWORDS.contains(word.to_ascii_uppercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_columns_are_no_keywords() {
        for word in ["select", "Join", "MATCH_CONDITION", "by", "system_time"] {
            assert!(is_keyword(word), "{word}");
        }
        for word in ["root", "value", "open", "close", "long", "net", "report", "scope", "unit", "source"] {
            assert!(!is_keyword(word), "{word}");
        }
    }
}
