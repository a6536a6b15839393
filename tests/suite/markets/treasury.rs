//! The Treasury's files, whatever program saved them last, and what is said of bad ones.

use contango::sources::us_treasury::sample;
use contango::sources::{Request, find};

use super::{Place, config, parse, refused};
use crate::sources::shown;
use crate::support::day;

/// As the provider sends it: quoted, newest first, no line end at the end.
const SENT: &str = "Date,\"1 Mo\",\"1.5 Month\",\"10 Yr\"\n03/04/2025,4.30,,4.25\n03/03/2025,4.31,4.33,N/A";
/// The same, as other programs save it.
const SAVED_AGAIN: [&str; 3] = [
    "Date,1 Mo,1.5 Mo,10 Yr\r\n3/3/25,4.31,4.33,\r\n3/4/25,4.3,,4.25\r\n",
    "\u{feff}Date,10 Yr,1 Mo,1.5 Month\n2025-03-04,4.25,4.3,\n2025-03-03,,4.31,4.33\n",
    "\"Date\",\"1 Mo\",\"1.5 Month\",\"10 Yr\"\n\"03/04/2025\",\"4.30\",\"\",\"4.25\"\n\n\"03/03/2025\",\" 4.310 \",4.33,N/A\n",
];

const FEED: &str = r#"<?xml version="1.0" encoding="utf-8" standalone="yes" ?>
<feed xmlns:d="http://schemas.example/dataservices" xmlns:m="http://schemas.example/metadata" xmlns="http://www.w3.org/2005/Atom">
  <title type="text">DailyTreasuryYieldCurveRateData</title><updated>2025-03-05T00:00:00Z</updated>
  <entry><id>1</id><title type="text"></title><author><name /></author>
    <content type="application/xml"><m:properties>
      <d:Id m:type="Edm.Int32">1</d:Id>
      <d:NEW_DATE m:type="Edm.DateTime">2025-03-03T00:00:00</d:NEW_DATE>
      <d:BC_1MONTH m:type="Edm.Double">4.31</d:BC_1MONTH>
      <d:BC_1_5MONTH m:type="Edm.Double">4.33</d:BC_1_5MONTH>
      <d:BC_10YEAR m:type="Edm.Double" m:null="true" />
      <d:BC_30YEARDISPLAY m:type="Edm.Double">0</d:BC_30YEARDISPLAY>
    </m:properties></content>
  </entry>
  <entry>
    <content type="application/xml"><m:properties>
      <d:NEW_DATE m:type="Edm.DateTime">2025-03-04T00:00:00</d:NEW_DATE>
      <d:BC_1MONTH m:type="Edm.Double">4.30</d:BC_1MONTH>
      <d:BC_1_5MONTH m:type="Edm.Double" m:null="true"></d:BC_1_5MONTH>
      <d:BC_10YEAR m:type="Edm.Double">4.25</d:BC_10YEAR>
    </m:properties></content>
  </entry>
</feed>"#;

fn rows_of(text: &str) -> String {
    let parsed = parse("us_treasury", text, None).expect("taken");
    assert_eq!((parsed.rows_read, parsed.rejections.len()), (2, 0), "{text}");
    let shown = shown(&parsed);
    shown[shown.find("curves").expect("rows of the table")..].to_string()
}

#[test]
fn a_file_is_rows_of_the_curve() {
    insta::assert_snapshot!(shown(&parse("us_treasury", SENT, None).expect("taken")));
}

#[test]
fn every_shape_of_a_file_gives_the_same_rows() {
    let sent = rows_of(SENT);
    for again in SAVED_AGAIN {
        assert_eq!(rows_of(again), sent, "{again}");
    }
    assert_eq!(rows_of(FEED), sent, "the feed");
}

#[test]
fn the_real_curve_is_known_by_its_heading_or_its_tags() {
    let real = "Date,\"5 YR\",\"10 YR\",\"30 YR\"\n03/04/2025,1.40,1.80,2.20\n";
    assert_eq!(parse("us_treasury", real, None).expect("taken").kind, "US_REAL_PAR 2025-03-04..2025-03-04");
    let feed = FEED.replace("d:BC_1MONTH", "d:TC_5YEAR").replace("d:BC_1_5MONTH", "d:TC_7YEAR").replace("d:BC_", "d:TC_");
    assert_eq!(parse("us_treasury", &feed, None).expect("taken").kind, "US_REAL_PAR 2025-03-03..2025-03-04");
    let unclear = "Date,5 Yr,10 Yr\n03/04/2025,1.40,1.80\n";
    assert!(refused(parse("us_treasury", unclear, None)).contains("--series US_REAL_PAR"));
    assert_eq!(parse("us_treasury", unclear, Some("US_REAL_PAR")).expect("taken").kind, "US_REAL_PAR 2025-03-04..2025-03-04");
    assert!(refused(parse("us_treasury", SENT, Some("US_REAL_PAR"))).contains("only the nominal one has"));
    assert!(refused(parse("us_treasury", SENT, Some("US_PARR"))).contains("did you mean `US_PAR`?"));
}

