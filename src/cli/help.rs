//! The longer texts of `--help`.

use crate::metadata::PARENT_SETTINGS;
use crate::sources::bars::{COLUMNS, N_REQUIRED};
use crate::sources::vintages;

pub const ABOUT: &str = "\
Point-in-time SQL for futures and macro research.

Ingest the files of public providers into a lake of Parquet files, then ask SQL what was known at any instant: \
with a clock set, every query answers as if nothing published later existed.

Without a command and without -c, contango is a shell; if stdin is no terminal, it runs the statements it reads there.";

pub const SHORT: &str = "\
Start with `contango demo`. `contango --help` shows examples, environment and exit codes; `contango COMMAND --help` shows a command's.";

pub const LONG: &str = "\
Examples:
  contango demo                                            a made-up sample and a guided tour
  contango ingest cftc --report tff --years 2017..         download positioning reports
  contango -c \"SELECT * FROM cot_as_of('2023-02-20 12:00:00Z', root => 'ES')\"
  contango --clock 2019-02-04 -c \"SELECT max(as_of) FROM cot WHERE root = 'CL'\"
  contango --format csv -c 'SELECT * FROM cot_tff' | head
  contango -o cot.parquet -c 'SELECT * FROM cot'
  contango run sql/examples/positioning.sql --param root=ES
  contango audit signal.sql --time-column as_of            does it know the future?
  contango check                                           what in the lake cannot be right?
  contango                                                 the shell

Output:
  Rows go to stdout, everything else to stderr. Notes begin with `note:`, errors with `error:`, remedies with `hint:`.

Environment:
  CONTANGO_DATA    the data folder, where --data is not given
  CONTANGO_TIMEOUT, CONTANGO_MEMORY_LIMIT
                   what a statement may take, where --timeout and --memory-limit are not given
  CONTANGO_PAGER   shows what is taller than the screen in the shell, else PAGER, else less; empty for none
  NO_COLOR         no colours, also on a terminal
  TMPDIR           the folder that statements spill to when memory is short (default /tmp)
  XDG_CONFIG_HOME  where the shell looks for contango/init.sql (default ~/.config)
  XDG_STATE_HOME   where the shell keeps its history (default ~/.local/state)

Exit codes:
  0  done (also when the reader of a pipe has left)
  1  done, and violations were found (with --fail-if-rows: the last result has rows)
  2  failed: the command line, a file, a statement";

pub const COMPLETIONS: &str = "\
Examples:
  contango completions bash > ~/.local/share/bash-completion/completions/contango
  contango completions zsh > ~/.zfunc/_contango              with `fpath+=~/.zfunc` before `compinit`
  contango completions fish > ~/.config/fish/completions/contango.fish";

pub const MAN: &str = "\
Examples:
  contango man | man -l -
  contango man > ~/.local/share/man/man1/contango.1
  contango man ingest cftc | man -l -";

pub const INIT: &str = "\
Run the statements and dot commands of this file first. Without it, the shell on a terminal runs ~/.config/contango/init.sql if there is one \
(under XDG_CONFIG_HOME where that is set); a script never does, so that what it gives does not depend on whose machine it runs.";

pub const SQL: &str = "\
Run these statements and leave. Several statements in one text are separated by `;`; -c may be given several times, and all of them run \
in one session: `-c \"SET clock = '2019-03-01'\" -c 'SELECT …'`. The first error ends the run.";

pub const CLOCK: &str = "\
Stand at this instant: answer only from what was known then. A date is its first instant in UTC, a time without a zone is UTC; \
a zone can be named. The instant that was understood is told on stderr.

  --clock 2019-02-04
  --clock 2019-02-04T20:30:00Z
  --clock '2019-02-01 16:00 America/New_York'";

pub const FORMAT: &str = "\
How rows are printed. Default: what the ending of the file of -o stands for, else box.

  box        drawn with lines; fitted to the terminal, whole when piped
  table      the same in plain ASCII, for mails
  csv, tsv   a header per result; NULL is empty, an empty text in csv is \"\"
  json       an array of objects per result; NaN is null
  ndjson     an object per row
  markdown   a table to paste
  line       a line per value
  html       a table for a page; a file stands alone
  insert     INSERT statements
  parquet, arrow, xlsx
             one result, to a file or a pipe";

