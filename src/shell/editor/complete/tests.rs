//! What is offered where: the cursor stands at `|`.

use super::*;
use crate::engine::Face;

fn vocabulary() -> Vocabulary {
    let mut vocabulary = Vocabulary::built_in();
    vocabulary.learn_columns("meta.roots", &["root".to_string(), "exchange".to_string()]);
    vocabulary.learn_columns("flow_data", &["series_id".to_string(), "as_of".to_string(), "value".to_string()]);
    vocabulary.learn_columns("Mixed", &["Odd Name".to_string()]);
    vocabulary.learn_function("abs");
    vocabulary.learn_function_columns("continuous_series", vec!["contract_id".to_string(), "held_return".to_string()]);
    for root in ["CL", "ES", "ZN"] {
        vocabulary.learn_value("", "root", root.to_string());
    }
    for (table, column, value) in [
        ("macro_series", "series_id", "PAYEMS"),
        ("macro_series", "series_id", "UNRATE"),
        ("flow_data", "series_id", "CFTC_ES_LEVERAGED_NET"),
        ("cot", "category", "dealer"),
        ("cot", "market", "it's"),
    ] {
        vocabulary.learn_value(table, column, value.to_string());
    }
    vocabulary.last = vec!["as_of".to_string(), "net".to_string()];
    vocabulary
}

fn completion(marked: &str) -> Completion {
    let cursor = marked.find('|').expect("a mark");
    let text = marked.replacen('|', "", 1);
    let files = |typed: &str| vec![format!("{typed}.csv"), format!("{typed}.sql")];
    complete(&text, cursor, &vocabulary(), &files)
}
fn inserted(marked: &str) -> Vec<String> {
    completion(marked).candidates.into_iter().map(|candidate| candidate.inserted).collect()
}
/// Whether all of these are offered.
fn offers(marked: &str, wanted: &[&str]) {
    let found = inserted(marked);
    for text in wanted {
        assert!(found.iter().any(|candidate| candidate == text), "{marked}: no `{text}` in {found:?}");
    }
}
fn refuses(marked: &str, unwanted: &[&str]) {
    let found = inserted(marked);
    for text in unwanted {
        assert!(!found.iter().any(|candidate| candidate == text), "{marked}: `{text}` in {found:?}");
    }
}

#[test]
fn keywords_follow_the_case_of_what_is_typed() {
    assert_eq!(inserted("sel|"), ["select"]);
    assert_eq!(inserted("SEL|"), ["SELECT"]);
    offers("SELECT * FROM cot |", &["WHERE", "GROUP BY", "ASOF JOIN"]);
    offers("select * from cot |", &["where", "order by"]);
    assert_eq!(inserted("SELECT * FROM cot ORDER |"), ["BY"]);
    assert_eq!(inserted("SELECT * FROM cot ASOF |"), ["JOIN", "OUTER JOIN"]);
    offers("SELECT 1; |", &["SELECT", "SET"]);
}

#[test]
fn tables_stand_after_from_and_join() {
    assert_eq!(inserted("SELECT * FROM macro|"), ["macro_series", "macro_series_readings", "macro_series_vintages"]);
    offers("SELECT * FROM cot c JOIN con|", &["continuous_series(", "continuous_rolls("]);
    offers("SELECT * FROM cot, fl|", &["flow_data"]);
    assert_eq!(inserted("SELECT * FROM meta.r|"), ["roots"]);
    offers("SELECT * FROM m|", &["macro_series", "meta.roots"]);
    offers("WITH mine AS (SELECT 1) SELECT * FROM mi|", &["mine"]);
    refuses("SELECT * FROM c|", &["category", "CASE", "case"]);
    assert_eq!(inserted("SELECT * FROM Mi|"), [] as [&str; 0]);
}

#[test]
fn columns_are_those_of_the_statements_tables() {
    assert_eq!(inserted("SELECT categ| FROM cot"), ["category"]);
    assert_eq!(inserted("SELECT c.categ| FROM cot_vintages c"), ["category"]);
    assert_eq!(inserted("SELECT r.| FROM cot c JOIN meta.roots r"), ["root", "exchange"]);
    assert_eq!(inserted("SELECT s.h| FROM continuous_series('ES') s"), ["held_return"]);
    assert_eq!(inserted("SELECT * FROM continuous_series('ES') WHERE continuous_series.c|"), ["contract_id"]);
    offers("SELECT c.categ|", &["category"]);
    refuses("SELECT se| FROM cot", &["series_id"]);
    offers("SELECT serie|", &["series_id"]);
    assert_eq!(inserted("SELECT m.| FROM \"Mixed\" m"), ["\"Odd Name\""]);
    offers("SELECT |  FROM cot", &["category", "zscore("]);
    refuses("SELECT |  FROM cot", &["abs(", "CASE"]);
}

#[test]
fn functions_and_their_arguments() {
    offers("SELECT ab|", &["abs("]);
    offers("SELECT zs| FROM cot", &["zscore("]);
    assert_eq!(inserted("SELECT * FROM continuous_series('ES', ro|"), ["roll => ", "roll_days => ", "rolls_on => "]);
    refuses("SELECT * FROM continuous_series('ES', roll => 'volume', |)", &["roll => ", "root => "]);
    offers("SELECT * FROM continuous_series('ES', roll => 'volume', |)", &["adjust => "]);
    offers("SELECT * FROM continuous_series(|", &["'ES'", "root => "]);
    assert_eq!(inserted("SELECT * FROM continuous_series('ES', adjust => |"), ["'none'", "'ratio'", "'additive'"]);
}

