//! The merge of a run of left rows with the right rows of the same key, by time alone. Pure: slices of instants in, places out.

/// Which right rows a left row may be matched with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nearest {
    /// The last one not after it, `>=`.
    NotAfter,
    /// The last one before it, `>`.
    Before,
    /// The first one not before it, `<=`; of several at that instant the last in order.
    NotBefore,
    /// The first one after it, `<`; of several at that instant the last in order.
    After,
}

impl Nearest {
    pub const fn looks_back(self) -> bool {
        matches!(self, Self::NotAfter | Self::Before)
    }
    /// Whether a right row is passed on the way to the match: for those who look back it is a match so far, for the others it is none.
    const fn passes(self, left: i64, right: i64) -> bool {
        match self {
            Self::NotAfter | Self::After => right <= left,
            Self::Before | Self::NotBefore => right < left,
        }
    }
}

/// Right rows of one key, sorted by time, of which more may follow.
#[derive(Debug, Clone, Copy)]
pub struct Run<'a> {
    pub time: &'a [i64],
    /// No more rows of this key follow.
    pub is_whole: bool,
}

/// Matches left rows (sorted by time) from the first on while the run suffices; gives back how many were matched. `at` is how many right
/// rows were passed, `found` takes the place in the run of each match.
pub fn match_run(nearest: Nearest, left: &[i64], right: Run<'_>, at: &mut usize, found: &mut Vec<Option<u32>>) -> usize {
    for (n, &instant) in left.iter().enumerate() {
        while *at < right.time.len() && nearest.passes(instant, right.time[*at]) {
            *at += 1;
        }
        let is_settled = right.is_whole || *at < right.time.len();
        if nearest.looks_back() {
            if !is_settled {
                return n;
            }
            found.push(at.checked_sub(1).map(|place| place as u32));
            continue;
        }
        match right.time.get(*at) {
            None if right.is_whole => found.push(None),
            None => return n,
            Some(&first) => {
                let ties = right.time[*at..].iter().take_while(|t| **t == first).count();
                if *at + ties == right.time.len() && !right.is_whole {
                    return n;
                }
                found.push(Some((*at + ties - 1) as u32));
            }
        }
    }
    left.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn naive(nearest: Nearest, left: i64, right: &[i64]) -> Option<u32> {
        let fits = |t: i64| match nearest {
            Nearest::NotAfter => t <= left,
            Nearest::Before => t < left,
            Nearest::NotBefore => t >= left,
            Nearest::After => t > left,
        };
        let fitting = || (0..right.len()).filter(|place| fits(right[*place]));
        let best = if nearest.looks_back() {
            fitting().next_back()
        } else {
            let first = fitting().next()?;
            fitting().rfind(|place| right[*place] == right[first])
        };
        best.map(|place| place as u32)
    }

    proptest! {
        #[test]
        fn is_the_naive_match_wherever_the_run_is_cut(
            mut left in prop::collection::vec(0i64..12, 0..12),
            mut right in prop::collection::vec(0i64..12, 0..12),
            cut in 0usize..12,
            which in 0usize..4,
        ) {
            left.sort_unstable();
            right.sort_unstable();
            let nearest = [Nearest::NotAfter, Nearest::Before, Nearest::NotBefore, Nearest::After][which];
            let cut = cut.min(right.len());
            let (mut at, mut found) = (0, Vec::new());
            let n = match_run(nearest, &left, Run { time: &right[..cut], is_whole: false }, &mut at, &mut found);
            prop_assert_eq!(found.len(), n);
            let rest = match_run(nearest, &left[n..], Run { time: &right, is_whole: true }, &mut at, &mut found);
            prop_assert_eq!(n + rest, left.len());
            let expected: Vec<_> = left.iter().map(|instant| naive(nearest, *instant, &right)).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
