//! Brazil's public finances, month by month: primary and nominal balance, interest, gross and net debt, from SGS into `fiscal_data`. As the
//! source has it a borrowing requirement that is positive is a deficit, and is stored so. The list is the section `series.stn_fiscal` of
//! `config/series.toml`; how they are had is [`super::sgs`]. Sums over 12 months that the source does not publish are the view `fiscal_12m`.

use super::sgs::Sgs;
use crate::tables::FISCAL_DATA;

/// The public sector.
pub static STN_FISCAL: Sgs = Sgs {
    name: "stn_fiscal",
    doc: "Brazil's public finances: primary and nominal balance, interest, gross and net debt, month by month",
    tables: &[&FISCAL_DATA],
};
