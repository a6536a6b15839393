//! Table functions as relations that a question can ask about, with arguments drawn at random. Some calls fail, on what is visible alone.

use contango::time::KnowledgeTime;

use super::about::About;
use super::dice::Dice;
use super::relations::{Kind, Relation, columns};

/// What the functions read, the functions, and a call of one of them.
struct Calls {
    of: &'static [&'static str],
    names: &'static [&'static str],
    draw: fn(&mut Dice, &About, Option<KnowledgeTime>) -> Relation,
}

const FUTURES: &[&str] = &["futures_ohlcv"];
/// Tables and families of series.
const SERIES: &[&str] = &["macro_series", "cot", "fx_flow", "fiscal_data"];

static CALLS: &[Calls] = &[
    Calls { of: &["cot"], names: &["releases"], draw: |_, _, _| releases() },
    Calls { of: FUTURES, names: &["term_structure"], draw: |dice, _, earlier| term_structure(dice, earlier) },
    Calls { of: FUTURES, names: &["carry"], draw: carry },
    Calls { of: FUTURES, names: &["continuous_rolls"], draw: continuous_rolls },
    Calls { of: FUTURES, names: &["continuous_series"], draw: continuous_series },
    Calls { of: &["expectations"], names: &["surprise"], draw: |dice, _, earlier| surprise(dice, earlier) },
    Calls { of: &["curves"], names: &["breakeven"], draw: |dice, _, earlier| breakeven(dice, earlier) },
    Calls {
        of: SERIES,
        names: &["zscore", "percentile_rank", "rolling_mean", "rolling_std", "yoy", "as_known_panel", "first_release"],
        draw: replay,
    },
];

/// The table functions that are asked about; `cot_as_of` stands among the relations.
pub fn asked_about() -> impl Iterator<Item = &'static str> {
    CALLS.iter().flat_map(|calls| calls.names).copied().chain(["cot_as_of"])
}

/// A call, mostly of a function that reads what the lake holds. It may fail.
pub fn any(dice: &mut Dice, about: &About, earlier: Option<KnowledgeTime>) -> Relation {
    let weighted: Vec<&Calls> = CALLS.iter().flat_map(|calls| std::iter::repeat_n(calls, calls.names.len().min(3))).collect();
    let held: Vec<&Calls> = weighted.iter().copied().filter(|calls| about.holds(calls.of)).collect();
    let calls = if held.is_empty() || dice.one_in(20) { *dice.of(&weighted) } else { *dice.of(&held) };
    (calls.draw)(dice, about, earlier)
}

fn surprise(dice: &mut Dice, earlier: Option<KnowledgeTime>) -> Relation {
    let mut arguments = vec!["expected => 'FOCUS_IPCA_MONTHLY'".to_string()];
    if !dice.one_in(8) {
        arguments.push("actual => '433'".into());
    }
    arguments.extend(earlier.filter(|_| dice.one_in(3)).map(|at| format!("at => '{at}'")));
    let all = columns(&["actual", "expected", "surprise"], Kind::Float)
        .chain(columns(&["as_of", "survey_date"], Kind::Date))
        .chain(columns(&["released_at"], Kind::Instant));
    Relation { from: call("surprise", arguments), columns: all.collect(), key: key(&["as_of"]) }
}

fn breakeven(dice: &mut Dice, earlier: Option<KnowledgeTime>) -> Relation {
    let mut arguments = Vec::new();
    if dice.one_in(4) {
        arguments.push("nominal => 'BR_TESOURO_PREFIXADO', real => 'BR_TESOURO_IPCA'".to_string());
    }
    arguments.extend(earlier.filter(|_| dice.one_in(3)).map(|at| format!("at => '{at}'")));
    let all = columns(&["tenor"], Kind::Text)
        .chain(columns(&["nominal", "real", "breakeven"], Kind::Float))
        .chain(columns(&["tenor_years"], Kind::Real))
        .chain(columns(&["as_of"], Kind::Date))
        .chain(columns(&["available_at"], Kind::Instant));
    Relation { from: call("breakeven", arguments), columns: all.collect(), key: key(&["as_of", "tenor"]) }
}

fn call(name: &str, arguments: Vec<String>) -> String {
    format!("{name}({})", arguments.join(", "))
}

fn key(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_string()).collect()
}