pub const RUN: &str = "\
Examples:
  contango run sql/examples/positioning.sql --param root=ES
  contango run positioning --param root=ES              an example by its name
  contango run daily --clock 2019-02-04 -v              sql/saved/daily.sql, with times

A script is statements separated by `;`. `:root` (or `$root`) in it stands for the value of `--param root=ES`.
The first error ends the run and is shown with its file, line and a caret.
Exit codes: 0 done, 2 failed.";

pub const AUDIT: &str = "\
Examples:
  contango audit signal.sql --time-column as_of             decided when the day is over, UTC
  contango audit signal --time-column as_of --lag '1 session'
  contango audit leaky/cot_on_tuesday --time-column as_of   an example that looks ahead, caught

The last statement of the script gives the rows; statements before it run before it each time. The script is run once with full knowledge \
(no clock, or that of --clock), then with the clock at instants at which rows were decided: the time of the row, a day's end for a DATE, plus \
the lag. Whatever was decided by the clock must be said alike by both, row by row; the first difference is printed with its column.

Lag: '1 session' ends with the session after the row's trade date ('0 sessions' with its own; '1 session of CL' by that root's hours); also \
'90 minutes', '1 day'. Each instant is one run, so --at is also how long it takes.

Exit codes: 0 nothing knew the future, 1 a difference was found, 2 failed.";

pub const CHECK: &str = "\
Examples:
  contango check                                           everything, worst first
  contango check --table cot                               what is found in one table
  contango check --check gaps --check outliers --format json
  contango check --clock 2023-02-20                        of what was known then
  contango check --all                                     each of those that are alike, too
  contango check --list

A check is a SELECT whose rows are findings: severity, table, key, as_of, what, why. Those of the program lie in sql/checks/ of its source; a \
file of your own in sql/checks/ of the working directory runs too, and replaces the one of its name. An error cannot be true, a warning is \
hardly true, an info is worth a look. A table that holds nothing gives no finding, and nothing is repaired: a correction comes from the source.

Exit codes: 0 nothing but infos, 1 an error or a warning was found, 2 a check failed (the others ran all the same).";

pub const HEALTH: &str = "\
Examples:
  contango health                                          one row per source, and a verdict
  contango health --format json
  contango health || mail -s 'contango is late' desk       for cron

A series is fresh until its next figure is due by the rule of release of the series or its source, due for a grace after it (one business \
day for daily figures, two for weekly, three for monthly, five for others), and late from then on. `meta.freshness` has a row per series. \
When a source was last taken in is told without a clock alone.

Exit codes: 0 nothing is late, 1 something is, 2 failed.";

pub const LAG: &str = "\
How long after the time of a row its decision is taken: '1 session', '1 session of CL', '1 day', '90 minutes'. Without a lag it is taken at \
once: at the instant of a TIMESTAMP, at the first instant of the next day, UTC, of a DATE.";

pub const INGEST: &str = "\
Examples:
  contango ingest downloads/ CLM24.csv                     files and folders, told by content
  contango ingest 'data/*.zip' --dry-run                   what would be taken as what
  contango ingest cftc --report tff --years 2017..         download positioning reports
  contango ingest cftc --file fut_fin_txt_2023.zip         take a file as the provider publishes it
  contango ingest databento --dir dbn/                     take every DBN file below a folder
  contango ingest fred --series GDP,PAYEMS                 economic series with every vintage
  contango ingest us_treasury --from 2010-01-01            par yield curves
  contango ingest vintages --file my_vintages.parquet      series of your own, with vintages

What a file is, is told from its content, never from its name. Files given without a source may stand in ZIP or gzip and may be `-` for \
standard input; what their content does not say is said with --symbol, --dataset, --dates (bars), --series, --source, --vintage (series), \
--scope (reports of traders) and --observed-at. A file that cannot be taken stops no other. The same file twice changes nothing; a value \
that differs from the one known is kept beside it as a revision. A row that cannot be taken is kept under quarantine/ in the data folder, \
with its reason.
The summary on stdout has a line per file: rows read, and of the rows of the lake those new, repeated and revised.
`contango ingest SOURCE --help` shows what a source takes.

