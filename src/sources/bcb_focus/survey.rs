//! The surveys of Focus: the provider's entity sets, whose names follow no one rule, and what their rows are keyed by.

use chrono::NaiveDate;

/// What a forecast is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Horizon {
    Year,
    Quarter,
    Month,
    /// A meeting of the committee that sets the Selic.
    Meeting,
    /// So many months from the day of the survey.
    Rolling(&'static str),
}

/// One entity set.
#[derive(Debug, PartialEq, Eq)]
pub struct Survey {
    /// As the table calls it.
    pub name: &'static str,
    /// As the provider calls it.
    pub set: &'static str,
    pub horizon: Horizon,
    /// Statistics of the five institutions that forecast best.
    pub is_top5: bool,
}

impl Survey {
    const fn new(name: &'static str, set: &'static str, horizon: Horizon, is_top5: bool) -> Self {
        Self { name, set, horizon, is_top5 }
    }
    /// The field of the indicator: one set alone writes its fields with a small first letter.
    pub fn indicator_field(&self) -> &'static str {
        if self.set == "ExpectativasMercadoTop5Selic" { "indicador" } else { "Indicador" }
    }
    /// The fields that order the rows of an indicator without a tie, so that pages neither overlap nor leave a gap.
    pub fn order(&self) -> &'static str {
        match (self.horizon, self.is_top5) {
            (Horizon::Meeting, true) => "Data,reuniao,tipoCalculo",
            (Horizon::Meeting, false) => "Data,Reuniao,baseCalculo",
            (Horizon::Rolling(_), true) => "Data,Suavizada,tipoCalculo",
            (Horizon::Rolling(_), false) => "Data,Suavizada,baseCalculo",
            (Horizon::Year, true) => "Data,IndicadorDetalhe,DataReferencia,tipoCalculo",
            (Horizon::Year, false) => "Data,IndicadorDetalhe,DataReferencia,baseCalculo",
            (_, true) => "Data,DataReferencia,tipoCalculo",
            (_, false) => "Data,DataReferencia,baseCalculo",
        }
    }
    /// The horizon of a row in a spelling that sorts by time: `2026`, `2026-10`, `2026-Q3`, `2026-R5`, `12m`.
    pub fn horizon_of(&self, written: Option<&str>) -> Option<String> {
        let year = |text: &str| Some(text).filter(|t| t.len() == 4 && t.bytes().all(|b| b.is_ascii_digit())).map(str::to_string);
        let number = |text: &str, most: u32| text.parse::<u32>().ok().filter(|n| (1..=most).contains(n));
        match self.horizon {
            Horizon::Rolling(months) => Some(months.to_string()),
            Horizon::Year => year(written?),
            Horizon::Month => {
                let (month, of) = written?.split_once('/')?;
                Some(format!("{}-{:02}", year(of)?, number(month, 12)?))
            }
            Horizon::Quarter => {
                let (quarter, of) = written?.split_once('/')?;
                Some(format!("{}-Q{}", year(of)?, number(quarter, 4)?))
            }
            Horizon::Meeting => {
                let (meeting, of) = written?.split_once('/')?;
                Some(format!("{}-R{}", year(of)?, number(meeting.strip_prefix('R')?, 9)?))
            }
        }
    }
}

/// Every survey that is taken.
pub static SURVEYS: &[Survey] = &[
    Survey::new("annual", "ExpectativasMercadoAnuais", Horizon::Year, false),
    Survey::new("monthly", "ExpectativaMercadoMensais", Horizon::Month, false),
    Survey::new("quarterly", "ExpectativasMercadoTrimestrais", Horizon::Quarter, false),
    Survey::new("selic", "ExpectativasMercadoSelic", Horizon::Meeting, false),
    Survey::new("inflation_12m", "ExpectativasMercadoInflacao12Meses", Horizon::Rolling("12m"), false),
    Survey::new("inflation_24m", "ExpectativasMercadoInflacao24Meses", Horizon::Rolling("24m"), false),
    Survey::new("top5_annual", "ExpectativasMercadoTop5Anuais", Horizon::Year, true),
    Survey::new("top5_monthly", "ExpectativasMercadoTop5Mensais", Horizon::Month, true),
    Survey::new("top5_quarterly", "ExpectativaMercadoTop5Trimestral", Horizon::Quarter, true),
    Survey::new("top5_selic", "ExpectativasMercadoTop5Selic", Horizon::Meeting, true),
    Survey::new("top5_inflation_12m", "ExpectativasMercadoTop5Inflacao12Meses", Horizon::Rolling("12m"), true),
    Survey::new("top5_inflation_24m", "ExpectativasMercadoTop5Inflacao24Meses", Horizon::Rolling("24m"), true),
];

/// The survey of this name.
pub fn named(name: &str) -> Option<&'static Survey> {
    SURVEYS.iter().find(|survey| survey.name == name)
}

/// The survey whose entity set has this name.
pub fn of_set(set: &str) -> Option<&'static Survey> {
    SURVEYS.iter().find(|survey| survey.set == set)
}

/// The first day with answers that the provider publishes, for an indicator of which nothing better is known.
pub const BEGINNING: NaiveDate = NaiveDate::from_ymd_opt(2000, 1, 1).expect("a day");

/// The unit of an indicator, which the provider's rows do not say; `None` for one that is not known.
pub fn unit_of(indicator: &str) -> Option<&'static str> {
    Some(match indicator {
        "Câmbio" => "reais per dollar",
        "Selic" => "percent a year",
        "Balança comercial" | "Conta corrente" | "Investimento direto no país" => "billions of dollars",
        "Dívida líquida do setor público" | "Dívida bruta do governo geral" | "Resultado primário" | "Resultado nominal" => {
            "percent of GDP"
        }
        "Taxa de desocupação" => "percent of the labour force",
        name if ["IPCA", "IGP", "INPC", "IPA", "IPC", "PIB", "Produção industrial"].iter().any(|of| name.starts_with(of)) => {
            "percent change"
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn horizons_sort_by_time_however_they_are_written() {
        let spelt = |survey, written| named(survey).and_then(|survey| survey.horizon_of(Some(written)));
        assert_eq!(spelt("annual", "2026").as_deref(), Some("2026"));
        assert_eq!(spelt("monthly", "07/2024").as_deref(), Some("2024-07"));
        assert_eq!(spelt("quarterly", "1/2023").as_deref(), Some("2023-Q1"));
        assert_eq!(spelt("top5_selic", "R8/2024").as_deref(), Some("2024-R8"));
        assert_eq!(spelt("inflation_24m", "").as_deref(), Some("24m"));
        for (survey, wrong) in [("annual", "07/2024"), ("monthly", "13/2024"), ("quarterly", "2024"), ("selic", "8/2024"), ("annual", "")] {
            assert_eq!(spelt(survey, wrong), None, "{survey} {wrong}");
        }
    }
}
