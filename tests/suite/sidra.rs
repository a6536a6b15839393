//! SIDRA: a server in the provider's shapes, its words for what is missing, and what becomes of them. All figures are made up.

use wiremock::{Request, ResponseTemplate};

use super::provider::{Provider, parse};

const LATER: &str = "2026-11-21 00:00:00Z";

/// The first record of a table with a classification, its dimensions in the order of the address.
const HEADER: &str = r#"{"NC":"Nível Territorial (Código)","NN":"Nível Territorial","MC":"Unidade de Medida (Código)","MN":"Unidade de Medida","V":"Valor","D1C":"Brasil (Código)","D1N":"Brasil","D2C":"Variável (Código)","D2N":"Variável","D3C":"Mês (Código)","D3N":"Mês","D4C":"Geral, grupo, subgrupo, item e subitem (Código)","D4N":"Geral, grupo, subgrupo, item e subitem"}"#;

fn record(variable: &str, month: &str, category: &str, value: &str) -> String {
    format!(
        r#"{{"NC":"1","NN":"Brasil","MC":"2","MN":"%","V":"{value}","D1C":"1","D1N":"Brasil","D2C":"{variable}","D2N":"Variação","D3C":"{month}","D3N":"mês","D4C":"{category}","D4N":"Grupo"}}"#
    )
}

fn answer(records: &[String]) -> String {
    format!("[{}]", [HEADER.to_string()].iter().chain(records).cloned().collect::<Vec<_>>().join(","))
}

#[tokio::test]
async fn months_of_a_table_are_taken_and_those_to_come_are_not_there() {
    let respond = |request: &Request| {
        let path = request.url.path();
        match path {
            _ if !path.contains("/n1/all/v/") => ResponseTemplate::new(400).set_body_string("Parâmetros inválidos"),
            _ if path.contains("/t/7060/") => {
                let rows = [
                    record("63", "202401", "7170", "1.38"),
                    record("2265", "202401", "7170", "2.94"),
                    record("63", "202402", "7170", "0.95"),
                ];
                ResponseTemplate::new(200).set_body_string(answer(&rows))
            }
            _ => ResponseTemplate::new(200).set_body_string(answer(&[])),
        }
    };
    let provider = Provider::new("ibge_sidra", respond).await;
    let taken = provider.download(&["SIDRA_IPCA_FOOD_MOM", "SIDRA_IPCA_FOOD_YOY", "SIDRA_IPCA15_MOM"], Some("2024-01-01"), None).await;
    let taken = taken.expect("downloaded");
    assert_eq!(taken.iter().map(|payload| payload.new).collect::<Vec<_>>(), [0, 3]);
    assert!(taken[0].kind.contains("none of these months is published"), "{}", taken[0].kind);
    let known = "SELECT as_of, series_id, value, unit, availability, backcast FROM macro_series ORDER BY as_of, series_id";
    // January's figure is due on 15 February, after the holidays.
    assert!(provider.rows(known, Some("2024-02-14 11:59:59Z")).await.is_empty());
    let first = provider.rows(known, Some("2024-02-14 12:00:00Z")).await;
    assert_eq!(first[0], ["2024-01-01", "SIDRA_IPCA_FOOD_MOM", "1.38", "percent", "lagged", "false"]);
    assert_eq!((first.len(), provider.rows(known, None).await.len()), (2, 3));
    assert!(provider.asked().await.iter().all(|asked| asked.ends_with("?formato=json")));
}

#[tokio::test]
async fn a_refusal_is_told_in_the_words_of_the_server() {
    let text = "A quantidade de valores solicitados excede o limite permitido.";
    let provider = Provider::new("ibge_sidra", ResponseTemplate::new(400).set_body_string(text)).await;
    let error = provider.download(&["SIDRA_IPCA_INDEX"], Some("2024-01-01"), None).await.expect_err("refused");
    assert!(error.to_string().contains(text), "{error}");
}

#[tokio::test]
async fn missing_figures_are_null_and_a_dash_is_zero() {
    let provider = Provider::of_files("ibge_sidra").await;
    let values = ["...", "..", "X", "-", "-0.10", "0.0000000076183"];
    let records: Vec<String> =
        values.iter().enumerate().map(|(n, value)| record("63", &format!("20240{}", n + 1), "7170", value)).collect();
    let taken = provider.take_bytes(answer(&records), None, LATER).await.expect("taken");
    assert_eq!((taken.new, taken.quarantined), (6, 0));
    let shown = provider.rows("SELECT value FROM macro_series ORDER BY as_of", None).await.concat();
    assert_eq!(shown, ["NULL", "NULL", "NULL", "0.0", "-0.1", "7.6183e-9"]);
}

#[test]
fn columns_are_found_by_the_names_that_the_first_record_gives_them() {
    let swapped = answer(&[record("63", "202401", "7170", "1.38")]).replace("\"D2", "\"Dx").replace("\"D3", "\"D2").replace("\"Dx", "\"D3");
    let parsed = parse("ibge_sidra", swapped, None, LATER).expect("an answer");
    assert_eq!(parsed.kind, "SIDRA 2024-01-01..2024-01-01");
    let without = format!("[{}]", record("63", "202401", "7170", "1.38"));
    let error = parse("ibge_sidra", without, None, LATER).expect_err("no names");
    assert!(error.to_string().contains("no column is called"), "{error}");
}

#[test]
fn what_is_not_described_stays_in_the_file_and_what_is_wrong_is_set_aside() {
    let rows = [
        record("63", "202401", "7170", "1.38"),
        record("63", "202401", "7170", "1.38"),
        record("63", "202401", "7170", "1.39"),
        record("63", "202413", "7170", "1.38"),
        record("63", "202402", "7170", "1,38"),
        record("63", "202612", "7170", "1.38"),
        record("63", "202403", "7170", "1.38").replace("\"NC\":\"1\"", "\"NC\":\"3\""),
        record("63", "202401", "99999", "1.38"),
    ];
    let parsed = parse("ibge_sidra", answer(&rows), Some("7060"), LATER).expect("an answer");
    assert_eq!((parsed.rows_read, parsed.repeats_within, parsed.batches[0].1.num_rows()), (8, 1, 1));
    let reasons: Vec<String> =
        parsed.rejections.iter().map(|r| format!("{} {}: {}", r.line, r.column.as_deref().unwrap_or("-"), r.reason)).collect();
    insta::assert_snapshot!(format!("{}\n{}", reasons.join("\n"), parsed.warnings.join("\n")));
    assert!(parse("ibge_sidra", answer(&rows), Some("SIDRA_IPCA_FOD_MOM"), LATER).is_err());
    let error = parse("ibge_sidra", answer(&rows), Some("1737"), LATER).expect_err("another table");
    assert!(error.to_string().contains("no record is of a series"), "{error}");
    // The headline of the table by groups is that of the long table, whichever of them the series is asked of.
    let headline = parse("ibge_sidra", answer(&[record("63", "202401", "7169", "0.42")]), Some("SIDRA_IPCA_MOM"), LATER);
    assert_eq!(headline.expect("an answer").batches[0].1.num_rows(), 1);
}
