//! Focus: pages of a server in the provider's shapes, files of every kind, and what a clock shows of a survey. All figures are made up.

use std::fmt::Write as _;

use chrono::{Datelike, NaiveDate, Weekday};
use contango::error::Result;
use contango::sources::Parsed;
use datafusion::arrow::util::pretty::pretty_format_batches;
use wiremock::{Request, ResponseTemplate};

use super::provider::{Provider, parse};

const LATER: &str = "2026-11-21 00:00:00Z";

fn body(set: &str, rows: &[String]) -> String {
    let context = format!("https://was-p.bcnet.bcb.gov.br/olinda/servico/Expectativas/versao/v1/odata$metadata#{set}");
    format!("{{\"@odata.context\":\"{context}\",\"value\":[{}]}}", rows.join(","))
}

fn monthly(day: NaiveDate, reference: &str, base: u8, median: f64) -> String {
    format!(
        r#"{{"Indicador":"IPCA","Data":"{day}","DataReferencia":"{reference}","Media":{median:.4},"Mediana":{median:.4},"DesvioPadrao":0.1000,"Minimo":0.0100,"Maximo":0.9000,"numeroRespondentes":{},"baseCalculo":{base}}}"#,
        140 - 90 * i32::from(base)
    )
}

/// Rows of a year, two bases and 26 months on each weekday: more than a page.
fn year() -> Vec<String> {
    let days = NaiveDate::from_ymd_opt(2024, 1, 1).expect("a day").iter_days().take_while(|day| day.year() == 2024);
    let days = days.filter(|day| !matches!(day.weekday(), Weekday::Sat | Weekday::Sun)).take(200);
    let months = |day: NaiveDate| (0..26).map(move |n| (day, (day.month0() + n) % 12 + 1, day.year() as u32 + (day.month0() + n) / 12));
    days.flat_map(months)
        .flat_map(|(day, month, year)| {
            [0, 1].map(|base| monthly(day, &format!("{month:02}/{year}"), base, 0.25 + f64::from(month) / 100.0))
        })
        .collect()
}

/// Answers as the provider does: a page of what the filter lets through; without a filter it never would.
fn pages(rows: Vec<String>) -> impl Fn(&Request) -> ResponseTemplate {
    move |request| {
        let query = |name: &str| request.url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
        let (Some(filter), Some(_), Some(skip), Some(top)) = (query("$filter"), query("$orderby"), query("$skip"), query("$top")) else {
            return ResponseTemplate::new(500);
        };
        assert!(request.url.as_str().contains("?$filter=") && !request.url.as_str().contains('+'), "{}", request.url);
        assert!(filter.contains("Indicador eq '") && filter.contains("Data ge '") && filter.contains("Data le '"), "{filter}");
        let (skip, top): (usize, usize) = (skip.parse().expect("a number"), top.parse().expect("a number"));
        let page: Vec<String> = rows.iter().skip(skip).take(top).cloned().collect();
        ResponseTemplate::new(200).set_body_string(body("ExpectativaMercadoMensais", &page))
    }
}

#[tokio::test]
async fn pages_are_asked_for_until_a_short_one_and_a_year_that_is_over_once() {
    let provider = Provider::new("bcb_focus", pages(year())).await;
    let taken = provider.download(&["FOCUS_IPCA_MONTHLY"], Some("2024-01-01"), Some("2024-12-31")).await.expect("downloaded");
    assert_eq!(taken.iter().map(|payload| payload.rows_read).collect::<Vec<_>>(), [10_000, 400]);
    assert_eq!(taken.iter().map(|payload| payload.new).sum::<usize>(), 10_400 * 5);
    let asked = provider.asked().await;
    assert_eq!(asked.len(), 2);
    assert!(asked[1].contains("ExpectativaMercadoMensais?$filter=Indicador eq 'IPCA' and Data ge '2024-01-01' and Data le '2024-12-31'"));
    assert!(asked[1].contains("$orderby=Data,DataReferencia,baseCalculo") && asked[1].contains("$skip=10000"), "{asked:?}");
    let again = provider.download(&["FOCUS_IPCA_MONTHLY"], Some("2024-01-01"), Some("2024-12-31")).await.expect("nothing to do");
    assert!(again.iter().all(|payload| payload.already), "{again:?}");
    assert_eq!(provider.asked().await.len(), 2);
}

