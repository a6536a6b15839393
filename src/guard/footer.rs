//! Whether the footer of a Parquet file can be what it says: its reader allocates at once for as many row groups as a footer declares, and goes
//! into a schema as deep as it is nested, and neither an allocation that fails nor a stack that ends can be caught.
//!
//! Only that is looked at. What else is wrong with a footer is the reader's to say.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use crate::error::{Error, Result};

/// Deeper than any table.
const DEEPEST: usize = 200;
/// Structs within structs of a footer that is right are few.
const DEEPEST_STRUCT: usize = 32;
const MAGIC: &[u8] = b"PAR1";

/// That the footer of a whole file can be what it says.
///
/// # Errors
/// It cannot.
pub fn ensure(file: &[u8]) -> Result<()> {
    let Some((rest, tail)) = file.split_last_chunk::<8>() else { return Ok(()) };
    let length = u32::from_le_bytes([tail[0], tail[1], tail[2], tail[3]]) as usize;
    let Some(start) = rest.len().checked_sub(length).filter(|_| tail.ends_with(MAGIC)) else { return Ok(()) };
    ensure_footer(&rest[start..])
}

/// The same of a file on disk, of which the end alone is read; one that is no Parquet file is right.
///
/// # Errors
/// The footer cannot be what it says.
pub fn ensure_on_disk(path: &Path) -> Result<()> {
    let end = || -> Option<Vec<u8>> {
        let mut file = File::open(path).ok()?;
        let size = file.seek(SeekFrom::End(0)).ok()?;
        let mut tail = [0; 8];
        file.seek(SeekFrom::Start(size.checked_sub(8)?)).ok()?;
        file.read_exact(&mut tail).ok()?;
        let length = u64::from(u32::from_le_bytes([tail[0], tail[1], tail[2], tail[3]]));
        file.seek(SeekFrom::Start(size.checked_sub(8)?.checked_sub(length).filter(|_| tail.ends_with(MAGIC))?)).ok()?;
        let mut footer = Vec::new();
        file.take(length).read_to_end(&mut footer).ok()?;
        Some(footer)
    };
    end().map_or(Ok(()), |footer| ensure_footer(&footer).map_err(|error| error.in_file(path.display().to_string())))
}

fn ensure_footer(footer: &[u8]) -> Result<()> {
    let mut walk = Walk { bytes: footer, at: 0, children: Vec::new(), lies: false };
    // where it is cut off its reader says so
    let _ = walk.fields(0, Level::Footer);
    if walk.lies {
        return Err(damaged("its footer declares more than the file can hold"));
    }
    let mut open: Vec<u64> = Vec::new();
    for children in walk.children {
        while open.last() == Some(&0) {
            open.pop();
        }
        if let Some(left) = open.last_mut() {
            *left -= 1;
        }
        if children > 0 {
            open.push(children);
        }
        if open.len() > DEEPEST {
            return Err(damaged("its columns are nested without end"));
        }
    }
    Ok(())
}

fn damaged(what: &str) -> Error {
    Error::source(format!("the Parquet file cannot be read: {what}"))
        .hint("it is damaged, or was made to do harm: download or copy it again")
}

/// Which struct is gone through: of one the fields have a meaning here.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Footer,
    SchemaElement,
    Other,
}

/// Goes over a struct of the compact protocol of Thrift.
struct Walk<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Of each element of the schema, in order.
    children: Vec<u64>,
    /// A list says that it has more elements than there are bytes.
    lies: bool,
}

