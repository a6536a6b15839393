//! The markets of the sample: names, codes and sizes are real in kind, every figure that is made from them is not.

use super::super::report::Report;

/// A market as a report describes it.
pub struct Market {
    pub report: Report,
    /// Name up to the renaming of February 2022, where it had another one.
    pub old_name: Option<&'static str>,
    pub name: &'static str,
    pub exchange: &'static str,
    pub code: &'static str,
    pub exchange_code: &'static str,
    pub region: &'static str,
    pub commodity: &'static str,
    pub subgroup: &'static str,
    pub units: &'static str,
    /// Around which open interest moves.
    pub open_interest: f64,
    /// Whether it has an Old and an Other crop year.
    pub crops: bool,
}

const CME: &str = "CHICAGO MERCANTILE EXCHANGE";
const CBT: &str = "CHICAGO BOARD OF TRADE";
const NYME: &str = "NEW YORK MERCANTILE EXCHANGE";
const CMX: &str = "COMMODITY EXCHANGE INC.";

/// A market of the TFF report: names, place, code, subgroup, units, thousand contracts.
const fn tff(
    names: (Option<&'static str>, &'static str),
    place: (&'static str, &'static str, &'static str),
    code: (&'static str, &'static str),
    subgroup: &'static str,
    units: &'static str,
    thousands: f64,
) -> Market {
    Market {
        report: Report::Tff,
        old_name: names.0,
        name: names.1,
        exchange: place.0,
        exchange_code: place.1,
        region: place.2,
        code: code.0,
        commodity: code.1,
        subgroup,
        units,
        open_interest: thousands * 1000.0,
        crops: false,
    }
}

/// As [`tff`], for the Disaggregated report.
const fn disaggregated(
    names: (Option<&'static str>, &'static str),
    place: (&'static str, &'static str, &'static str),
    code: (&'static str, &'static str),
    subgroup: &'static str,
    units: &'static str,
    thousands: f64,
) -> Market {
    Market { report: Report::Disaggregated, ..tff(names, place, code, subgroup, units, thousands) }
}

const fn with_crops(market: Market) -> Market {
    Market { crops: true, ..market }
}

/// Code of the market that ends within the sample, and its last report.
pub const ENDED: (&str, (i32, u32, u32)) = ("132741", (2023, 6, 13));

pub static MARKETS: &[Market] = &[
    tff(
        (Some("U.S. TREASURY BONDS"), "UST BOND"),
        (CBT, "CBT ", "00"),
        ("020601", "020 "),
        "F30",
        "(CONTRACTS OF $100,000 FACE VALUE)",
        1300.0,
    ),
    tff(
        (Some("2-YEAR U.S. TREASURY NOTES"), "UST 2Y NOTE"),
        (CBT, "CBT ", "00"),
        ("042601", "042 "),
        "F30",
        "(CONTRACTS OF $200,000 FACE VALUE)",
        3100.0,
    ),
    tff(
        (Some("10-YEAR U.S. TREASURY NOTES"), "UST 10Y NOTE"),
        (CBT, "CBT ", "00"),
        ("043602", "043 "),
        "F30",
        "(CONTRACTS OF $100,000 FACE VALUE)",
        4200.0,
    ),
    tff(
        (Some("5-YEAR U.S. TREASURY NOTES"), "UST 5Y NOTE"),
        (CBT, "CBT ", "00"),
        ("044601", "044 "),
        "F30",
        "(CONTRACTS OF $100,000 FACE VALUE)",
        5100.0,
    ),
    tff(
        (Some("BRITISH POUND STERLING"), "BRITISH POUND"),
        (CME, "CME ", "00"),
        ("096742", "096 "),
        "F10",
        "(CONTRACTS OF GBP 62,500)",
        220.0,
    ),
    tff((None, "JAPANESE YEN"), (CME, "CME ", "00"), ("097741", "097 "), "F10", "(CONTRACTS OF JPY 12,500,000)", 240.0),
    tff(
        (Some("U.S. DOLLAR INDEX"), "USD INDEX"),
        ("ICE FUTURES U.S.", "ICUS", "01"),
        ("098662", "098 "),
        "F90",
        "(U.S. DOLLAR INDEX X $1000)",
        42.0,
    ),
    tff((None, "EURO FX"), (CME, "CME ", "00"), ("099741", "099 "), "F10", "(CONTRACTS OF EUR 125,000)", 690.0),
    tff((None, "BRAZILIAN REAL"), (CME, "CME ", "00"), ("102741", "102 "), "F15", "(CONTRACTS OF BRL 100,000)", 75.0),
    tff((None, "VIX FUTURES"), ("CBOE FUTURES EXCHANGE", "E   ", "00"), ("1170E1", "117 "), "F90", "($1000 X INDEX)", 380.0),
    tff((Some("DOW JONES INDUSTRIAL AVG- x $5"), "DJIA x $5"), (CBT, "CBT ", "00"), ("124603", "124 "), "F20", "($5 X DJIA INDEX)", 90.0),
    tff(
        (Some("3-MONTH EURODOLLARS"), "EURODOLLARS-3M"),
        (CME, "CME ", "00"),
        ("132741", "132 "),
        "F33",
        "(CONTRACTS OF $1,000,000)",
        8200.0,
    ),
    tff((None, "BITCOIN"), (CME, "CME ", "00"), ("133741", "133 "), "F85", "(5 Bitcoins)", 14.0),
    tff((Some("3-MONTH SOFR"), "SOFR-3M"), (CME, "CME ", "00"), ("134741", "134 "), "F33", "($2,500 x Contract IMM Index)", 8600.0),
    tff((None, "S&P 500 Consolidated"), (CME, "CME ", "00"), ("13874+", "138 "), "F20", "(S&P 500 INDEX X $50.00)", 2310.0),
    tff(
        (Some("E-MINI S&P 500 STOCK INDEX"), "E-MINI S&P 500"),
        (CME, "CME ", "00"),
        ("13874A", "138 "),
        "F20",
        "($50 X S&P 500 INDEX)",
        2240.0,
    ),
    tff(
        (Some("NASDAQ-100 STOCK INDEX (MINI)"), "NASDAQ MINI"),
        (CME, "CME ", "00"),
        ("209742", "209 "),
        "F20",
        "(NASDAQ 100 STOCK INDEX X $20)",
        255.0,
    ),
    tff(
        (Some("E-MINI RUSSELL 2000 INDEX"), "RUSSELL E-MINI"),
        (CME, "CME ", "00"),
        ("239742", "239 "),
        "F20",
        "(RUSSEL 2000 INDEX X $50)",
        510.0,
    ),
    with_crops(disaggregated((None, "WHEAT-SRW"), (CBT, "CBT ", "00"), ("001602", "001 "), "A10", "(CONTRACTS OF 5,000 BUSHELS)", 380.0)),
    with_crops(disaggregated((None, "CORN"), (CBT, "CBT ", "00"), ("002602", "002 "), "A10", "(CONTRACTS OF 5,000 BUSHELS)", 1400.0)),
    with_crops(disaggregated((None, "SOYBEANS"), (CBT, "CBT ", "00"), ("005602", "005 "), "A30", "(CONTRACTS OF 5,000 BUSHELS)", 720.0)),
    disaggregated(
        (Some("NATURAL GAS"), "NAT GAS NYME"),
        (NYME, "NYME", "01"),
        ("023651", "023 "),
        "N13",
        "(Contracts of 10,000 MMBTU'S)",
        1200.0,
    ),
    disaggregated((None, "LEAN HOGS"), (CME, "CME ", "00"), ("054642", "054 "), "A20", "(CONTRACTS OF 40,000 POUNDS)", 240.0),
    disaggregated((None, "LIVE CATTLE"), (CME, "CME ", "00"), ("057642", "057 "), "A20", "(CONTRACTS OF 40,000 POUNDS)", 320.0),
    disaggregated(
        (Some("CRUDE OIL, LIGHT SWEET"), "WTI-PHYSICAL"),
        (NYME, "NYME", "01"),
        ("067651", "067 "),
        "N10",
        "(CONTRACTS OF 1,000 BARRELS)",
        1750.0,
    ),
    disaggregated((None, "SILVER"), (CMX, "CMX ", "01"), ("084691", "084 "), "N20", "(CONTRACTS OF 5,000 TROY OUNCES)", 140.0),
    disaggregated(
        (Some("COPPER-GRADE #1"), "COPPER- #1"),
        (CMX, "CMX ", "01"),
        ("085692", "085 "),
        "N25",
        "(CONTRACTS OF 25,000 POUNDS)",
        200.0,
    ),
    disaggregated((None, "GOLD"), (CMX, "CMX ", "01"), ("088691", "088 "), "N20", "(CONTRACTS OF 100 TROY OUNCES)", 480.0),
];
