//! The three reports as the CFTC prints them: trader categories, figures, and the exact spelling of every column that is read.
//!
//! All three share one structure, which the rest of the parser leans on. A *figure* is open interest, or a side of a category, of the
//! reportable total or of the nonreportable rest, in the order of the file; positions, percentages, changes and trader counts repeat that
//! sequence, once per crop-year *group* (All; where the report has them Old and Other). [`Layout`] gives every such cell a slot in a row.

use std::fmt;

/// Which report, named as in column `report`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Report {
    Tff,
    Disaggregated,
    Legacy,
}

/// Futures alone, or with the delta equivalent of options; named as in column `scope`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    FuturesOnly,
    Combined,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Long,
    Short,
    Spread,
}

/// The crop years that a figure covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    All,
    Old,
    Other,
}

/// A kind of trader.
#[derive(Debug, Clone, Copy)]
pub struct Category {
    /// As in column `category`.
    pub name: &'static str,
    /// As in the report's column names.
    spelling: &'static str,
    /// Whether the report has a spreading figure for it.
    pub spreads: bool,
}

impl Report {
    pub const ALL: [Self; 3] = [Self::Tff, Self::Disaggregated, Self::Legacy];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Tff => "tff",
            Self::Disaggregated => "disaggregated",
            Self::Legacy => "legacy",
        }
    }
    /// The reportable categories in the order of the file.
    pub const fn categories(self) -> &'static [Category] {
        const fn category(name: &'static str, spelling: &'static str, spreads: bool) -> Category {
            Category { name, spelling, spreads }
        }
        const TFF: &[Category] = &[
            category("dealer", "Dealer", true),
            category("asset_manager", "Asset_Mgr", true),
            category("leveraged_funds", "Lev_Money", true),
            category("other_reportable", "Other_Rept", true),
        ];
        const DISAGGREGATED: &[Category] = &[
            category("producer_merchant", "Prod_Merc", false),
            category("swap_dealer", "Swap", true),
            category("managed_money", "M_Money", true),
            category("other_reportable", "Other_Rept", true),
        ];
        const LEGACY: &[Category] = &[category("noncommercial", "Noncommercial", true), category("commercial", "Commercial", false)];
        match self {
            Self::Tff => TFF,
            Self::Disaggregated => DISAGGREGATED,
            Self::Legacy => LEGACY,
        }
    }
    pub const fn groups(self) -> &'static [Group] {
        match self {
            Self::Tff => &[Group::All],
            Self::Disaggregated | Self::Legacy => &[Group::All, Group::Old, Group::Other],
        }
    }
}

impl Scope {
    pub const ALL: [Self; 2] = [Self::FuturesOnly, Self::Combined];

    pub const fn name(self) -> &'static str {
        match self {
            Self::FuturesOnly => "futures_only",
            Self::Combined => "combined",
        }
    }
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.name() == name)
    }
    /// From a cell of `FutOnly_or_Combined`.
    pub fn from_cell(cell: &str) -> Option<Self> {
        if cell.eq_ignore_ascii_case("FutOnly") {
            Some(Self::FuturesOnly)
        } else if cell.eq_ignore_ascii_case("Combined") {
            Some(Self::Combined)
        } else {
            None
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Group {
    const fn spelling(self) -> &'static str {
        match self {
            Self::All => "All",
            Self::Old => "Old",
            Self::Other => "Other",
        }
    }
}

/// What a numeric column says of a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    Positions,
    Change,
    Percent,
    Traders,
}

/// Columns of text, in the order of their slots.
pub const TEXT_COLUMNS: usize = 9;
pub const MARKET: usize = 0;
pub const CONTRACT_CODE: usize = 1;
pub const EXCHANGE_CODE: usize = 2;
pub const REGION_CODE: usize = 3;
pub const COMMODITY_CODE: usize = 4;
pub const SUBGROUP_CODE: usize = 5;
pub const CONTRACT_UNITS: usize = 6;
pub const DATE: usize = 7;
pub const SCOPE: usize = 8;

/// Number of concentration figures per row: gross and net, four and eight traders, long and short.
pub const CONCENTRATIONS: usize = 8;

