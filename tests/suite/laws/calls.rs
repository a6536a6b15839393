//! Table functions as relations that a question can ask about, with arguments drawn at random. Some calls fail, on what is visible alone.

use contango::time::KnowledgeTime;

use super::dice::Dice;
use super::relations::{Kind, Relation, columns};

/// A call and whether it may fail.
pub fn any(dice: &mut Dice, earlier: Option<KnowledgeTime>) -> (Relation, bool) {
    match dice.below(12) {
        6.. => (replay(dice, earlier), true),
        0 => (releases(), false),
        1 => (term_structure(dice, earlier), true),
        2 => (carry(dice, earlier), true),
        3 => (continuous_rolls(dice, earlier), true),
        _ => (continuous_series(dice, earlier), true),
    }
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
fn replay(dice: &mut Dice, earlier: Option<KnowledgeTime>) -> Relation {
    let series: [&[&str]; 2] = [
        &["'GDP', source => 'fred'", "'GDP', source => 'agency'", "'OUTPUT'", "['OUTPUT', 'PAYEMS']", "'%', source => 'fred'", "'GDP'"],
        &["'CFTC_%_NET'", "'CFTC_CL_MANAGED_NET'", "['CFTC_ES_DEALER_NET', 'CFTC_ES_ASSETMGR_NET']"],
    ];
    let which = usize::from(dice.one_in(3));
    let mut arguments = vec![["'macro_series'", "'flow_data'"][which].to_string(), (*dice.of(series[which])).to_string()];
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

fn root(dice: &mut Dice) -> String {
    (*dice.of(&["'ES'", "'ES'", "'CL'", "['ES', 'CL']"])).to_string()
}

/// Arguments that the functions of continuous series share.
fn of_rolls(dice: &mut Dice, earlier: Option<KnowledgeTime>) -> Vec<String> {
    let rolls = ["calendar", "volume", "open_interest", "days_before_expiry", "days_before_notice"];
    let mut arguments = vec![format!("roll => '{}'", dice.of(&rolls))];
    if !dice.one_in(6) {
        arguments.push(format!("dataset => '{}'", dice.of(&["GLBX.MDP3", "acme", "plain", "plain"])));
    }
    if dice.one_in(4) {
        arguments.push(format!("price => '{}'", dice.of(&["close", "settlement"])));
    }
    arguments.extend(earlier.filter(|_| dice.one_in(4)).map(|at| format!("at => '{at}'")));
    arguments
}

fn continuous_series(dice: &mut Dice, earlier: Option<KnowledgeTime>) -> Relation {
    let mut arguments = vec![root(dice)];
    arguments.extend(of_rolls(dice, earlier));
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

fn continuous_rolls(dice: &mut Dice, earlier: Option<KnowledgeTime>) -> Relation {
    let mut arguments = vec![root(dice)];
    arguments.extend(of_rolls(dice, earlier));
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

fn carry(dice: &mut Dice, earlier: Option<KnowledgeTime>) -> Relation {
    let mut arguments = vec![format!("'{}'", dice.of(&["ES", "CL"]))];
    arguments.extend(of_rolls(dice, earlier));
    let all = columns(&["root", "near", "far"], Kind::Text)
        .chain(columns(&["near_price", "far_price"], Kind::Float))
        .chain(columns(&["carry"], Kind::Real))
        .chain(columns(&["days_between"], Kind::Int))
        .chain(columns(&["as_of"], Kind::Date))
        .chain(columns(&["available_at"], Kind::Instant));
    Relation { from: call("carry", arguments), columns: all.collect(), key: key(&["as_of"]) }
}
