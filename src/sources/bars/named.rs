//! The contract in a file's name, for files that have no column for it: `CLM24.csv`, `Day_AUD_20240300.csv`, `es_trade_201312.csv`,
//! `cl_201906_daily.csv.gz`. A part of the name that is a contract, or a root and a month behind it with words for what and how often between.

use chrono::NaiveDate;

use crate::contract::parse;

/// Words that stand between root and month.
const WORDS: [&str; 12] = ["trade", "quote", "day", "daily", "hour", "hourly", "minute", "bars", "prices", "price", "ohlcv", "1d"];

/// The symbol as the name has it, with its month.
pub fn symbol_in(name: &str) -> Option<String> {
    let name = name.rsplit(['/', '\\']).next()?;
    let stem = name.split('.').next()?;
    let is_contract = |text: &str| parse(text, NaiveDate::default()).is_some();
    let parts: Vec<&str> = stem.split(['_', '-', ' ']).filter(|part| !part.is_empty()).collect();
    let is_word = |part: &str| WORDS.contains(&part.to_ascii_lowercase().as_str());
    let mut root = None;
    let mut found = Vec::new();
    for part in parts.into_iter().filter(|part| !is_word(part)) {
        let is_month = part.bytes().all(|b| b.is_ascii_digit());
        match root {
            _ if !is_month && is_contract(part) => found.push(part.to_ascii_uppercase()),
            Some(root) if is_month && matches!(part.len(), 6 | 8) => {
                let symbol = format!("{root}{part}").to_ascii_uppercase();
                found.extend(is_contract(&symbol).then_some(symbol));
            }
            _ => root = Some(part).filter(|_| !is_month),
        }
    }
    // a name of two contracts is one of neither
    match found.as_slice() {
        [one] => Some(one.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::symbol_in;

    #[test]
    fn a_contract_is_found_in_a_name() {
        for (name, expected) in [
            ("CLM24.csv", Some("CLM24")),
            ("Day_AUD_20240300.csv", Some("AUD20240300")),
            ("es_trade_201312.csv", Some("ES201312")),
            ("opendatadsl_MWK22_daily.csv", Some("MWK22")),
            ("cl_201906_daily.csv.gz", Some("CL201906")),
            ("folder/6EH4.csv", Some("6EH4")),
            ("SP500.csv", None),
            ("bars.csv", None),
            ("20240308.csv", None),
            ("ESH24-ESM24.csv", None),
            ("", None),
        ] {
            assert_eq!(symbol_in(name).as_deref(), expected, "{name}");
        }
    }
}
