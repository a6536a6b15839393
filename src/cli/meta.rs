//! `contango meta`: what is known of roots, and what a person says of them.

use clap::{Args, Subcommand};

use super::global::Context;
use super::{Exit, help, query};
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
            Action::Show { root } => show_root(context, &resolve(context, &root)?).await,
            Action::Set { root, settings } => {
                let root = resolve(context, &root)?;
                let settings = settings.iter().map(|setting| split(setting)).collect::<Result<Vec<_>>>()?;
                Metadata::open(&context.data)?.set_parent(&root, &settings)?;
                show_root(context, &root).await
            }
            Action::Unset { root, keys } => {
                let root = resolve(context, &root)?;
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

/// The exchange's root of a name or alias.
fn resolve(context: &Context, name: &str) -> Result<String> {
    Ok(context.config.root(name)?.root.clone())
}

fn split(setting: &str) -> Result<(String, String)> {
    match setting.split_once('=') {
        Some((key, value)) if !value.is_empty() => Ok((key.trim().to_string(), value.trim().to_string())),
        _ => Err(Error::usage(format!("`{setting}` is no setting")).hint("write KEY=VALUE, such as roll_days=8; `meta unset` forgets one")),
    }
}

async fn show_root(context: &Context, root: &str) -> Result<Exit, Stop> {
    show(context, &format!("SELECT * FROM meta.parent_metadata WHERE parent = '{}';", root.replace('\'', "''"))).await
}

async fn show(context: &Context, text: &str) -> Result<Exit, Stop> {
    query::run(context, &[Script { file: None, text }], &[]).await
}
