//! When a replay looks: at each publication, or at the steps of a schedule.

use chrono::{DateTime, Months, Utc};

const DAY: i64 = 86_400_000_000;

/// A step of a schedule: months of the calendar, then a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Step {
    months: u32,
    micros: i64,
}

impl Step {
    /// A step that goes forward; `None` for one that does not.
    pub fn new(months: i32, micros: i64) -> Option<Self> {
        let months = u32::try_from(months).ok()?;
        (micros >= 0 && (months > 0 || micros > 0)).then_some(Self { months, micros })
    }

    /// The n-th step from an instant, counted from that instant alone, so that the 31st stays the 31st where a month has one.
    pub fn nth_from(self, from: i64, n: i64) -> Option<i64> {
        let months = u32::try_from(n).ok()?.checked_mul(self.months)?;
        let at = match months {
            0 => from,
            months => DateTime::<Utc>::from_timestamp_micros(from)?.checked_add_months(Months::new(months))?.timestamp_micros(),
        };
        at.checked_add(n.checked_mul(self.micros)?)
    }
}

/// Which instants of a series are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Instants {
    /// `None`: each publication.
    pub every: Option<Step>,
    pub from: Option<i64>,
    pub to: Option<i64>,
}

impl Instants {
    /// A schedule without a start starts on the day (UTC) of the first vintage.
    pub fn starting_by(self, first: i64) -> Self {
        match (self.every, self.from) {
            (Some(_), None) => Self { from: Some(first.div_euclid(DAY) * DAY), ..self },
            _ => self,
        }
    }

    /// How many instants a schedule has from the first vintage on; `None` where it has none or no end.
    pub fn n_steps(self, first: i64) -> Option<u64> {
        let (step, to) = (self.every?, self.to?);
        let span = to.checked_sub(self.from.map_or(first, |from| from.max(first)))?;
        // months are taken at their shortest
        let length = i64::from(step.months).saturating_mul(28 * DAY).saturating_add(step.micros).max(1);
        u64::try_from(span / length).ok()
    }

    /// How many steps may be left out, since nothing is known at them.
    pub fn steps_before(self, first: i64) -> i64 {
        match (self.every, self.from) {
            (Some(Step { months: 0, micros }), Some(from)) if first > from => (first - from) / micros,
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> i64 {
        text.parse::<DateTime<Utc>>().expect("an instant").timestamp_micros()
    }

    #[test]
    fn months_are_counted_from_the_start() {
        let step = Step::new(1, 0).expect("forward");
        let steps: Vec<Option<i64>> = (0..4).map(|n| step.nth_from(at("2023-12-31T06:00:00Z"), n)).collect();
        let dates = ["2023-12-31T06:00:00Z", "2024-01-31T06:00:00Z", "2024-02-29T06:00:00Z", "2024-03-31T06:00:00Z"];
        assert_eq!(steps, dates.map(|date| Some(at(date))));
    }

    #[test]
    fn a_step_goes_forward_and_never_past_the_end_of_time() {
        assert_eq!(Step::new(0, 0), None);
        assert_eq!(Step::new(-1, 0), None);
        assert_eq!(Step::new(1, -DAY), None);
        assert_eq!(Step::new(0, i64::MAX).and_then(|step| step.nth_from(5, 1)), None);
        assert_eq!(Step::new(12, 0).and_then(|step| step.nth_from(0, i64::from(u32::MAX))), None);
    }

    #[test]
    fn steps_at_which_nothing_is_known_are_left_out() {
        let instants = Instants { every: Step::new(0, DAY), from: Some(0), to: None };
        assert_eq!(instants.steps_before(10 * DAY), 10);
        assert_eq!(instants.steps_before(10 * DAY + 1), 10);
        assert_eq!(instants.steps_before(-1), 0);
        assert_eq!(Instants { from: None, ..instants }.starting_by(10 * DAY + 7).from, Some(10 * DAY));
    }
}
