//! `continuous_series(root | [roots] | series, …)`: contracts held one after the other, spliced into one series.

use std::sync::Arc;

use datafusion::error::Result;
use datafusion::logical_expr::LogicalPlan;

use super::{Arguments, Documentation, TableFunction};
use crate::engine::futures::continuous::request::{self, PARAMETERS, Request};
use crate::engine::futures::continuous::series;
use crate::engine::relations::Relations;

pub struct ContinuousSeries;

static DOCUMENTATION: Documentation = Documentation {
    name: "continuous_series",
    syntax: "continuous_series(root | [roots] | 'saved series', [roll => 'days_before_notice'], [roll_days => 5], [unit => 'calendar'], \
             [rolls_on => 'last_trade_day'], [gap => 'on' | 'before'], [adjust => 'none'], [direction => 'back'], [rank => 0], [months => 'HMUZ'], \
             [price => 'auto'], [latest => 0], [dataset => 'GLBX.MDP3'], [from => '2015-01-01'], [to => '2020-12-31'], [at => '2020-01-01'])",
    summary: "One row per root and trade date: the contract held, its price, and levels adjusted at each roll.\n\
              \n\
              When it rolls. `days_before_expiry` and `days_before_notice` (first notice where there is one, else expiry): from the day deadline - \
              roll_days on the next contract is held; `unit` counts calendar or business days; roll_days defaults to `contango meta set ROOT \
              roll_days=N`, else 5. `calendar`: from the last trade day on (rolls_on => 'last_trade_day'), or from the first day of the delivery \
              month on (rolls_on => 'delivery_month'). `volume` and `open_interest`: each day the contract with the largest figure, of an earlier \
              day and known by the end of the day's session; ties go to the earlier expiry; a contract is not held later than `latest` business \
              days before its last trade day, or than its month where that is not known. `schedule`: the roll table of a saved series. No rule goes back to an earlier contract, or holds one \
              before its first price. A day before any figure is known has no row, nor has a day on which the held contract has no price.\n\
              \n\
              Which contracts. Those of `months`, by default the main cycle that meta.roots lists ('all' takes every one). `rank` r holds the r-th \
              contract after the one that the rule holds.\n\
              \n\
              Which price. `auto` is the settlement where it is known, else the close (`price_source` says which); `close` of the series is that \
              price, adjusted, `price` is as it was traded. open, high and low are the bar's, adjusted alike.\n\
              \n\
              Which gap. Both contracts' prices, of one kind, on the first day of the incoming contract (gap => 'on', the default for volume and \
              open_interest, whose figures come the next morning) or on the last day of the outgoing one ('before', the default for the others, \
              refused for those two). Where one has no price then, the nearest of the 5 trade dates before on which both have; where there is none \
              the roll adjusts nothing and is reported.\n\
              \n\
              `adjust`: 'ratio' multiplies, 'additive' adds, 'none' leaves prices. direction => 'back' keeps the newest contract's prices and moves \
              the past at each roll; 'forward' keeps the oldest contract's, and never changes what it said of a day. `held_return` is the return of \
              what was held since the row before, over a roll by way of the gap; neither adjust nor a later roll changes it. `days_left` counts \
              calendar days to the last trade day. `bar_available_at` is when the day's own price and bar were known, `available_at` when all that \
              the row used was.\n\
              \n\
              Worked example. ESH4 closes 5100 then 5110, ESM4 5160 then 5171; on the second day the open interest of the first is known to be \
              larger in ESM4. The second day is ESM4's first: gap 'on' takes 5110 and 5171. Back by ratio the first day shows 5100 x 5171 / 5110 = \
              5160.88, the second 5171; held_return of the second day is ESH4's 5110 / 5100 - 1 = 0.00196.\n\
              \n\
              Compared. Databento's ES.n.0 and ES.v.0 choose by the previous day's open interest and volume as this does, and never adjust; ES.c.0 is \
              roll => 'calendar'. LEAN's LastTradingDay and FirstDayMonth are rolls_on => 'last_trade_day' and 'delivery_month'; its back-adjusted \
              modes know all later rolls, here only those known at the clock count. pysystemtrade's adjusted prices are roll => 'schedule', adjust => \
              'additive' with the gap on the last day before the roll.",
    nulls: "open, high, low and volume are NULL without a bar, open_interest while it is not known, held_return on the first row, over a roll \
            without a gap, and where a price is not positive; days_left where no last trade day is known. adjust => 'ratio' refuses prices of zero \
            and below.",
    causality: "Rolls stand on vintages known at each decision, prices on those known at the clock; only gaps known at the clock adjust anything. \
                `at` moves the call to an earlier instant.",
    example: "SELECT as_of, contract_id, price, close, rolled, held_return FROM continuous_series('ES', roll => 'open_interest', adjust => 'ratio') \
              ORDER BY as_of LIMIT 5",
};

impl TableFunction for ContinuousSeries {
    fn documentation(&self) -> &'static Documentation {
        &DOCUMENTATION
    }
    fn parameters(&self) -> &'static [&'static str] {
        &PARAMETERS
    }
    fn words(&self, parameter: &str) -> &'static [&'static str] {
        request::words(parameter)
    }
    fn plan(&self, arguments: &Arguments, planner: &Relations) -> Result<LogicalPlan> {
        let table = series::table(Request::of(arguments, planner)?);
        arguments.scan(Arc::new(table))
    }
}
