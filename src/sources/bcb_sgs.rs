//! Rates, prices, activity, external accounts and credit of the Banco Central do Brasil: series of SGS by their code, into `macro_series`.
//! The list is the section `series.bcb_sgs` of `config/series.toml`; how they are had is [`super::sgs`].

use super::sgs::Sgs;
use crate::tables::MACRO_SERIES;

/// The central bank's series.
pub static BCB_SGS: Sgs = Sgs {
    name: "bcb_sgs",
    doc: "Banco Central do Brasil, time series (SGS): rates, prices, activity, external accounts, credit",
    tables: &[&MACRO_SERIES],
};
