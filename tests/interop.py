"""Other readers open the lake as it lies on disk and agree with contango.

    python tests/interop.py target/debug/contango [--data DIR]

Without --data a lake is made from the sample. DuckDB, Polars and the Python deltalake package each open data/lake/cot with their own Delta
reader; count and sums must equal those of `cot_vintages` in contango. Needs: duckdb, duckdb-extensions, duckdb-extension-delta, deltalake,
polars. Exit code 0: all agree; 1: they do not.
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

SUMMED = ["long", "short", "open_interest"]
AGGREGATES = ", ".join(["count(*) AS n"] + [f'sum("{column}") AS "sum_{column}"' for column in SUMMED])


def with_contango(binary: pathlib.Path, data: pathlib.Path) -> tuple:
    command = [binary, "--data", data, "--format", "json", "-c", f"SELECT {AGGREGATES} FROM cot_vintages"]
    answer = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    row = answer[0] if isinstance(answer, list) else answer
    return tuple(int(row[column]) for column in ["n"] + [f"sum_{column}" for column in SUMMED])


def with_duckdb(table: pathlib.Path) -> tuple:
    duckdb_extensions.import_extension("delta")
    connection = duckdb.connect()
    connection.execute("LOAD delta")
    return tuple(int(value) for value in connection.execute(f"SELECT {AGGREGATES} FROM delta_scan(?)", [str(table)]).fetchone())


def with_polars(table: pathlib.Path) -> tuple:
    sums = [polars.col(column).sum() for column in SUMMED]
    return polars.scan_delta(str(table)).select(polars.len(), *sums).collect().row(0)


def with_deltalake(table: pathlib.Path) -> tuple:
    query = deltalake.QueryBuilder().register("cot", deltalake.DeltaTable(str(table)))
    rows = query.execute(f"SELECT {AGGREGATES} FROM cot").read_all()
    return tuple(rows.column(at)[0].as_py() for at in range(1 + len(SUMMED)))


def compare(binary: pathlib.Path, data: pathlib.Path) -> bool:
    table = data / "lake" / "cot"
    expected = with_contango(binary, data)
    answers = {"duckdb": with_duckdb(table), "polars": with_polars(table), "deltalake": with_deltalake(table)}
    print(f"{'contango':10} {expected}")
    for reader, answer in answers.items():
        print(f"{reader:10} {answer} {'agrees' if answer == expected else 'DIFFERS'}")
    return expected[0] > 0 and all(answer == expected for answer in answers.values())


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("binary", type=pathlib.Path)
    arguments.add_argument("--data", type=pathlib.Path, help="a data folder that has a lake; without it one is made from the sample")
    given = arguments.parse_args()
    binary = given.binary.resolve()
    if given.data:
        return 0 if compare(binary, given.data.resolve()) else 1
    with tempfile.TemporaryDirectory() as folder:
        data = pathlib.Path(folder) / "data"
        subprocess.run([binary, "--data", data, "demo"], check=True, stdout=subprocess.DEVNULL)
        return 0 if compare(binary, data) else 1


if __name__ == "__main__":
    sys.exit(main())
