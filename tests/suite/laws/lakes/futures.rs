//! Random bars, figures and definitions of a few futures in the first week.

use std::collections::BTreeSet;

use contango::time::{Availability, KnowledgeTime};
use proptest::prelude::*;

use super::{DELAYS, FIRST_WEEK};
use crate::support;
use crate::support::futures::{Of, Row};

/// An instrument of whose contract no definition speaks: its symbol says it all.
pub const PLAIN: (&str, &str, i64) = ("plain", "ESU3", 0);

/// Dataset, symbol, number: a symbol of two lives, a spread, symbols that only a definition explains, and one that explains itself.
const INSTRUMENTS: [(&str, &str, i64); 10] = [
    PLAIN,
    PLAIN,
    PLAIN,
    ("GLBX.MDP3", "ESH3", 41),
    ("GLBX.MDP3", "ESH3", 101),
    ("GLBX.MDP3", "CLJ3", 201),
    ("GLBX.MDP3", "ESH3-ESM3", 103),
    ("acme", "FRONT", 0),
    ("acme", "NEXT", 0),
    ("acme", "ESH3", 0),
];

pub fn rows() -> impl Strategy<Value = Vec<Row>> {
    prop::collection::vec(of_future(), 0..60).prop_map(|mut rows| {
        let mut seen = BTreeSet::new();
        rows.retain(|row| seen.insert((row.dataset, row.symbol, row.id, row.label(), row.as_of, row.available_at)));
        rows
    })
}

/// A bar, a figure or a definition of some instrument in the first week.
fn of_future() -> impl Strategy<Value = Row> {
    let figure = prop::option::weighted(0.9, (0i64..40).prop_map(|n| 8.0 * n as f64));
    let dated = (0..DELAYS.len(), 0..Availability::ALL.len(), prop::bool::weighted(0.2));
    let which = (0..INSTRUMENTS.len(), 0i64..5, 0..8usize);
    let defined = (0..3usize, 0..3usize, 0..4usize);
    (which, dated, figure, any::<bool>(), defined).prop_map(|((instrument, n, kind), (delay, grade, backcast), figure, flag, defined)| {
        let (dataset, symbol, id) = INSTRUMENTS[instrument];
        let first = support::day(FIRST_WEEK);
        let day = first + chrono::Duration::days(n);
        let evening = |day: chrono::NaiveDate| support::instant(&format!("{day} 22:00:00Z"));
        let of = match kind {
            0..3 => Of::Bar {
                basis: if flag { "session" } else { "utc_day" },
                close: figure,
                volume: figure.map(|f| f as i64),
                session_end: evening(day),
            },
            _ if kind < 6 || INSTRUMENTS[instrument] == PLAIN => Of::Figure {
                stat: ["settlement", "cleared_volume", "open_interest"][kind % 3],
                value: figure,
                is_final: flag.then_some(true),
            },
            _ => definition(dataset, flag, defined),
        };
        let as_of = match of {
            Of::Definition { .. } => [support::day("2013-01-02"), first, day][defined.0],
            _ => day,
        };
        let available_at = KnowledgeTime::from_micros(evening(day).micros() + DELAYS[delay]);
        Row { dataset, symbol, id, as_of, available_at, availability: Availability::ALL[grade], backcast, of }
    })
}

fn definition(dataset: &str, is_future: bool, (life, asset, expiration): (usize, usize, usize)) -> Of {
    let expirations = [["2013-03-15", "2013-03-18"], ["2023-03-17", "2023-01-09"], ["2023-03-17", "2023-06-16"]];
    Of::Definition {
        origin: if dataset == "acme" { "file" } else { "exchange" },
        class: if is_future { "future" } else { "future_spread" },
        asset: ["ES", "CL", "SP500"][asset],
        maturity: [Some("2013-03"), Some("2023-03"), None][life],
        expiration: expirations[life].get(expiration).map(|day| support::instant(&format!("{day} 14:30:00Z"))),
    }
}
