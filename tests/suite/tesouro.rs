//! Tesouro Direto and B3: the files in the providers' shapes, and the curves that are made of them. All figures are made up.

use std::io::{Cursor, Write as _};

use contango::error::Result;
use contango::sources::Parsed;
use wiremock::ResponseTemplate;

use super::provider::{Provider, parse};

const LATER: &str = "2026-11-21 00:00:00Z";
const HEADER: &str =
    "Tipo Titulo;Data Vencimento;Data Base;Taxa Compra Manha;Taxa Venda Manha;PU Compra Manha;PU Venda Manha;PU Base Manha\n";

fn read(bytes: impl Into<Vec<u8>>) -> Result<Parsed> {
    parse("b3_tesouro", bytes, None, LATER)
}

fn reasons(parsed: &Parsed) -> String {
    let line = |r: &contango::sources::Rejection| format!("{} {}: {}", r.line, r.column.as_deref().unwrap_or("-"), r.reason);
    parsed.rejections.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn the_whole_file_is_taken_each_time_and_known_on_the_next_business_day() {
    let file = format!(
        "{HEADER}Tesouro Prefixado;01/01/2029;09/02/2024;10,06;10,18;636,83;634,64;634,50\n\
         Tesouro IPCA+;15/05/2035;08/02/2024;5,50;5,62;2.036,83;1.934,64;1.934,50\n\
         Tesouro Selic;01/03/2027;09/02/2024;-0,01;0,00;14.236,83;14.234,64;14.230,50\n"
    );
    let provider = Provider::new("b3_tesouro", ResponseTemplate::new(200).set_body_string(file)).await;
    let taken = provider.download(&[], None, None).await.expect("downloaded");
    assert_eq!((taken[0].rows_read, taken[0].new, taken[0].quarantined), (3, 5, 0));
    assert_eq!(provider.asked().await, ["/precotaxatesourodireto.csv?"]);
    // Carnival: the next business day after Friday 9 February is Wednesday 14.
    let bonds = "SELECT as_of, bond, bid_yield, bid_price, availability FROM bonds ORDER BY bond";
    assert_eq!(provider.rows(bonds, Some("2024-02-14 14:59:59Z")).await, [["2024-02-08", "Tesouro IPCA+", "5.5", "1934.64", "lagged"]]);
    assert_eq!(provider.rows(bonds, Some("2024-02-14 15:00:00Z")).await.len(), 3);
    let curves = "SELECT curve_id, kind, tenor, round(tenor_years * 252) AS days, rate FROM curves ORDER BY curve_id";
    let expected =
        [["BR_TESOURO_IPCA", "real", "2035-05-15", "2828.0", "5.62"], ["BR_TESOURO_PREFIXADO", "zero", "2029-01-01", "1230.0", "10.18"]];
    let shown = provider.rows(curves, None).await;
    for (row, wanted) in shown.iter().zip(expected) {
        assert_eq!([&row[..3], &row[4..]].concat(), [&wanted[..3], &wanted[4..]].concat());
    }
    assert!(provider.download(&["di"], None, None).await.expect_err("not downloaded").to_string().contains("`di` cannot be downloaded"));
}

#[test]
fn a_bond_that_is_not_offered_has_no_price() {
    let file = format!(
        "{HEADER}Tesouro Prefixado;01/01/2029;26/08/2026;0,00;14,18;0,00;734,64;734,64\nTesouro Selic;01/03/2029;26/08/2026;;;;;\n"
    );
    let parsed = read(file).expect("a file");
    let bonds = &parsed.batches[0].1;
    let nulls = |name: &str| bonds.column_by_name(name).map(|column| column.null_count());
    assert_eq!((nulls("bid_yield"), nulls("ask_price"), nulls("ask_yield"), nulls("base_price")), (Some(2), Some(2), Some(1), Some(1)));
    assert_eq!(nulls("bid_price"), Some(1));
    assert_eq!(parsed.batches[1].1.num_rows(), 1);
}

#[test]
fn rows_that_cannot_be_taken_say_why_and_latin_1_is_read() {
    let mut file = format!("\u{feff}{HEADER}").into_bytes();
    for row in [
        "Tesouro Educa\u{e7}\u{e3}o;15/12/2030;26/08/2026;6,0;6,1;1.000,00;990,00;990,00\n",
        "Tesouro Prefixado;01/01/2029;26/08/2026;14,06;14,18;736,83;734,64;734,64\n",
        "Tesouro Prefixado;01/01/2029;26/08/2026;14,06;14,18;736,83;734,64;734,64\n",
        "Tesouro Prefixado;01/01/2029;26/08/2026;14,07;14,18;736,83;734,64;734,64\n",
        "Tesouro Prefixado;2029-01-01;26/08/2026;14,06;14,18;736,83;734,64;734,64\n",
        "Tesouro Prefixado;01/01/2030;26/08/2027;14,06;14,18;736,83;734,64;734,64\n",
        "Tesouro Prefixado;01/01/2031;26/08/2026;14,06;14,18;7.36,83;734,64;734,64\n",
        "Tesouro Prefixado;01/01/2032;26/08/2026;14,06;14,18\n",
    ] {
        file.extend(row.chars().map(|c| c as u8));
    }
    let parsed = read(file).expect("a file");
    assert_eq!((parsed.rows_read, parsed.repeats_within, parsed.batches[0].1.num_rows()), (8, 1, 2));
    insta::assert_snapshot!(reasons(&parsed));
    let error = read("Titulo;Vencimento\nTesouro;2030\n").expect_err("another file");
    assert!(error.to_string().contains("no column `Tipo Titulo`"), "{error}");
}

/// A price report of these contracts, made at an instant.
fn report(made_at: &str, day: &str, contracts: &[(&str, &str, &str)]) -> String {
    let contract = |(ticker, price, rate): &(&str, &str, &str)| {
        format!(
            r#"<BizGrp><Document xmlns="urn:bvmf.217.01.xsd"><PricRpt><TradDt><Dt>{day}</Dt></TradDt><SctyId><TckrSymb>{ticker}</TckrSymb></SctyId><FinInstrmAttrbts><OpnIntrst>10</OpnIntrst><LastPric Ccy="BRL">9.1</LastPric><AdjstdQt Ccy="BRL">{price}</AdjstdQt><AdjstdQtTax Ccy="BRL">{rate}</AdjstdQtTax><PrvsAdjstdQt Ccy="BRL">1</PrvsAdjstdQt></FinInstrmAttrbts></PricRpt></Document></BizGrp>
"#
        )
    };
    let body: String = contracts.iter().map(contract).collect();
    format!(
        "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<Document xmlns=\"urn:bvmf.052.01.xsd\"><BizFileHdr><Xchg><BizGrpDesc><BizGrpDtls><CreDtAndTm>{made_at}</CreDtAndTm></BizGrpDtls></BizGrpDesc>\n{body}</Xchg></BizFileHdr></Document>\n"
    )
}

fn zip_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        archive.start_file(*name, zip::write::SimpleFileOptions::default()).expect("a member");
        archive.write_all(bytes).expect("written");
    }
    archive.finish().expect("a zip").into_inner()
}

