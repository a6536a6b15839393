//! Exchange contracts settled through Brazilian banks, day by day: ten series of SGS into `fx_flow`, under readable names, since they stand
//! beside other flows in `flow_data`. They come out weekly, on the Wednesday after, and the month before is revised in the third week of the
//! next. The list is the section `series.bcb_fx_flow` of `config/series.toml`; how they are had is [`super::sgs`].

use super::sgs::Sgs;
use crate::tables::FX_FLOW;

/// The exchange flow.
pub static BCB_FX_FLOW: Sgs = Sgs {
    name: "bcb_fx_flow",
    doc: "Banco Central do Brasil, exchange flow: commercial and financial contracts of each day, published weekly",
    tables: &[&FX_FLOW],
};