#[test]
fn values_stand_inside_quotes() {
    assert_eq!(inserted("SELECT * FROM cot WHERE root = '|"), ["CL'", "ES'", "ZN'"]);
    assert_eq!(inserted("SELECT * FROM cot WHERE root = 'e|'"), ["ES"]);
    assert_eq!(inserted("SELECT * FROM cot WHERE root IN ('ES', 'Z|"), ["ZN'"]);
    assert_eq!(inserted("SELECT * FROM cot c WHERE c.category = '|"), ["dealer'"]);
    assert_eq!(inserted("SELECT * FROM cot WHERE market = '|"), ["it''s'"]);
    assert_eq!(inserted("SELECT * FROM continuous_series('|"), ["CL'", "ES'", "ZN'"]);
    assert_eq!(inserted("SELECT * FROM continuous_series(['ES', '|"), ["CL'", "ES'", "ZN'"]);
    assert_eq!(inserted("SELECT * FROM cot_as_of(root => 'E|"), ["ES'"]);
    assert_eq!(inserted("SELECT * FROM continuous_series('ES', roll => 'o|"), ["open_interest'"]);
    assert_eq!(inserted("SELECT * FROM zscore('flow_data', '|"), ["CFTC_ES_LEVERAGED_NET'"]);
    assert_eq!(inserted("SELECT * FROM macro_series_readings WHERE series_id = 'P|"), ["PAYEMS'"]);
    assert_eq!(inserted("SELECT * FROM releases('c|"), ["cot'", "census'"]);
    offers("SELECT * FROM cot WHERE root = |", &["'ES'"]);
    assert_eq!(inserted("SET contango.backcast = '|"), ["allow'", "exclude'"]);
    assert_eq!(inserted("SELECT 'sel|"), [] as [&str; 0]);
}

#[test]
fn files_stand_where_a_table_may() {
    assert_eq!(inserted("SELECT * FROM 'bars|"), ["bars.csv", "bars.sql"]);
    assert_eq!(inserted(".read scripts/a|"), ["scripts/a.csv", "scripts/a.sql"]);
}

#[test]
fn dot_commands_and_their_arguments() {
    offers(".ta|", &[".tables"]);
    assert_eq!(inserted(".timer o|"), ["on", "off"]);
    assert_eq!(inserted(".schema macro_series_r|"), ["macro_series_readings"]);
    assert_eq!(inserted(".clock n|"), ["next cot"]);
    assert_eq!(inserted(".chart as_of n|"), ["net"]);
    assert_eq!(inserted(".contracts |"), ["CL", "ES", "ZN"]);
    assert_eq!(completion(".timer o|").start, 7);
}

#[test]
fn settings_stand_after_set() {
    offers("SET con|", &["contango.backcast"]);
    offers("RESET |", &["clock"]);
}

#[test]
fn nothing_is_offered_in_comments_and_numbers() {
    for marked in ["SELECT 1 -- sel|", "SELECT 12|", "SELECT a AS sel|", "SELECT :sel|", "/* sel|"] {
        assert_eq!(inserted(marked), [] as [&str; 0], "{marked}");
    }
}

#[test]
fn every_face_has_its_columns() {
    for face in Face::ALL {
        assert_eq!(inserted(&format!("SELECT categ| FROM cot{}", face.suffix())), ["category"]);
    }
}

#[test]
fn long_list_is_cut_but_what_all_share_stays_true() {
    let mut vocabulary = Vocabulary::built_in();
    for n in 0..100_000 {
        vocabulary.learn_value("cot", "market", format!("M{n:06}"));
    }
    vocabulary.learn_value("cot", "market", "Z".to_string());
    let text = "SELECT * FROM cot WHERE market = '";
    let start = std::time::Instant::now();
    let found = complete(text, text.len(), &vocabulary, &|_| Vec::new()).candidates;
    assert!(start.elapsed().as_millis() < 2_000, "{:?}", start.elapsed());
    assert_eq!(found.len(), MAX_CANDIDATES);
    assert_eq!((found[0].shown.as_str(), found[found.len() - 1].shown.as_str()), ("M000000", "Z"));
}

#[test]
fn any_cursor_in_any_text_has_an_answer() {
    let texts = [
        "SELECT f(a, 'b' FROM cot c, (SELECT x) q WHERE c.root IN ('ES', \"x\" => [1, ')' ;; SET x.y = 'é' -- c\n.read 'é",
        ".chart é 'x",
        ")))]]] . , => ( FROM . JOIN ( meta. é",
    ];
    let vocabulary = vocabulary();
    for text in texts {
        for cursor in (0..=text.len()).filter(|at| text.is_char_boundary(*at)) {
            let found = complete(text, cursor, &vocabulary, &|_| Vec::new());
            assert!(found.start <= cursor && text.is_char_boundary(found.start));
            let half = &text[..cursor];
            complete(half, cursor, &vocabulary, &|_| Vec::new());
        }
    }
}
