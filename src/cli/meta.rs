//! `contango meta`: what is known of roots, and what a person says of them.

use clap::{Args, Subcommand};
use futures::TryStreamExt;

use super::global::Context;
use super::{Exit, help, query};
use crate::engine::{self, Answer, Options, Session};
use crate::error::{Error, Result};
use crate::metadata::{Metadata, ParentSetting};
use crate::script::{Script, Stop};

/// Show what is known of roots, and set what you know better
#[derive(Args)]
#[command(after_help = help::meta(), disable_help_subcommand = true)]
pub struct Meta {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Every root with its size and settings
    List,
    /// One root
    Show { root: String },
    /// Set KEY=VALUE of a root; what you set comes before what definitions say
    Set {
        root: String,
        #[arg(required = true, value_name = "KEY=VALUE")]
        settings: Vec<String>,
    },
    /// Forget settings of a root
    Unset {
        root: String,
        #[arg(required = true, value_name = "KEY")]
        keys: Vec<String>,
    },
}

impl Meta {
    pub async fn run(self, context: &Context) -> Result<Exit, Stop> {
        match self.action {
            Action::List => show(context, "SELECT * FROM meta.parent_metadata ORDER BY parent;").await,
            Action::Show { root } => show_root(context, &resolve(context, &root).await?).await,
            Action::Set { root, settings } => {
                context.ensure_no_clock("meta set")?;
                let root = resolve(context, &root).await?;
                let settings = settings.iter().map(|setting| split(setting)).collect::<Result<Vec<_>>>()?;
                Metadata::open(&context.data)?.set_parent(&root, &settings)?;
                show_root(context, &root).await
            }
            Action::Unset { root, keys } => {
                context.ensure_no_clock("meta unset")?;
                let root = resolve(context, &root).await?;
                for key in &keys {
                    ParentSetting::find(key)?;
                }
                let settings: Vec<(String, String)> = keys.into_iter().map(|key| (key, String::new())).collect();
                Metadata::open(&context.data)?.set_parent(&root, &settings)?;
                show_root(context, &root).await
            }
        }
    }
}

/// The exchange's root of a name, an alias or a provider's parent symbol; one that configuration does not know where the lake has contracts
/// of it.
async fn resolve(context: &Context, name: &str) -> Result<String> {
    let bare = name.strip_suffix(".FUT").unwrap_or(name);
    match context.config.root(bare) {
        Ok(known) => Ok(known.root.clone()),
        Err(_) if has_contracts(context, bare).await? => Ok(bare.to_string()),
        Err(unknown) => Err(unknown),
    }
}

async fn has_contracts(context: &Context, root: &str) -> Result<bool> {
    let mut session = Session::new(Options { data: context.data.clone(), config: context.config.clone(), now: None })?;
    session.set_clock(context.clock);
    let Answer::Rows { stream, .. } = session.run(&format!("SELECT 1 FROM contracts WHERE root = {} LIMIT 1", quoted(root))).await? else {
        return Ok(false);
    };
    let batches: Vec<_> = stream.try_collect().await.map_err(engine::explain)?;
    Ok(batches.iter().any(|batch| batch.num_rows() > 0))
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn split(setting: &str) -> Result<(String, String)> {
    match setting.split_once('=') {
        Some((key, value)) if !value.is_empty() => Ok((key.trim().to_string(), value.trim().to_string())),
        _ => Err(Error::usage(format!("`{setting}` is no setting")).hint("write KEY=VALUE, such as roll_days=8; `meta unset` forgets one")),
    }
}

async fn show_root(context: &Context, root: &str) -> Result<Exit, Stop> {
    show(context, &format!("SELECT * FROM meta.parent_metadata WHERE parent = {};", quoted(root))).await
}

async fn show(context: &Context, text: &str) -> Result<Exit, Stop> {
    query::run(context, &[Script { file: None, text }]).await
}