#[tokio::test]
async fn a_window_without_surveys_is_no_failure_and_a_refusal_is() {
    let provider = Provider::new("bcb_focus", pages(Vec::new())).await;
    let told = provider.download(&["FOCUS_IPCA_MONTHLY"], Some("2001-01-01"), Some("2001-12-31")).await.expect("nothing there");
    assert_eq!((told.len(), told[0].new), (1, 0));
    assert!(told[0].kind.contains("no survey in these days"), "{}", told[0].kind);
    let refusing = Provider::new("bcb_focus", ResponseTemplate::new(400).set_body_string("/*{ \"codigo\" : 400 }*/")).await;
    let error = refusing.download(&["FOCUS_IPCA_ANNUAL"], Some("2024-01-01"), Some("2024-12-31")).await.expect_err("refused");
    assert!(error.to_string().contains("400"), "{error}");
}

#[tokio::test]
async fn on_a_friday_at_noon_the_survey_of_that_friday_is_not_known_and_the_one_before_is() {
    let provider = Provider::of_files("bcb_focus").await;
    // 17 February 2023 is the Friday before carnival, so that its survey came out on Ash Wednesday, at no hour that is attested.
    let days = ["2023-02-03", "2023-02-09", "2023-02-10", "2023-02-16", "2023-02-17"];
    let rows: Vec<String> =
        days.iter().enumerate().map(|(n, day)| monthly(day.parse().expect("a day"), "03/2023", 0, 0.3 + n as f64 / 100.0)).collect();
    provider.take_bytes(body("ExpectativaMercadoMensais", &rows), None, LATER).await.expect("taken");
    let newest = "SELECT as_of, value, availability FROM expectations_readings WHERE statistic = 'median' ORDER BY as_of DESC LIMIT 1";
    let known = async |clock: &str| provider.rows(newest, Some(clock)).await.remove(0).join(" ");
    assert_eq!(known("2023-02-10 15:00:00Z").await, "2023-02-03 0.3 rule");
    assert_eq!(known("2023-02-13 11:59:59Z").await, "2023-02-03 0.3 rule");
    assert_eq!(known("2023-02-13 12:00:00Z").await, "2023-02-10 0.32 rule");
    assert_eq!(known("2023-02-22 20:00:00Z").await, "2023-02-10 0.32 rule");
    assert_eq!(known("2023-02-23 02:59:00Z").await, "2023-02-17 0.34 lagged");
    let count = provider.rows("SELECT count(*) FROM expectations WHERE statistic = 'median'", Some("2023-02-13 11:59:59Z")).await;
    assert_eq!(count, [["1"]]);
}

/// What was made of a payload.
fn shown(parsed: &Parsed) -> String {
    let mut text = format!("kind: {}\nrows read: {}\nrepeats: {}\n", parsed.kind, parsed.rows_read, parsed.repeats_within);
    for rejection in &parsed.rejections {
        let _ = writeln!(text, "rejected: {}, {}: {}", rejection.line, rejection.column.as_deref().unwrap_or("-"), rejection.reason);
    }
    for (_, batch) in &parsed.batches {
        let names = ["indicator", "detail", "as_of", "horizon", "sample", "variant", "statistic", "value", "respondents", "unit"];
        let places: Vec<usize> = names.iter().map(|name| batch.schema().index_of(name).expect("a column")).collect();
        let _ = writeln!(text, "{}", pretty_format_batches(&[batch.project(&places).expect("columns")]).expect("printable"));
    }
    text
}

fn read(set: &str, rows: &[&str]) -> Result<Parsed> {
    parse("bcb_focus", body(set, &rows.iter().map(ToString::to_string).collect::<Vec<_>>()), None, LATER)
}

