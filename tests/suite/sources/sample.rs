//! The made-up sample: its shape, and that everything in it adds up.

use contango::sources::cftc::sample;

use super::{parse, shown};

#[test]
fn the_sample_is_sound_and_always_the_same() {
    let files = sample::files();
    assert_eq!(files, sample::files());
    let mut text = String::new();
    for (name, bytes) in files {
        let parsed = parse(&name, bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(parsed.rejections.is_empty(), "{name}: {:?}", parsed.rejections.first());
        let rows: Vec<String> = parsed.batches.iter().map(|(table, batch)| format!("{} {}", table.name, batch.num_rows())).collect();
        text.push_str(&format!("{name}: {}, {} rows, {}\n", parsed.kind, parsed.rows_read, rows.join(", ")));
        for warning in &parsed.warnings {
            text.push_str(&format!("  {warning}\n"));
        }
    }
    insta::assert_snapshot!(text);
}

#[test]
fn the_sample_has_the_provider_s_columns() {
    for (name, bytes) in sample::files() {
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).expect("an archive");
        let text = std::io::read_to_string(archive.by_index(0).expect("a member")).expect("text");
        let columns = text.lines().next().expect("a header").split(',').count();
        assert_eq!(columns, if name.starts_with("fut_fin") { 87 } else { 191 }, "{name}");
        assert!(text.ends_with("\r\n"));
        if name == "fut_fin_txt_2023.zip" {
            assert!(text.contains(",230703,2023-07-03,13874A,"), "the Monday report is there");
        }
    }
}

#[test]
fn a_month_of_the_sample_reads_like_a_report() {
    let (name, bytes) = sample::files().into_iter().find(|(name, _)| name == "fut_disagg_txt_2022.zip").expect("listed");
    let mut parsed = parse(&name, bytes).expect("readable");
    for (_, batch) in &mut parsed.batches {
        *batch = batch.slice(0, batch.num_rows().min(4));
    }
    insta::assert_snapshot!(shown(&parsed));
}
