//! Files that unpack to much, or say of themselves that they are much: refused with a sentence in the little memory that the program is
//! given, and a file that is damaged is an error of that file alone.

use std::io::{Cursor, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use zip::write::SimpleFileOptions;

use super::{World, stderr};

const LITTLE: &str = "256MiB";
/// What a process may take beside what it counts: its program and its stacks.
const BESIDE_KIB: u64 = 200 << 10;

fn zipped(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in members {
        archive.start_file(*name, SimpleFileOptions::default()).expect("a member");
        archive.write_all(content).expect("memory takes it");
    }
    archive.finish().expect("an archive").into_inner()
}

/// So many pieces in a gzip, made piece by piece.
fn gzipped(head: &[u8], piece: &[u8], n: usize) -> Vec<u8> {
    let mut out = GzEncoder::new(Vec::new(), Compression::fast());
    out.write_all(head).expect("memory takes it");
    let many = piece.repeat((1 << 20) / piece.len());
    for _ in 0..n * piece.len() / many.len() {
        out.write_all(&many).expect("memory takes it");
    }
    out.finish().expect("memory takes it")
}

fn workbook(sheet: &str) -> Vec<u8> {
    workbook_with(sheet, &[])
}

/// A workbook with parts beside its sheet, by their names.
fn workbook_with(sheet: &str, beside: &[(&str, &str)]) -> Vec<u8> {
    let head = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>";
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let of = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let book = format!(
        "{head}<workbook xmlns=\"{main}\" xmlns:r=\"{of}\"><sheets><sheet name=\"a\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>"
    );
    let relations = format!(
        "{head}<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"rId1\" Type=\"{of}/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>"
    );
    let root = relations.replace("/worksheet\"", "/officeDocument\"").replace("worksheets/sheet1.xml", "xl/workbook.xml");
    let sheet = format!("{head}<worksheet xmlns=\"{main}\"><sheetData>{sheet}</sheetData></worksheet>");
    let mut parts: Vec<(&str, &[u8])> = vec![
        ("[Content_Types].xml", b"<Types/>"),
        ("_rels/.rels", root.as_bytes()),
        ("xl/workbook.xml", book.as_bytes()),
        ("xl/_rels/workbook.xml.rels", relations.as_bytes()),
        ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
    ];
    parts.extend(beside.iter().map(|(name, text)| (*name, text.as_bytes())));
    zipped(&parts)
}

fn cell(place: &str, text: &str) -> String {
    format!("<c r=\"{place}\" t=\"inlineStr\"><is><t>{text}</t></is></c>")
}

/// The most memory that a refusal took, in KiB, where the system tells.
fn refused_within(world: &World, arguments: &[&str]) -> (String, u64) {
    let mut all = vec!["--memory-limit", LITTLE];
    all.extend(arguments);
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_contango"));
    let child = child.current_dir(world.folder.path()).args(&all).env_remove("CONTANGO_DATA").stdin(std::process::Stdio::null());
    let mut child = child.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::piped()).spawn().expect("the program starts");
    let mut most = 0;
    while child.try_wait().expect("a child").is_none() {
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
        most = most.max(peak.unwrap_or(0));
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    let output = child.wait_with_output().expect("a child");
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
    assert!(said.contains("error: ") && said.contains("hint: ") && !said.contains("panicked"), "{arguments:?}: {said}");
    (said, most)
}

fn ensure_refused(name: &str, content: &[u8], source: &[&str], said: &[&str]) {
    let world = World::new();
    world.write(name, content);
    let mut arguments = vec!["ingest"];
    arguments.extend(source);
    arguments.extend(["--file", name]);
    let (words, most) = refused_within(&world, &arguments);
    assert!(said.iter().any(|said| words.contains(said)), "{name}: {words}");
    assert!(world.is_empty(), "{name} is in the lake");
    let limit = (256 << 10) + BESIDE_KIB;
    assert!(most <= limit, "{name} took {} MiB", most >> 10);
}

const NO_ROOM: &str = "more memory than there is room for";

#[test]
fn text_that_unpacks_to_much_is_refused_in_little_memory() {
    let rows = gzipped(b"symbol,as_of,close\n", b"ESH4,2024-03-08,5150\n", 30_000_000);
    ensure_refused("rows.csv.gz", &rows, &["bars"], &[NO_ROOM]);
    let ragged = gzipped(b"symbol,as_of,close\n", b"x\n", 200_000_000);
    ensure_refused("ragged.csv.gz", &ragged, &["bars"], &[NO_ROOM]);
    let wide = gzipped(b"symbol,as_of,close", b",x", 2_000_000);
    ensure_refused("wide.csv.gz", &wide, &["bars"], &["columns, and a table of rows has at most", NO_ROOM]);
}

#[test]
fn archives_within_archives_are_refused_in_little_memory() {
    let zeros = vec![b' '; 32 << 20];
    let members: Vec<(String, &[u8])> = (0..40).map(|n| (format!("{n}.txt"), zeros.as_slice())).collect();
    let members: Vec<(&str, &[u8])> = members.iter().map(|(name, content)| (name.as_str(), *content)).collect();
    let inner = zipped(&members);
    ensure_refused("many.zip", &inner, &["b3_tesouro"], &[NO_ROOM]);
    let outer = zipped(&[("a.zip", &inner), ("b.zip", &inner)]);
    ensure_refused("nested.zip", &outer, &["b3_tesouro"], &[NO_ROOM]);
}

#[test]
fn far_cells_of_a_workbook_are_no_rectangle() {
    let header = format!("<row r=\"1\">{}{}{}</row>", cell("A1", "symbol"), cell("B1", "as_of"), cell("C1", "close"));
    let far = format!(
        "{header}<row r=\"1048576\">{}{}</row>",
        cell("A1048576", "ESH4"),
        cell("B1048576", "2024-03-08") + &cell("XFD1048576", "x")
    );
    let world = World::new();
    world.write("far.xlsx", &workbook(&far));
    let output = world.run(&["--memory-limit", LITTLE, "ingest", "bars", "--file", "far.xlsx"]);
    let told = stderr(&output);
    assert!(output.status.code() == Some(2) && told.contains("1 rows were set aside") && told.contains("nothing could be taken"), "{told}");
    let lying = "<sst xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" count=\"1\" uniqueCount=\"4294967295\"><si><t>x</t></si></sst>";
    ensure_refused("lying.xlsx", &workbook_with(&header, &[("xl/sharedStrings.xml", lying)]), &["bars"], &[NO_ROOM]);
    let beyond = format!("{header}<row r=\"4294967296\">{}</row>", cell("A4294967296", "ESH4"));
    ensure_refused("beyond.xlsx", &workbook(&beyond), &["bars"], &["the workbook cannot be read", "its reader gave up"]);
}

#[test]
fn a_list_of_empty_lists_is_refused_in_little_memory() {
    let body = format!("[{}[]]", "[],".repeat(12 << 20));
    ensure_refused("lists.json", body.as_bytes(), &["bcb_sgs", "--series", "11"], &[NO_ROOM]);
}

#[test]
fn equal_rows_of_a_small_parquet_file_are_refused_in_little_memory() {
    use datafusion::arrow::array::{ArrayRef, Date32Array, Float64Array, RecordBatch, StringArray};
    let n = 1 << 20;
    let columns: [(&str, ArrayRef); 3] = [
        ("symbol", std::sync::Arc::new(StringArray::new_repeated("ESH4", n))),
        ("as_of", std::sync::Arc::new(Date32Array::from(vec![19_790; n]))),
        ("close", std::sync::Arc::new(Float64Array::from(vec![5_150.0; n]))),
    ];
    let batch = RecordBatch::try_from_iter(columns).expect("columns of one length");
    let mut out = Vec::new();
    let mut writer = datafusion::parquet::arrow::ArrowWriter::try_new(&mut out, batch.schema(), None).expect("a writer");
    for _ in 0..16 {
        writer.write(&batch).expect("written");
    }
    writer.close().expect("written");
    assert!(out.len() < 1 << 20, "the file is small");
    ensure_refused("equal.parquet", &out, &["bars"], &[NO_ROOM]);
}
