//! What dot commands put into the SQL that they run: columns, literals and patterns. Pure; the statement itself stands in the command's file, and
//! `.echo` shows it as it is run.

/// The columns of a SELECT for which there is room, of those that need at least so wide a terminal; all where nothing has to fit.
pub fn columns(all: &[(&str, usize)], width: Option<usize>) -> String {
    let chosen = all.iter().filter(|(_, needed)| width.is_none_or(|width| width >= *needed));
    chosen.map(|(column, _)| *column).collect::<Vec<_>>().join(", ")
}

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
    fn columns_give_way_where_there_is_no_room() {
        let all = [("a", 0), ("b", 100), ("c", 60)];
        assert_eq!(columns(&all, None), "a, b, c");
        assert_eq!(columns(&all, Some(80)), "a, c");
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