Exit codes: 0 done, 2 failed (nothing of the failing file was committed), also where nothing of any file could be taken.";

pub const INGEST_B3_TESOURO: &str = "\
Examples:
  contango ingest b3_tesouro                               Tesouro Direto's whole history, made anew each business day
  contango ingest b3_tesouro --file precotaxatesourodireto.csv
  contango ingest b3_tesouro --file PR240208.zip           B3's price report (BVBG.086, BVBG.187), as XML or zipped
  contango ingest b3_tesouro --file TradeInformationConsolidatedFile_20240208_1.csv
  contango -c \"SELECT tenor, rate FROM curves WHERE curve_id = 'BR_DI' AND as_of = DATE '2024-02-08'\"

Bonds go to `bonds`, and what they yield without coupons to the curves BR_TESOURO_PREFIXADO and BR_TESOURO_IPCA. DI futures go to the curve \
BR_DI: the rate that each settlement price stands for over 252 business days, a tenor per contract. B3's files are not downloaded: its server \
gives them out against a token that it may ask a person for.";

pub const INGEST_BCB_FOCUS: &str = "\
Examples:
  contango ingest bcb_focus --series FOCUS_IPCA_MONTHLY,FOCUS_SELIC_MEETINGS --from 2010-01-01
  contango ingest bcb_focus                                every survey of config/series.toml, since 2000
  contango ingest bcb_focus --file answer.json             an answer of the provider that you saved, JSON or CSV
  contango ingest bcb_focus --file smoothed.csv --series inflation_12m
  contango --clock 2024-02-02T15:00:00Z -c \"SELECT max(as_of) FROM expectations\"

A survey is known from the first business day of the next week on, at 09:00 in Brasilia: a Friday's is not known that Friday. With --file, \
--series is the survey where the file does not say it: annual, monthly, quarterly, selic, inflation_12m or inflation_24m, and the same with \
top5_ before it. A dump without `baseCalculo` holds two rows of each forecast: the one with more respondents is that of 30 days, and rows \
that cannot be told apart are set aside.";

pub const INGEST_IBGE_SIDRA: &str = "\
Examples:
  contango ingest ibge_sidra --series SIDRA_IPCA_INDEX,SIDRA_IPCA_FOOD_MOM --from 2010-01-01
  contango ingest ibge_sidra                               every series of config/series.toml
  contango ingest ibge_sidra --file values.json            an answer of the provider that you saved, with its first record
  contango -c \"SELECT series_id, name FROM meta.series_metadata WHERE source = 'ibge_sidra'\"

With --file, --series is the number of the table, or a series of it, where the file does not tell: it names variables and no table.";

pub const BACKFILL: &str = "\
Examples:
  contango backfill --since 2010-01-01                     every source that has a server and costs nothing
  contango backfill bcb_sgs us_treasury --jobs 2
  contango backfill --since 2010-01-01 --dry-run           what would be asked for

Sources work side by side, each at the pace that its server allows, window by window: a window is committed before the next is asked for, and \
noted. A run that was stopped, whatever stopped it, is gone on with by the same command. A window or a source that fails stops no other.
The table on stdout has a line per source: rows read, and of the rows of the lake those new and revised; rows set aside; holes \
between the first and the newest figure of its series; when the next figure comes out.

Exit codes: 0 complete, 2 something could not be had (run it again).";

pub const UPDATE: &str = "\
Examples:
  contango update
  contango update bcb_sgs fred
  contango update --quiet --notify 'mail -s \"contango\" me@example.org'

Asks for what has come out by the release rules since it was last held, and for nothing else: `SELECT * FROM meta.freshness` shows what is due. \
What the lake does not hold yet is not begun: `contango backfill` or `contango ingest` does that. Two do not run at once.

A line for cron, every half hour:
  */30 * * * *  contango --data /srv/lake update --quiet

The command of --notify runs when something is new, revised, late or failed, with a summary on stdin and the counts in CONTANGO_NEW, \
CONTANGO_REVISED, CONTANGO_LATE and CONTANGO_FAILED.

Exit codes: 0 all is there, 1 something is late, 2 something failed.";

