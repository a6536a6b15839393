//! `surprise(actual =>, expected =>, [at =>])`: what a figure was when it came out, against what was expected of it the moment before.

use datafusion::error::Result;
use datafusion::logical_expr::LogicalPlan;

use super::{Arguments, Documentation, TableFunction};
use crate::engine::relations::{Relations, instant_of};
use crate::error::Error;

/// A monthly survey of the Focus, and the series that it asks for, in its own unit: source and id, the usual one first.
struct Expected {
    name: &'static str,
    indicator: &'static str,
    actuals: &'static [(&'static str, &'static str)],
}

/// Every expectation that can be set against a series of the lake. Nothing is guessed from names: the Focus asks for monthly percent changes
/// here (for unemployment, percent of the labour force), and so are the series.
static EXPECTED: &[Expected] = &[
    Expected { name: "FOCUS_IPCA_MONTHLY", indicator: "IPCA", actuals: &[("ibge_sidra", "SIDRA_IPCA_MOM"), ("bcb_sgs", "433")] },
    Expected { name: "FOCUS_IPCA_ADMINISTERED_MONTHLY", indicator: "IPCA Administrados", actuals: &[("bcb_sgs", "4449")] },
    Expected { name: "FOCUS_IPCA_FREE_MONTHLY", indicator: "IPCA Livres", actuals: &[("bcb_sgs", "11428")] },
    Expected { name: "FOCUS_IPCA_SERVICES_MONTHLY", indicator: "IPCA Serviços", actuals: &[("bcb_sgs", "10844")] },
    Expected { name: "FOCUS_IGPM_MONTHLY", indicator: "IGP-M", actuals: &[("bcb_sgs", "189")] },
    Expected { name: "FOCUS_UNEMPLOYMENT_MONTHLY", indicator: "Taxa de desocupação", actuals: &[("bcb_sgs", "24369")] },
];

pub struct Surprise;

static DOCUMENTATION: Documentation = Documentation {
    name: "surprise",
    syntax: "surprise([actual => 'SIDRA_IPCA_MOM'], expected => 'FOCUS_IPCA_MONTHLY', [at])",
    summary: "One row per period of a series: `actual` is the first value known of it, published at `released_at`; `expected` the median of the \
              newest survey of that period that was known before, and `survey_date` its day; `surprise` = actual - expected, in the unit of the \
              series (percentage points for changes in percent). After Balduzzi, Elton and Green, Economic news and bond prices, Journal of \
              Financial and Quantitative Analysis 36 (2001), not divided by its deviation: zscore(surprise) OVER (...) does that. `expected` is \
              FOCUS_IPCA_MONTHLY (IPCA, series SIDRA_IPCA_MOM or 433), FOCUS_IPCA_ADMINISTERED_MONTHLY (4449), FOCUS_IPCA_FREE_MONTHLY (11428), \
              FOCUS_IPCA_SERVICES_MONTHLY (10844), FOCUS_IGPM_MONTHLY (189) or FOCUS_UNEMPLOYMENT_MONTHLY (24369), each the answers of the last \
              30 days; `actual` is the first series named there unless given.",
    nulls: "`expected`, `survey_date` and `surprise` are NULL where no survey of the period was known before the release, and where nobody attests \
            the release (`availability` lagged or observed): a survey may have come after the figure then. A row of `releases` in a file given \
            with --config says when it was. Later vintages of the \
            figure do not count; a period without a value has no row.",
    causality: "A survey counts that was known strictly before released_at: one that came at the same instant does not. Nothing known after `at`, which defaults to \
                the clock, is seen; an instant later than the clock is an error.",
    example: "SELECT as_of, actual, expected, survey_date, released_at, round(surprise, 2) AS surprise FROM surprise(actual => 'SIDRA_IPCA_MOM', \
              expected => 'FOCUS_IPCA_MONTHLY') ORDER BY as_of DESC LIMIT 3",
};

