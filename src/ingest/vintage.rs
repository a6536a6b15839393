//! What one more sighting of an observation does to its stored vintages. The rule of revisions stands here and nowhere else.
//!
//! Payloads are ordered by when they were seen, then by content, and a table holds what a replay of all of them in that order makes. Where a
//! sighting only adds to that it is said here how; where it would change what is stored, or where that cannot be told from what is stored,
//! it is unsettled, and its series are replayed ([`super::replay`]).

/// A stored vintage, seen from a sighting of the same observation.
#[derive(Debug, Clone, Copy)]
pub(super) struct Vintage<'a> {
    /// Microseconds since 1970.
    pub available_at: i64,
    /// `ingested_at` and hash of the payload that brought it.
    pub origin: (i64, &'a str),
    /// Its values equal those of the sighting.
    pub equal: bool,
}

impl Vintage<'_> {
    /// Of stamped vintages: seen under a stamp that had been used before. What is seen under a new one is known by then at the latest.
    fn is_change(&self) -> bool {
        self.available_at > self.origin.0
    }
}

/// Values of an observation as a payload shows them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sighting<'a> {
    /// `observed_at` and hash of the payload.
    pub origin: (i64, &'a str),
    pub release_at: i64,
    /// Whether the table has taken payloads that were seen later.
    pub is_late: bool,
}

/// What a sighting is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decision {
    /// Nothing that a replay would not have without it.
    Repeat,
    /// The first vintage: known since its release, or since it was seen where that was earlier or the release is refuted.
    First { available_at: i64 },
    /// Differs from what stood before.
    Revision { available_at: i64 },
    /// Differs from what was stored under the same stamp, which another had superseded when this was seen: taken, it would look like the newest
    /// figure.
    Contradicted,
    /// Its release is to be held against what earlier payloads did not show.
    Unproven,
    /// Changes what is stored, or may.
    Unsettled,
}

/// Decides, from the stored vintages in order of `available_at`. `is_refuted` says whether an earlier payload shows that the row was not there
/// at its release; `None` where that was not looked up.
pub(super) fn decide(sighting: Sighting<'_>, vintages: &[Vintage<'_>], is_refuted: impl FnOnce() -> Option<bool>) -> Decision {
    let observed_at = sighting.origin.0;
    let n_earlier = vintages.iter().take_while(|v| v.origin < sighting.origin).count();
    let Some(last) = n_earlier.checked_sub(1).map(|last| &vintages[last]) else {
        return match (vintages.is_empty(), sighting.release_at < observed_at) {
            (false, _) => Decision::Unsettled,
            (true, false) => Decision::First { available_at: observed_at.min(sighting.release_at) },
            (true, true) => match is_refuted() {
                None => Decision::Unproven,
                Some(true) => Decision::First { available_at: observed_at },
                Some(false) => Decision::First { available_at: sighting.release_at },
            },
        };
    };
    if last.equal {
        return Decision::Repeat;
    }
    if sighting.is_late {
        // a later payload may have repeated what this one changes
        return Decision::Unsettled;
    }
    Decision::Revision { available_at: observed_at.max(last.available_at + 1) }
}

/// Decides where the source stamps its vintages: the stamp is `available_at`, so they may come in any order. `stamps` are those of the
/// observation in this payload, in order.
///
/// The first sight of a stamp is its vintage. A vintage equal to its neighbour is stored all the same, since one that differs may still come
/// between them; it is left out when the table is read. What a provider changes under a stamp that it has used is a revision of the moment after it
/// was seen, unless another stamp had come by then: the older one was superseded, and what it says now is no news.
///
/// Of a sighting that `continues` earlier payloads none can come between: it is a repeat where its values are those in force.
pub(super) fn decide_stamped(sighting: Sighting<'_>, stamps: &[i64], continues: bool, vintages: &[Vintage<'_>]) -> Decision {
    let observed_at = sighting.origin.0;
    let stamp = sighting.release_at.min(observed_at);
    if continues && vintages.iter().rev().find(|v| v.available_at <= stamp).is_some_and(|v| v.equal) {
        return Decision::Repeat;
    }
    let firsts = vintages.iter().filter(|v| !v.is_change());
    let Some(first) = firsts.clone().find(|v| v.available_at == stamp) else {
        // changes of the stamp before are no news any more where this one had come by then
        let next = firsts.clone().map(|v| v.available_at).find(|at| *at > stamp).unwrap_or(i64::MAX);
        return match vintages.iter().any(|v| v.is_change() && (stamp..next).contains(&v.available_at)) {
            true => Decision::Unsettled,
            false => Decision::First { available_at: stamp },
        };
    };
    if first.origin > sighting.origin {
        return Decision::Unsettled;
    }
    let next = firsts.map(|v| v.available_at).chain(stamps.iter().copied()).filter(|at| *at > stamp).min().unwrap_or(i64::MAX);
    let mut changes = vintages.iter().filter(|v| v.is_change() && stamp < v.available_at && v.available_at < next);
    let last = changes.rfind(|v| v.origin < sighting.origin).unwrap_or(first);
    let available_at = changed_at(observed_at, last.available_at);
    match (last.equal, available_at >= next, sighting.is_late) {
        (true, ..) => Decision::Repeat,
        (false, true, _) => Decision::Contradicted,
        // a later payload may have repeated what this one changes
        (false, false, true) => Decision::Unsettled,
        (false, false, false) => Decision::Revision { available_at },
    }
}

/// When a change under a used stamp is known: after it was seen, which tells it from a first sight.
pub(super) fn changed_at(observed_at: i64, before: i64) -> i64 {
    observed_at.max(before) + 1
}
