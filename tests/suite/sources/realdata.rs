//! The CFTC's own files, where they are at hand: every row is accounted for, and nothing in them is rejected.

use std::path::Path;

use contango::sources::Payload;

use super::{OBSERVED, cftc, config};

/// Folder, file (without `.gz`) and its data rows.
const FILES: &[(&str, &str, usize)] = &[
    ("disagg", "f_year_2021_asof_2021-03-16.txt", 2178),
    ("disagg", "fut_disagg_txt_2010.zip", 5547),
    ("disagg", "fut_disagg_txt_2011.zip", 5486),
    ("disagg", "fut_disagg_txt_2012.zip", 5938),
    ("disagg", "fut_disagg_txt_2013.zip", 8270),
    ("disagg", "fut_disagg_txt_2014.zip", 10271),
    ("disagg", "fut_disagg_txt_2015.zip", 9762),
    ("disagg", "fut_disagg_txt_2016.zip", 10520),
    ("disagg", "fut_disagg_txt_2017.zip", 10204),
    ("disagg", "fut_disagg_txt_2018.zip", 10874),
    ("disagg", "fut_disagg_txt_2019.zip", 10954),
    ("disagg", "fut_disagg_txt_2020.zip", 10786),
    ("disagg", "fut_disagg_txt_2021.zip", 10704),
    ("disagg", "fut_disagg_txt_2022.zip", 11526),
    ("disagg", "fut_disagg_txt_2023.zip", 12534),
    ("disagg", "fut_disagg_txt_2023_asof_2023-10-10_cloorem2.zip", 9761),
    ("disagg", "fut_disagg_txt_2024.zip", 13601),
    ("disagg", "fut_disagg_txt_2025.zip", 13630),
    ("disagg", "fut_disagg_txt_2026.zip", 5685),
    ("disagg", "opendatadsl_cftc_diagg_fut_2023.txt", 1814),
    ("disagg", "opendatadsl_cftc_disaggregated_combined_2023.csv", 15),
    ("legacy", "deacot2004_annual.txt", 3465),
    ("legacy_vintages", "annual_pub_20250113T230002Z.txt", 310),
    ("legacy_vintages", "annual_pub_20250117T230002Z.txt", 626),
    ("legacy_vintages", "annual_pub_20250124T230002Z.txt", 946),
    ("legacy_vintages", "annual_pub_20250131T230001Z.txt", 1271),
    ("legacy_vintages", "annual_pub_20250207T230002Z.txt", 1587),
    ("other", "socrata_disagg_gold_088691_2rows.json", 2),
    ("tff", "FinFut17.txt", 2110),
    ("tff", "FinFut18.txt", 2538),
    ("tff", "FinFut19.txt", 2518),
    ("tff", "FinFutYY_2020_asof_2020-11-24.txt", 2106),
    ("tff", "FinFutYY_2021_full.txt", 2603),
    ("tff", "FinFutYY_2022_asof_2022-08-16.txt", 1719),
    ("tff", "fut_fin_txt_2023.zip", 2191),
    ("tff", "FinFutYY_2024_asof_2024-06-11.txt", 1408),
    ("tff", "FinFutYY_2024_asof_2024-07-23.txt", 1766),
    ("tff", "FinComYY_2024_asof_2024-07-23.txt", 1770),
    ("tff", "FinFutYY_2025_asof_2025-04-29.txt", 1095),
    ("tff", "FinFutYY_2026_asof_2026-03-17.txt", 908),
    ("tff", "FinFutYY_2026_asof_2026-03-24.txt", 991),
    ("tff", "FinFutYY_2026_asof_2026-04-07.txt", 1160),
    ("tff", "FinFutYY_2026_asof_2026-06-02.txt", 1870),
    ("tff", "FinFutYY_2026_asof_2026-06-09.txt", 1962),
    ("tff", "FinComYY_2026_asof_2026-06-23.txt", 2144),
];

#[test]
fn every_row_of_the_real_files_is_accounted_for() {
    let Some(root) = std::env::var_os("CONTANGO_REAL_DATA") else {
        eprintln!("skipped: CONTANGO_REAL_DATA is not set");
        return;
    };
    let config = config();
    let mut seen = 0;
    for (folder, name, rows) in FILES {
        let plain = Path::new(&root).join("cot").join(folder).join(name);
        let packed = plain.with_file_name(format!("{name}.gz"));
        let Some(path) = [plain, packed].into_iter().find(|path| path.exists()) else { continue };
        seen += 1;
        let bytes = std::fs::read(&path).expect("readable").into();
        let payload = Payload { name: name.to_string(), bytes, observed_at: OBSERVED, origin: name.to_string(), hint: None };
        let parsed = cftc().parse(&payload, &config).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(parsed.rows_read, *rows, "{name}");
        let rows_of =
            |table: &str| parsed.batches.iter().filter(|(t, _)| t.name == table).map(|(_, batch)| batch.num_rows()).sum::<usize>();
        assert_eq!(parsed.rows_read, rows_of("cot_markets") + parsed.repeats_within + parsed.rejections.len(), "{name}");
        assert_eq!(parsed.rejections, [], "{name}");
        let categories = if parsed.kind.starts_with("legacy") { 3 } else { 5 };
        assert_eq!(rows_of("cot"), categories * rows_of("cot_markets"), "{name}");
        let changes = parsed.warnings.iter().find(|warning| warning.contains("Change_in"));
        assert_eq!(changes, None, "{name}: the printed changes are those of the positions");
    }
    assert!(seen > 10, "{seen} files of the list are there");
}
