//! What one more sighting of an observation does to its stored vintages. The rule of revisions stands here and nowhere else.
//!
//! Payloads are ordered by when they were seen, then by content. The vintages of earlier payloads are what a replay in order would have made
//! by the time of this sighting, so they decide what it is; those of later payloads were made without it and must come out of the replay
//! unchanged, or the sighting is out of order and the table must be rebuilt.

/// A stored vintage, seen from a sighting of the same observation.
#[derive(Debug, Clone, Copy)]
pub(super) struct Vintage<'a> {
    /// Microseconds since 1970.
    pub available_at: i64,
    /// `ingested_at` and hash of the payload that brought it.
    pub origin: (i64, &'a str),
    /// Its `available_at` is the moment when its payload was seen.
    pub observed: bool,
    /// Its values equal those of the sighting.
    pub equal: bool,
}

/// Values of an observation as a payload shows them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sighting<'a> {
    /// `observed_at` and hash of the payload.
    pub origin: (i64, &'a str),
    pub release_at: i64,
}

/// What a sighting is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decision {
    /// Nothing that a replay would not have without it.
    Repeat,
    /// The first vintage: known since its release, or since it was seen where that was earlier.
    First { available_at: i64 },
    /// Differs from what stood before.
    Revision { available_at: i64 },
    /// A revision unless a later payload shows the observation, which is not known yet.
    Unsettled,
    /// Would change an `available_at` that is stored.
    OutOfOrder,
    /// Differs from what was stored under the same stamp, which a later stamp has superseded: taken, it would look like the newest figure.
    Contradicted,
}

/// Whether a payload between a sighting and a bound shows the observation. It would have shown the earlier values: a repeat when it came,
/// and a revision back in a replay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    No,
    Yes,
    Unknown,
}

/// Decides, from the stored vintages in order of `available_at`. `shown_before` answers for the payloads after this one and before the
/// given origin (none: however late).
pub(super) fn decide<'a>(
    sighting: Sighting<'a>,
    vintages: &[Vintage<'a>],
    shown_before: impl FnOnce(Option<(i64, &'a str)>) -> Shown,
) -> Decision {
    let (earlier, later) = vintages.split_at(vintages.iter().take_while(|v| v.origin < sighting.origin).count());
    let next = later.first();
    // Whether the next vintage would become known at another moment if the one before it did so at `before`.
    let moves = |next: &Vintage, before: i64| !next.observed || next.available_at != next.origin.0.max(before + 1);
    let Some(last) = earlier.last() else {
        let available_at = sighting.release_at.min(sighting.origin.0);
        return match next {
            None => Decision::First { available_at },
            Some(next) if next.equal && next.available_at == available_at => Decision::Repeat,
            Some(next) if !next.equal && !moves(next, available_at) => Decision::First { available_at },
            Some(_) => Decision::OutOfOrder,
        };
    };
    if last.equal {
        return Decision::Repeat;
    }
    let available_at = sighting.origin.0.max(last.available_at + 1);
    if next.is_some_and(|next| next.equal || moves(next, available_at)) {
        return Decision::OutOfOrder;
    }
    match shown_before(next.map(|next| next.origin)) {
        Shown::No => Decision::Revision { available_at },
        Shown::Yes => Decision::OutOfOrder,
        Shown::Unknown => Decision::Unsettled,
    }
}

/// Decides where the source stamps its vintages: the stamp is `available_at`, so they may come in any order. `newest` is the newest stamp of
/// the observation, stored or coming with this payload.
///
/// A vintage equal to its neighbour is stored all the same, since one that differs may still come between them; it is left out when the
/// table is read. What a provider changes under a stamp that it has used is a revision of the day on which it was seen.
///
/// Of a sighting that `continues` earlier payloads none can come between: it is a repeat where its values are those in force.
pub(super) fn decide_stamped(sighting: Sighting<'_>, newest: i64, continues: bool, vintages: &[Vintage<'_>]) -> Decision {
    let stamp = sighting.release_at.min(sighting.origin.0);
    let mut under_stamp = vintages.iter().filter(|v| v.available_at == stamp).peekable();
    if continues && vintages.iter().rev().find(|v| v.available_at <= stamp).is_some_and(|v| v.equal) {
        return Decision::Repeat;
    }
    if under_stamp.peek().is_none() {
        return Decision::First { available_at: stamp };
    }
    if under_stamp.any(|v| v.equal) {
        return Decision::Repeat;
    }
    if stamp < newest {
        return Decision::Contradicted;
    }
    match vintages.last() {
        Some(last) if last.equal => Decision::Repeat,
        Some(last) if last.origin < sighting.origin => Decision::Revision { available_at: sighting.origin.0.max(last.available_at + 1) },
        _ => Decision::OutOfOrder,
    }
}
