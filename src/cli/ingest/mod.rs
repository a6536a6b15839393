//! `contango ingest SOURCE`: take a provider's files into the lake, or download them first. One file per source.

use std::sync::Arc;

use clap::{Args, Subcommand};
use datafusion::arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};

use super::global::Context;
use super::{Exit, help};
use crate::config::closest;
use crate::error::{Error, Result};
use crate::ingest::PayloadSummary;
use crate::script::Stop;
use crate::sources::{SOURCES, b3_tesouro, bcb_focus, bcb_fx_flow, bcb_ptax, bcb_sgs, ibge_sidra, stn_fiscal, us_treasury, yahoo};

mod banco_central;
mod bars;
mod cftc;
mod databento;
mod files;
mod fred;
mod vintages;
mod window;

/// Take a provider's files into the lake, or download them first
#[derive(Args)]
#[command(after_help = help::INGEST, subcommand_value_name = "SOURCE", subcommand_help_heading = "Sources", disable_help_subcommand = true)]
pub struct Ingest {
    #[command(subcommand)]
    source: Of,
}

/// Every source, with its own arguments.
#[derive(Subcommand)]
enum Of {
    /// Tesouro Direto's bonds, and the curve of B3's DI futures from its files
    #[command(name = "b3_tesouro", after_help = help::INGEST_B3_TESOURO)]
    B3Tesouro(window::Window),
    Bars(bars::Bars),
    /// BCB Focus: what institutions expect of inflation, rates, growth and the currency in Brazil
    #[command(name = "bcb_focus", after_help = help::INGEST_BCB_FOCUS)]
    BcbFocus(window::Window),
    /// BCB exchange flow: commercial and financial contracts with Brazil, day by day
    #[command(name = "bcb_fx_flow", after_help = banco_central::FX_FLOW)]
    BcbFxFlow(window::Window),
    /// BCB PTAX: closing rates of the real, under the stamp of the bulletin
    #[command(name = "bcb_ptax", after_help = banco_central::PTAX)]
    BcbPtax(window::Window),
    /// BCB SGS: rates, prices, activity, external accounts and credit of Brazil
    #[command(name = "bcb_sgs", after_help = banco_central::SGS)]
    BcbSgs(window::Window),
    Cftc(cftc::Cftc),
    Databento(databento::Databento),
    Fred(fred::Fred),
    /// IBGE SIDRA: consumer prices in Brazil, whole and by group
    #[command(name = "ibge_sidra", after_help = help::INGEST_IBGE_SIDRA)]
    IbgeSidra(window::Window),
    /// Public finances of Brazil: balances and debt, month by month
    #[command(name = "stn_fiscal", after_help = banco_central::FISCAL)]
    StnFiscal(window::Window),
    /// US Treasury par yield curves, nominal and real
    #[command(name = "us_treasury", after_help = help::INGEST_US_TREASURY)]
    UsTreasury(window::Window),
    Vintages(vintages::Vintages),
    /// Yahoo's daily prices of currencies, indices, commodities and funds
    #[command(name = "yahoo", after_help = help::INGEST_YAHOO)]
    Yahoo(window::Window),
    /// What is no source: files, or a word of which the error is ours.
    #[command(external_subcommand)]
    Unknown(Vec<String>),
}

impl Ingest {
    pub async fn run(self, context: &Context) -> Result<Exit, Stop> {
        context.ensure_no_clock("ingest")?;
        match self.source {
            Of::B3Tesouro(window) => window.run(context, &b3_tesouro::B3Tesouro).await,
            Of::Bars(source) => source.run(context).await,
            Of::BcbFocus(window) => window.run(context, &bcb_focus::BcbFocus).await,
            Of::BcbFxFlow(window) => window.run(context, &bcb_fx_flow::BCB_FX_FLOW).await,
            Of::BcbPtax(window) => window.run(context, &bcb_ptax::BcbPtax).await,
            Of::BcbSgs(window) => window.run(context, &bcb_sgs::BCB_SGS).await,
            Of::Cftc(source) => source.run(context).await,
            Of::Databento(source) => source.run(context).await,
            Of::Fred(source) => source.run(context).await,
            Of::IbgeSidra(window) => window.run(context, &ibge_sidra::IbgeSidra).await,
            Of::StnFiscal(window) => window.run(context, &stn_fiscal::STN_FISCAL).await,
            Of::UsTreasury(window) => window.run(context, &us_treasury::UsTreasury).await,
            Of::Vintages(source) => source.run(context).await,
            Of::Yahoo(window) => window.run(context, &yahoo::Yahoo).await,
            Of::Unknown(words) if files::is_one(&words) => files::Files::of(words)?.run(context).await,
            Of::Unknown(words) => Err(unknown(words.first().map_or("", String::as_str)).into()),
        }
    }
}

/// That no source has this name, and which has the nearest.
pub(super) fn unknown(name: &str) -> Error {
    let names = || SOURCES.iter().map(|source| source.name());
    Error::usage(format!("unknown source `{name}`")).hint(match closest(name, names()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("one of {}", names().collect::<Vec<_>>().join(", ")),
    })
}

/// Prints what became of each payload, and warns of what was set aside.
pub fn tell(context: &Context, summaries: &[PayloadSummary]) -> Result<Exit, Stop> {
    for summary in summaries {
        for warning in &summary.warnings {
            context.messages.warn(&format!("{}: {warning}", summary.name));
        }
    }
    let quarantined: usize = summaries.iter().map(|summary| summary.quarantined).sum();
    if quarantined > 0 {
        let folder = context.data.join("quarantine");
        context.messages.warn(&format!("{quarantined} rows were set aside, with the reasons, under `{}`", folder.display()));
    }
    let mut output = context.output(None)?;
    output.batch(&batch(summaries))?;
    output.finish()?;
    let is_nothing = |s: &PayloadSummary| !s.already && s.quarantined > 0 && s.new + s.repeated + s.revised == 0;
    if summaries.is_empty() || !summaries.iter().all(is_nothing) {
        return Ok(Exit::Success);
    }
    context.messages.error(&Error::source("nothing could be taken").hint("the reasons are with the rows that were set aside"), None);
    Ok(Exit::Failed)
}

fn batch(summaries: &[PayloadSummary]) -> RecordBatch {
    let text = |of: fn(&PayloadSummary) -> &str| Arc::new(summaries.iter().map(|s| Some(of(s))).collect::<StringArray>()) as ArrayRef;
    let count = |of: fn(&PayloadSummary) -> usize| {
        Arc::new(summaries.iter().map(|s| i64::try_from(of(s)).ok()).collect::<Int64Array>()) as ArrayRef
    };
    RecordBatch::try_from_iter([
        ("payload", text(|s| &s.name)),
        ("kind", text(|s| &s.kind)),
        ("state", text(|s| if s.already { "in the lake before" } else { "taken" })),
        ("rows_read", count(|s| s.rows_read)),
        ("new", count(|s| s.new)),
        ("repeated", count(|s| s.repeated)),
        ("revised", count(|s| s.revised)),
        ("quarantined", count(|s| s.quarantined)),
    ])
    .expect("one value per payload in each column")
}
