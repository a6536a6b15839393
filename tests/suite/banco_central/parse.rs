//! What the parsers make of answers: rows and their releases, what is set aside, what is refused as a whole.

use contango::sources::Parsed;
use datafusion::arrow::util::pretty::pretty_format_batches;
use insta::assert_snapshot;

use super::{dollar, parse, sgs};

fn shown(parsed: &Parsed) -> String {
    let mut lines = vec![
        format!("kind: {}", parsed.kind),
        format!("rows read: {}, repeats: {}, revises: {:?}", parsed.rows_read, parsed.repeats_within, parsed.revises),
        format!("shelf: {}", parsed.shelf.as_deref().unwrap_or("-")),
    ];
    lines.extend(parsed.warnings.iter().map(|warning| format!("warning: {warning}")));
    lines.extend(parsed.rejections.iter().map(|rejection| {
        let column = rejection.column.as_deref().unwrap_or("-");
        format!("rejected: row {}, {column}: {}\n          {}", rejection.line, rejection.reason, rejection.raw)
    }));
    lines.extend(
        parsed
            .batches
            .iter()
            .map(|(table, batch)| format!("\n{}\n{}", table.name, pretty_format_batches(std::slice::from_ref(batch)).expect("printable"))),
    );
    lines.join("\n")
}

/// A body with one more row, whatever it is.
fn with(body: &str, row: &str) -> String {
    format!("{},{row}]", body.strip_suffix(']').expect("a list"))
}

#[test]
fn a_target_is_known_on_the_evening_of_the_business_day_before() {
    let body =
        sgs(&[("20/03/2024", "11.25"), ("21/03/2024", "10.75"), ("22/03/2024", "10.75"), ("23/03/2024", "10.75"), ("25/03/2024", "10.75")]);
    assert_snapshot!(shown(&parse("bcb_sgs", Some("432"), &body).expect("a good body")));
}