fn releases() -> Relation {
    let all = columns(&["availability", "evidence"], Kind::Text)
        .chain(columns(&["as_of"], Kind::Date))
        .chain(columns(&["released_at"], Kind::Instant))
        .chain(columns(&["released"], Kind::Bool));
    Relation { from: "releases('cot')".into(), columns: all.collect(), key: key(&["as_of"]) }
}

/// A replay of what was known of some series; the instant is where it ends.
fn replay(dice: &mut Dice, about: &About, earlier: Option<KnowledgeTime>) -> Relation {
    let series: [(&[&str], &str, &[&str]); 5] = [
        (
            &["macro_series"],
            "'macro_series'",
            &[
                "'GDP', source => 'fred'",
                "'GDP', source => 'agency'",
                "'OUTPUT'",
                "['OUTPUT', 'PAYEMS']",
                "'%', source => 'fred'",
                "'GDP'",
                "'433'",
            ],
        ),
        (
            &["cot", "fx_flow"],
            "'flow_data'",
            &["'CFTC_%_NET'", "'CFTC_CL_MANAGED_NET'", "['CFTC_ES_DEALER_NET', 'CFTC_ES_ASSETMGR_NET']", "'FX_TOTAL_NET'", "'FX_%'"],
        ),
        (&["fx_flow"], "'fx_flow'", &["'FX_TOTAL_NET'", "'FX_%'"]),
        (&["fiscal_data"], "'fiscal_data'", &["'PRIMARY'", "'%'"]),
        (&["fiscal_data"], "'fiscal_12m'", &["'PRIMARY_SUM_12M'", "'%'"]),
    ];
    let held: Vec<_> = series.iter().filter(|(of, ..)| about.holds(of)).collect();
    let (_, relation, ids) = if held.is_empty() { series[0] } else { **dice.of(&held) };
    let mut arguments = vec![relation.to_string(), (*dice.of(ids)).to_string()];
    let (function, figures): (&str, &[&str]) = *dice.of(&[
        ("zscore", &["mean", "std", "zscore"][..]),
        ("percentile_rank", &["percentile_rank"]),
        ("rolling_mean", &["rolling_mean"]),
        ("rolling_std", &["rolling_std"]),
        ("yoy", &["value_year_ago", "yoy"]),
        ("as_known_panel", &[]),
        ("first_release", &[]),
    ]);
    match function {
        "yoy" | "first_release" => {}
        "as_known_panel" if dice.one_in(2) => arguments.push(format!("last => {}", 1 + dice.below(3))),
        "as_known_panel" => {}
        _ => arguments.push(format!("window => {}", 1 + dice.below(5))),
    }
    let mut value = Kind::Float;
    if function != "yoy" && dice.one_in(2) {
        value = Kind::Real;
        arguments.push(format!("transform => '{}'", dice.of(&["chg", "pch", "pc1", "log"])));
    }
    let instants: &[&str] = match function {
        "first_release" => &["available_at"],
        "as_known_panel" => &["known_at", "available_at"],
        _ => &["known_at"],
    };
    if function != "first_release" {
        arguments.extend(earlier.filter(|_| dice.one_in(3)).map(|to| format!("to => '{to}'")));
        if dice.one_in(2) {
            arguments.push(format!("every => '{}'", dice.of(&["1 week", "5 days", "1 month", "36 hours"])));
        }
        // no argument may be later than the clock
        let from = if dice.one_in(2) { earlier.map(|from| from.to_string()) } else { Some("2022-11-01".into()) };
        let from = from.filter(|from| earlier.is_none_or(|earlier| KnowledgeTime::parse(from).is_ok_and(|from| from <= earlier)));
        arguments.extend(from.filter(|_| dice.one_in(3)).map(|from| format!("from => '{from}'")));
    }
    let all = columns(&["series_id"], Kind::Text)
        .chain(columns(&["value"], value))
        .chain(columns(figures, Kind::Real))
        .chain(columns(&["as_of"], Kind::Date))
        .chain(columns(instants, Kind::Instant));
    let key = key(&["series_id", instants[0], "as_of"]);
    Relation { from: call(function, arguments), columns: all.collect(), key }
}

/// A dataset of the lake, or one that none of its futures is of.
fn dataset(dice: &mut Dice, about: &About) -> String {
    let held = about.words("dataset");
    let usual = ["GLBX.MDP3", "acme", "plain", "plain"];
    (if held.is_empty() || dice.one_in(12) { *dice.of(&usual) } else { *dice.of(held) }).to_string()
}