#[test]
fn each_survey_has_its_own_fields() {
    let surveys = [
        read(
            "ExpectativasMercadoAnuais",
            &[
                r#"{"Indicador":"Balança comercial","IndicadorDetalhe":"Saldo","Data":"2026-08-28","DataReferencia":"2027","Media":72.5000,"Mediana":73,"DesvioPadrao":null,"Minimo":-1.5e1,"Maximo":90.0,"numeroRespondentes":39,"baseCalculo":0}"#,
                r#"{"Indicador":"PIB Total","IndicadorDetalhe":null,"Data":"2026-08-28","DataReferencia":"2027","Media":1.7,"Mediana":1.7,"DesvioPadrao":0.2,"Minimo":1.0,"Maximo":2.5,"numeroRespondentes":30,"baseCalculo":1}"#,
            ],
        ),
        read(
            "ExpectativasMercadoTop5Selic",
            &[
                r#"{"indicador":"Selic","Data":"2026-08-28","reuniao":"R5/2026","tipoCalculo":"C","media":14.15,"mediana":14.25,"desvioPadrao":0.1,"coeficienteVariacao":0.71,"minimo":14.0,"maximo":14.25}"#,
            ],
        ),
        read(
            "ExpectativasMercadoInflacao24Meses",
            &[
                r#"{"Indicador":"IPCA","Data":"2026-08-28","Suavizada":"S","Media":3.9,"Mediana":3.85,"DesvioPadrao":0.3,"Minimo":3.0,"Maximo":5.0,"numeroRespondentes":101,"baseCalculo":0}"#,
            ],
        ),
    ];
    let text: Vec<String> = surveys.into_iter().map(|parsed| shown(&parsed.expect("a survey"))).collect();
    insta::assert_snapshot!(text.join("\n"));
}

#[test]
fn csv_has_decimal_commas_and_dumps_have_points_and_an_index() {
    let csv = "Indicador,Data,Reuniao,Media,Mediana,DesvioPadrao,Minimo,Maximo,numeroRespondentes,baseCalculo\nSelic,2026-08-28,R5/2028,\"11,0265\",\"11,0000\",\"0,9702\",\"8,7500\",\"13,7500\",85,0\n";
    let dump = ",Indicador,Data,DataReferencia,Media,Mediana,Minimo,Maximo,numeroRespondentes\n0,IPCA,2023-02-03,1/2023,2.0398,2.0022,1.4008,2.703,53\n1,IPCA,2023-02-03,1/2023,2.11,2.05,1.1,2.9,97\n";
    let text = [csv, dump].map(|text| shown(&parse("bcb_focus", text, None, LATER).expect("a survey")));
    insta::assert_snapshot!(text.join("\n"));
}

#[test]
fn what_cannot_be_told_apart_or_read_is_set_aside() {
    let dump = "Indicador,Data,DataReferencia,Mediana,numeroRespondentes\n\
        IPCA,2023-02-03,02/2023,0.5,53\n\
        IPCA,2023-02-03,03/2023,0.5,53\nIPCA,2023-02-03,03/2023,0.6,53\n\
        IPCA,2023-02-03,04/2023,0.7,40\nIPCA,2023-02-03,04/2023,0.7,40\n\
        IPCA,2023-02-03,05/2023,0.7,40\nIPCA,2023-02-03,05/2023,0.8,41\nIPCA,2023-02-03,05/2023,0.9,42\n\
        IPCA,03/02/2023,06/2023,0.7,40\nIPCA,2023-02-03,2023,0.7,40\nIPCA,2023-02-03,07/2023,n/a,40\nIPCA,2027-02-03,07/2023,1.0,40\n";
    insta::assert_snapshot!(shown(&parse("bcb_focus", dump, None, LATER).expect("a survey")));
}

#[test]
fn a_file_that_does_not_say_its_survey_is_asked_for_it() {
    let smoothed = "Indicador,Data,Suavizada,Mediana,numeroRespondentes,baseCalculo\nIPCA,2023-02-03,S,5.5,53,0\n";
    let error = parse("bcb_focus", smoothed, None, LATER).expect_err("12 or 24 months");
    assert!(error.to_string().contains("does not say which survey"), "{error}");
    for hint in ["inflation_24m", "FOCUS_IPCA_24M", "focus_ipca_24m"] {
        let parsed = parse("bcb_focus", smoothed, Some(hint), LATER).expect("a survey");
        assert_eq!(parsed.kind, "Focus inflation_24m 2023-02-03..2023-02-03");
    }
    for (bytes, hint) in
        [(smoothed, Some("inflation_36m")), ("<html></html>", None), ("{\"value\":[{\"a\":1}", None), ("a,b\n1,2\n", Some("annual"))]
    {
        let error = parse("bcb_focus", bytes, hint, LATER).expect_err("no survey");
        assert!(error.to_string().len() > 10, "{error}");
    }
}
