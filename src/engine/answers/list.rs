//! `CURES`: every answer of DataFusion that is made right here.

/// An answer that DataFusion gets wrong.
#[derive(Debug)]
pub struct Cure {
    /// What is asked.
    pub of: &'static str,
    /// Where DataFusion speaks of it; empty where it does not yet.
    pub upstream: &'static [&'static str],
    /// The file of this folder that makes it right, or refuses it.
    pub by: &'static str,
    /// The test under `tests/slt/` that fails as soon as the cure is taken out and DataFusion still gets it wrong.
    pub test: &'static str,
}

pub static CURES: &[Cure] = &[
    Cure { of: "a date plus or minus hours", upstream: &[], by: "dates.rs", test: "answers/dates.slt" },
    Cure { of: "`^` as a power", upstream: &["#22252", "#22247"], by: "dates.rs", test: "answers/operators.slt" },
    Cure { of: "bits of a fraction", upstream: &["#22252"], by: "dates.rs", test: "answers/operators.slt" },
    Cure { of: "order of NaN and zeros that were computed", upstream: &["#13415"], by: "numbers.rs", test: "answers/operators.slt" },
    Cure { of: "SIMILAR TO", upstream: &["#22252"], by: "similar.rs", test: "answers/operators.slt" },
    Cure { of: "spans against intervals, and their order", upstream: &["#11891", "#8468"], by: "spans.rs", test: "answers/spans.slt" },
    Cure { of: "parts of the span between two instants", upstream: &["#11891"], by: "spans.rs", test: "answers/spans.slt" },
    Cure { of: "order and ranks by what an outer join may leave out", upstream: &[], by: "veil.rs", test: "answers/constants.slt" },
    Cure { of: "order by what grouping sets leave out", upstream: &[], by: "veil.rs", test: "answers/constants.slt" },
    Cure { of: "outer joins with USING", upstream: &[], by: "using.rs", test: "answers/using.slt" },
    Cure { of: "INTERSECT ALL, EXCEPT ALL", upstream: &[], by: "multisets.rs", test: "answers/multisets.slt" },
    Cure { of: "lead and lag with IGNORE NULLS, and under a LIMIT", upstream: &["#25471"], by: "shifts.rs", test: "answers/shifts.slt" },
    Cure { of: "windows that keep what left them", upstream: &[], by: "aggregates/", test: "answers/windows.slt" },
    Cure { of: "corr over groups, far from 0", upstream: &[], by: "aggregates/", test: "answers/windows.slt" },
    Cure { of: "min and max of groups with NaN", upstream: &["#13415", "#11870"], by: "aggregates/", test: "answers/windows.slt" },
    Cure { of: "a query for each row of another", upstream: &["#18121"], by: "correlated/", test: "answers/correlated.slt" },
    Cure { of: "several scalar subqueries, and several IN (SELECT ...)", upstream: &[], by: "rewrite.rs", test: "answers/correlated.slt" },
    Cure {
        of: "whole numbers that wrap",
        upstream: &["#17539", "#12140", "#21318", "#3520"],
        by: "checked.rs",
        test: "answers/whole_numbers.slt",
    },
    Cure { of: "AT TIME ZONE", upstream: &["#25175", "#25167"], by: "zones.rs", test: "answers/zones.slt" },
    Cure { of: "what stands in front of AND, OR and in FILTER", upstream: &[], by: "guards.rs", test: "answers/guards.slt" },
];
