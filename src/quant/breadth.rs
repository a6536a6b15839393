//! What many components of one date say together: how broad a move is, and its mean without the extremes.

/// How many components rose, stayed and fell.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Diffusion {
    pub n_up: u64,
    pub n_same: u64,
    pub n_down: u64,
}

impl Diffusion {
    /// Counts a component by its change; a missing one (NaN) is none.
    pub fn add(&mut self, change: f64) {
        if let Some(count) = self.count_of(change) {
            *count += 1;
        }
    }

    /// Takes a component out that was added.
    pub fn remove(&mut self, change: f64) {
        if let Some(count) = self.count_of(change) {
            *count = count.saturating_sub(1);
        }
    }

    fn count_of(&mut self, change: f64) -> Option<&mut u64> {
        match change.partial_cmp(&0.0)? {
            std::cmp::Ordering::Greater => Some(&mut self.n_up),
            std::cmp::Ordering::Equal => Some(&mut self.n_same),
            std::cmp::Ordering::Less => Some(&mut self.n_down),
        }
    }

    pub fn merge(&mut self, other: Self) {
        self.n_up += other.n_up;
        self.n_same += other.n_same;
        self.n_down += other.n_down;
    }

    /// 100 x (rose + `unchanged` x stayed) / all, in [0, 100]; `None` where there is no component.
    pub fn index(self, unchanged: f64) -> Option<f64> {
        let n = self.n_up + self.n_same + self.n_down;
        (n > 0).then(|| 100.0 * (self.n_up as f64 + unchanged * self.n_same as f64) / n as f64)
    }
}

/// The weighted mean of what is left when the share `trim` of all weight is cut from either end of the values in order. A component at a cut
/// keeps the part of its weight that is inside.
///
/// Components are (value, weight). One that lacks either (NaN), or whose weight is not positive, is left out; an infinite value counts while it
/// is not cut off. `None` where nothing is left, and where the mean is no finite number. `trim` is in [0, 0.5).
pub fn trimmed_mean(components: &[(f64, f64)], trim: f64) -> Option<f64> {
    let mut components: Vec<(f64, f64)> = components.iter().copied().filter(|(x, weight)| !x.is_nan() && *weight > 0.0).collect();
    // equal values by weight, so that the sums do not depend on the order in which components came
    components.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let total: f64 = components.iter().map(|(_, weight)| weight).sum();
    let (low, high) = (trim * total, total - trim * total);
    let (mut below, mut sum, mut kept) = (0.0, 0.0, 0.0);
    for (x, weight) in components {
        let part = f64::min(below + weight, high) - f64::max(below, low);
        below += weight;
        if part > 0.0 {
            sum += part * x;
            kept += part;
        }
    }
    Some(sum / kept).filter(|mean| mean.is_finite())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn half_of_what_stays_counts_or_none_of_it() {
        let mut diffusion = Diffusion::default();
        assert_eq!(diffusion.index(0.5), None);
        [1.0, 0.0, -0.0, -2.0, f64::NAN, f64::INFINITY, 0.1, -1.0, 3.0].into_iter().for_each(|change| diffusion.add(change));
        assert_eq!(diffusion, Diffusion { n_up: 4, n_same: 2, n_down: 2 });
        assert_eq!((diffusion.index(0.5), diffusion.index(0.0)), (Some(62.5), Some(50.0)));
        [1.0, -2.0, f64::NAN, 0.0, 0.0].into_iter().for_each(|change| diffusion.remove(change));
        assert_eq!(diffusion.index(0.5), Some(75.0));
    }

    #[test]
    fn a_component_at_the_cut_keeps_what_is_inside() {
        // a fifth of the weight from either end: half of the first, all of the last but one
        let components = [(9.0, 20.0), (-3.0, 40.0), (1.0, 30.0), (2.0, 10.0)];
        assert_eq!(trimmed_mean(&components, 0.2), Some((-3.0 * 20.0 + 30.0 + 20.0) / 60.0));
        assert_eq!(trimmed_mean(&components, 0.0), Some((180.0 - 120.0 + 30.0 + 20.0) / 100.0));
        assert_eq!(trimmed_mean(&[(7.0, 1.0)], 0.49), Some(7.0));
    }

    #[test]
    fn what_lacks_a_value_or_a_weight_is_none() {
        assert_eq!(trimmed_mean(&[], 0.1), None);
        assert_eq!(trimmed_mean(&[(f64::NAN, 1.0), (1.0, 0.0), (1.0, -2.0), (1.0, f64::NAN)], 0.1), None);
        let extremes = [(f64::NEG_INFINITY, 1.0), (2.0, 4.0), (4.0, 4.0), (f64::INFINITY, 1.0)];
        assert_eq!((trimmed_mean(&extremes, 0.1), trimmed_mean(&extremes, 0.05)), (Some(3.0), None));
        assert_eq!(trimmed_mean(&[(1.0, f64::INFINITY), (2.0, 1.0)], 0.1), None);
    }

    /// Each whole weight as so many components of weight 1 in tenths, of which the first and the last are struck out.
    fn slow(components: &[(i32, u32)], tenths: usize) -> Option<f64> {
        let mut all: Vec<i32> = components.iter().flat_map(|(x, weight)| std::iter::repeat_n(*x, *weight as usize * 10)).collect();
        all.sort_unstable();
        let cut = all.len() * tenths / 10;
        let kept = &all[cut..all.len() - cut];
        (!kept.is_empty()).then(|| kept.iter().map(|x| f64::from(*x)).sum::<f64>() / kept.len() as f64)
    }

    proptest! {
        #[test]
        fn is_what_components_of_one_weight_say(components in prop::collection::vec((-50i32..50, 0u32..6), 0..12), tenths in 0usize..5) {
            let given: Vec<(f64, f64)> = components.iter().map(|(x, weight)| (f64::from(*x), f64::from(*weight))).collect();
            match (trimmed_mean(&given, tenths as f64 / 10.0), slow(&components, tenths)) {
                (Some(fast), Some(slow)) => prop_assert!((fast - slow).abs() < 1e-9, "{fast} {slow}"),
                (fast, slow) => prop_assert_eq!(fast, slow),
            }
        }

        #[test]
        fn order_does_not_matter_to_the_last_bit(mut components in prop::collection::vec((-5.0f64..5.0, 0.0f64..9.0), 0..12)) {
            let one = trimmed_mean(&components, 0.15);
            components.reverse();
            prop_assert_eq!(one, trimmed_mean(&components, 0.15));
        }
    }
}