fn root(dice: &mut Dice) -> String {
    (*dice.of(&["'ES'", "'ES'", "'CL'", "['ES', 'CL']"])).to_string()
}

/// Arguments that the functions of continuous series share.
fn of_rolls(dice: &mut Dice, about: &About, earlier: Option<KnowledgeTime>) -> Vec<String> {
    let rolls = ["calendar", "volume", "open_interest", "days_before_expiry", "days_before_notice"];
    let mut arguments = vec![format!("roll => '{}'", dice.of(&rolls))];
    if !dice.one_in(6) {
        arguments.push(format!("dataset => '{}'", dataset(dice, about)));
    }
    if dice.one_in(4) {
        arguments.push(format!("price => '{}'", dice.of(&["close", "settlement"])));
    }
    arguments.extend(earlier.filter(|_| dice.one_in(4)).map(|at| format!("at => '{at}'")));
    arguments
}

fn continuous_series(dice: &mut Dice, about: &About, earlier: Option<KnowledgeTime>) -> Relation {
    let mut arguments = vec![root(dice)];
    arguments.extend(of_rolls(dice, about, earlier));
    if dice.one_in(2) {
        arguments.push(format!("adjust => '{}'", dice.of(&["ratio", "additive"])));
    }
    let all = columns(&["root", "symbol", "contract_id", "price_source", "dataset"], Kind::Text)
        .chain(columns(&["close", "adjustment", "held_return"], Kind::Real))
        .chain(columns(&["price"], Kind::Float))
        .chain(columns(&["volume", "open_interest", "days_left"], Kind::Int))
        .chain(columns(&["as_of"], Kind::Date))
        .chain(columns(&["rolled"], Kind::Bool))
        .chain(columns(&["bar_available_at", "available_at"], Kind::Instant));
    Relation { from: call("continuous_series", arguments), columns: all.collect(), key: key(&["root", "as_of"]) }
}

fn continuous_rolls(dice: &mut Dice, about: &About, earlier: Option<KnowledgeTime>) -> Relation {
    let mut arguments = vec![root(dice)];
    arguments.extend(of_rolls(dice, about, earlier));
    let all = columns(&["root", "from_contract", "to_contract", "reason"], Kind::Text)
        .chain(columns(&["gap", "price_to"], Kind::Real))
        .chain(columns(&["rolled_on", "gap_on"], Kind::Date))
        .chain(columns(&["decided_at", "available_at"], Kind::Instant));
    Relation { from: call("continuous_rolls", arguments), columns: all.collect(), key: key(&["root", "rolled_on"]) }
}

fn term_structure(dice: &mut Dice, earlier: Option<KnowledgeTime>) -> Relation {
    let mut arguments = vec![format!("'{}'", dice.of(&["ES", "CL"]))];
    arguments.extend(earlier.filter(|_| dice.one_in(3)).map(|at| format!("at => '{at}'")));
    let all = columns(&["root", "contract_id", "symbol", "price_source", "dataset"], Kind::Text)
        .chain(columns(&["price"], Kind::Float))
        .chain(columns(&["slope"], Kind::Real))
        .chain(columns(&["rank", "days_to_expiry"], Kind::Int))
        .chain(columns(&["as_of", "expiration"], Kind::Date))
        .chain(columns(&["available_at"], Kind::Instant));
    Relation { from: call("term_structure", arguments), columns: all.collect(), key: key(&["rank"]) }
}

fn carry(dice: &mut Dice, about: &About, earlier: Option<KnowledgeTime>) -> Relation {
    let mut arguments = vec![format!("'{}'", dice.of(&["ES", "CL"]))];
    arguments.extend(of_rolls(dice, about, earlier));
    let all = columns(&["root", "near", "far"], Kind::Text)
        .chain(columns(&["near_price", "far_price"], Kind::Float))
        .chain(columns(&["carry"], Kind::Real))
        .chain(columns(&["days_between"], Kind::Int))
        .chain(columns(&["as_of"], Kind::Date))
        .chain(columns(&["available_at"], Kind::Instant));
    Relation { from: call("carry", arguments), columns: all.collect(), key: key(&["as_of"]) }
}