/// Where each cell of a report's row is kept, and how its column is spelled.
#[derive(Debug, Clone)]
pub struct Layout {
    pub report: Report,
    /// The figures after open interest: spelling of their holder, side.
    figures: Vec<(&'static str, Side)>,
    /// Figure index of each category's long, short and spreading positions, in the order of [`Report::categories`].
    sides: Vec<[Option<usize>; 3]>,
}

/// Figure index of open interest; in trader counts the same place holds the total.
pub const OPEN_INTEREST: usize = 0;

impl Layout {
    pub fn new(report: Report) -> Self {
        let mut figures = Vec::new();
        let mut sides = Vec::new();
        for category in report.categories() {
            let long = figures.len() + 1;
            figures.extend([(category.spelling, Side::Long), (category.spelling, Side::Short)]);
            if category.spreads {
                figures.push((category.spelling, Side::Spread));
            }
            sides.push([Some(long), Some(long + 1), category.spreads.then_some(long + 2)]);
        }
        let (total, rest) = match report {
            Report::Legacy => ("Total Reportable", "Nonreportable"),
            Report::Tff | Report::Disaggregated => ("Tot_Rept", "NonRept"),
        };
        figures.extend([(total, Side::Long), (total, Side::Short), (rest, Side::Long), (rest, Side::Short)]);
        Self { report, figures, sides }
    }
    /// Figures per group, open interest included.
    pub fn figures(&self) -> usize {
        self.figures.len() + 1
    }
    /// Trader counts per group: there is none for the nonreportable.
    pub fn trader_figures(&self) -> usize {
        self.figures() - 2
    }
    pub fn groups(&self) -> usize {
        self.report.groups().len()
    }
    /// Figure indices of a category's long, short and spreading positions.
    pub fn category_sides(&self, category: usize) -> [Option<usize>; 3] {
        self.sides[category]
    }
    pub fn total(&self, side: Side) -> usize {
        self.figures() - if side == Side::Long { 4 } else { 3 }
    }
    pub fn nonreportable(&self, side: Side) -> usize {
        self.figures() - if side == Side::Long { 2 } else { 1 }
    }

    /// Slots of whole numbers in a row: positions of every group, changes, traders of every group.
    pub fn integers(&self) -> usize {
        (self.groups() + 1) * self.figures() + self.groups() * self.trader_figures()
    }
    pub fn position(&self, group: usize, figure: usize) -> usize {
        group * self.figures() + figure
    }
    pub fn change(&self, figure: usize) -> usize {
        self.groups() * self.figures() + figure
    }
    pub fn traders(&self, group: usize, figure: usize) -> usize {
        (self.groups() + 1) * self.figures() + group * self.trader_figures() + figure
    }
    /// Slots of decimals in a row: concentrations of All, then percentages of every group.
    pub fn decimals(&self) -> usize {
        CONCENTRATIONS + self.groups() * self.figures()
    }
    pub fn percent(&self, group: usize, figure: usize) -> usize {
        CONCENTRATIONS + group * self.figures() + figure
    }

    /// Every column in the order of the yearly files; the current week's file has the same and no header.
    pub fn columns(&self) -> Vec<String> {
        let texts = [MARKET, usize::MAX, DATE, CONTRACT_CODE, EXCHANGE_CODE, REGION_CODE, COMMODITY_CODE];
        let form_of_date = if self.report == Report::Legacy { "As of Date in Form YYMMDD" } else { "As_of_Date_In_Form_YYMMDD" };
        let text = |slot: usize| if slot == usize::MAX { form_of_date } else { self.text_spelling(slot) };
        let mut names: Vec<String> = texts.into_iter().map(|slot| text(slot).to_string()).collect();
        let (figures, groups) = (0..self.figures(), 0..self.groups());
        names.extend(
            groups
                .clone()
                .flat_map(|group| figures.clone().map(move |figure| (group, figure)))
                .map(|(group, figure)| self.spelling(Measure::Positions, group, figure)),
        );
        names.extend(figures.clone().map(|figure| self.spelling(Measure::Change, 0, figure)));
        names.extend(
            groups
                .clone()
                .flat_map(|group| figures.clone().map(move |figure| (group, figure)))
                .map(|(group, figure)| self.spelling(Measure::Percent, group, figure)),
        );
        let traders = 0..self.trader_figures();
        names.extend(
            groups
                .clone()
                .flat_map(|group| traders.clone().map(move |figure| (group, figure)))
                .map(|(group, figure)| self.spelling(Measure::Traders, group, figure)),
        );
        names.extend(
            groups
                .flat_map(|group| (0..CONCENTRATIONS).map(move |index| (group, index)))
                .map(|(group, index)| self.concentration_spelling(group, index)),
        );
        let quoted = ["Contract_Units", "CFTC_Contract_Market_Code_Quotes", "CFTC_Market_Code_Quotes", "CFTC_Commodity_Code_Quotes"];
        let quoted_legacy = [
            "Contract Units",
            "CFTC Contract Market Code (Quotes)",
            "CFTC Market Code in Initials (Quotes)",
            "CFTC Commodity Code (Quotes)",
        ];
        names.extend(if self.report == Report::Legacy { quoted_legacy } else { quoted }.map(str::to_string));
        if self.report != Report::Legacy {
            names.extend(["CFTC_SubGroup_Code", "FutOnly_or_Combined"].map(str::to_string));
        }
        names
    }

