//! "Did you mean": the known name that is closest to one that is not known. Pure.

use datafusion::common::utils::datafusion_strsim::normalized_levenshtein;

/// Below this likeness a suggestion confuses more than it helps.
const ALIKE: f64 = 0.5;

/// The candidate most like `name`, if one is like it at all.
pub fn closest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (normalized_levenshtein(&name, &candidate.to_lowercase()), candidate))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::closest;

    #[test]
    fn slip_finds_its_name_and_noise_finds_none() {
        assert_eq!(closest("tabels", ["help", "tables", "timer"]), Some("tables"));
        assert_eq!(closest("CFCT", ["cftc"]), Some("cftc"));
        assert_eq!(closest("zzz", ["help", "tables"]), None);
    }
}
