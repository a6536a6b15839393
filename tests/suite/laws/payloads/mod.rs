//! Random payloads in the providers' shapes, as they might have been downloaded at random moments and given to `ingest` in any order. What a
//! payload shows is what its provider had published by that moment (`story`), so that two payloads of one provider never contradict
//! each other about the past, whatever part of it each of them holds.

mod brazil;
mod cftc;
mod futures;
mod macro_series;
mod markets;
mod story;

use std::sync::LazyLock;

use contango::config::Config;
use contango::error::Error;
use contango::ingest::{self, Progress};
use contango::lake::Lake;
use contango::sources::{self, Payload, SOURCES};
use contango::tables::{TABLES, Table};
use contango::time::IngestTime;

use super::dice::Dice;
use story::Story;

/// One file of a provider.
#[derive(Debug, Clone)]
pub struct Sent {
    pub source: &'static str,
    pub hint: Option<&'static str>,
    pub bytes: Vec<u8>,
    pub observed_at: IngestTime,
}

/// Who sends payloads, and what of a lake they fill.
pub struct Provider {
    pub source: &'static str,
    pub tables: &'static [&'static str],
    draw: fn(&mut Dice, &Story, IngestTime) -> Payloads,
}

/// What one download brings: the hint and the content of each file.
type Payloads = Vec<(Option<&'static str>, Vec<u8>)>;

/// Every provider whose payloads fill the lakes of the laws.
pub static PROVIDERS: &[Provider] = &[
    Provider { source: "cftc", tables: &["cot", "cot_markets", "cot_crop_years"], draw: cftc::draw },
    Provider { source: "bars", tables: &["futures_ohlcv", "futures_statistics", "futures_definitions"], draw: futures::bars },
    Provider { source: "databento", tables: &["futures_ohlcv", "futures_statistics", "futures_definitions"], draw: futures::databento },
    Provider { source: "fred", tables: &["macro_series"], draw: macro_series::fred },
    Provider { source: "vintages", tables: &["macro_series"], draw: macro_series::vintages },
    Provider { source: "bcb_sgs", tables: &["macro_series"], draw: brazil::prices },
    Provider { source: "bcb_focus", tables: &["expectations"], draw: brazil::surveys },
    Provider { source: "bcb_fx_flow", tables: &["fx_flow"], draw: brazil::flows },
    Provider { source: "stn_fiscal", tables: &["fiscal_data"], draw: brazil::accounts },
    Provider { source: "b3_tesouro", tables: &["bonds", "curves"], draw: markets::bonds },
    Provider { source: "us_treasury", tables: &["curves"], draw: markets::curves },
    Provider { source: "yahoo", tables: &["market_data", "market_events"], draw: markets::prices },
];

/// Payloads of a few providers in the order in which they are given to `ingest`.
pub fn any(dice: &mut Dice, seed: u64) -> Vec<Sent> {
    // what is asked together is sent together now and then: surveys with the figures that they are about, both of the curves' providers
    let together: &[&[&str]] = &[
        &["cftc", "bcb_fx_flow"],
        &["bars", "databento"],
        &["bcb_sgs", "bcb_focus"],
        &["b3_tesouro", "us_treasury"],
        &["yahoo"],
        &["stn_fiscal", "fred"],
        &["vintages", "fred", "cftc"],
    ];
    let mut names: Vec<&str> = together[seed as usize % together.len()].to_vec();
    names.push(PROVIDERS[dice.below(PROVIDERS.len())].source);
    names.sort_unstable();
    names.dedup();
    let mut all: Vec<Sent> = names.into_iter().flat_map(|name| of(dice, name)).collect();
    shuffle(dice, &mut all);
    all
}

/// Payloads of one provider, in order of their moments.
pub fn of(dice: &mut Dice, source: &str) -> Vec<Sent> {
    let provider = PROVIDERS.iter().find(|provider| provider.source == source).expect("a provider");
    let story = Story::of(dice.next());
    let mut moments: Vec<IngestTime> = (0..1 + dice.below(4)).map(|_| story::moment(dice)).collect();
    moments.sort_unstable();
    let mut all = Vec::new();
    for observed_at in moments {
        let payloads = (provider.draw)(dice, &story, observed_at);
        all.extend(payloads.into_iter().map(|(hint, bytes)| Sent { source: provider.source, hint, bytes, observed_at }));
    }
    all
}

pub fn shuffle<T>(dice: &mut Dice, all: &mut [T]) {
    for at in (1..all.len()).rev() {
        all.swap(at, dice.below(at + 1));
    }
}

/// Gives payloads to `ingest` in this order. One that is refused since it comes too late is answered as the error says: by a rebuild.
pub async fn take(lake: &Lake, sent: &[Sent]) {
    for one in sent {
        if let Err(error) = take_one(lake, one).await {
            let asks_for_rebuild = error.to_string().contains("older than what") || format!("{error:?}").contains("lake rebuild");
            assert!(asks_for_rebuild, "a payload of {} in its provider's shape is not taken: {error}\n{one:?}", one.source);
            rebuild(lake).await;
        }
    }
}

async fn take_one(lake: &Lake, sent: &Sent) -> Result<(), Error> {
    let payload = Payload {
        name: "payload".to_string(),
        bytes: sent.bytes.clone().into(),
        observed_at: sent.observed_at,
        origin: "payload".to_string(),
        hint: sent.hint.map(str::to_string),
    };
    let source = sources::find(sent.source).expect("the source is listed");
    let summary = ingest::take(lake, config(), source, payload.clone()).await?;
    if summary.quarantined > 0 {
        panic!(
            "rows of a payload of {} were set aside: {:?}",
            sent.source,
            source.parse(&payload, config()).map(|parsed| parsed.rejections)
        );
    }
    Ok(())
}

/// Makes every table anew from the archive.
pub async fn rebuild(lake: &Lake) {
    let tables: Vec<&'static Table> = TABLES.to_vec();
    ingest::rebuild(lake, config(), SOURCES, &tables, &Silent).await.expect("a rebuild");
}

pub fn config() -> &'static Config {
    static BUILT_IN: LazyLock<Config> = LazyLock::new(|| Config::built_in().expect("the built-in configuration"));
    &BUILT_IN
}

/// What was warned of is not looked at.
pub struct Silent;

impl Progress for Silent {
    fn step(&self, _: &str) {}
    fn advance(&self, _: u64, _: Option<u64>) {}
    fn warn(&self, _: &str) {}
}
