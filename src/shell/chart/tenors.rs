//! How long a tenor is: `3M` comes before `2Y`, though not in the alphabet. Pure.

/// Days of a tenor such as `ON`, `1W`, `3M`, `18 Mo`, `2Y` or `30YR`; `None` for any other text.
pub fn days(text: &str) -> Option<f64> {
    let text = text.trim().to_uppercase();
    if matches!(text.as_str(), "ON" | "O/N") {
        return Some(1.0);
    }
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, unit) = text.split_at(end);
    let unit = match unit.trim() {
        "D" => 1.0,
        "W" | "WK" => 7.0,
        "M" | "MO" => 365.25 / 12.0,
        "Y" | "YR" => 365.25,
        _ => return None,
    };
    number.parse::<f64>().ok().filter(|number| number.is_finite()).map(|number| number * unit)
}

/// Puts tenors in order of their length; texts that are none stay where they are. Says whether all were tenors.
pub fn sort(words: &mut [String]) -> bool {
    let are_tenors = !words.is_empty() && words.iter().all(|word| days(word).is_some());
    if are_tenors {
        words.sort_by(|a, b| days(a).unwrap_or_default().total_cmp(&days(b).unwrap_or_default()));
    }
    are_tenors
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tenors_are_in_order_of_their_length() {
        let mut words = ["10Y", "2Y", "3M", "ON", "18 Mo", "1.5Y", "30YR", "1W"].map(String::from);
        assert!(sort(&mut words));
        assert_eq!(words, ["ON", "1W", "3M", "18 Mo", "1.5Y", "2Y", "10Y", "30YR"]);
    }

    #[test]
    fn other_texts_keep_their_order() {
        let mut words = ["dealer", "10Y"].map(String::from);
        assert!(!sort(&mut words));
        assert_eq!(words, ["dealer", "10Y"]);
        assert_eq!(days("ES"), None);
        assert_eq!(days("Y"), None);
        assert_eq!(days("1.2.3Y"), None);
    }
}
