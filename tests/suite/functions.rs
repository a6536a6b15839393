//! The functions' documentation: `sql/FUNCTIONS.md` is printed from it (`UPDATE=1` rewrites the file), and every example runs on the demo's
//! lake.

use std::fmt::Write;
use std::path::Path;

use assert_cmd::Command;
use contango::engine::FUNCTIONS;

use crate::support::{rows, session};

fn reference() -> String {
    let mut text = String::from(
        "# Functions\n\nWhat contango adds to SQL, besides the functions of DataFusion. The file is printed from the program by its tests; every \
         example\nanswers on the lake of `contango demo`.\n",
    );
    for function in FUNCTIONS {
        let doc = function.documentation();
        let entry = write!(
            text,
            "\n## {}\n\n```text\n{}\n```\n\n{}\n\n- **NULL:** {}\n- **Sees:** {}\n\n```sql\n{};\n```\n",
            doc.name, doc.syntax, doc.summary, doc.nulls, doc.causality, doc.example
        );
        entry.expect("text can be written");
    }
    text
}

#[test]
fn reference_says_what_the_functions_say() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("sql/FUNCTIONS.md");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, reference()).expect("the reference can be written");
    }
    let committed = std::fs::read_to_string(&path).expect("the reference is there").replace("\r\n", "\n");
    assert!(committed == reference(), "sql/FUNCTIONS.md is behind the program: UPDATE=1 cargo test --test suite functions rewrites it");
}

#[tokio::test]
async fn every_example_answers_on_the_demo() {
    let data = tempfile::tempdir().expect("a folder");
    Command::new(env!("CARGO_BIN_EXE_contango")).args(["demo", "-q", "--data"]).arg(data.path()).assert().success();
    for function in FUNCTIONS {
        let doc = function.documentation();
        for part in [doc.name, doc.syntax, doc.summary, doc.nulls, doc.causality, doc.example] {
            assert!(!part.trim().is_empty(), "`{}` has an empty line in its documentation", doc.name);
        }
        let answer = rows(&mut session(data.path(), None, None), doc.example).await.unwrap_or_else(|e| panic!("{}: {e}", doc.name));
        assert!(!answer.is_empty(), "{}: its example has no rows", doc.name);
    }
}
