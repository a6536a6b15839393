//! "Did you mean": the known word nearest to the one that was typed. Pure.

/// The candidate nearest to `word`, whatever the case, if it is near enough to be what was meant; of equally near ones the first.
pub fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let typed = word.to_lowercase();
    let allowed = 1 + typed.chars().count() / 4;
    candidates
        .into_iter()
        .map(|candidate| (strsim::osa_distance(&typed, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= allowed && *distance < candidate.chars().count())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_within_reach() {
        let categories = ["dealer", "asset_manager", "leveraged_funds"];
        assert_eq!(closest("leveraged_fund", categories), Some("leveraged_funds"));
        assert_eq!(closest("DELAER", categories), Some("dealer"));
        assert_eq!(closest("managed_money", categories), None);
        assert_eq!(closest("X", ["A", "B"]), None, "a single letter is near to every other");
    }
}