impl Walk<'_> {
    fn byte(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }
    fn number(&mut self) -> Option<u64> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }
    fn pass(&mut self, n: u64) -> Option<()> {
        self.at = self.at.checked_add(usize::try_from(n).ok()?).filter(|at| *at <= self.bytes.len())?;
        Some(())
    }
    fn fields(&mut self, depth: usize, level: Level) -> Option<()> {
        let (mut id, mut children) = (0_i64, 0);
        loop {
            let head = self.byte()?;
            let kind = head & 0x0f;
            if kind == 0 {
                break;
            }
            id = match head >> 4 {
                0 => zigzag(self.number()?),
                delta => id.checked_add(i64::from(delta))?,
            };
            if level == Level::SchemaElement && id == 5 && kind == 5 {
                children = u64::try_from(zigzag(self.number()?)).unwrap_or(0);
                continue;
            }
            let inner = if level == Level::Footer && id == 2 { Level::SchemaElement } else { Level::Other };
            self.value(kind, depth, inner, false)?;
        }
        if level == Level::SchemaElement {
            self.children.push(children);
        }
        Some(())
    }
    fn value(&mut self, kind: u8, depth: usize, level: Level, in_list: bool) -> Option<()> {
        if depth > DEEPEST_STRUCT {
            self.lies = true;
            return None;
        }
        match kind {
            1 | 2 if in_list => self.pass(1),
            1 | 2 => Some(()),
            3 => self.pass(1),
            4..=6 => self.number().map(drop),
            7 => self.pass(8),
            8 => {
                let length = self.number()?;
                self.pass(length)
            }
            9 | 10 => {
                let head = self.byte()?;
                let n = if head >> 4 == 15 { self.number()? } else { u64::from(head >> 4) };
                self.elements(n)?;
                (0..n).try_for_each(|_| self.value(head & 0x0f, depth + 1, level, true))
            }
            11 => {
                let n = self.number()?;
                self.elements(n)?;
                let kinds = if n > 0 { self.byte()? } else { 0 };
                (0..n).try_for_each(|_| {
                    self.value(kinds >> 4, depth + 1, Level::Other, true)?;
                    self.value(kinds & 0x0f, depth + 1, Level::Other, true)
                })
            }
            12 => self.fields(depth + 1, level),
            _ => None,
        }
    }
    /// Each element takes a byte at the least.
    fn elements(&mut self, n: u64) -> Option<()> {
        if n > (self.bytes.len() - self.at) as u64 {
            self.lies = true;
            return None;
        }
        Some(())
    }
}

fn zigzag(number: u64) -> i64 {
    (number >> 1) as i64 ^ -((number & 1) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A footer of a version, a schema of so many elements with so many children each, and a list of row groups that says its length.
    fn file(schema: &[u8], row_groups: &[u8]) -> Vec<u8> {
        let mut footer = vec![0x15, 0x04, 0x19];
        footer.extend(schema);
        footer.extend([0x16, 0x02, 0x19]);
        footer.extend(row_groups);
        footer.push(0);
        let mut file = b"PAR1".to_vec();
        file.extend(&footer);
        file.extend((footer.len() as u32).to_le_bytes());
        file.extend(MAGIC);
        file
    }

    /// An element of a schema with one child: field 4 its name, field 5 how many children.
    const NESTED: [u8; 6] = [0x48, 1, b'a', 0x15, 0x02, 0];

    #[test]
    fn a_footer_declares_what_the_file_can_hold() {
        assert!(ensure(&file(&[0x1c, 0x48, 1, b'a', 0], &[0x0c])).is_ok());
        let lying = ensure(&file(&[0x1c, 0x48, 1, b'a', 0], &[0xfc, 0xff, 0xff, 0xff, 0xff, 0x07])).expect_err("two billion row groups");
        assert!(lying.message().contains("declares more than the file can hold"), "{lying}");
        for cut in 0..60 {
            let whole = file(&[0x1c, 0x48, 1, b'a', 0], &[0x0c]);
            let _ = ensure(&whole[whole.len().saturating_sub(cut)..]);
        }
    }

    #[test]
    fn columns_are_not_nested_without_end() {
        let nested = |n: usize| {
            let mut schema = vec![0xfc];
            let mut left = n;
            while left >= 0x80 {
                schema.push((left & 0x7f) as u8 | 0x80);
                left >>= 7;
            }
            schema.push(left as u8);
            (0..n).for_each(|_| schema.extend(NESTED));
            file(&schema, &[0x0c])
        };
        assert!(ensure(&nested(100)).is_ok());
        assert!(ensure(&nested(20_000)).expect_err("too deep").message().contains("nested without end"));
    }
}
