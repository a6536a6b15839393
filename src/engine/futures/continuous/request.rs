//! What a continuous series was asked to be: the arguments of a call, filled up from a saved definition, checked.

use chrono::NaiveDate;
use datafusion::common::ScalarValue;
use datafusion::error::Result;

use crate::contract::month_of_letter;
use crate::engine::functions::Arguments;
use crate::engine::relations::{Relations, instant_of};
use crate::error::Error;
use crate::quant::splice::{Adjust, Direction, GapDay, PriceKind, Terms};

/// Parameters of everything that is made of a continuous series, in the order of their positions.
pub const PARAMETERS: [&str; 16] = [
    "root",
    "roll",
    "roll_days",
    "unit",
    "rolls_on",
    "gap",
    "adjust",
    "direction",
    "rank",
    "months",
    "price",
    "latest",
    "dataset",
    "from",
    "to",
    "at",
];

/// The words of which an argument is one.
pub fn words(parameter: &str) -> &'static [&'static str] {
    match parameter {
        "roll" => &["days_before_expiry", "days_before_notice", "calendar", "volume", "open_interest", "schedule"],
        "rolls_on" => &["last_trade_day", "delivery_month"],
        "unit" => &["calendar", "business"],
        "gap" => &["on", "before"],
        "adjust" => &["none", "ratio", "additive"],
        "direction" => &["back", "forward"],
        "price" => &["auto", "settlement", "close"],
        _ => &[],
    }
}

/// Days before the deadline where neither the call nor the root's settings say how many.
const ROLL_DAYS: u32 = 5;
const MICROS_A_DAY: i64 = 86_400_000_000;

/// When one contract gives way to the next.
#[derive(Debug, Clone, PartialEq)]
pub enum RollRule {
    /// Some days before the last trade day, or before the first notice day where there is one.
    Days {
        before_notice: bool,
        days: Option<u32>,
        is_business: bool,
    },
    LastTradeDay,
    DeliveryMonth,
    Volume,
    OpenInterest,
    /// A table of days, each with the contract (by id or symbol) that is held before it and from it on.
    Schedule(Vec<Scheduled>),
}

/// One line of a roll table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scheduled {
    /// Days since 1970.
    pub day: i32,
    pub from: String,
    pub to: String,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// Exchange roots, each once, with its own number of days before a deadline where settings give one.
    pub roots: Vec<(String, Option<u32>)>,
    pub roll: RollRule,
    pub terms: Terms,
    pub rank: usize,
    /// `None`: the months of the root's main cycle; empty: all.
    pub months: Option<Vec<u32>>,
    /// Business days before the last trade day after which a contract is not held by volume or open interest.
    pub latest: u32,
    pub dataset: Option<String>,
    /// Days since 1970, both included.
    pub from: Option<i32>,
    pub to: Option<i32>,
    pub at: Option<crate::time::KnowledgeTime>,
}

impl Request {
    /// Reads the arguments of a call.
    ///
    /// # Errors
    /// An argument is missing, unknown or contradicts another.
    pub fn of(arguments: &Arguments, planner: &Relations) -> Result<Self> {
        let mut arguments = arguments.clone();
        let named = roots(&arguments)?;
        let saved = match named.as_slice() {
            [id] if planner.context.config.find_root(id).is_none() => planner.core.saved_series(id)?,
            _ => None,
        };
        let mut schedule = Vec::new();
        let names = match saved {
            Some((saved, table)) => {
                for (name, value) in &saved.arguments {
                    // what the call says itself comes before what was saved
                    if arguments.get(name).is_none() {
                        arguments.give(Some(name), ScalarValue::from(value.as_str()))?;
                    }
                }
                schedule.extend(table.into_iter().map(|roll| Scheduled { day: day_number(roll.as_of), from: roll.from, to: roll.to }));
                vec![saved.root]
            }
            None => named,
        };
        let mut roots: Vec<(String, Option<u32>)> = Vec::new();
        for name in names {
            // a root and its alias are one series
            let (root, roll_days) = root(planner, &name)?;
            if !roots.iter().any(|(known, _)| *known == root) {
                roots.push((root, roll_days));
            }
        }
        let at = arguments.get("at").cloned().map(instant_of).transpose()?;
        if let Some(at) = at {
            planner.ensure_not_later(at, &format!("`{}` at", arguments.name()))?;
        }
        let roll = roll(&arguments, schedule)?;
        let terms = terms(&arguments, &roll)?;
        let (from, to) = (day(&arguments, "from")?, day(&arguments, "to")?);
        if let (Some(from), Some(to)) = (from, to)
            && from > to
        {
            return Err(Error::query(format!("`{}` ends before it begins", arguments.name()))
                .hint("`from` and `to` are both included")
                .into());
        }
        Ok(Self {
            roots,
            roll,
            terms,
            rank: arguments.whole("rank")?.unwrap_or(0) as usize,
            months: months(&arguments)?,
            latest: arguments.whole("latest")?.unwrap_or(0),
            dataset: arguments.text("dataset")?.map(str::to_string),
            from,
            to,
            at,
        })
    }

    /// Whether there is something to roll by. A series may be defined before its roll table is loaded, so this is asked when one is made.
    ///
    /// # Errors
    /// A series that is rolled by schedule has no roll table.
    pub fn ensure_rolls(&self) -> Result<()> {
        match &self.roll {
            RollRule::Schedule(table) if table.is_empty() => Err(Error::query("there is no roll table to follow")
                .hint("`contango series rolls load ID rolls.csv` gives a saved series its table; then ask for the series by its ID")
                .into()),
            _ => Ok(()),
        }
    }

