//! As-of joins: each row with what was newest then. The right side has one row of a key at an instant, so that no tie is left to chance.

use super::super::relations::{Column, FACES, Kind, Relation, columns, cot, macro_series};
use super::{Asker, Dice, SHARED, Select, named};

/// The right side of a join: a relation, the columns that must be equal, and the one that is compared.
struct Right {
    relation: Relation,
    keys: Vec<String>,
    time: Column,
}

impl Asker<'_> {
    /// An as-of join, where the left side has a time to compare.
    pub(super) fn asof(&mut self, depth: usize) -> Option<Select> {
        let left = self.relation();
        let kind = *self.dice.of(&[Kind::Instant, Kind::Instant, Kind::Date]);
        let times = left.of_kind(&[kind]);
        let time = times.get(self.dice.below(times.len()))?.name.clone();
        let right = match self.dice.below(3) {
            0 => self.grouped(&left, kind)?,
            1 => of_one_series(self.dice, kind),
            _ => of_its_key(&left, kind).unwrap_or_else(|| of_one_series(self.dice, kind)),
        };
        let operator = *self.dice.of(&[">=", ">=", ">", "<=", "<"]);
        let forwards = operator.starts_with('>');
        let mut condition = format!("a.{time} {operator} b.{}", right.time.name);
        if self.dice.one_in(3) {
            let days = 1 + self.dice.below(20);
            condition += &match forwards {
                true => format!(" AND a.{time} <= b.{} + INTERVAL '{days} days'", right.time.name),
                false => format!(" AND a.{time} >= b.{} - INTERVAL '{days} days'", right.time.name),
            };
        }
        let on = match right.keys.as_slice() {
            [] => String::new(),
            keys => format!(" ON {}", keys.iter().map(|key| format!("a.{key} = b.{key}")).collect::<Vec<_>>().join(" AND ")),
        };
        let mut shown: Vec<(String, Kind)> =
            self.dice.some(&left.columns, 3).into_iter().map(|c| (format!("a.{}", c.name), c.kind)).collect();
        shown.extend(self.dice.some(&right.relation.columns, 2).into_iter().map(|c| (format!("b.{}", c.name), c.kind)));
        let (list, columns) = named(shown);
        let filter = self.filter(&left, depth);
        let (from, with) = (&left.from, &right.relation.from);
        Some(Select {
            text: format!("SELECT {list} FROM {from} AS a ASOF JOIN {with} AS b MATCH_CONDITION ({condition}){on}{filter}"),
            columns,
        })
    }

    /// Any relation, one row of a few columns and an instant.
    fn grouped(&mut self, left: &Relation, kind: Kind) -> Option<Right> {
        let inner = self.relation();
        let times = inner.of_kind(&[kind]);
        let time = (*times.get(self.dice.below(times.len()))?).clone();
        let mut keys: Vec<String> =
            SHARED.into_iter().filter(|name| left.has(name) && inner.has(name) && *name != time.name).map(str::to_string).collect();
        while keys.len() > 1 && self.dice.one_in(2) {
            keys.remove(self.dice.below(keys.len()));
        }
        let by = keys.iter().map(|key| format!("g.{key}")).chain([format!("g.{}", time.name)]).collect::<Vec<_>>().join(", ");
        let from = format!("(SELECT {by}, count(*) AS n FROM {} AS g GROUP BY {by})", inner.from);
        let of_keys = inner.columns.iter().filter(|c| keys.contains(&c.name) || c.name == time.name).cloned();
        let all = of_keys.chain(columns(&["n"], Kind::Int)).collect();
        Some(Right { relation: Relation { from, columns: all, key: Vec::new() }, keys, time })
    }
}

/// The face in which an observation, or a publication, is there once.
fn face_and_time(kind: Kind) -> (&'static str, Column) {
    match kind {
        Kind::Date => (FACES[0], Column { name: "as_of".into(), kind }),
        _ => (FACES[2], Column { name: "available_at".into(), kind }),
    }
}

/// What everyone quoted of one series.
fn of_one_series(dice: &mut Dice, kind: Kind) -> Right {
    let (face, time) = face_and_time(kind);
    let (source, id) = dice.of(&[("fred", "GDP"), ("agency", "GDP"), ("agency", "OUTPUT")]);
    let one = format!("(SELECT * FROM macro_series{face} WHERE source = '{source}' AND series_id = '{id}')");
    Right { relation: macro_series(one), keys: Vec::new(), time }
}

/// What was quoted of the row's own series.
fn of_its_key(left: &Relation, kind: Kind) -> Option<Right> {
    let (face, time) = face_and_time(kind);
    let relations = [macro_series(format!("macro_series{face}")), cot(format!("cot{face}"))];
    // the order of a face's rows is its key, as_of and available_at
    let key = |relation: &Relation| relation.key[..relation.key.len() - 2].to_vec();
    let relation = relations.into_iter().find(|relation| key(relation).iter().all(|name| left.has(name)))?;
    Some(Right { keys: key(&relation), relation, time })
}
