//! Identities between sources on figures that others collected: every one holds, and one that is moved does not. Without `CONTANGO_REAL_DATA`
//! each test says 'skipped'.

use std::path::PathBuf;

use contango::check::{self, CHECKS};

use super::lake::Lines;

fn brazil() -> Option<PathBuf> {
    let folder = std::env::var_os("CONTANGO_REAL_DATA").map(|folder| PathBuf::from(folder).join("brazil"));
    if folder.is_none() {
        println!("skipped: CONTANGO_REAL_DATA is not set");
    }
    folder
}

/// Days and values as lines of `macro_series`, known at once: their identities are what is checked here.
fn lines(source: &str, id: &str, values: &[(String, String)]) -> (&'static str, String) {
    let line = |(day, value): &(String, String)| format!("{source}|{id}|{day}|{value}|{day} 23:00:00Z\n");
    ("macro_series", format!("source|series_id|as_of|value|available_at\n{}", values.iter().map(line).collect::<String>()))
}

/// An answer of SGS: `[{"data": "04/01/2016", "valor": "0.052531"}]`.
fn sgs(file: PathBuf) -> Vec<(String, String)> {
    let rows: Vec<serde_json::Value> = serde_json::from_slice(&std::fs::read(file).expect("a file")).expect("an array");
    let row = |row: serde_json::Value| {
        let day = row["data"].as_str().expect("a day").split('/').rev().collect::<Vec<_>>().join("-");
        (day, row["valor"].as_str().expect("a value").to_string())
    };
    rows.into_iter().map(row).collect()
}

async fn found(name: &str, rows: &[(&'static str, String)]) -> usize {
    let check = CHECKS.iter().find(|check| check.name == name).expect("there is such a check");
    let lake = Lines::new(rows).await;
    check::run(&lake.session("2026-04-01 00:00:00Z"), check, None).await.findings.expect("it runs").len()
}

#[tokio::test]
async fn the_effective_selic_is_near_its_target_on_every_day() {
    let Some(folder) = brazil() else { return };
    let mut daily = sgs(folder.join("sgs/devverissimo_selic.json"));
    let target = lines("bcb_sgs", "432", &sgs(folder.join("sgs/devverissimo_meta_selic.json")));
    assert_eq!(daily.len(), 2510);
    assert_eq!(found("selic", &[lines("bcb_sgs", "11", &daily), target.clone()]).await, 0);
    daily[1000].1 = "0.03".into();
    assert_eq!(found("selic", &[lines("bcb_sgs", "11", &daily), target]).await, 1);
}

#[tokio::test]
async fn the_ipca_is_the_change_of_its_index_in_every_month() {
    let Some(folder) = brazil() else { return };
    let text = std::fs::read_to_string(folder.join("ibge/rodslater_ipca.csv")).expect("a file");
    let rows = text.lines().skip(1).filter_map(|line| line.split_once(','));
    let index: Vec<(String, String)> = rows.map(|(day, value)| (day.to_string(), value.to_string())).collect();
    let bytes = std::fs::read(folder.join("ibge/rodslater_ipca_full.json")).expect("a file");
    let all: Vec<serde_json::Value> = serde_json::from_slice(&bytes).expect("an array");
    let monthly = all.iter().filter(|row| row["Tipo_Variacao"] == "Mensal");
    let mut monthly: Vec<(String, String)> =
        monthly.map(|row| (row["Data"].as_str().expect("a day").to_string(), row["Variacao"].to_string())).collect();
    assert!(monthly.len() > 500 && index.len() > 500, "{} and {}", monthly.len(), index.len());
    let index = lines("ibge_sidra", "SIDRA_IPCA_INDEX", &index);
    assert_eq!(found("ipca", &[index.clone(), lines("ibge_sidra", "SIDRA_IPCA_MOM", &monthly)]).await, 0);
    monthly[500].1 = "0.99".into();
    assert_eq!(found("ipca", &[index, lines("bcb_sgs", "433", &monthly)]).await, 1);
    println!("the index gives the published rate of {} months", monthly.len());
}