    /// The column's name as the report's own files spell it.
    pub fn spelling(&self, measure: Measure, group: usize, figure: usize) -> String {
        let legacy = self.report == Report::Legacy;
        let group = self.report.groups()[group].spelling();
        let Some((holder, side)) = figure.checked_sub(1).map(|i| self.figures[i]) else {
            return match (measure, legacy) {
                (Measure::Positions, false) => format!("Open_Interest_{group}"),
                (Measure::Positions, true) => format!("Open Interest ({group})"),
                (Measure::Change, false) => format!("Change_in_Open_Interest_{group}"),
                (Measure::Change, true) => format!("Change in Open Interest ({group})"),
                (Measure::Percent, false) => format!("Pct_of_Open_Interest_{group}"),
                (Measure::Percent, true) => format!("% of Open Interest (OI) ({group})"),
                (Measure::Traders, false) => format!("Traders_Tot_{group}"),
                (Measure::Traders, true) => format!("Traders-Total ({group})"),
            };
        };
        let side_name = match (side, legacy) {
            (Side::Long, _) => "Long",
            (Side::Short, _) => "Short",
            (Side::Spread, false) => "Spread",
            (Side::Spread, true) => "Spreading",
        };
        match (measure, legacy) {
            (Measure::Positions, false) => {
                let gap = if holder == "Swap" && side != Side::Long { "__" } else { "_" };
                format!("{holder}{gap}Positions_{side_name}_{group}")
            }
            (Measure::Positions, true) => format!("{holder} Positions-{side_name} ({group})"),
            (Measure::Change, false) => format!("Change_in_{holder}_{side_name}_{group}"),
            (Measure::Change, true) => format!("Change in {holder}-{side_name} ({group})"),
            (Measure::Percent, false) => format!("Pct_of_OI_{holder}_{side_name}_{group}"),
            (Measure::Percent, true) => format!("% of OI-{holder}-{side_name} ({group})"),
            (Measure::Traders, false) => format!("Traders_{holder}_{side_name}_{group}"),
            (Measure::Traders, true) => format!("Traders-{holder}-{side_name} ({group})"),
        }
    }
    /// The name of a concentration column of a group.
    pub fn concentration_spelling(&self, group: usize, index: usize) -> String {
        let basis = if index < 4 { "Gross" } else { "Net" };
        let traders = if index % 4 < 2 { 4 } else { 8 };
        let side = if index.is_multiple_of(2) { "Long" } else { "Short" };
        let group = self.report.groups()[group].spelling();
        match self.report {
            Report::Legacy => format!("Concentration-{basis} LT ={traders} TDR-{side} ({group})"),
            Report::Tff | Report::Disaggregated => format!("Conc_{basis}_LE_{traders}_TDR_{side}_{group}"),
        }
    }
    /// The name of a text column.
    pub fn text_spelling(&self, slot: usize) -> &'static str {
        const UNDERSCORED: [&str; TEXT_COLUMNS] = [
            "Market_and_Exchange_Names",
            "CFTC_Contract_Market_Code",
            "CFTC_Market_Code",
            "CFTC_Region_Code",
            "CFTC_Commodity_Code",
            "CFTC_SubGroup_Code",
            "Contract_Units",
            "Report_Date_as_YYYY-MM-DD",
            "FutOnly_or_Combined",
        ];
        const LEGACY: [&str; TEXT_COLUMNS] = [
            "Market and Exchange Names",
            "CFTC Contract Market Code",
            "CFTC Market Code in Initials",
            "CFTC Region Code",
            "CFTC Commodity Code",
            "CFTC SubGroup Code",
            "Contract Units",
            "As of Date in Form YYYY-MM-DD",
            "FutOnly_or_Combined",
        ];
        if self.report == Report::Legacy { LEGACY[slot] } else { UNDERSCORED[slot] }
    }
}