#[test]
fn a_figure_of_a_month_is_known_by_the_rule_of_its_series() {
    // Missing figures, and a month without its day.
    let body = with(&sgs(&[("01/01/2024", "0.42"), ("02/2024", "-0.16"), ("01/04/2024", "")]), r#"{"data":"01/05/2024","valor":null}"#);
    assert_snapshot!(shown(&parse("bcb_sgs", Some("433"), &body).expect("a good body")));
}

#[test]
fn a_flow_is_known_on_the_wednesday_after_its_week() {
    let body = sgs(&[("08/02/2024", "-120.50000000"), ("09/02/2024", "766.80000000"), ("15/02/2024", "12.25000000")]);
    assert_snapshot!(shown(&parse("bcb_fx_flow", Some("13961"), &body).expect("a good body")));
}

#[test]
fn a_period_may_have_its_end() {
    let body =
        r#"[{"data":"02/01/2024","datafim":"02/02/2024","valor":"0.0875"},{"data":"03/01/2024","datafim":"02/01/2024","valor":"0.0931"}]"#;
    assert_snapshot!(shown(&parse("bcb_sgs", Some("226"), body).expect("a good body")));
}

#[test]
fn rows_outside_the_days_asked_for_are_left_out() {
    let last_value = sgs(&[("30/12/2023", "10.75")]);
    assert_snapshot!(shown(&parse("bcb_sgs", Some("432 2024-01-01.."), &last_value).expect("a good body")));
}

#[test]
fn a_row_that_makes_no_sense_is_set_aside_with_the_reason() {
    let body = [
        r#"{"data":"31/02/2024","valor":"1.0"}"#,
        r#"{"data":"2024-01-03","valor":"1.0"}"#,
        r#"{"data":"04/01/2024","valor":"1,5"}"#,
        r#"{"data":"05/01/2024","valor":4.5}"#,
        r#"{"data":"05/01/2024"}"#,
        "null",
        r#"{"data":"02/01/2024","valor":"4.89"}"#,
        r#"{"data":"02/01/2024","valor":"4.91"}"#,
    ];
    let body = body.iter().fold(sgs(&[("02/01/2024", "4.8910")]), |body, row| with(&body, row));
    let body = with(&body, r#"{"data":"02/01/2024","valor":"4.8910"}"#);
    assert_snapshot!(shown(&parse("bcb_sgs", Some("1"), &body).expect("a good body")));
}

#[test]
fn the_csv_of_the_interface_has_commas() {
    let body = "\u{feff}\"data\";\"valor\"\r\n\"01/01/2024\";\"-12.345,67\"\r\n\"01/02/2024\";\"8,5\"\r\n\"01/03/2024\";\"\"\r\n\"01/04/2024\";\"x\"\r\n\"01/05/2024\"\r\n";
    assert_snapshot!(shown(&parse("stn_fiscal", Some("4649"), body).expect("a good body")));
}

#[test]
fn a_closing_rate_is_known_from_its_stamp() {
    let body = dollar(&[
        ("4.89100", "4.89160", "2024-01-02 13:05:50.319"),
        ("4.9", "4.9006", "2018-11-05 13:06:01.1"),
        ("0.8", "0.81", "1994-11-07 00:00:00.0"),
        ("5", "5.1", "03/01/2024"),
        ("0", "5.1", "2024-01-04 13:05:00"),
        ("4.95", "4.96", "2024-01-02 13:15:00.0"),
    ]);
    assert_snapshot!(shown(&parse("bcb_ptax", None, &body).expect("a good body")));
}

#[test]
fn of_the_bulletins_of_a_currency_the_closing_one_is_taken() {
    let row = |kind: &str, bid: &str, time: &str| {
        format!(
            r#"{{"paridadeCompra":1.1,"paridadeVenda":1.2,"cotacaoCompra":{bid},"cotacaoVenda":5.5,"dataHoraCotacao":"2024-01-02 {time}","tipoBoletim":"{kind}"}}"#
        )
    };
    let rows =
        [row("Abertura", "5.1", "10:05:00.1"), row("Intermediário", "5.2", "11:05:00.1"), row("Fechamento PTAX", "5.3", "13:05:00.1")];
    let body = format!(r#"{{"value":[{}]}}"#, rows.join(","));
    assert_snapshot!(shown(&parse("bcb_ptax", Some("EUR 2024-01-01..2024-12-31"), &body).expect("a good body")));
    assert_snapshot!(parse("bcb_ptax", None, &body).expect_err("of which currency?").to_string());
}

#[test]
fn what_is_no_answer_is_refused_with_what_to_do() {
    let good = sgs(&[("02/01/2024", "4.8910")]);
    let of_sgs = |hint: Option<&str>, body: &str| parse("bcb_sgs", hint, body).expect_err("refused").to_string();
    let of_ptax = |hint: Option<&str>, body: &str| parse("bcb_ptax", hint, body).expect_err("refused").to_string();
    let said = [
        of_sgs(Some("1"), ""),
        of_sgs(Some("1"), "<html><title>Requisição inválida!</title>"),
        of_sgs(Some("1"), r#"{"error":"O sistema aceita uma janela de consulta de, no máximo, 10 anos","message":"m"}"#),
        of_sgs(
            Some("1"),
            r#"{"erro":{"statusCode":400,"detail":"br.gov.bcb.SGSNegocioException: A quantidade máxima de valores deve ser 20"}}"#,
        ),
        of_sgs(Some("1"), &good[..30]),
        of_sgs(Some("1"), "day,value\n2024-01-02,4.5\n"),
        of_sgs(None, &good),
        of_sgs(Some("2"), &good),
        of_sgs(Some("29034"), &good),
        of_sgs(Some("14"), &good),
        of_sgs(Some("13970"), &good),
        of_sgs(Some("433"), &good),
        of_sgs(Some("433"), &sgs(&[("01/03/2024", "0.1"), ("02/03/2024", "0.1"), ("03/03/2024", "0.1")])),
        of_sgs(Some("11"), &sgs(&[("01/01/2024", "0.42"), ("01/02/2024", "0.83"), ("01/03/2024", "0.16")])),
        of_sgs(Some("1"), &sgs(&[("02/01/2099", "4.8910")])),
        of_ptax(None, "[]"),
        of_ptax(None, "{}"),
        of_ptax(Some("USDD"), &dollar(&[])),
        of_ptax(None, &dollar(&[("5.1", "5.2", "2099-01-02 13:05:00.1")])),
    ];
    assert_snapshot!(said.join("\n\n"));
}

#[test]
fn an_empty_list_of_rates_is_told() {
    let warnings = |hint| parse("bcb_ptax", hint, &dollar(&[])).expect("a good body").warnings;
    assert!(warnings(Some("USD 2024-01-01..2024-12-31"))[0].contains("MM-DD-YYYY"));
    assert_eq!(warnings(Some("USD 2026-11-20..")), [""; 0], "no business day has ended");
}

/// A second stamp with the same rates is no other quote: they were known from the first on.
#[test]
fn the_same_rates_under_a_second_stamp_are_known_from_the_first() {
    let body = dollar(&[("4.95", "4.96", "2024-01-02 13:15:00.0"), ("4.95", "4.96", "2024-01-02 13:05:00.0")]);
    let parsed = parse("bcb_ptax", None, &body).expect("a good body");
    assert_eq!((parsed.repeats_within, parsed.rejections.len()), (1, 0));
    assert!(shown(&parsed).contains("2024-01-02T16:05:00Z"), "{}", shown(&parsed));
}
