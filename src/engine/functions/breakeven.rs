//! `breakeven(nominal =>, real =>, [at =>])`: the inflation at which a nominal and a real bond of one term earn the same.

use datafusion::error::Result;
use datafusion::logical_expr::LogicalPlan;

use super::{Arguments, Documentation, TableFunction};
use crate::config::closest;
use crate::engine::relations::{Relations, instant_of};
use crate::error::Error;
use crate::tables::curves::{CURVE_IDS, US_PAR, US_REAL_PAR};

pub struct Breakeven;

static DOCUMENTATION: Documentation = Documentation {
    name: "breakeven",
    syntax: "breakeven([nominal => 'US_PAR'], [real => 'US_REAL_PAR'], [at])",
    summary: "One row per day and tenor that both curves have: the rate of the curve `nominal` less that of the curve `real`, in percentage points \
              a year. It is the simple difference of two rates as quoted, as the Federal Reserve gives breakeven inflation (T10YIE = DGS10 - \
              DFII10), not (1 + nominal) / (1 + real) - 1, and holds a premium for inflation risk and liquidity beside what is expected (Gurkaynak, \
              Sack and Wright, The TIPS yield curve and inflation compensation, American Economic Journal: Macroeconomics 2 (2010)). Both rates \
              must be of one compounding. Tenors are equal where they are written alike: 10Y and 10Y, 2035-05-15 and 2035-05-15. `available_at` \
              is the later of the two.",
    nulls: "`breakeven` is NULL where a rate is. A tenor or a day that one of the curves lacks has no row: nothing is interpolated. A curve that no source \
            feeds is an error.",
    causality: "Reads both curves as known at `at`, which defaults to the clock; an instant later than the clock is an error.",
    example: "SELECT as_of, tenor, nominal, real, round(breakeven, 2) AS breakeven FROM breakeven(nominal => 'US_PAR', real => 'US_REAL_PAR') \
              ORDER BY as_of DESC, tenor_years LIMIT 5",
};

impl TableFunction for Breakeven {
    fn documentation(&self) -> &'static Documentation {
        &DOCUMENTATION
    }
    fn parameters(&self) -> &'static [&'static str] {
        &["nominal", "real", "at"]
    }

    fn plan(&self, arguments: &Arguments, planner: &Relations) -> Result<LogicalPlan> {
        let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
        let nominal = known(arguments.text("nominal")?.unwrap_or(US_PAR))?;
        let real = known(arguments.text("real")?.unwrap_or(US_REAL_PAR))?;
        let text = format!(
            "SELECT n.as_of, n.tenor, n.tenor_years, n.rate AS nominal, r.rate AS real, n.rate - r.rate AS breakeven,
                    greatest(n.available_at, r.available_at) AS available_at
             FROM   (SELECT * FROM curves WHERE curve_id = {}) n
             JOIN   (SELECT * FROM curves WHERE curve_id = {}) r ON n.as_of = r.as_of AND n.tenor = r.tenor",
            quoted(nominal),
            quoted(real)
        );
        let at = arguments.get("at").cloned().map(instant_of).transpose()?;
        at.map_or(Ok(()), |at| planner.ensure_not_later(at, "`breakeven` at"))?;
        planner.plan_text(&text, at)
    }
}

/// # Errors
/// No source feeds a curve of this name.
fn known(id: &str) -> Result<&str> {
    if CURVE_IDS.contains(&id) {
        return Ok(id);
    }
    let hint = match closest(&id.to_uppercase(), CURVE_IDS) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("it is one of {}", CURVE_IDS.join(", ")),
    };
    Err(Error::query(format!("unknown curve `{id}`")).hint(hint).into())
}