#[test]
fn bad_rows_and_cells_are_set_aside_alone() {
    let text = "Date,\"1 Mo\",\"10 Yr\",\"Long-Term\"\n\
                03/05/2025,4.30,4.20,1\n\
                03/05/2025,4.30,4.20,1\n\
                03/05/2025,4.30,4.21,1\n\
                13/05/2025,4.30,4.20,1\n\
                03/08/2025,4.30,4.20,1\n\
                03/04/2025,abc,4.25,1\n\
                03/03/2025,4.30,425,1\n\
                02/28/2025,4.30\n\
                10/11/2010,N/A,N/A,\n";
    insta::assert_snapshot!(shown(&parse("us_treasury", text, None).expect("taken")));
}

#[test]
fn what_is_no_curve_is_refused_as_a_whole() {
    for (text, said) in [
        ("", "the file is empty"),
        ("<!DOCTYPE html><html><body>Not found</body></html>", "the file is a page, not figures"),
        ("Date,\"4 WEEKS BANK DISCOUNT\"\n03/04/2025,4.1\n", "no column is of a maturity"),
        ("as_of,1 Mo\n2025-03-04,4.1\n", "the first column is `as_of`, not `Date`"),
        ("Date,1 Mo,1 Mo\n2025-03-04,4.1,4.2\n", "two columns are of the maturity 1M"),
        ("Date,1 Mo\n2026-12-01,4.1\n", "a day after the instant at which it is said to have been observed"),
        (FEED.trim_end_matches("</feed>"), "ends before it is complete"),
        (&FEED[..FEED.len() - 60], "is no XML"),
        ("<?xml version=\"1.0\"?><error>no</error>", "no feed of yields"),
        ("<?xml version=\"1.0\"?><feed></feed>", "the feed has no yields"),
    ] {
        let found = refused(parse("us_treasury", text, None));
        assert!(found.contains(said), "{said}: {found}");
        assert!(!found.ends_with("| ") || said.contains("two columns"), "no hint: {found}");
    }
}

#[test]
fn the_archive_and_the_years_since_are_asked_for() {
    let plan = |request: &Request, today: &str| {
        let downloads = find("us_treasury").expect("listed").plan(request, day(today), &config()).expect("a plan");
        let base = "https://home.treasury.gov/resource-center/data-chart-center/interest-rates/";
        let line = |d: &contango::sources::Download| format!("{}: {}", d.label, d.url.strip_prefix(base).expect("the configured base"));
        downloads.iter().map(line).collect::<Vec<_>>()
    };
    insta::assert_snapshot!(plan(&Request::default(), "2024-06-03").join("\n"));
    let one = |from: &str| Request { choices: vec![("series".into(), vec!["us_par".into()])], from: Some(day(from)), to: None };
    assert_eq!(plan(&one("2024-02-01"), "2024-06-03").len(), 1);
    assert_eq!(plan(&one("2022-12-31"), "2024-06-03").len(), 3);
    assert_eq!(plan(&one("2024-02-01"), "2025-01-02").len(), 1, "the new year has no page yet");
    assert_eq!(plan(&one("2024-02-01"), "2025-01-03").len(), 2);
    let nowhere = Request { from: Some(day("2030-01-01")), ..Request::default() };
    let error = find("us_treasury").expect("listed").plan(&nowhere, day("2024-06-03"), &config()).expect_err("no days");
    assert!(error.to_string().contains("has no days in the time asked for"), "{error}");
}

#[tokio::test]
async fn a_curve_is_known_at_the_end_of_its_day_and_a_correction_when_it_is_seen() {
    let place = Place::new("");
    place.take("us_treasury", SENT.as_bytes(), "2025-03-05 12:00:00Z").await.expect("taken");
    let sql = "SELECT as_of, tenor, rate, availability, backcast FROM curves ORDER BY tenor_years, as_of";
    assert_eq!(place.rows(Some("2025-03-04 04:58:59Z"), sql).await, Vec::<Vec<String>>::new());
    assert_eq!(place.rows(Some("2025-03-04 04:59:00Z"), sql).await.len(), 2, "23:59 in New York");
    let corrected = SENT.replace("4.25", "4.26");
    let summary = place.take("us_treasury", corrected.as_bytes(), "2025-03-20 12:00:00Z").await.expect("taken");
    assert_eq!((summary.new, summary.repeated, summary.revised), (0, 3, 1));
    let ten = "SELECT rate, method FROM curves WHERE tenor = '10Y'";
    assert_eq!(place.rows(Some("2025-03-20 11:59:59Z"), ten).await, [["4.25", "monotone convex spline"]]);
    assert_eq!(place.rows(Some("2025-03-20 12:00:00Z"), ten).await, [["4.26", "monotone convex spline"]]);
    let again = place.take("us_treasury", corrected.as_bytes(), "2025-03-21 12:00:00Z").await.expect("taken");
    assert!(again.already);
}

#[test]
fn the_sample_is_a_file_of_the_provider() {
    let (_, file) = sample::file();
    let parsed = parse("us_treasury", &String::from_utf8(file).expect("text"), None).expect("taken");
    assert_eq!((parsed.kind.as_str(), parsed.rejections.len()), ("US_PAR 2023-01-03..2023-12-29", 0));
}
