//! From bytes to text: an XML report, a delimited file, or either in a gzip or in zips within zips, as B3 packs them. What it is, the bytes say.

use std::borrow::Cow;
use std::io::{Cursor, Read};

use zip::ZipArchive;

use crate::error::{Error, Result};
use crate::memory;

/// Largest text that is read out of an archive; a day's report of B3 has 150 MB.
const MAX_TEXT: u64 = 1 << 30;
/// Archives within archives.
const MAX_DEPTH: usize = 3;

/// What is in a payload.
pub(super) enum Content<'a> {
    Delimited(Cow<'a, [u8]>),
    /// Editions of one XML report.
    Reports(Vec<Cow<'a, [u8]>>),
}

/// # Errors
/// It is none of the kinds, is cut off, or an archive holds no report and not one file alone.
pub(super) fn unpack(bytes: &[u8]) -> Result<Content<'_>> {
    let mut texts = Vec::new();
    collect(Cow::Borrowed(bytes), 0, &mut texts)?;
    let is_report = |text: &Cow<[u8]>| plain(text).starts_with(b"<");
    match texts.len() {
        0 => Err(Error::source("the archive is empty").hint("download it again")),
        1 if !is_report(&texts[0]) => Ok(Content::Delimited(texts.remove(0))),
        _ => {
            texts.retain(is_report);
            match texts.is_empty() {
                true => Err(Error::source("the archive holds several files and no report").hint("give the file itself")),
                false => Ok(Content::Reports(texts)),
            }
        }
    }
}

/// The text without a byte-order mark and the spaces before it.
pub(super) fn plain(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text).trim_ascii_start()
}

fn collect<'a>(bytes: Cow<'a, [u8]>, depth: usize, texts: &mut Vec<Cow<'a, [u8]>>) -> Result<()> {
    if depth > MAX_DEPTH {
        return Err(Error::source("archives lie within archives without end").hint("give the file itself"));
    }
    match bytes.as_ref() {
        [0x1f, 0x8b, ..] => {
            let text = read(flate2::read::MultiGzDecoder::new(bytes.as_ref()))?;
            collect(Cow::Owned(text), depth + 1, texts)
        }
        [b'P', b'K', 3 | 5, _, ..] => {
            let cut_off = |e: zip::result::ZipError| Error::source(format!("the zip cannot be read: {e}")).hint("download it again");
            let mut archive = ZipArchive::new(Cursor::new(bytes.as_ref())).map_err(cut_off)?;
            for at in 0..archive.len() {
                let member = archive.by_index(at).map_err(cut_off)?;
                if member.is_file() {
                    let inner = read(member)?;
                    collect(Cow::Owned(inner), depth + 1, texts)?;
                }
            }
            Ok(())
        }
        _ => {
            texts.push(bytes);
            Ok(())
        }
    }
}

fn read(from: impl Read) -> Result<Vec<u8>> {
    let text = memory::read_whole(from, 0, MAX_TEXT).map_err(|e| {
        let damaged =
            || Error::source(format!("the compressed data cannot be read: {e}")).hint("it may have been cut off: download it again");
        memory::own_error(&e).unwrap_or_else(damaged)
    })?;
    text.ok_or_else(|| Error::source(format!("a file unpacks to more than {} MiB", MAX_TEXT >> 20)).hint("it is no file of this source"))
}
