//! What to download for a request: one answer per instrument, from the first day to tomorrow. Pure: the day is given.
//!
//! There are no windows. The provider divides the prices of any window by the splits up to today, but tells only the splits inside the window;
//! so that what was printed can be found again, a window has to reach to today. It ends two days ahead, so that an event of tonight is in it.

use std::time::Duration;

use chrono::{Days, NaiveDate, NaiveTime};

use super::NAME;
use crate::config::{Config, Instrument, SourceConfig, closest};
use crate::error::{Error, Result};
use crate::sources::{Download, Request};
use crate::time::Shift;

const TIMEOUT: Duration = Duration::from_secs(60);

/// The downloads of a request made on `today`.
///
/// # Errors
/// An instrument that is not described, or a last day before today.
pub(super) fn plan(request: &Request, today: NaiveDate, config: &Config) -> Result<Vec<Download>> {
    let source = config.source(NAME)?;
    if let Some(to) = request.to.filter(|to| *to < today) {
        return Err(Error::usage(format!("prices cannot be asked for up to {to} only: what was printed then takes the splits since"))
            .in_source(NAME)
            .hint("leave `--to` out, and say in the query up to which day"));
    }
    let instruments = instruments(request, config)?;
    Ok(instruments.into_iter().map(|instrument| of(instrument, request.from, today, source)).collect())
}

/// The instruments asked for, by our id or the provider's symbol; none named are all.
fn instruments<'c>(request: &Request, config: &'c Config) -> Result<Vec<&'c Instrument>> {
    if let Some((choice, _)) = request.choices.iter().find(|(choice, _)| choice != "series") {
        return Err(Error::usage(format!("unknown choice `{choice}`")).in_source(NAME).hint("instruments are chosen with `series`"));
    }
    let mut chosen: Vec<&Instrument> = Vec::new();
    for name in request.chosen("series") {
        let instrument = config.instrument(name).ok_or_else(|| unknown(name, config))?;
        if chosen.iter().all(|other| other.id != instrument.id) {
            chosen.push(instrument);
        }
    }
    Ok(if chosen.is_empty() { config.instruments.iter().collect() } else { chosen })
}

/// No instrument has this name.
pub(super) fn unknown(name: &str, config: &Config) -> Error {
    let names = config.instruments.iter().flat_map(|instrument| [instrument.id.as_str(), instrument.yahoo.as_str()]);
    let list = "`SELECT * FROM meta.instruments` lists all; a section [instruments.ID] in the file given with `--config` adds one";
    Error::usage(format!("unknown instrument `{name}`")).in_source(NAME).hint(match closest(&name.to_uppercase(), names) {
        Some(near) => format!("did you mean `{near}`? {list}"),
        None => list.to_string(),
    })
}

fn of(instrument: &Instrument, from: Option<NaiveDate>, today: NaiveDate, source: &SourceConfig) -> Download {
    // a day of an exchange east of Greenwich starts on the day before
    let since = from.and_then(|from| from.checked_sub_days(Days::new(1))).map_or(0, seconds);
    let until = seconds(today.plus_days(2));
    let symbol = percent_encoded(&instrument.yahoo);
    let address = |base: &str| {
        format!(
            "{base}/v8/finance/chart/{symbol}?period1={since}&period2={until}&interval=1d&events=div%2Csplits%2CcapitalGains&includePrePost=false"
        )
    };
    let first = from.map_or(String::new(), |from| format!(" from {from}"));
    Download {
        fallback: source.fallback_url.iter().map(|base| address(base)).collect(),
        timeout: TIMEOUT,
        ..Download::new(format!("{}{first}", instrument.id), address(&source.url))
    }
}

fn seconds(day: NaiveDate) -> i64 {
    day.and_time(NaiveTime::MIN).and_utc().timestamp()
}

/// `^GSPC` as `%5EGSPC`, `BRL=X` as `BRL%3DX`.
fn percent_encoded(symbol: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    symbol.bytes().map(|byte| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::percent_encoded;

    #[test]
    fn symbols_are_spelt_for_an_address() {
        assert_eq!(percent_encoded("^GSPC"), "%5EGSPC");
        assert_eq!(percent_encoded("BRL=X"), "BRL%3DX");
        assert_eq!(percent_encoded("DX-Y.NYB"), "DX-Y.NYB");
    }
}