pub const INGEST_CFTC: &str = "\
Examples:
  contango ingest cftc --file fut_fin_txt_2023.zip --file fut_disagg_txt_2023.zip
  contango ingest cftc --file tff_20250113T230002Z.json --observed-at 20250113T230002Z
  contango ingest cftc --file annual_pub_2025.txt --scope combined
  contango ingest cftc --report tff --years 2017..
  contango ingest cftc                                     all that is missing or may have changed";

pub const INGEST_DATABENTO: &str = "\
Examples:
  contango ingest databento --file es-2024.ohlcv-1d.dbn.zst
  contango ingest databento --dir dbn/ --parent ES --parent CL
  contango ingest databento --parent ES --from 2024-01-01 --cost          what is missing, and what it costs
  contango ingest databento --parent ES --schema ohlcv-1h,statistics --max-cost 5

Daily and hourly bars, definitions and statistics are taken, in DBN of versions 1 to 3, plain or under zstd. Ask for files by parent \
(stype_in=parent): their headers say which instrument has which symbol. A window should begin and end between the bars of a trade date, \
on a Saturday: a bar of which the file has only a part is set aside.

Without files, what is missing of a parent is bought from the provider, with the key in DATABENTO_API_KEY or config/databento.env. What it \
costs is told first. What the raw files cover already is not bought again.";

pub const INGEST_FRED: &str = "\
Examples:
  contango ingest fred --series GDP,PAYEMS                 every vintage that is not here yet
  contango ingest fred --all --from 2015-01-01
  contango ingest fred --series GDP --file body.json       an answer of `series/observations` that was saved

A vintage is known at the time of day of its series' release on the day that the provider gives, where config/series.toml knows the time, else \
at the end of that day in New York. What a request that was narrowed shows on its first day was known by then, and is taken so.

The key is read from FRED_API_KEY or config/fred.env. Vintages that the raw files have already are not asked for again. A series of which the \
provider keeps no vintages is taken as it stands today.";

pub const INGEST_US_TREASURY: &str = "\
Examples:
  contango ingest us_treasury --from 2010-01-01            both curves, from the archive and the yearly files
  contango ingest us_treasury --series US_PAR --from 2024-01-01
  contango ingest us_treasury --file par_2024.csv          CSV or Atom feed, also one that was saved again by another program

Series are US_PAR (nominal) and US_REAL_PAR (inflation-protected). Which curve a file is of, its heading says; where it does not, say it with \
--series. A curve is taken as known at 23:59 New York of its day, since nothing says when in the evening it was out.";

pub const INGEST_YAHOO: &str = "\
Examples:
  contango ingest yahoo                                    every instrument of `meta.instruments`
  contango ingest yahoo --series USDBRL,IBOVESPA --from 2015-01-01
  contango ingest yahoo --file SPY.json                    an answer of /v8/finance/chart that was saved

Prices are stored as they were printed: what Yahoo divided by later splits is multiplied again, by the splits of the same answer. So every \
request goes from --from to today, and the answer to a request that ended earlier is taken only of what is never split (currencies, indices, \
futures). `market_prices` adjusts them under the clock. A price is taken as known an hour after the UTC midnight that follows its session.";

/// The examples of `ingest bars`, and every column.
pub fn ingest_bars() -> String {
    let columns = COLUMNS.iter().map(|column| {
        let aliases = if column.aliases.is_empty() { String::new() } else { format!("; also {}", column.aliases.join(", ")) };
        format!("  {:<14} {}{aliases}", column.name, column.doc)
    });
    format!(
        "{INGEST_BARS}\n\nColumns, whatever their order and case; the first {N_REQUIRED} are needed:\n{}",
        columns.collect::<Vec<_>>().join("\n")
    )
}

const INGEST_BARS: &str = "\
Examples:
  contango ingest bars --file my_contracts.parquet
  contango ingest bars --file es.csv --file cl.csv --dataset barchart
  contango ingest bars --file export.csv --symbol CLM24 --dates day-first

A bar and its settlement are known at the end of the session, open interest on the next trade date's morning, by the calendar of the root; \
of a root that configuration does not know a day is its UTC day, and such dates are marked `lagged`. A row's own available_at comes first. \
The last trade day of a contract is the exchange's definition, else the file's, else the exchange's rule.

