#!/usr/bin/env python3
"""The time of the SQL that a user types into contango, beside DuckDB on the same rows, in one run.

    python tests/bench/side_by_side.py target/release/contango contracts.parquet [RUNS]

`contracts.parquet` holds contract bars of many roots: root, symbol, expiry, as_of, close, volume, open_interest. They are taken in as a user
would (`contango ingest bars`), into a folder that is removed afterwards. The question is the back-adjusted continuous series of every root,
rolled on the open interest of the previous day; each engine answers in turn, and the answers must agree. contango is timed as a whole
process, its start included; DuckDB as a query in a running process, on the Parquet file and on a table in memory. Needs `pip install duckdb`.
"""
import json, os, statistics, subprocess, sys, tempfile, time

import duckdb

THREADS = 2


def duckdb_sql(bars):
    """Front contract by the open interest of the contract's row before, never back to an earlier expiry; ratio at each roll on that day's closes."""
    return f"""
        with before as (select root, as_of, expiry, close, lag(open_interest) over (partition by symbol order by as_of) figure from {bars}),
             best as (select root, as_of, arg_max(expiry, (figure, -datediff('day', date '1970-01-01', expiry))) expiry
                      from before where figure is not null group by root, as_of),
             held as (select root, as_of, max(expiry) over (partition by root order by as_of rows unbounded preceding) expiry from best),
             priced as (select root, as_of, expiry, close, lag(expiry) over (partition by root order by as_of) out from held join {bars} using (root, as_of, expiry)),
             gaps as (select p.root, p.as_of, p.close, case when p.out < p.expiry then p.close / o.close else 1 end gap
                      from priced p left join {bars} o on o.root = p.root and o.as_of = p.as_of and o.expiry = p.out)
        select count(*), round(sum(level), 1)
        from (select close * coalesce(exp(sum(ln(gap)) over (partition by root order by as_of rows between 1 following and unbounded following)), 1) level from gaps)"""


def contango(binary, data, *arguments):
    started = time.perf_counter()
    done = subprocess.run([binary, "--data", data, "--quiet", *arguments], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stderr)
    return time.perf_counter() - started, done.stdout


def main():
    binary, bars = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    runs = int(sys.argv[3]) if len(sys.argv) > 3 else 7
    con = duckdb.connect()
    con.execute(f"set threads={THREADS}")
    n_rows, roots = con.execute(f"select count(*), list(distinct root order by root) from '{bars}'").fetchone()
    sql = f"SELECT count(*), round(sum(close), 1) FROM continuous_series([{', '.join(repr(r) for r in roots)}], roll => 'open_interest', adjust => 'ratio')"
    con.execute(f"create table held_bars as select * from '{bars}'")
    with tempfile.TemporaryDirectory() as data:
        seconds, _ = contango(binary, data, "ingest", "bars", "--file", bars)
        print(json.dumps({"what": "ingest", "rows": n_rows, "seconds": round(seconds, 2), "rows_per_second": round(n_rows / seconds)}))
        engines = {
            "contango, whole process": lambda: contango(binary, data, "--format", "csv", "-c", sql)[1].splitlines()[1],
            "duckdb on the file": lambda: "%d,%s" % con.execute(duckdb_sql(f"read_parquet('{bars}')")).fetchone(),
            "duckdb in memory": lambda: "%d,%s" % con.execute(duckdb_sql("held_bars")).fetchone(),
        }
        times, answers = {name: [] for name in engines}, {}
        for _ in range(runs):
            for name, ask in engines.items():
                started = time.perf_counter()
                answers[name] = ask()
                times[name].append(time.perf_counter() - started)
    ours = statistics.median(times["contango, whole process"])
    for name, taken in times.items():
        middle = statistics.median(taken)
        print(json.dumps({"what": name, "best": round(min(taken), 3), "median": round(middle, 3), "times_ours": round(middle / ours, 2), "answer": answers[name]}))
    if len(set(answers.values())) > 1:
        sys.exit("the answers differ")


main()
