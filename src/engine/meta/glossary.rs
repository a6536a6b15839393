//! `meta.glossary`: what columns mean that stand in tables of this schema and in the rows of functions. `meta.columns` has those of lake tables
//! and families. One meaning per name, so that a name means the same wherever it stands.

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;

use super::{batch, text, text_schema};
use crate::engine::context::StatementContext;

/// Name, unit, meaning.
static MEANINGS: &[(&str, &str, &str)] = &[
    ("activation", "", "first day of trading, where a definition says it"),
    ("adjustment", "", "what prices were multiplied by (ratio) or had added (additive); 0 where they stand as traded"),
    ("adjustment_method", "", "none, ratio or additive"),
    ("administered", "", "figures stand still for long, until someone moves them: a policy rate"),
    ("aliases", "", "other names that are taken for the root"),
    ("announced_on", "", "the day from which the date could be known; NULL where unknown, or an ordinary week"),
    ("arguments", "", "names of the arguments, in the order of their positions"),
    ("as_of", "", "the day that the row describes"),
    ("availability", "", "how the knowledge time is known: stamped, scheduled, rule, lagged or observed"),
    ("available_at", "", "first instant at which the public could know the row"),
    ("backcast", "", "read so long after its release that the source may have revised it silently"),
    ("bar_available_at", "", "when the bar of the contract held was known"),
    ("behind", "", "reports, or series with a figure, that are out and not held; NULL where no calendar or rule is known"),
    ("built_at", "", "when it was built"),
    ("calendar", "", "the exchange calendar of the market"),
    ("carry", "", "annualized yield of holding the near contract, from the prices of both"),
    ("causality", "", "what the function can see, relative to the clock and to the row"),
    ("checked_at", "", "when the server was last asked"),
    ("code", "", "what the provider calls it, where that is not the id"),
    ("column_name", "", "name of the column"),
    ("contract_from", "", "the outgoing contract"),
    ("contract_id", "", "the contract under a name that is never used twice (ESH2024)"),
    ("contract_notional", "currency", "typed value of a move by one point"),
    ("contract_rank", "", "0 holds the contract of the rule, 1 the one after it"),
    ("contract_to", "", "the incoming contract"),
    ("cot_codes", "", "CFTC contract market codes of the market"),
    ("cot_report", "", "the report that the market belongs to: tff or disaggregated"),
    ("created_at", "", "when it was saved"),
    ("dataset", "", "the provider's dataset; a provider where it has one alone"),
    ("dated", "", "whether a period is dated by its first or its last day"),
    ("days_between", "calendar days", "from the last day of the near contract to that of the far one"),
    ("days_to_expiry", "calendar days", "days to the last trade day"),
    ("decided_ahead", "", "figures are decided, and known, before the day that they are of"),
    ("decimals", "", "decimals of a printed price"),
    ("direction", "", "back keeps the newest prices and moves the past, forward keeps the oldest"),
    ("doc", "", "what it holds or means"),
    ("due_at", "", "when the next figure is out by the rule of release; NULL where no rule is known, or a report is overdue"),
    ("end_date", "", "last day"),
    ("etag", "", "the server's mark of the version that was read"),
    ("evidence", "", "where the instant is from"),
    ("example", "", "a statement that runs on the demo's lake"),
    ("expiration", "", "last trade day as known"),
    ("faces", "", "the names under which its rows are shown"),
    ("far", "", "the later contract"),
    ("far_price", "points", "price of the later contract"),
    ("first_date", "", "first day"),
    ("first_day", "", "first day on which the meaning holds"),
    ("frequency", "", "how often there is an observation"),
    ("include_months", "", "letters of the months that are held"),
    ("instrument_id", "", "the provider's number of the instrument"),
    ("kind", "", "what sort of thing it is"),
    ("known_at", "", "the instant at which the row could be computed"),
    ("last_date", "", "last day"),
    ("last_day", "", "last day on which the meaning holds; NULL where it goes on"),
    ("last_modified", "", "the server's date of what was read"),
    ("last_updated", "", "when the newest row became known"),
    ("late_by", "days", "how long after `due_at` the figure is not there; NULL where it is not late"),
    ("latest", "business days", "no contract is held longer than so many days before its deadline"),
    ("lookback", "trade dates", "last trade dates that a build compares with those stored"),
    ("may_be_negative", "", "whether figures of zero and below can be true"),
    ("mean", "see value", "mean of the window"),
    ("months", "", "letters of the main cycle of contract months"),
    ("n", "observations", "observations in the window"),
    ("name", "", "its name"),
    ("near", "", "the earlier contract"),
    ("near_price", "points", "price of the earlier contract"),
    ("newest_as_of", "", "last day that was known"),
    ("newest_available_at", "", "when the newest row became known"),
    ("next_as_of", "", "the day that the next figure describes; NULL where no rule is known or the source ended the series"),
    ("next_release", "", "when the next one is expected; NULL where no calendar is known"),
    ("note", "", "what to know of it"),
    ("notes", "", "what a person noted"),
    ("nulls", "", "what NULL, missing arguments and short windows give"),
    ("observations", "observations", "how many were known; each counts once, however often it was revised"),
    ("observed_at", "", "when the payload was downloaded"),
    ("oldest_as_of", "", "first day that was known"),
    ("oldest_available_at", "", "when the first row became known"),
    ("open_interest", "contracts", "open interest"),
    ("output_path", "", "where a build was written"),
    ("path", "", "path of the file under the data folder"),
    ("percentile_rank", "", "share of the window that is not above the value, from 1/n to 1"),
    ("positive", "", "whether a figure of zero or below cannot be true"),
    ("price_field", "", "settlement, close or auto"),
    ("rank", "", "0 is the contract that expires first"),
    ("release_id", "", "the source's number of the release"),
    ("release_rule", "", "when a figure is out, counted from the end of its period; of a stamped source, when the next one is due"),
    ("released", "", "whether it is out; of a series, the time of day of its release"),
    ("released_at", "", "the instant of release, or at which it is expected; NULL where overdue"),
    ("revises", "", "whether published figures change"),
    ("role", "", "key, as_of, value, attribute, system or derived"),
    ("roll_days", "days", "days before the deadline on which the next contract is held"),
    ("rolled_on", "", "first day of the incoming contract"),
    ("rolling_criteria", "", "the rule that rolls"),
    ("rolling_mean", "see value", "mean of the window"),
    ("rolling_std", "see value", "sample standard deviation of the window"),
    ("rolls_on", "", "what `calendar` rolls on: last_trade_day or first_of_month"),
    ("root", "", "the exchange's root, the join key between markets"),
    ("rows", "rows", "rows that were known, each vintage one"),
    ("run_id", "", "number of the build"),
    ("schema", "", "the report and scope, or the kind of figure"),
    ("seasonal_adjustment", "", "whether and how it is adjusted"),
    ("series_id", "", "the series"),
    ("sha256", "", "SHA-256 of the raw file"),
    ("slope", "", "rise of the price from the contract before, as a share a year"),
    ("source", "", "the provider"),
    ("source_info", "", "what the build read"),
    ("spreading", "contracts", "positions both long and short"),
    ("start_date", "", "first day"),
    ("state", "", "fresh until the next figure is due, due for a grace after it, then late; NULL where no rule is known"),
    ("std", "see value", "sample standard deviation of the window"),
    ("summary", "", "what it does"),
    ("symbol", "", "the symbol as the provider spells it"),
    ("syntax", "", "how it is written"),
    ("table_name", "", "the table; those of this schema with `meta.` before them"),
    ("title", "", "what the series is, in words"),
    ("type", "", "type in SQL"),
    ("typed", "", "whether a person typed a setting"),
    ("unit", "", "unit of the values"),
    ("updated_at", "", "when it was last changed"),
    ("url", "", "the address"),
    ("value", "", "the figure, in the unit of the series"),
    ("value_year_ago", "", "the value of twelve calendar months before"),
    ("vintages", "rows", "values that were known, revisions counted"),
    ("volume", "contracts", "contracts traded"),
    ("yahoo", "", "the symbol as Yahoo spells it (BRL=X)"),
    ("yoy", "", "value over that of a year ago, less 1"),
    ("zscore", "", "(value - mean) / std"),
];

pub fn glossary_schema() -> SchemaRef {
    text_schema(&["column_name", "unit", "doc"])
}

pub fn glossary_rows(_: &StatementContext) -> crate::error::Result<RecordBatch> {
    let said = |text: &'static str| Some(text).filter(|text| !text.is_empty());
    batch(
        glossary_schema(),
        vec![
            text(MEANINGS.iter().map(|(name, ..)| Some(*name))),
            text(MEANINGS.iter().map(|(_, unit, _)| said(unit))),
            text(MEANINGS.iter().map(|(.., doc)| Some(*doc))),
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_order_and_unique() {
        assert!(MEANINGS.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }
}
