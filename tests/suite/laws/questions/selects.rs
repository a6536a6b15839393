//! The shapes of a query: rows, aggregates, joins, set operations, and one of these inside another.

use super::super::relations::{Column, Kind, Relation};
use super::{Asker, Dice, PLAIN, SHARED, Select, named, over};

impl Asker<'_> {
    /// A query whose columns have names of their own.
    pub(super) fn select(&mut self, depth: usize) -> Select {
        match self.dice.below(if depth == 0 { 6 } else { 12 }) {
            10 if self.dice.one_in(4) => self.lateral(),
            0..3 => self.plain(depth),
            3 | 4 => self.aggregate(depth),
            5 => self.window(depth),
            6 | 7 => self.join(depth - 1),
            11 => self.asof(depth - 1).unwrap_or_else(|| self.plain(0)),
            8 => self.set_operation(depth - 1),
            9 => {
                let inner = self.select(depth - 1);
                let relation = over("w".into(), inner.columns);
                let outer = self.rows_of(&relation, depth - 1);
                Select { text: format!("WITH w AS ({}) {}", inner.text, outer.text), columns: outer.columns }
            }
            _ => {
                let inner = self.select(depth - 1);
                let relation = over(format!("({})", inner.text), inner.columns);
                self.rows_of(&relation, depth - 1)
            }
        }
    }

    /// Each row with what is computed of others for it alone; some of these cannot be planned, wherever they are asked.
    fn lateral(&mut self) -> Select {
        let (left, right) = (self.relation(), self.relation());
        self.may_fail = true;
        let shared: Vec<&str> = SHARED.into_iter().filter(|name| left.has(name) && right.has(name)).collect();
        let of = shared.first().map_or("1 = 1".to_string(), |name| format!("s.{name} = a.{name}"));
        let mut shown: Vec<(String, Kind)> =
            self.dice.some(&left.columns, 3).into_iter().map(|c| (format!("a.{}", c.name), c.kind)).collect();
        shown.push(("y.n".into(), Kind::Int));
        let (list, columns) = named(shown);
        let (from, other) = (&left.from, &right.from);
        let text = format!("SELECT {list} FROM {from} AS a CROSS JOIN LATERAL (SELECT count(*) AS n FROM {other} AS s WHERE {of}) AS y");
        Select { text, columns }
    }

    fn plain(&mut self, depth: usize) -> Select {
        let relation = self.relation();
        self.rows_of(&relation, depth)
    }

    pub(super) fn rows_of(&mut self, relation: &Relation, depth: usize) -> Select {
        let shown: Vec<(String, Kind)> =
            self.dice.some(&relation.columns, 5).into_iter().map(|c| (format!("a.{}", c.name), c.kind)).collect();
        let mut shown: Vec<(String, Kind)> = shown;
        if self.dice.one_in(4)
            && let Some(computed) = self.computed(relation)
        {
            shown.push(computed);
        }
        if depth > 0 && self.dice.one_in(6) {
            shown.extend(self.scalar(relation));
        }
        let distinct = if self.dice.one_in(5) { "DISTINCT " } else { "" };
        let (list, columns) = named(shown);
        let filter = self.filter(relation, depth);
        Select { text: format!("SELECT {distinct}{list} FROM {} AS a{filter}", relation.from), columns }
    }

    fn computed(&mut self, relation: &Relation) -> Option<(String, Kind)> {
        let numbers = relation.of_kind(&[Kind::Int]);
        let number = numbers.get(self.dice.below(numbers.len())).map(|c| c.name.clone());
        Some(match (self.dice.below(8), number) {
            (5 | 6, _) if relation.has("source") && relation.has("series_id") && relation.has("as_of") => {
                let (function, kind) =
                    *self.dice.of(&[("release_due", Kind::Instant), ("release_overdue", Kind::Instant), ("next_period", Kind::Date)]);
                (format!("{function}(a.source, a.series_id, a.as_of)"), kind)
            }
            (5 | 6, _) if relation.has("as_of") => match self.dice.below(3) {
                0 => ("is_business_day('BR', a.as_of)".into(), Kind::Bool),
                1 => ("add_business_days('US', a.as_of, 3)".into(), Kind::Date),
                _ => ("business_days_between('BR', a.as_of, current_date)".into(), Kind::Int),
            },
            (7, Some(n)) => (format!("annualize(a.{n} / 1000.0, 12)"), Kind::Real),
            (0, Some(n)) => (format!("coalesce(a.{n}, -8) * 2"), Kind::Int),
            (1, Some(n)) => (format!("CASE WHEN a.{n} > 160 THEN 'much' ELSE 'little' END"), Kind::Text),
            (2, _) if relation.has("as_of") && relation.has("available_at") => {
                ("a.available_at - CAST(a.as_of AS TIMESTAMP) > INTERVAL '4 days'".into(), Kind::Bool)
            }
            (3, _) if relation.has("category") => ("upper(a.category)".into(), Kind::Text),
            (4, _) if relation.has("as_of") => ("date_trunc('month', a.as_of)".into(), Kind::Date),
            _ => return None,
        })
    }

    fn aggregate(&mut self, depth: usize) -> Select {
        let relation = self.relation();
        self.aggregate_of(&relation, depth)
    }

    pub(super) fn aggregate_of(&mut self, relation: &Relation, depth: usize) -> Select {
        let mut shown = Vec::new();
        let groups: Vec<Column> = match self.dice.below(3) {
            0 => Vec::new(),
            _ => self.dice.some(&relation.of_kind(&[Kind::Text, Kind::Date, Kind::Bool]), 2).into_iter().map(|c| (*c).clone()).collect(),
        };
        shown.extend(groups.iter().map(|c| (format!("a.{}", c.name), c.kind)));
        for _ in 0..=self.dice.below(3) {
            let aggregate = self.one_aggregate(relation);
            shown.push(aggregate);
        }
        let (list, columns) = named(shown);
        let by = groups.iter().map(|c| format!("a.{}", c.name)).collect::<Vec<_>>().join(", ");
        let by = match self.dice.below(8) {
            _ if by.is_empty() => by,
            0 => format!(" GROUP BY ROLLUP ({by})"),
            _ => format!(" GROUP BY {by}"),
        };
        let having = if !by.is_empty() && self.dice.one_in(4) { " HAVING count(*) > 1" } else { "" };
        let filter = if self.dice.one_in(2) { String::new() } else { self.filter(relation, depth) };
        Select { text: format!("SELECT {list} FROM {} AS a{filter}{by}{having}", relation.from), columns }
    }

    fn one_aggregate(&mut self, relation: &Relation) -> (String, Kind) {
        let of = |dice: &mut Dice, kinds: &[Kind]| {
            let found = relation.of_kind(kinds);
            (!found.is_empty()).then(|| (*dice.of(&found)).clone())
        };
        let key = relation.key.iter().map(|k| format!("a.{k}")).collect::<Vec<_>>().join(", ");
        match self.dice.below(10) {
            9 => match of(self.dice, &[Kind::Int, Kind::Float]) {
                // of whole numbers, so that the order of the rows does not round
                Some(c) => (format!("diffusion_index(a.{} - 80)", c.name), Kind::Real),
                None => ("count(*)".into(), Kind::Int),
            },
            0 | 1 => ("count(*)".into(), Kind::Int),
            2 => match of(self.dice, &PLAIN) {
                Some(c) => (format!("count(DISTINCT a.{})", c.name), Kind::Int),
                None => ("count(*)".into(), Kind::Int),
            },
            3 | 4 => match of(self.dice, &[Kind::Date, Kind::Instant, Kind::Int, Kind::Text]) {
                Some(c) => (format!("{}(a.{})", self.dice.of(&["min", "max"]), c.name), c.kind),
                None => ("count(*)".into(), Kind::Int),
            },
            5 => match of(self.dice, &[Kind::Int, Kind::Float]) {
                Some(c) => (format!("sum(a.{})", c.name), c.kind),
                None => ("count(*)".into(), Kind::Int),
            },
            6 => match of(self.dice, &[Kind::Int, Kind::Float]) {
                Some(c) => (format!("avg(a.{})", c.name), Kind::Real),
                None => ("count(*)".into(), Kind::Int),
            },
            7 if !relation.key.is_empty() => match of(self.dice, &[Kind::Int, Kind::Date]) {
                Some(c) => (format!("last_value(a.{} ORDER BY {key})", c.name), c.kind),
                None => ("count(*)".into(), Kind::Int),
            },
            _ => {
                let condition = self.condition(&relation.columns, "a");
                (format!("count(*) FILTER (WHERE {condition})"), Kind::Int)
            }
        }
    }

    fn join(&mut self, depth: usize) -> Select {
        let (left, right) = (self.relation(), self.relation());
        let mut shared: Vec<&str> = SHARED.into_iter().filter(|c| left.has(c) && right.has(c)).collect();
        if shared.len() > 2 && self.dice.one_in(3) {
            shared.remove(self.dice.below(shared.len()));
        }
        let kind = *self.dice.of(&["JOIN", "JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "LEFT SEMI JOIN", "LEFT ANTI JOIN"]);
        let on = match shared.is_empty() {
            true if left.has("available_at") && right.has("available_at") => "a.available_at = b.available_at".to_string(),
            true => "1 = 1".to_string(),
            // each row with what was known of its key before it
            false if self.dice.one_in(5) && left.has("available_at") && right.has("available_at") && !kind.contains("FULL") => {
                format!("a.{0} = b.{0} AND b.available_at < a.available_at", shared[0])
            }
            false => shared.iter().map(|c| format!("a.{c} = b.{c}")).collect::<Vec<_>>().join(" AND "),
        };
        let one_sided = kind.contains("SEMI") || kind.contains("ANTI");
        let mut shown: Vec<(String, Kind)> =
            self.dice.some(&left.columns, 3).into_iter().map(|c| (format!("a.{}", c.name), c.kind)).collect();
        if !one_sided {
            shown.extend(self.dice.some(&right.columns, 2).into_iter().map(|c| (format!("b.{}", c.name), c.kind)));
        }
        let (list, columns) = named(shown);
        let filter = self.filter(&left, depth);
        Select { text: format!("SELECT {list} FROM {} AS a {kind} {} AS b ON {on}{filter}", left.from, right.from), columns }
    }

    fn set_operation(&mut self, depth: usize) -> Select {
        let (left, right) = (self.relation(), self.relation());
        let shared: Vec<Column> = left.columns.iter().filter(|c| right.has(&c.name)).cloned().collect();
        if shared.is_empty() {
            return self.plain(depth);
        }
        let some: Vec<Column> = self.dice.some(&shared, 4).into_iter().cloned().collect();
        let (list, columns) = named(some.iter().map(|c| (format!("a.{}", c.name), c.kind)).collect());
        let operation = *self.dice.of(&["UNION", "UNION ALL", "EXCEPT", "INTERSECT"]);
        let (left_filter, right_filter) = (self.filter(&left, depth), self.filter(&right, depth));
        let text =
            format!("SELECT {list} FROM {} AS a{left_filter} {operation} SELECT {list} FROM {} AS a{right_filter}", left.from, right.from);
        Select { text, columns }
    }

    /// One value from another relation, of all its rows or of those that have something in common with the row.
    fn scalar(&mut self, outer: &Relation) -> Option<(String, Kind)> {
        let inner = self.relation();
        let ordered: Vec<Column> = inner.of_kind(&[Kind::Date, Kind::Instant, Kind::Int, Kind::Text]).into_iter().cloned().collect();
        let column = self.dice.of(&ordered).clone();
        let shared: Vec<&str> = SHARED.into_iter().filter(|name| outer.has(name) && inner.has(name)).collect();
        let of = match self.dice.below(3) {
            0 => format!(" WHERE {}", self.condition(&inner.columns, "s")),
            _ if shared.is_empty() => String::new(),
            _ => format!(" WHERE s.{0} = a.{0}", self.dice.of(&shared)),
        };
        let (call, kind) = match self.dice.below(3) {
            0 => ("count(*)".to_string(), Kind::Int),
            _ => (format!("{}(s.{})", self.dice.of(&["min", "max"]), column.name), column.kind),
        };
        Some((format!("(SELECT {call} FROM {} AS s{of})", inner.from), kind))
    }
}
