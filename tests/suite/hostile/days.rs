//! Days that cannot be: each is set aside with its reason, the rows beside it are taken, and what is read of the lake stays sane.

use std::fs::File;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Date32Array, Float64Array, RecordBatch, StringArray};
use datafusion::parquet::arrow::ArrowWriter;

use super::{World, stderr};

/// Bars of one contract, one per day given as days since 1970.
fn bars(world: &World, name: &str, days: &[i32]) {
    let columns: [(&str, ArrayRef); 3] = [
        ("symbol", Arc::new(StringArray::new_repeated("ESH4", days.len()))),
        ("as_of", Arc::new(Date32Array::from(days.to_vec()))),
        ("close", Arc::new(Float64Array::from(vec![5_150.0; days.len()]))),
    ];
    let batch = RecordBatch::try_from_iter(columns).expect("columns of one length");
    let mut writer = ArrowWriter::try_new(File::create(world.path(name)).expect("a file"), batch.schema(), None).expect("a writer");
    writer.write(&batch).expect("written");
    writer.close().expect("written");
}

#[test]
fn bars_of_days_that_cannot_be_are_set_aside() {
    let world = World::new();
    // 2024-03-08; the ends of the calendar; the years 10000 and 1799
    bars(&world, "bars.parquet", &[19_790, 95_026_236, -96_465_292, 2_932_897, -62_092]);
    let output = world.run(&["ingest", "bars", "--file", "bars.parquet"]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(stderr(&output).contains("4 rows were set aside"), "{}", stderr(&output));
    assert_eq!(world.rows("SELECT as_of FROM futures_bars"), ["2024-03-08"]);
    assert_eq!(world.rows("SELECT count(*) FROM continuous_series('ES')").len(), 1);
}

#[test]
fn a_file_with_a_day_on_no_calendar_is_damaged() {
    for day in [95_026_237, i32::MAX, i32::MIN] {
        let world = World::new();
        bars(&world, "bars.parquet", &[19_790, day]);
        let said = world.refused(&["ingest", "bars", "--file", "bars.parquet"]);
        assert!(said.contains("line 2: column `as_of`: day ") && said.contains("on no calendar"), "{said}");
        assert!(world.is_empty());
    }
}

#[test]
fn text_of_a_day_that_cannot_be_is_set_aside() {
    let world = World::new();
    let bars = "symbol,as_of,close,expiration\nESH4,9999-12-31,5150,\nESH4,1799-12-31,5150,\nESH4,2024-03-08,5150,9999-12-31\nESM4,2024-03-08,5150,\n";
    world.write("bars.csv", bars.as_bytes());
    let output = world.run(&["ingest", "bars", "--file", "bars.csv"]);
    assert!(output.status.success() && stderr(&output).contains("3 rows were set aside"), "{}", stderr(&output));
    assert_eq!(world.rows("SELECT symbol, as_of FROM futures_bars"), ["ESM4,2024-03-08"]);
    let vintages =
        "series_id,as_of,value,realtime_start\nGDP,9999-12-31,1,2024-03-08\nGDP,0001-01-01,1,2024-03-08\nGDP,2024-01-01,1,2024-03-08\n";
    world.write("vintages.csv", vintages.as_bytes());
    let output = world.run(&["ingest", "vintages", "--source", "mine", "--file", "vintages.csv"]);
    assert!(output.status.success() && stderr(&output).contains("2 rows were set aside"), "{}", stderr(&output));
    assert_eq!(world.rows("SELECT as_of FROM macro_series"), ["2024-01-01"]);
}
