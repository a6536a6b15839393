//! The series of `flow_data`: CFTC_{CONTRACT}_{CATEGORY}_NET, and the exchange flow of Brazil as configuration describes it. Which there are, and
//! what is wrong with one that is not.

use crate::config::{Config, Root};
use crate::error::Error;

/// One series and the positions that it is.
pub struct FlowSeries<'a> {
    pub id: String,
    pub root: &'a Root,
    pub contract_code: &'a str,
    pub category: &'static str,
}

/// The four categories that a report contributes, by the name that they have in a series id.
fn categories(report: &str) -> [(&'static str, &'static str); 4] {
    match report {
        "tff" => [("DEALER", "dealer"), ("ASSETMGR", "asset_manager"), ("LEVERAGED", "leveraged_funds"), ("OTHER", "other_reportable")],
        _ => [("PRODUCER", "producer_merchant"), ("SWAP", "swap_dealer"), ("MANAGED", "managed_money"), ("OTHER", "other_reportable")],
    }
}

/// Every series, in the order of the configuration.
pub fn series(config: &Config) -> impl Iterator<Item = FlowSeries<'_>> {
    config.roots.iter().filter_map(|root| Some((root, root.flow_name.as_ref()?, root.cot_codes.first()?))).flat_map(|(root, name, code)| {
        categories(&root.cot_report).map(|(key, category)| FlowSeries {
            id: format!("CFTC_{name}_{key}_NET"),
            root,
            contract_code: code,
            category,
        })
    })
}

/// The ids of the exchange flow.
fn exchange(config: &Config) -> impl Iterator<Item = &str> {
    config.series_of(EXCHANGE_FLOW).map(|series| series.id.as_str())
}

/// Who publishes the exchange flow.
const EXCHANGE_FLOW: &str = "bcb_fx_flow";

/// Why there is no series of this id; `None` where there is one.
pub fn missing(config: &Config, id: &str) -> Option<Error> {
    if series(config).any(|series| series.id == id) || exchange(config).any(|known| known == id) {
        return None;
    }
    let error = Error::query(format!("there is no series `{id}`"));
    let contract = id.strip_prefix("CFTC_").and_then(|rest| rest.split('_').next()).unwrap_or_default();
    let root = config.roots.iter().find(|root| root.flow_name.as_deref() == Some(contract)).or_else(|| config.find_root(contract));
    Some(match root.and_then(|root| Some((root, root.flow_name.as_deref()?))) {
        Some((_, name)) if name != contract => {
            let near = id.replacen(contract, name, 1);
            error.hint(format!("series of {contract} are called by {name}: did you mean `{near}`?"))
        }
        Some((root, _)) => {
            let keys = categories(&root.cot_report).map(|(key, _)| key).join(", ");
            error.hint(format!("{contract} is in the {} report, whose categories are {keys}", root.cot_report))
        }
        None => {
            let ids: Vec<String> = series(config).map(|series| series.id).collect();
            match crate::config::closest(id, ids.iter().map(String::as_str).chain(exchange(config))) {
                Some(near) => error.hint(format!("did you mean `{near}`?")),
                None => error.hint("`SELECT series_id FROM meta.flow_series` lists those of positions, `SELECT DISTINCT series_id FROM fx_flow` those of exchange"),
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_category_of_the_other_report_says_so() {
        let config = Config::load(None).expect("the built-in configuration");
        assert_eq!(series(&config).count(), 48);
        assert!(missing(&config, "CFTC_CL_MANAGED_NET").is_none() && missing(&config, "FX_TOTAL_NET").is_none());
        let hint = missing(&config, "FX_TOTALNET").and_then(|error| error.hint_text().map(str::to_string));
        assert_eq!(hint.as_deref(), Some("did you mean `FX_TOTAL_NET`?"));
        let hint = missing(&config, "CFTC_CL_LEVERAGED_NET").and_then(|error| error.hint_text().map(str::to_string));
        assert_eq!(hint.as_deref(), Some("CL is in the disaggregated report, whose categories are PRODUCER, SWAP, MANAGED, OTHER"));
        let hint = missing(&config, "CFTC_ZN_DEALER_NET").and_then(|error| error.hint_text().map(str::to_string));
        assert_eq!(hint.as_deref(), Some("series of ZN are called by TY: did you mean `CFTC_TY_DEALER_NET`?"));
        let hint = missing(&config, "CFTC_ESS_DEALER_NET").and_then(|error| error.hint_text().map(str::to_string));
        assert_eq!(hint.as_deref(), Some("did you mean `CFTC_ES_DEALER_NET`?"));
    }
}
