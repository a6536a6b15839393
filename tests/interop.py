"""Other readers open the lake as it lies on disk and agree with contango.

    python tests/interop.py target/debug/contango [--data DIR]

DuckDB, Polars and the Python deltalake package each open data/lake/cot with their own Delta reader: columns and types must be those that are
promised, count, sums and the newest instant those of `cot_vintages` in contango, as a whole and in each partition. Without --data a lake is
made from the sample and read three times: as it was ingested, after `lake compact` and after `lake rebuild`, whose log entries also remove
files. Needs: duckdb, duckdb-extensions, duckdb-extension-delta, deltalake, polars. Exit code 0: all agree; 1: they do not.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import deltalake
import duckdb
import duckdb_extensions
import polars

PARTITION = ["report", "scope"]
SUMMED = ["long", "short", "spreading", "open_interest"]
AGGREGATES = ", ".join(
    ["count(*) AS n"]
    + [f'sum("{column}") AS "{column}"' for column in SUMMED]
    + ["CAST(max(available_at) AS VARCHAR) AS newest", "CAST(max(as_of) AS VARCHAR) AS newest_day"]
)
BY_PARTITION = f"SELECT {', '.join(PARTITION)}, {AGGREGATES} FROM {{}} GROUP BY {', '.join(PARTITION)} ORDER BY {', '.join(PARTITION)}"

# The columns of the table as stored, each with its type in each reader: (DuckDB, Polars, deltalake in Delta's own words, where a timestamp is in UTC).
TEXT = ("VARCHAR", "String", "string")
INTEGER = ("BIGINT", "Int64", "long")
INSTANT = ("TIMESTAMP WITH TIME ZONE", "Datetime(time_unit='us', time_zone='UTC')", "timestamp")
COLUMNS = {
    "as_of": ("DATE", "Date", "date"),
    "report": TEXT,
    "scope": TEXT,
    "contract_code": TEXT,
    "market": TEXT,
    "category": TEXT,
    "long": INTEGER,
    "short": INTEGER,
    "spreading": INTEGER,
    "traders_long": INTEGER,
    "traders_short": INTEGER,
    "traders_spreading": INTEGER,
    "open_interest": INTEGER,
    "available_at": INSTANT,
    "availability": TEXT,
    "backcast": ("BOOLEAN", "Boolean", "boolean"),
    "ingested_at": INSTANT,
    "payload": TEXT,
}


def plain(row) -> tuple:
    """One row of any reader: numbers as int, instants and days in one spelling."""
    values = [int(value) if isinstance(value, float) else value for value in row]
    newest = str(values[-2]).replace("T", " ").replace("Z", "").replace("+00:00", "").removesuffix("+00")
    return (*values[:-2], newest, str(values[-1]))


def with_contango(binary: pathlib.Path, data: pathlib.Path) -> list:
    command = [binary, "-q", "--data", data, "--format", "ndjson", "-c", BY_PARTITION.format("cot_vintages")]
    lines = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    return [plain(json.loads(line).values()) for line in lines]


def with_duckdb(table: pathlib.Path) -> tuple:
    duckdb_extensions.import_extension("delta")
    connection = duckdb.connect()
    connection.execute("LOAD delta")
    connection.execute("SET TimeZone = 'UTC'")
    rows = connection.execute(BY_PARTITION.format("delta_scan(?)"), [str(table)]).fetchall()
    columns = connection.execute("DESCRIBE SELECT * FROM delta_scan(?)", [str(table)]).fetchall()
    return [plain(row) for row in rows], {column[0]: column[1] for column in columns}


def with_polars(table: pathlib.Path) -> tuple:
    frame = polars.scan_delta(str(table))
    aggregates = [polars.len().alias("n")] + [polars.col(column).sum() for column in SUMMED]
    newest = [polars.col("available_at").max().alias("newest"), polars.col("as_of").max().alias("newest_day")]
    rows = frame.group_by(PARTITION).agg(*aggregates, *newest).sort(PARTITION).collect().rows()
    return [plain(row) for row in rows], {name: str(kind) for name, kind in frame.collect_schema().items()}


def with_deltalake(table: pathlib.Path) -> tuple:
    opened = deltalake.DeltaTable(str(table))
    if opened.metadata().partition_columns != PARTITION:
        raise SystemExit(f"the table is partitioned by {opened.metadata().partition_columns}")
    batches = deltalake.QueryBuilder().register("cot", opened).execute(BY_PARTITION.format("cot")).read_all()
    columns = [[value.as_py() for value in batches.column(at)] for at in range(batches.num_columns)]
    return [plain(row) for row in zip(*columns)], {field.name: field.type.type for field in opened.schema().fields}


def compare(what: str, binary: pathlib.Path, data: pathlib.Path) -> bool:
    table = data / "lake" / "cot"
    expected = with_contango(binary, data)
    print(f"{what}: {sum(row[2] for row in expected)} rows in {len(expected)} partitions")
    agree = len(expected) > 0
    for at, (reader, ask) in enumerate([("duckdb", with_duckdb), ("polars", with_polars), ("deltalake", with_deltalake)]):
        rows, types = ask(table)
        wrong = [f"`{name}` is {types.get(name)}" for name, kinds in COLUMNS.items() if types.get(name) != kinds[at]]
        wrong += [f"`{name}` is not expected" for name in types if name not in COLUMNS]
        wrong += [f"{theirs} where contango has {ours}" for theirs, ours in zip(rows, expected) if theirs != ours]
        wrong += [f"{len(rows)} partitions"] if len(rows) != len(expected) else []
        print(f"  {reader:10} {'agrees' if not wrong else 'DIFFERS: ' + '; '.join(wrong)}")
        agree = agree and not wrong
    return agree


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("binary", type=pathlib.Path)
    arguments.add_argument("--data", type=pathlib.Path, help="a data folder that has a lake; without it one is made from the sample")
    given = arguments.parse_args()
    binary = given.binary.resolve()
    if given.data:
        return 0 if compare("the lake", binary, given.data.resolve()) else 1
    with tempfile.TemporaryDirectory() as folder:
        data = pathlib.Path(folder) / "data"
        agree = True
        for what in ["demo", "lake compact", "lake rebuild"]:
            subprocess.run([binary, "-q", "--data", data, *what.split()], check=True, stdout=subprocess.DEVNULL)
            agree = compare(what, binary, data) and agree
        return 0 if agree else 1


if __name__ == "__main__":
    sys.exit(main())
