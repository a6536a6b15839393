//! `contango demo`: a made-up sample, taken in as a user would, and a short tour of queries with their results.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use clap::Args;

use super::global::Context;
use super::progress::progress;
use super::{Exit, help, ingest as ingest_command};
use crate::audit::{self, INSTANTS, Lag, Request};
use crate::config::Config;
use crate::engine::{self, StatementText};
use crate::error::{Error, Result, system_words};
use crate::ingest::{self, Workplace};
use crate::lake::{Lake, raw};
use crate::script::{self, Script, Stop, examples};
use crate::shell::messages::say;
use crate::shell::printer::Printer;
use crate::sources::bars::{self, Bars};
use crate::sources::bcb_focus::{self, BcbFocus};
use crate::sources::cftc::{Cftc, sample};
use crate::sources::fred::{self, Fred};
use crate::sources::ibge_sidra::{self, IbgeSidra};
use crate::sources::us_treasury::{self, UsTreasury};
use crate::sources::{SOURCES, Source};

/// The example that the demo audits.
const MISTAKE: &str = "leaky/cot_on_tuesday";

/// Name and bytes.
type SampleFile = (String, Vec<u8>);

/// Files of a source, and what is said of them.
type Part<'a> = (&'a dyn Source, Option<&'a str>, &'a [SampleFile]);

/// Take in a made-up sample and show what can be asked of it
#[derive(Args)]
#[command(after_help = help::DEMO)]
pub struct Demo {}

impl Demo {
    pub async fn run(self, context: &Context) -> Result<Exit, Stop> {
        context.ensure_no_clock("demo")?;
        say("The numbers below are made up: a sample in the exact shape of the CFTC's files, of contract bars, of FRED's series, of the \
             Treasury's curves, and of Brazil's prices and what was expected of them, not real ones.")?;
        let positions = sample::files();
        let contracts = [bars::sample::file(&Config::built_in()?)];
        let series = fred::sample::series();
        let (curves, prices, surveys) =
            ([us_treasury::sample::file(), us_treasury::sample::real_file()], [ibge_sidra::sample::file()], [bcb_focus::sample::file()]);
        let files = positions.iter().chain(&contracts).chain(series.iter().map(|(_, file)| file));
        ensure_only_sample(&context.data, files.chain(&curves).chain(&prices).chain(&surveys)).await?;
        let mut parts: Vec<Part> = vec![(&Cftc, None, &positions), (&Bars, None, &contracts)];
        parts.extend(series.iter().map(|(id, file)| (&Fred as &dyn Source, Some(*id), std::slice::from_ref(file))));
        parts.extend([(&UsTreasury as &dyn Source, None, &curves[..]), (&IbgeSidra, None, &prices[..]), (&BcbFocus, None, &surveys[..])]);
        take(context, &parts).await?;
        say(&format!("The sample is in `{}`. What follows is `contango run tour`, statement by statement.", context.data.display()))?;
        tour(context).await?;
        mistake(context).await?;
        say(
            "\nNext: `contango` is the shell, `contango --help` shows the rest, `contango ingest cftc --years 2023..` brings real positions.",
        )?;
        Ok(Exit::Success)
    }
}

/// Made-up rows must not stand among real ones.
async fn ensure_only_sample<'a>(data: &Path, files: impl Iterator<Item = &'a SampleFile>) -> Result<()> {
    let own: HashSet<String> = files.map(|(_, content)| raw::sha256_hex(content)).collect();
    let lake = Lake::new(data)?;
    for source in SOURCES {
        let archived = raw::list(&lake, source.name()).await?;
        if let Some(real) = archived.iter().find(|payload| !own.contains(payload.content_sha256())) {
            return Err(Error::usage(format!("`{}` holds real payloads (`{}`), and the sample is made up", data.display(), real.name))
                .hint("give the demo a folder of its own: `contango demo --data demo-data`"));
        }
    }
    Ok(())
}

/// Writes the sample where a user's downloads could lie, and ingests it from there.
async fn take(context: &Context, parts: &[Part<'_>]) -> Result<(), Stop> {
    let failed = |error: std::io::Error| Error::usage(format!("cannot write the sample to a temporary folder: {}", system_words(&error)));
    let folder = tempfile::tempdir().map_err(failed)?;
    let progress = progress(context.messages, context.is_quiet);
    let place = Workplace { data: &context.data, config: &context.config, progress: progress.as_ref() };
    let mut summaries = Vec::new();
    for (source, hint, files) in parts {
        let mut paths: Vec<PathBuf> = Vec::new();
        for (name, content) in *files {
            let path = folder.path().join(name);
            std::fs::write(&path, content).map_err(failed)?;
            paths.push(path);
        }
        summaries.extend(ingest::files(&place, *source, &paths, None, *hint).await?);
    }
    drop(progress);
    ingest_command::tell(context, &summaries)?;
    Ok(())
}

/// Runs the example `tour`: the comment above each statement, the statement, its rows.
async fn tour(context: &Context) -> Result<(), Stop> {
    let tour = examples::find("tour").ok_or_else(|| Error::internal("the tour is not among the examples"))?;
    let (file, text) = (tour.path(), tour.text);
    let mut session = context.session()?;
    let mut output = context.output(None)?;
    for statement in engine::split(text).await? {
        say(&format!("\n{}\n\n{}\n", comment_above(text, &statement), indented(&statement.text)))?;
        let mut printer = Printer::new(&mut output, context.messages, context.telling());
        script::run(&mut session, Script { file: Some(&file), text: &statement.text }, &mut printer).await?;
    }
    context.finish(output)
}

/// Audits an example that looks ahead, as the command would.
async fn mistake(context: &Context) -> Result<(), Stop> {
    let mistake = examples::find(MISTAKE).ok_or_else(|| Error::internal("the mistake is not among the examples"))?;
    let (file, text) = (mistake.path(), mistake.text);
    let request = Request { time_column: "as_of".into(), lag: Lag::default(), instants: INSTANTS, from: None, to: None };
    let query = engine::split(text).await?.pop().ok_or_else(|| Error::internal("the mistake has no query"))?;
    let what = "Last, a mistake: the positions of a Tuesday, used at that Tuesday's close. They come out on the Friday.";
    let how = format!(
        "`contango audit {MISTAKE} --time-column as_of` runs it with full knowledge and with the clock at the end of such days,\n\
         and tells the first row that nobody could know:"
    );
    say(&format!("\n{what}\n\n{}\n\n{how}\n", indented(&query.text)))?;
    let report = audit::run(&context.session()?, Script { file: Some(&file), text }, &request, &|_, _, _| {}).await?;
    let mut output = context.output(None)?;
    output.batch(&report.differences())?;
    context.finish(output)
}

/// The comment lines that end right above a statement, without their dashes.
fn comment_above(text: &str, statement: &StatementText) -> String {
    let above: Vec<&str> = text.lines().take(usize::try_from(statement.line).unwrap_or(0).saturating_sub(1)).collect();
    let mut comment: Vec<&str> = above.iter().rev().map_while(|line| line.trim().strip_prefix("--")).map(str::trim).collect();
    comment.reverse();
    comment.join("\n")
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_statement_of_the_tour_has_a_sentence() {
        let text = examples::find("tour").expect("the tour is an example").text;
        let statements = engine::split(text).await.expect("the tour parses");
        assert!(statements.len() >= 6);
        for statement in statements {
            assert!(comment_above(text, &statement).len() > 20, "line {} has no sentence", statement.line);
        }
    }
}
