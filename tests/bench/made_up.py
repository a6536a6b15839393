"""The data that speed is measured on: made up, with the shape of the real thing, and the same numbers on every machine.

    vintages-NN.parquet   monthly series, each month first published in the middle of the next but one, then revised once a month
    decisions.parquet     instants at which someone asks for the newest reading of a series
    bars.parquet          daily closes
    prices.parquet        the same as a table of vintages, each known at 22:00 of its day
    contracts.parquet     daily bars of quarterly contracts, whose open interest moves to the next one before each expiry

`python made_up.py FOLDER SCALE` writes them and, last, `made.json` with their sizes. Called by `side_by_side.py`; needs numpy and pyarrow.
"""
import json
import os
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

DAY, HOUR = 86_400_000_000, 3_600_000_000  # microseconds
MONTHS, REVISIONS = 600, 8
SERIES_PER_FILE = 2_000
INSTANT = pa.timestamp("us", "UTC")


def named(letter, numbers, n):
    """Names of the same length, so that their order is that of the numbers."""
    names = pa.array([f"{letter}{i:0{len(str(n - 1))}d}" for i in range(n)])
    return names.take(pa.array(numbers))


def vintages(rng, first, n_series, of):
    shape = (n_series, MONTHS, REVISIONS)
    series, month, revision = (axis.ravel() for axis in np.indices(shape, dtype=np.int64))
    as_of = (month * 30.4375).astype(np.int32)
    available_at = (as_of + 45 + revision * 30) * DAY + 13 * HOUR + rng.integers(0, HOUR, len(series))
    level = rng.normal(size=shape[:2]).cumsum(axis=1)
    value = (level[:, :, None] + rng.normal(scale=0.05, size=shape)).ravel()
    return pa.table({
        "series_id": named("S", first + series, of),
        "as_of": pa.array(as_of, pa.date32()),
        "available_at": pa.array(available_at, INSTANT),
        "value": value,
    })


def decisions(n_series):
    days = np.arange(np.datetime64("1975-01-01"), np.datetime64("2015-01-01"), 3).astype("datetime64[D]").astype(np.int64)
    instants = np.tile(days * DAY + 14 * HOUR, n_series)
    return pa.table({"series_id": named("S", np.repeat(np.arange(n_series), len(days)), n_series), "ts": pa.array(instants, INSTANT)})


def bars(rng, n_symbols, n_days=10_000):
    close = 100 * np.exp(rng.normal(scale=0.01, size=(n_symbols, n_days)).cumsum(axis=1))
    as_of = np.tile(np.arange(n_days, dtype=np.int32), n_symbols)
    return pa.table({
        "symbol": named("C", np.repeat(np.arange(n_symbols), n_days), n_symbols),
        "as_of": pa.array(as_of, pa.date32()),
        "available_at": pa.array(as_of.astype(np.int64) * DAY + 22 * HOUR, INSTANT),
        "close": close.ravel(),
    })


def contracts(rng, n_roots, n_years=40, life=360):
    """Contracts of every quarter, each traded for its last `life` days, the most traded one being about 90 to 10 days from its expiry."""
    n = n_years * 4
    expiry = life + (np.arange(n) * 91.3125).astype(np.int64)
    days = expiry[:, None] - life + 1 + np.arange(life)
    left = expiry[:, None] - days
    share = 1 / (1 + np.exp((left - 100) / 8)) / (1 + np.exp((10 - left) / 1.5))
    tables = []
    for root in range(n_roots):
        spot = 100 * np.exp(rng.normal(scale=0.01, size=expiry[-1] + 1).cumsum())
        open_interest = (1e5 * share).astype(np.int64) + rng.integers(1, 60, days.shape)
        name = f"R{root:02d}"
        tables.append(pa.table({
            "root": pa.array([name]).take(pa.array(np.zeros(days.size, np.int64))),
            "symbol": pa.array([f"{name}Q{quarter:03d}" for quarter in range(n)]).take(pa.array(np.repeat(np.arange(n), life))),
            "expiry": pa.array(np.repeat(expiry, life).astype(np.int32), pa.date32()),
            "as_of": pa.array(days.ravel().astype(np.int32), pa.date32()),
            "close": (spot[days] * (1 + 0.0001 * left)).ravel(),
            "volume": (open_interest * 0.3).astype(np.int64).ravel(),
            "open_interest": open_interest.ravel(),
        }))
    return pa.concat_tables(tables)


def write(folder, scale=1.0, seed=20):
    """Writes the files; scale 1 has 9.6 million vintages of 2,000 series."""
    os.makedirs(folder, exist_ok=True)
    rng = np.random.default_rng(seed)
    put = lambda table, name: pq.write_table(table, os.path.join(folder, name), compression="zstd", row_group_size=1 << 20)
    n_series = max(60, round(2_000 * scale))
    for number, first in enumerate(range(0, n_series, SERIES_PER_FILE)):
        put(vintages(rng, first, min(SERIES_PER_FILE, n_series - first), n_series), f"vintages-{number:02d}.parquet")
    put(decisions(n_series), "decisions.parquet")
    small = min(scale, 1.0)
    daily = bars(rng, max(10, round(400 * small)))
    put(daily, "bars.parquet")
    put(daily.rename_columns(["series_id", "as_of", "available_at", "value"]), "prices.parquet")
    n_roots = max(2, round(60 * small))
    put(contracts(rng, n_roots), "contracts.parquet")
    with open(os.path.join(folder, "made.json"), "w") as made:
        json.dump({"n_series": n_series, "n_roots": n_roots}, made)


if __name__ == "__main__":
    write(sys.argv[1], float(sys.argv[2]))