impl TableFunction for Surprise {
    fn documentation(&self) -> &'static Documentation {
        &DOCUMENTATION
    }
    fn parameters(&self) -> &'static [&'static str] {
        &["actual", "expected", "at"]
    }

    fn plan(&self, arguments: &Arguments, planner: &Relations) -> Result<LogicalPlan> {
        let expected = expected(arguments.text("expected")?)?;
        let (source, series) = expected.actual(arguments.text("actual")?)?;
        let text = format!(
            "WITH releases AS (
               SELECT as_of, value AS actual, available_at AS released_at,
                      availability IN ('stamped', 'scheduled', 'rule') AS is_known
               FROM   macro_series_vintages
               WHERE source = '{source}' AND series_id = '{series}' AND value IS NOT NULL
               QUALIFY row_number() OVER (PARTITION BY as_of ORDER BY available_at) = 1
             ), surveys AS (
               SELECT horizon, as_of AS survey_date, value AS expected, available_at FROM expectations_vintages
               WHERE survey = 'monthly' AND indicator = '{indicator}' AND detail = '' AND sample = '30d' AND variant = ''
                 AND statistic = 'median'
             ), known AS (
               SELECT r.as_of, s.survey_date, s.expected
               FROM   releases r JOIN surveys s ON s.horizon = to_char(r.as_of, '%Y-%m') AND s.available_at < r.released_at
               WHERE  r.is_known
               QUALIFY row_number() OVER (PARTITION BY r.as_of, s.survey_date ORDER BY s.available_at DESC) = 1
             ), newest AS (
               SELECT as_of, survey_date, expected FROM known WHERE expected IS NOT NULL
               QUALIFY row_number() OVER (PARTITION BY as_of ORDER BY survey_date DESC) = 1
             )
             SELECT r.as_of, r.actual, n.expected, n.survey_date, r.released_at, r.actual - n.expected AS surprise
             FROM   releases r LEFT JOIN newest n ON r.as_of = n.as_of",
            indicator = expected.indicator
        );
        let at = arguments.get("at").cloned().map(instant_of).transpose()?;
        at.map_or(Ok(()), |at| planner.ensure_not_later(at, "`surprise` at"))?;
        planner.plan_text(&text, at)
    }
}

fn expected(given: Option<&str>) -> Result<&'static Expected, Error> {
    let names = || EXPECTED.iter().map(|expected| expected.name);
    let list = names().collect::<Vec<_>>().join(", ");
    let Some(given) = given else {
        return Err(Error::query("`surprise` needs an `expected`").hint(format!("it is one of {list}")));
    };
    let name = given.to_uppercase();
    EXPECTED.iter().find(|expected| expected.name == name).ok_or_else(|| {
        Error::query(format!("`surprise` knows no expectation `{given}`")).hint(match crate::config::closest(&name, names()) {
            Some(near) => format!("did you mean `{near}`? It is one of {list}"),
            None => format!("it is one of {list}"),
        })
    })
}

impl Expected {
    /// The series asked for; the first one where none is.
    fn actual(&self, given: Option<&str>) -> Result<(&'static str, &'static str), Error> {
        let ids = || self.actuals.iter().map(|(_, id)| *id);
        let found = match given {
            None => self.actuals.first(),
            Some(given) => self.actuals.iter().find(|(_, id)| id.eq_ignore_ascii_case(given)),
        };
        found.copied().ok_or_else(|| {
            let given = given.unwrap_or_default();
            Error::query(format!("`{}` is no forecast of series `{given}`", self.name))
                .hint(format!("give {}, which it is about", ids().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(" or ")))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_in_another_unit_is_refused() {
        let monthly = expected(Some("focus_ipca_monthly")).expect("a name in any case");
        assert_eq!(monthly.actual(None).expect("the usual one"), ("ibge_sidra", "SIDRA_IPCA_MOM"));
        assert_eq!(monthly.actual(Some("433")).expect("the other one"), ("bcb_sgs", "433"));
        let refused = monthly.actual(Some("SIDRA_IPCA_YOY")).expect_err("twelve months are not one").to_string();
        assert!(refused.contains("`SIDRA_IPCA_MOM` or `433`"), "{refused}");
    }

    #[test]
    fn a_slip_in_a_name_is_told() {
        let error = expected(Some("FOCUS_IPCA_MONTHL")).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(error.contains("did you mean `FOCUS_IPCA_MONTHLY`?"), "{error}");
        assert!(expected(None).is_err());
    }

    #[test]
    fn expectations_and_series_are_described() {
        let config = crate::config::Config::built_in().expect("the built-in configuration");
        for known in EXPECTED {
            let code = config.series("bcb_focus", known.name).and_then(|series| series.code.as_deref());
            assert_eq!(code, Some(format!("monthly/{}", known.indicator).as_str()), "{}", known.name);
            known.actuals.iter().for_each(|(source, id)| assert!(config.series(source, id).is_some(), "{source} {id}"));
        }
    }

    #[test]
    fn the_documentation_names_every_expectation_and_series() {
        for known in EXPECTED {
            let names = known.actuals.iter().map(|(_, id)| *id).chain([known.name]);
            names.for_each(|name| assert!(DOCUMENTATION.summary.contains(name), "{name}"));
        }
    }
}
