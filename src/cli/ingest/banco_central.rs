//! Words of `--help` for the sources of the Banco Central do Brasil, and of the public finances that it publishes.

pub const SGS: &str = "\
Examples:
  contango ingest bcb_sgs --series 432,11 --from 2010-01-01
  contango ingest bcb_sgs                                  every series that config/series.toml describes
  contango ingest bcb_sgs --series 433 --file body.json    an answer that was saved, JSON or CSV

Series go into macro_series under their code. Only codes whose name was verified are described; for the others the refusal says why. Daily \
series are asked for in windows of at most ten years; those that are over are asked for once. The source keeps no vintages: a value is known by \
the rule of its series in config/series.toml, and where the series revises and it was read long after, it is marked backcast.";

pub const FX_FLOW: &str = "\
Examples:
  contango ingest bcb_fx_flow --from 2020-01-01
  contango ingest bcb_fx_flow --series FX_TOTAL_NET,FX_FINANCIAL_NET
  contango ingest bcb_fx_flow --series 13961 --file body.json

Millions of dollars a day, into fx_flow and from there into flow_data. The days up to a Friday are known on the Wednesday after at 18:00 \
Brasília; the month before is revised, so what was read long after is marked backcast.";

pub const PTAX: &str = "\
Examples:
  contango ingest bcb_ptax --series USD --from 2010-01-01
  contango ingest bcb_ptax                                 every currency that config/series.toml describes
  contango ingest bcb_ptax --series EUR --file body.json   an answer that was saved

Reais per unit of a currency go into macro_series as PTAX_USD_BID and PTAX_USD_ASK, each known from the stamp of its bulletin, shortly after \
13:00 Brasília.";

pub const FISCAL: &str = "\
Examples:
  contango ingest stn_fiscal
  contango ingest stn_fiscal --series PRIMARY_12M,GROSS_DEBT
  contango ingest stn_fiscal --series 5793 --file body.json

Balances and debt go into fiscal_data, month by month. A borrowing requirement that is positive is a deficit. The view fiscal_12m sums 12 months \
where the source does not. Months are taken as known 35 days after their end; they are revised, so what was read long after is marked backcast.";
