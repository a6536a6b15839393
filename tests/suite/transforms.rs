//! The transforms on figures that were published twice, from the folder that `CONTANGO_REAL_DATA` names; without it a test says 'skipped'.
//! Nothing of these files is kept here.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::support::{rows, session};

fn brazil() -> Option<PathBuf> {
    match std::env::var_os("CONTANGO_REAL_DATA") {
        Some(folder) => Some(Path::new(&folder).join("brazil")),
        None => {
            println!("skipped: CONTANGO_REAL_DATA is not set");
            None
        }
    }
}

/// The figures of a JSON list by their days, as they are written.
fn points(path: &Path, day: &str, figure: &str) -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(path).expect("readable");
    let list: Vec<BTreeMap<String, serde_json::Value>> = serde_json::from_str(&text).expect("a list");
    let written = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_string);
    let iso = |day: String| match day.split('/').collect::<Vec<_>>()[..] {
        [d, m, y] => format!("{y}-{m}-{d}"),
        _ => day,
    };
    list.iter().map(|row| (iso(written(&row[day])), written(&row[figure]))).collect()
}

/// A file of two columns, `as_of` and `x`, which SQL can read.
fn sheet(folder: &Path, name: &str, points: &BTreeMap<String, String>) -> String {
    let path = folder.join(format!("{name}.csv"));
    let mut text = "as_of,x\n".to_string();
    points.iter().for_each(|(day, figure)| writeln!(text, "{day},{figure}").expect("a text takes all"));
    std::fs::write(&path, text).expect("written");
    format!("(SELECT CAST(as_of AS DATE) AS as_of, CAST(x AS DOUBLE) AS x FROM '{}')", path.display())
}

#[tokio::test]
async fn the_index_of_prices_gives_the_published_rates() {
    let Some(brazil) = brazil() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let index: BTreeMap<String, String> = std::fs::read_to_string(brazil.join("ibge/rodslater_ipca.csv"))
        .expect("readable")
        .lines()
        .skip(1)
        .filter_map(|line| line.split_once(',').map(|(day, x)| (day.trim_matches('"').to_string(), x.to_string())))
        .collect();
    let index = sheet(folder.path(), "index", &index);
    let monthly = sheet(folder.path(), "monthly", &points(&brazil.join("ibge/investash_ipca_valores.json"), "data", "valor"));
    let yearly = sheet(folder.path(), "yearly", &points(&brazil.join("ibge/investash_ipca-12-meses_valores.json"), "data", "valor"));
    let data = tempfile::tempdir().expect("a folder");
    let mut session = session(data.path(), None, None);
    let of_index = |function: &str, published: &str| {
        format!(
            "SELECT count(*), count(*) FILTER (WHERE abs(round(100 * i.change, 2) - p.x) < 0.0001)
             FROM (SELECT as_of, {function}(x, as_of) OVER (ORDER BY as_of) AS change FROM {index}) i
             JOIN {published} p ON i.as_of = p.as_of WHERE i.change IS NOT NULL"
        )
    };
    assert_eq!(rows(&mut session, &of_index("yoy", &yearly)).await.expect("rows"), [["541", "541"]]);
    // of January 1982 the index gives 6.9649, with five digits to each figure of it; 6.97 was published
    assert_eq!(rows(&mut session, &of_index("mom", &monthly)).await.expect("rows"), [["551", "550"]]);
    // twelve changes of two decimals each lose more the higher the rates are: why an index is better
    let compounded = format!(
        "SELECT count(*), count(*) FILTER (WHERE abs(round(c.year, 2) - p.x) < 0.0101),
                count(*) FILTER (WHERE abs(c.year - p.x) / (1 + p.x / 100) < 0.03)
         FROM (SELECT as_of, yoy_from_mom(x, as_of) OVER (ORDER BY as_of) AS year FROM {monthly}) c
         JOIN {yearly} p ON c.as_of = p.as_of WHERE c.year IS NOT NULL"
    );
    assert_eq!(rows(&mut session, &compounded).await.expect("rows"), [["540", "486", "540"]]);
}

#[tokio::test]
async fn the_daily_selic_annualized_is_a_tenth_below_its_target() {
    let Some(brazil) = brazil() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let daily = sheet(folder.path(), "daily", &points(&brazil.join("sgs/devverissimo_selic.json"), "data", "valor"));
    let target = sheet(folder.path(), "target", &points(&brazil.join("sgs/devverissimo_meta_selic.json"), "data", "valor"));
    let data = tempfile::tempdir().expect("a folder");
    let query = format!(
        "SELECT count(*), count(*) FILTER (WHERE abs(round(100 * annualize(d.x / 100, 252), 2) - (t.x - 0.1)) < 0.0001)
         FROM {daily} d JOIN {target} t ON d.as_of = t.as_of"
    );
    let answer = rows(&mut session(data.path(), None, None), &query).await.expect("rows");
    assert_eq!(answer, [["2510", "2510"]]);
}