Comma, semicolon, tab or bar separate cells; titles above the header and a last line of one cell are passed over and told. Days of a column are \
read in one order of day and month, which its values show or --dates says. Thousands may be separated, and a comma may stand before decimals \
where a column shows it. A column that a file does not have says nothing: what is known of its figures stays. A figure that cannot be right is \
set aside or told (config/bars.toml), and takes no other along.";

/// The examples of `ingest vintages`, and every column.
pub fn ingest_vintages() -> String {
    let columns = vintages::COLUMNS.iter().map(|column| {
        let aliases = if column.aliases.is_empty() { String::new() } else { format!("; also {}", column.aliases.join(", ")) };
        format!("  {:<14} {}{aliases}", column.name, column.doc)
    });
    format!("{INGEST_VINTAGES}\n\nColumns of a table, whatever their order and case:\n{}", columns.collect::<Vec<_>>().join("\n"))
}

const INGEST_VINTAGES: &str = "\
Examples:
  contango ingest vintages --file my_vintages.parquet --source mine
  contango ingest vintages --file ROUTPUTQvQd.xlsx          the Philadelphia Fed's real-time data set
  contango ingest vintages --file 2024-02.csv               FRED-MD; the month is in the name
  contango ingest vintages --file current.csv --vintage 2024-02
  contango ingest vintages --file GDPC1_2_Vintages.csv      ALFRED's download, a column per vintage
  contango ingest vintages --file fredgraph.csv --vintage 2024-05-30

They go into the table macro_series. A table has a row per vintage. A spreadsheet of the Philadelphia Fed has a column per vintage: a \
quarterly one counts as known at the end of the 15th of the quarter's middle month, a monthly one at the end of its month. A file of FRED-MD \
counts as known at the end of its month. All three in New York, marked `lagged`; their source is rtdsm or fred_md where --source says no other.";

/// The examples of `meta`, and every setting.
pub fn meta() -> String {
    let settings: Vec<String> = PARENT_SETTINGS.iter().map(|setting| format!("  {:<18} {}", setting.name, setting.doc)).collect();
    format!(
        "Examples:\n  contango meta show ES\n  contango meta set ES roll_days=8\n  contango meta unset ES roll_days\n\nSettings:\n{}",
        settings.join("\n")
    )
}

pub const LAKE: &str = "\
Examples:
  contango lake info                                       rows, files, bytes, oldest and newest per table
  contango lake info --format json
  contango lake compact                                    few large files instead of many small ones
  contango lake rebuild --table cot                        from the raw files, to the same rows
  contango lake observed 3f9a21c4 '2024-02-01 12:00Z'      a file that was taken with a wrong --observed-at
  contango lake verify                                     prints what is wrong, one row per violation

Exit codes: 0 done, 1 `verify` found violations, 2 failed.";

pub const SERIES: &str = "\
Examples:
  contango series define es_back_adj --parent ES --roll open_interest --adjust ratio --months HMUZ
  contango -c \"SELECT * FROM continuous_series('es_back_adj')\"
  contango series define es_mine --parent ES --roll schedule
  contango series rolls load es_mine rolls.csv             columns as_of,from,to: 2024-03-08,ESH2024,ESM2024
  contango series build es_back_adj
  contango series update --all

continuous_series('ID') is always computed from the bars that are known at the clock. A build keeps the held bars and the rolls in the lake, in
continuous_bars and continuous_bar_rolls, for other readers of the lake and for audit: prices as they were traded, never adjusted. Every row is
a vintage: a second build adds nothing, a row that changed is a later vintage, a day that the series no longer has one without values.
`update` compares the last trade dates, and all of them where older days or the definition changed; the result is that of a full build.

Exit codes: 0 done, 2 failed (what a build had committed stays, and the next one goes on from it).";

pub const DEMO: &str = "\
Examples:
  contango demo                                            into ./data
  contango demo --data /tmp/demo

The sample has the provider's exact shape and made-up numbers. It is never put into a folder that holds real files.
Running it twice changes nothing. Exit codes: 0 done, 2 failed.";
