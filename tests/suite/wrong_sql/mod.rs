//! Wrong statements of every kind, one after the other, with what is said of each: the sentence, the place with a caret, the hint. What is said
//! is compared with a snapshot, and held to be ours: no name that only Rust knows gets through.

use contango::engine::{self, Answer, Session, StatementText};
use contango::script::{self, Script, Sink, Stop};
use futures::TryStreamExt;
use insta::assert_snapshot;

use crate::support::session;
use crate::support::terminal::demo_lake;

/// What stands between two statements of the file.
const BETWEEN: &str = "\n----\n";
/// How Rust prints its values, and how the planner and the storage call what SQL has other names for.
const NOT_OURS: [&str; 22] = [
    "Some(",
    "None)",
    "Ok(",
    "Err(",
    "Expr::",
    "::",
    "{ ",
    "ParserError",
    "SchemaError",
    "FieldNotFound",
    "DataFusion",
    "Arrow",
    "Utf8",
    "Int64",
    "Float64",
    "Date32",
    "LogicalPlan",
    "Physical plan",
    "physical plan",
    "EOF",
    "contango.main",
    "error during planning",
];

struct Drain;

impl Sink for Drain {
    async fn take(&mut self, _: &mut Session, _: &StatementText, answer: Answer) -> Result<(), Stop> {
        if let Answer::Rows { mut stream, .. } = answer {
            while stream.try_next().await.map_err(engine::explain)?.is_some() {}
        }
        Ok(())
    }
    fn timed(&mut self, _: &StatementText, _: std::time::Duration) {}
}

async fn said_of(text: &str) -> String {
    let mut session = session(demo_lake(), None, None);
    match script::run(&mut session, Script { file: None, text }, &mut Drain).await {
        Ok(()) => panic!("this is right: {text}"),
        Err(Stop::OutputClosed) => panic!("nothing is printed"),
        Err(Stop::Failed { error, excerpt }) => {
            let text = error.to_string();
            let hint = error.hint_text().map(|hint| format!("\nhint: {hint}")).unwrap_or_default();
            let what = text.strip_suffix(&hint).unwrap_or(&text);
            let excerpt = excerpt.map(|excerpt| format!("\n{excerpt}")).unwrap_or_default();
            format!("{what}{excerpt}{hint}")
        }
    }
}

#[tokio::test]
async fn every_wrong_statement_is_answered_in_sentences() {
    let mut page = String::new();
    for text in include_str!("statements.txt").trim_end().split(BETWEEN) {
        let said = said_of(text).await;
        let foreign = NOT_OURS.iter().find(|word| said.contains(*word) && !text.contains(*word));
        assert!(foreign.is_none(), "`{}` in what is said of {text}:\n{said}", foreign.unwrap_or(&""));
        let first = said.chars().find(|c| c.is_alphabetic());
        assert!(first.is_some(), "nothing is said of {text}");
        page.push_str(&format!("{text}\n\n{said}\n\n----\n\n"));
    }
    assert_snapshot!(page);
}

/// The caret's cell is counted in what a terminal shows: a wide character takes two cells, a tab is shown as one blank.
#[tokio::test]
async fn caret_stands_under_the_place_behind_wide_characters_and_tabs() {
    use unicode_width::UnicodeWidthStr;
    for (text, wrong) in [
        ("SELECT '日本語の先物', nett FROM cot", "nett"),
        ("SELECT\t'é',\tnett FROM cot", "nett"),
        ("SELECT '😀', frob(net) FROM cot", "frob"),
    ] {
        let said = said_of(text).await;
        let lines: Vec<&str> = said.lines().collect();
        let at = lines.iter().position(|line| line.ends_with('^')).unwrap_or_else(|| panic!("no caret: {said}"));
        let before = lines[at - 1].split_once(wrong).unwrap_or_else(|| panic!("{said}")).0;
        assert_eq!(lines[at].trim_end_matches('^').width(), before.width(), "{said}");
    }
}
