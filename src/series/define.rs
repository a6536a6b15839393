//! Giving a series a name: the checks of a call, and those of the name.

use super::session::{check, open, quoted};
use super::{Place, rolls};
use crate::config::closest;
use crate::error::{Error, Result};
use crate::metadata::{Metadata, SavedSeries};

/// Checks a definition and keeps it, in place of one of the same id, whose roll table stays. The root may be given by an alias.
///
/// # Errors
/// The id is no name or belongs to a root, the root is unknown, or `continuous_series` refuses the arguments.
pub async fn define(place: &Place<'_>, mut series: SavedSeries) -> Result<SavedSeries> {
    ensure_name(&series.id)?;
    let mut session = open(place)?;
    if let Some(root) = place.config.find_root(&series.id) {
        return Err(taken(&series.id, &root.root));
    }
    let held = format!("SELECT DISTINCT root FROM contracts WHERE lower(root) IN ({}, {})", lower(&series.id), lower(&series.root));
    let (found, _) = session.rows(&held).await?;
    let held = rolls::texts(&found, "root")?;
    if let Some(root) = held.iter().find(|root| root.eq_ignore_ascii_case(&series.id)) {
        return Err(taken(&series.id, root));
    }
    series.root = match held.iter().find(|root| root.eq_ignore_ascii_case(&series.root)) {
        Some(root) if place.config.find_root(&series.root).is_none() => root.clone(),
        _ => place.config.root(&series.root)?.root.clone(),
    };
    if series.lookback == Some(0) {
        return Err(Error::usage("a look-back of 0 trade dates compares nothing").hint("leave `--lookback` out for 30"));
    }
    let given = series.arguments.iter().map(|(name, value)| format!(", {name} => {}", quoted(value)));
    let call = format!("SELECT * FROM continuous_series({}{})", quoted(&series.root), given.collect::<String>());
    check(&mut session, &call).await?;
    Metadata::open(place.data)?.save_series(&series)?;
    Ok(series)
}

/// The definition of this id.
///
/// # Errors
/// There is none; the nearest is suggested.
pub fn ensure_defined(metadata: &Metadata, id: &str) -> Result<SavedSeries> {
    if let Some(found) = metadata.series(id)? {
        return Ok(found);
    }
    let all = metadata.all_series()?;
    let error = Error::usage(format!("there is no saved series `{id}`"));
    Err(error.hint(match closest(id, all.iter().map(|series| series.id.as_str())) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`contango series list` lists them, `contango series define ID --parent ROOT` makes one".to_string(),
    }))
}

fn lower(text: &str) -> String {
    quoted(&text.to_lowercase())
}

fn taken(id: &str, root: &str) -> Error {
    Error::usage(format!("`{id}` means the root `{root}`"))
        .hint("continuous_series would not know which is meant: give the series another id, such as es_back_adjusted")
}

fn ensure_name(id: &str) -> Result<()> {
    let is_name = !id.is_empty() && id.len() <= 64 && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    match is_name {
        true => Ok(()),
        false => Err(Error::usage(format!("`{id}` is no id of a series"))
            .hint("an id has up to 64 letters, digits and `_`, such as es_back_adjusted")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_word() {
        assert!(ensure_name("es_back_adj2").is_ok());
        for id in ["", "es-back", "é", "a b", "x'y", &"x".repeat(65)] {
            assert!(ensure_name(id).is_err(), "{id}");
        }
    }
}
