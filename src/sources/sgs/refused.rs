//! Codes of the interface that are asked for and should not be: catalogues disagree on what they are, their names could not be verified, or
//! the server no longer knows them. A figure under a wrong name is worse than none.

/// First and last code, and why.
const REFUSED: &[(u32, u32, &str)] = &[
    (14, 14, DEAD),
    (13_523, 13_523, DEAD),
    (13_690, 13_690, DEAD),
    (21_860, 21_860, DEAD),
    (
        29_033,
        29_040,
        "some catalogues call it a median of the Focus survey, others a ratio of household debt; for the survey take `bcb_focus`",
    ),
    (253, 253, "some catalogues call it the basic financial rate (TBF), others the rate of certificates of 30 days"),
    (5_364, 5_364, "sources disagree on whether it is the flow of the month in reais or in percent of GDP; take 4649 of `stn_fiscal`"),
    (21_084, 21_085, "catalogues disagree on which of 21082, 21084 and 21085 is which"),
    (21_082, 21_082, "catalogues disagree on which of 21082, 21084 and 21085 is which"),
    (29_601, 29_606, "which of 29601 to 29606 is which sector of IBC-Br, and which is adjusted, could not be verified"),
    (4_466, 4_466, UNVERIFIED),
    (22_099, 22_099, UNVERIFIED),
    (28_763, 28_763, UNVERIFIED),
    (13_982, 13_982, UNVERIFIED),
    (1_788, 1_788, UNVERIFIED),
    (27_788, 27_791, UNVERIFIED),
];

const DEAD: &str = "the server answers `Requisição inválida` to it: the code is dead";
const UNVERIFIED: &str = "what it is could not be verified; a file given with `--config` describes it where you know";

/// Why a code is not taken.
pub(super) fn reason(code: &str) -> Option<&'static str> {
    let code: u32 = code.parse().ok()?;
    REFUSED.iter().find(|(first, last, _)| (*first..=*last).contains(&code)).map(|(.., why)| *why)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn what_is_refused_is_not_described() {
        let config = Config::built_in().expect("the built-in configuration");
        for source in super::super::ALL {
            for series in config.series_of(source) {
                assert_eq!(reason(super::super::code(series)), None, "{}", series.id);
            }
        }
        assert!(reason("14").is_some_and(|why| why.contains("dead")));
        assert!(reason("29036").is_some() && reason("29041").is_none() && reason("IPCA").is_none());
    }
}
