//! From the bytes of a payload to its text: ZIP, gzip or neither, told apart by the bytes themselves and never by the file's name.
//!
//! A payload comes from outside and may be anything: what is compressed is read up to a limit, whatever size it declares; a member's path is
//! never used, and one that would climb out of a folder shows that the archive was made to do harm.

use std::borrow::Cow;
use std::io::{Cursor, Read};

use crate::error::{Error, Result};
use crate::memory;

/// Largest text that is read.
pub const MAX_TEXT: u64 = 1 << 30;
/// Largest factor between compressed and plain size; COT files come to about 10.
const MAX_RATIO: u64 = 200;
/// Plain size below which the factor does not matter.
const SMALL: u64 = 1 << 20;

/// The text of a payload.
#[derive(Debug)]
pub struct Text<'a> {
    pub bytes: Cow<'a, [u8]>,
    /// Whether it is a JSON document and no delimited text.
    pub json: bool,
    /// Whether bytes that are no UTF-8 were replaced.
    pub replaced: bool,
}

/// The text of a payload, unpacked.
///
/// # Errors
/// The payload is empty, damaged, not text, or an archive without one single text file.
pub fn unpack(payload: &[u8]) -> Result<Text<'_>> {
    let bytes: Cow<[u8]> = if payload.starts_with(b"PK\x03\x04") || payload.starts_with(b"PK\x05\x06") {
        unzip(payload)?.into()
    } else if payload.starts_with(&[0x1f, 0x8b]) {
        gunzip(payload)?.into()
    } else {
        payload.into()
    };
    if bytes.len() as u64 > MAX_TEXT {
        return Err(too_large());
    }
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes).trim_ascii_start();
    match text {
        [] => return Err(Error::source("the file is empty").hint("download it again")),
        [b'<', ..] => {
            return Err(Error::source("this is an HTML page, not a report")
                .hint("the provider answers a wrong address or an outage with a page: open the file to see what it says"));
        }
        [0xd0, 0xcf, 0x11, 0xe0, ..] => return Err(spreadsheet()),
        _ if text[..text.len().min(1024)].contains(&0) => {
            return Err(
                Error::source("this is a binary file, not a report").hint("contango reads the text files of the CFTC, zipped or not")
            );
        }
        _ => {}
    }
    let json = matches!(text[0], b'[' | b'{');
    if std::str::from_utf8(&bytes).is_ok() {
        return Ok(Text { bytes: without_mark(bytes), json, replaced: false });
    }
    let replaced = String::from_utf8_lossy(&bytes).into_owned().into_bytes();
    Ok(Text { bytes: without_mark(replaced.into()), json, replaced: true })
}

fn without_mark(bytes: Cow<'_, [u8]>) -> Cow<'_, [u8]> {
    match bytes {
        Cow::Borrowed(plain) => plain.strip_prefix(b"\xef\xbb\xbf").unwrap_or(plain).into(),
        Cow::Owned(mut plain) if plain.starts_with(b"\xef\xbb\xbf") => plain.split_off(3).into(),
        owned => owned,
    }
}

fn limit(compressed: u64) -> u64 {
    compressed.saturating_mul(MAX_RATIO).clamp(SMALL, MAX_TEXT)
}

fn unzip(payload: &[u8]) -> Result<Vec<u8>> {
    let damaged = |error: zip::result::ZipError| {
        Error::source(format!("the zip archive cannot be read: {}", describe(&error))).hint("it may have been cut off: download it again")
    };
    let mut archive = zip::ZipArchive::new(Cursor::new(payload)).map_err(damaged)?;
    let mut members = Vec::new();
    let mut spreadsheet_inside = false;
    for index in 0..archive.len() {
        let member = archive.by_index_raw(index).map_err(damaged)?;
        let name = member.name().to_string();
        if member.enclosed_name().is_none() || name.contains('\\') || name.contains(':') {
            return Err(Error::source(format!("the zip archive holds a path that climbs out of it: `{name}`"))
                .hint("the CFTC publishes no such file: do not unpack it"));
        }
        spreadsheet_inside |= name.starts_with("xl/") || name.to_ascii_lowercase().ends_with(".xls");
        let lower = name.to_ascii_lowercase();
        if member.is_file() && !name.starts_with("__MACOSX/") && (lower.ends_with(".txt") || lower.ends_with(".csv")) {
            members.push((index, name));
        }
    }
    let index = match &members[..] {
        [(index, _)] => *index,
        [] if spreadsheet_inside => return Err(spreadsheet()),
        [] => return Err(Error::source("the zip archive holds no .txt or .csv file").hint("download the text version of the report")),
        many => {
            let names: Vec<String> = many.iter().map(|(_, name)| format!("`{name}`")).collect();
            return Err(Error::source(format!("the zip archive holds {} text files: {}", many.len(), names.join(", ")))
                .hint("unpack it and give the files one by one"));
        }
    };
    let member = archive.by_index(index).map_err(damaged)?;
    let (declared, limit) = (member.size(), limit(member.compressed_size()));
    if declared > limit {
        return Err(too_large());
    }
    read_limited(member, declared, limit)
}

fn gunzip(payload: &[u8]) -> Result<Vec<u8>> {
    let limit = limit(payload.len() as u64);
    read_limited(flate2::read::MultiGzDecoder::new(payload), limit.min(payload.len() as u64 * 8), limit)
}

/// Reads to the end, but no further than `limit`: the declared size of a member may lie.
fn read_limited(reader: impl Read, expected: u64, limit: u64) -> Result<Vec<u8>> {
    let bytes = memory::read_whole(reader, expected, limit).map_err(|error| {
        let damaged =
            || Error::source(format!("the compressed data cannot be read: {error}")).hint("it may have been cut off: download it again");
        memory::own_error(&error).unwrap_or_else(damaged)
    })?;
    bytes.ok_or_else(too_large)
}

/// The library's words without its own prefix.
fn describe(error: &zip::result::ZipError) -> String {
    if let zip::result::ZipError::InvalidArchive(_) = error {
        return "its directory is missing or damaged".to_string();
    }
    let text = error.to_string();
    text.rsplit(": ").next().unwrap_or_default().trim_end_matches('.').to_string()
}

fn too_large() -> Error {
    Error::source(format!("the file unpacks to more than {MAX_RATIO} times its size or {} MiB, as no report does", MAX_TEXT >> 20))
        .hint("it was made to fill memory, or it is damaged: download it again from the CFTC")
}

fn spreadsheet() -> Error {
    Error::source("this is a spreadsheet, not a text file").hint("download the text version of the report")
}
