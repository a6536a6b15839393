//! The list of DataFusion's answers that are made right: each names a file that does it and a test that tells.

use std::collections::BTreeSet;
use std::path::Path;

use contango::engine::CURES;

fn slt_files() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/slt/answers");
    let entries = std::fs::read_dir(folder).expect("the tests of answers");
    entries.map(|entry| format!("answers/{}", entry.expect("an entry").file_name().to_string_lossy())).collect()
}

#[test]
fn every_cure_has_its_code_and_its_test() {
    let code = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/engine/answers");
    let tests = slt_files();
    for cure in CURES {
        assert!(code.join(cure.by).exists(), "{}: no `{}`", cure.of, cure.by);
        assert!(tests.contains(cure.test), "{}: no `{}`", cure.of, cure.test);
    }
    let named: BTreeSet<String> = CURES.iter().map(|cure| cure.test.to_string()).collect();
    // as-of joins are ours from end to end
    let own = BTreeSet::from(["answers/asof.slt".to_string()]);
    assert_eq!(tests, named.union(&own).cloned().collect(), "a test that no cure names");
}