    /// The days before a deadline on which a root's contracts are rolled.
    pub fn roll_days(&self, of_root: Option<u32>) -> u32 {
        match &self.roll {
            RollRule::Days { days, .. } => days.or(of_root).unwrap_or(ROLL_DAYS),
            _ => 0,
        }
    }
}

/// One name or a list of them.
fn roots(arguments: &Arguments) -> Result<Vec<String>> {
    let names = arguments.texts("root")?;
    if names.is_empty() {
        return Err(Error::query(format!("`{}` needs a root", arguments.name()))
            .hint(format!("write {0}('ES'), {0}(['ES', 'CL']) or the name of a saved series", arguments.name()))
            .into());
    }
    Ok(names)
}

/// A root under its exchange's name, with its settings. One that configuration does not know may still be in the lake.
fn root(planner: &Relations, name: &str) -> Result<(String, Option<u32>)> {
    let root = planner.context.config.find_root(name).map_or_else(|| name.to_string(), |known| known.root.clone());
    let roll_days = planner.core.roll_days(&root)?;
    Ok((root, roll_days))
}

fn roll(arguments: &Arguments, schedule: Vec<Scheduled>) -> Result<RollRule> {
    let rule = arguments.choice("roll")?.unwrap_or("days_before_notice");
    let by_days = rule.starts_with("days_before");
    let only_for = |parameter: &str, fits: bool, whom: &str| match arguments.get(parameter) {
        Some(_) if !fits => Err(Error::query(format!("`{parameter}` means nothing where contracts are rolled by `{rule}`"))
            .hint(format!("it belongs to roll => {whom}"))),
        _ => Ok(()),
    };
    let by_figure = matches!(rule, "volume" | "open_interest");
    only_for("roll_days", by_days, "'days_before_expiry' and 'days_before_notice'")?;
    only_for("unit", by_days, "'days_before_expiry' and 'days_before_notice'")?;
    only_for("rolls_on", rule == "calendar", "'calendar'")?;
    only_for("latest", by_figure, "'volume' and 'open_interest'")?;
    Ok(match rule {
        "volume" => RollRule::Volume,
        "open_interest" => RollRule::OpenInterest,
        "schedule" => RollRule::Schedule(schedule),
        "calendar" => match arguments.choice("rolls_on")? {
            Some("delivery_month") => RollRule::DeliveryMonth,
            _ => RollRule::LastTradeDay,
        },
        _ => RollRule::Days {
            before_notice: rule == "days_before_notice",
            days: arguments.whole("roll_days")?,
            is_business: arguments.choice("unit")? == Some("business"),
        },
    })
}

fn terms(arguments: &Arguments, roll: &RollRule) -> Result<Terms> {
    let by_figure = matches!(roll, RollRule::Volume | RollRule::OpenInterest);
    let gap = match arguments.choice("gap")? {
        Some("before") if by_figure => {
            return Err(Error::query("a gap on the day before cannot be traded where volume or open interest decide the roll")
                .hint("their figures of a day come out the next morning; leave `gap` out or write gap => 'on'")
                .into());
        }
        Some("on") => GapDay::On,
        Some(_) => GapDay::Before,
        None if by_figure => GapDay::On,
        None => GapDay::Before,
    };
    let adjust = match arguments.choice("adjust")? {
        Some("ratio") => Adjust::Ratio,
        Some("additive") => Adjust::Additive,
        _ => Adjust::Unadjusted,
    };
    let direction = match arguments.choice("direction")? {
        Some("forward") => Direction::Forward,
        _ => Direction::Back,
    };
    let price = match arguments.choice("price")? {
        Some("settlement") => PriceKind::Settlement,
        Some("close") => PriceKind::Close,
        _ => PriceKind::Auto,
    };
    Ok(Terms { price, gap, adjust, direction })
}

fn months(arguments: &Arguments) -> Result<Option<Vec<u32>>> {
    let Some(letters) = arguments.text("months")? else { return Ok(None) };
    if letters.eq_ignore_ascii_case("all") {
        return Ok(Some(Vec::new()));
    }
    let month = |letter: char| {
        month_of_letter(letter).ok_or_else(|| {
            Error::query(format!("`{letter}` in months => '{letters}' is no month"))
                .hint("months are F G H J K M N Q U V X Z, January to December, or 'all'")
        })
    };
    let months = letters.chars().filter(|c| !c.is_whitespace() && *c != ',').map(month).collect::<Result<Vec<_>, _>>()?;
    if months.is_empty() {
        return Err(Error::query("`months` names no month").hint("such as months => 'HMUZ'; 'all' takes every contract").into());
    }
    Ok(Some(months))
}

fn day(arguments: &Arguments, parameter: &str) -> Result<Option<i32>> {
    let Some(value) = arguments.get(parameter) else { return Ok(None) };
    let day = instant_of(value.clone())?.micros().div_euclid(MICROS_A_DAY);
    Ok(i32::try_from(day).ok())
}

/// A day since 1970.
pub fn day_number(date: NaiveDate) -> i32 {
    date.signed_duration_since(NaiveDate::default()).num_days() as i32
}
