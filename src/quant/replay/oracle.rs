//! The replay against one that reads the whole history again at every instant.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

const DAY: i64 = 86_400_000_000;

/// The last observations with a value as known at an instant: as_of, value, when it became known.
fn naive(vintages: &[Vintage], instant: i64, last: Option<usize>, transform: Transform) -> Vec<Term> {
    let mut known: BTreeMap<i64, Vintage> = BTreeMap::new();
    for vintage in vintages.iter().filter(|v| v.known_at <= instant) {
        let newer = known.get(&vintage.as_of).is_none_or(|before| before.known_at <= vintage.known_at);
        if newer {
            known.insert(vintage.as_of, *vintage);
        }
    }
    let value = |(as_of, own): (&i64, &Vintage)| {
        let previous = known.range(..as_of).next_back().map(|(_, v)| *v);
        let year_ago = year_before(*as_of).and_then(|earlier| known.get(&earlier)).copied();
        let now = own.value?;
        let (value, other) = match transform {
            Transform::Level => (now, None),
            Transform::Log => (now.ln(), None),
            Transform::Change => (now - previous?.value?, previous),
            Transform::PercentChange => ((now / previous?.value? - 1.0) * 100.0, previous),
            Transform::YearPercentChange => ((now / year_ago?.value? - 1.0) * 100.0, year_ago),
        };
        let known_at = other.map_or(own.known_at, |other| other.known_at.max(own.known_at));
        value.is_finite().then_some(Term { as_of: *as_of, value, known_at })
    };
    let all: Vec<Term> = known.iter().filter_map(value).collect();
    all[last.map_or(0, |last| all.len().saturating_sub(last))..].to_vec()
}

fn transforms() -> impl Strategy<Value = Transform> {
    prop::sample::select(Transform::NAMES.to_vec()).prop_map(|name| Transform::of_name(name).expect("a name"))
}

/// Months over a few years, so that there are observations a year apart.
fn month(n: i64) -> i64 {
    Step::new(1, 0).and_then(|step| step.nth_from(0, n)).expect("in range")
}

fn series() -> impl Strategy<Value = Vec<Vintage>> {
    prop::collection::vec((0i64..20, 0i64..40, prop::option::weighted(0.8, -20i32..20)), 0..80).prop_map(|raw| {
        let mut vintages: Vec<Vintage> = raw
            .into_iter()
            .map(|(known, of, value)| Vintage { as_of: month(of), known_at: known * DAY, value: value.map(|v| f64::from(v) / 8.0) })
            .collect();
        vintages.sort_by_key(|v| (v.as_of, v.known_at));
        vintages.dedup_by_key(|v| (v.as_of, v.known_at));
        vintages
    })
}

fn replayed(vintages: &[Vintage], last: Option<usize>, transform: Transform, instants: Instants) -> Vec<(i64, Vec<Term>)> {
    let mut replay = Replay::new(vintages.to_vec(), Window::new(last, transform), instants);
    let mut rows = Vec::new();
    while let Some(instant) = replay.advance() {
        rows.push((instant, replay.terms().to_vec()));
    }
    rows
}

proptest! {
    #[test]
    fn each_publication_shows_the_history_known_then(
        vintages in series(), last in prop::option::of(1usize..8), transform in transforms(), from in prop::option::of(0i64..20), to in prop::option::of(0i64..20),
    ) {
        let (from, to) = (from.map(|day| day * DAY), to.map(|day| day * DAY));
        let instants: BTreeSet<i64> = vintages.iter().map(|v| v.known_at).collect();
        let shown = instants.into_iter().filter(|at| from.is_none_or(|from| *at >= from) && to.is_none_or(|to| *at <= to));
        let expected: Vec<(i64, Vec<Term>)> = shown.map(|at| (at, naive(&vintages, at, last, transform))).filter(|(_, terms)| !terms.is_empty()).collect();
        prop_assert_eq!(replayed(&vintages, last, transform, Instants { every: None, from, to }), expected);
    }

    #[test]
    fn each_step_shows_the_history_known_then(
        vintages in series(), last in prop::option::of(1usize..8), transform in transforms(), from in prop::option::of(-40i64..20), hours in 1i64..200,
    ) {
        let to = 21 * DAY;
        let every = Step::new(0, hours * DAY / 24);
        let expected: Vec<(i64, Vec<Term>)> = match vintages.iter().map(|v| v.known_at).min() {
            None => Vec::new(),
            Some(first) => {
                let start = from.map_or(first, |day| day * DAY);
                let steps = (0i64..).map(|n| start + n * hours * DAY / 24).take_while(|at| *at <= to);
                steps.map(|at| (at, naive(&vintages, at, last, transform))).filter(|(_, terms)| !terms.is_empty()).collect()
            }
        };
        prop_assert_eq!(replayed(&vintages, last, transform, Instants { every, from: from.map(|day| day * DAY), to: Some(to) }), expected);
    }

    #[test]
    fn what_comes_later_changes_nothing_shown_before(vintages in series(), transform in transforms(), cut in 0i64..20) {
        let instants = Instants { every: None, from: None, to: None };
        let known: Vec<Vintage> = vintages.iter().filter(|v| v.known_at <= cut * DAY).copied().collect();
        let mut whole = replayed(&vintages, Some(5), transform, instants);
        whole.retain(|(at, _)| *at <= cut * DAY);
        prop_assert_eq!(whole, replayed(&known, Some(5), transform, instants));
        let first = first_releases(&known, transform);
        let of_whole = first_releases(&vintages, transform);
        let told = |all: &[Vintage], rows: &[FirstRelease]| rows.iter().map(|r| (all[r.vintage].as_of, all[r.vintage].known_at, r.value)).collect::<Vec<_>>();
        let mut told_of_whole = told(&vintages, &of_whole);
        told_of_whole.retain(|(_, at, _)| *at <= cut * DAY);
        prop_assert_eq!(told_of_whole, told(&known, &first));
    }
}