#[tokio::test]
async fn settlement_prices_of_a_zip_within_a_zip_become_a_curve() {
    let early = report("2024-02-08T18:10:00", "2024-02-08", &[("DI1F25", "90000.00", "11.9")]);
    let last = report(
        "2024-02-08T20:43:42",
        "2024-02-08",
        &[
            ("DOLH24", "4990.1", ""),
            ("DI1F25", "91371.13", "10.5"),
            ("DI1F26", "83000.50", "9"),
            ("DI1J25", "", ""),
            ("DI1G24", "99999", "1"),
        ],
    );
    let inner = zip_of(&[("BVBG.086.01_1.xml", early.as_bytes()), ("BVBG.086.01_2.xml", last.as_bytes())]);
    let outer = zip_of(&[("PR240208.zip", &inner)]);
    let provider = Provider::of_files("b3_tesouro").await;
    let taken = provider.take_bytes(outer, None, LATER).await.expect("taken");
    assert_eq!((taken.rows_read, taken.new, taken.quarantined), (5, 2, 2));
    let sql = "SELECT tenor, round(tenor_years * 252) AS days, round(rate, 4) AS rate, available_at, availability FROM curves WHERE curve_id = 'BR_DI' ORDER BY tenor";
    let shown: Vec<String> = provider.rows(sql, None).await.iter().map(|row| row.join(" ")).collect();
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn consolidated_trades_are_taken_when_they_are_final() {
    let header = "RptDt;TckrSymb;ISIN;SgmtNm;MinPric;MaxPric;TradAvrgPric;LastPric;OscnPctg;AdjstdQt;AdjstdQtTax;RefPric;TradQty;FinInstrmQty;NtlFinVol";
    let rows = "2024-02-08;DI1F25;BRBMEF;FINANCIAL;9,9;10,1;10,0;10,0;0;91371,13;10,5;;36;38;36599\n2024-02-08;PETR4;BRPETR;CASH;40,1;41;40,5;40,6;0,1;;;;1;1;1\n2024-02-08;DI1F26;BRBMEF;FINANCIAL;;;;;;x;;;;;\n";
    let file = |status: &str| format!("Status do Arquivo: {status}\r\n{header}\r\n{rows}");
    let parsed = read(file("Final")).expect("a file");
    assert_eq!((parsed.rows_read, parsed.batches[0].1.num_rows()), (3, 1));
    assert_eq!(reasons(&parsed), "5 AdjstdQt: `x` is no number of `DI1F26`");
    assert_eq!(read(format!("{header}\n{rows}")).expect("without a status").batches[0].1.num_rows(), 1);
    let error = read(file("Preliminar")).expect_err("not final");
    assert!(error.to_string().contains("`Preliminar`, and not final"), "{error}");
    let older = "RptDt;TckrSymb;ISIN;SgmtNm;MinPric\n2020-07-24;PETR3;BR;CASH;23,05\n";
    assert!(read(older).expect_err("no prices").to_string().contains("no column `AdjstdQt`"));
}

#[test]
fn what_is_no_report_is_refused() {
    let whole = report("2024-02-08T20:43:42", "2024-02-08", &[("DI1F25", "91371.13", "10.5")]);
    for (wrong, said) in [
        (whole[..whole.len() / 2].to_string(), "cut off"),
        ("<html><body>no</body></html>".to_string(), "no price report"),
        (report("2024-02-08T20:43:42", "2024-02-08", &[("DOLH24", "4990.1", "")]), "no DI future"),
    ] {
        let error = read(wrong).expect_err(said).to_string();
        assert!(error.contains(said), "{error}");
    }
    assert!(read(zip_of(&[("a.txt", b"x"), ("b.txt", b"y")])).expect_err("no report").to_string().contains("no report"));
}
