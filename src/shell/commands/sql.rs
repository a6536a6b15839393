//! What dot commands put into the SQL that they run: literals and patterns. Pure; the statement itself stands in the command's file, and
//! `.echo` shows it as it is run.

/// A text as an SQL literal.
pub fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The condition that one of these expressions fits what a person typed: `*` and `?` as in file names, `%` as in LIKE, else any part of the
/// text; capitals do not count.
pub fn fits(columns: &[&str], typed: &str) -> String {
    let pattern = literal(&pattern(typed));
    let conditions: Vec<String> = columns.iter().map(|column| format!("{column} ILIKE {pattern}")).collect();
    match conditions.as_slice() {
        [only] => only.clone(),
        several => format!("({})", several.join(" OR ")),
    }
}

/// The condition that one word of a list, as `a, b, c`, fits.
pub fn fits_one_of(list: &str, typed: &str) -> String {
    format!("', ' || {list} || ',' ILIKE {}", literal(&format!("%, {},%", pattern(typed))))
}

/// What was typed as a pattern of LIKE.
fn pattern(typed: &str) -> String {
    if typed.contains('%') {
        return typed.to_string();
    }
    let is_glob = typed.contains(['*', '?']);
    let mut pattern = String::new();
    for c in typed.chars() {
        match c {
            '*' => pattern.push('%'),
            '?' => pattern.push('_'),
            // an underscore is part of most names, and meant as one
            '_' => pattern.push_str("\\_"),
            '\\' => pattern.push_str("\\\\"),
            other => pattern.push(other),
        }
    }
    if is_glob { pattern } else { format!("%{pattern}%") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_cannot_end_the_literal_that_it_stands_in() {
        assert_eq!(literal("x' OR '1'='1"), "'x'' OR ''1''=''1'");
    }

    #[test]
    fn pattern_is_a_glob_or_one_of_like_or_any_part() {
        assert_eq!(pattern("cot_*"), "cot\\_%");
        assert_eq!(pattern("c?t"), "c_t");
        assert_eq!(pattern("cot_%"), "cot_%");
        assert_eq!(pattern("es_net"), "%es\\_net%");
        assert_eq!(fits(&["name"], "a"), "name ILIKE '%a%'");
        assert_eq!(fits_one_of("faces", "cot_*"), "', ' || faces || ',' ILIKE '%, cot\\_%,%'");
        assert_eq!(fits(&["name", "title"], "a'"), "(name ILIKE '%a''%' OR title ILIKE '%a''%')");
    }
}
