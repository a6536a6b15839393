"""One question to DuckDB or Polars, in a process of its own: `python peers.py ENGINE QUESTION RUNS SOURCES ONE`, where SOURCES is a JSON object
of file lists and ONE the name of a series. Prints the seconds of the best run and the answer as JSON. Called by `side_by_side.py`.

Each question is put as a person who knows the engine would put it, and gets the same answer from all of them.
"""
import json
import sys
import time

THREADS = 2
AT = "2010-06-01 00:00:00Z"
ONE = sys.argv[5] if len(sys.argv) > 5 else ""

LATEST = "select series_id, as_of, arg_max(value, available_at) as value from {vintages} where available_at <= timestamptz '%s' {where} group by all" % AT

DUCKDB = {
    "W1": f"select count(*), round(sum(value), 3) from ({LATEST})".replace("{where}", ""),
    "one": f"select count(*), round(sum(value), 3) from ({LATEST})".replace("{where}", f"and series_id = '{ONE}'"),
    # a reading is a publication about the newest month published so far
    "W2": """
        with published as (select *, max(as_of) over (partition by series_id order by available_at rows unbounded preceding) as newest from {vintages}),
             readings as (select series_id, available_at, value from published where as_of = newest)
        select count(*), round(sum(r.value), 3)
        from {decisions} as d asof left join readings as r on d.series_id = r.series_id and d.ts >= r.available_at""",
    "W3": """
        select count(z), round(sum(z), 3)
        from (select (close - avg(close) over w) / stddev_samp(close) over w as z
              from {bars} window w as (partition by symbol order by as_of rows 251 preceding))""",
    # what was known at each moment is looked up again, for revisions change the past
    "W4": """
        with chosen as (select distinct series_id from {vintages} order by 1 limit 50),
             moments as (select series_id, unnest(generate_series(timestamptz '1990-01-01 00:00:00Z', timestamptz '2010-01-01 00:00:00Z', interval 30 day)) as moment from chosen),
             known as (select m.series_id, m.moment, v.as_of, arg_max(v.value, v.available_at) as value
                       from moments as m join {vintages} as v on v.series_id = m.series_id and v.available_at <= m.moment group by all),
             newest as (select *, row_number() over (partition by series_id, moment order by as_of desc) as place from known)
        select count(*), round(sum(z), 3)
        from (select (arg_max(value, as_of) - avg(value)) / stddev_samp(value) as z from newest where place <= 60 group by series_id, moment)""",
    # the contract with the largest open interest of the day before, never back to an earlier one; ratio at each roll on that day's closes
    "W5": """
        with before as (select root, as_of, expiry, close, lag(open_interest) over (partition by symbol order by as_of) as figure from {contracts}),
             best as (select root, as_of, arg_max(expiry, (figure, -datediff('day', date '1970-01-01', expiry))) as expiry
                      from before where figure is not null group by root, as_of),
             held as (select root, as_of, max(expiry) over (partition by root order by as_of rows unbounded preceding) as expiry from best),
             priced as (select root, as_of, expiry, close, lag(expiry) over (partition by root order by as_of) as sold
                        from held join {contracts} using (root, as_of, expiry)),
             gaps as (select p.root, p.as_of, p.close, case when p.sold < p.expiry then p.close / o.close else 1 end as gap
                      from priced as p left join {contracts} as o on o.root = p.root and o.as_of = p.as_of and o.expiry = p.sold)
        select count(*), round(sum(level), 1)
        from (select close * coalesce(exp(sum(ln(gap)) over (partition by root order by as_of rows between 1 following and unbounded following)), 1) as level
              from gaps)""",
}


def duckdb_answer(question, sources):
    import duckdb

    con = duckdb.connect()
    con.execute(f"set threads = {THREADS}; set timezone = 'UTC'")
    for name, files in sources.items():
        listed = ", ".join(f"'{file}'" for file in files["files"])
        columns = ", ".join(f"{column} as {name}" for name, column in files["columns"].items()) or "*"
        con.execute(f"create view {name} as select {columns} from read_parquet([{listed}])")
    sql = DUCKDB[question].format(**{name: name for name in sources})
    return lambda: con.execute(sql).fetchone()


def polars_answer(question, sources):
    import polars as pl

    def scan(name):
        files = sources[name]
        lazy = pl.scan_parquet(files["files"], hive_partitioning=False)
        return lazy.select(**{name: pl.col(column) for name, column in files["columns"].items()}) if files["columns"] else lazy

    total = lambda column, digits=3: pl.col(column).sum().round(digits).alias("total")

    def latest(lazy):
        known = lazy.filter(pl.col("available_at") <= pl.lit(AT).str.to_datetime("%Y-%m-%d %H:%M:%SZ", time_unit="us", time_zone="UTC"))
        return known.group_by("series_id", "as_of").agg(pl.col("value").sort_by("available_at").last())

    def w2():
        readings = scan("vintages").sort("series_id", "available_at").filter(pl.col("as_of") == pl.col("as_of").cum_max().over("series_id"))
        asked = scan("decisions").sort("series_id", "ts")
        return asked.join_asof(readings, left_on="ts", right_on="available_at", by="series_id", strategy="backward", check_sortedness=False)

    def w3():
        close = pl.col("close")
        mean, deviation = close.rolling_mean(252, min_samples=2).over("symbol"), close.rolling_std(252, min_samples=2).over("symbol")
        return scan("bars").sort("symbol", "as_of").select(((close - mean) / deviation).fill_nan(None).alias("z"))

    frames = {
        "W1": lambda: latest(scan("vintages")).select(pl.len(), total("value")),
        "one": lambda: latest(scan("vintages").filter(pl.col("series_id") == ONE)).select(pl.len(), total("value")),
        "W2": lambda: w2().select(pl.len(), total("value")),
        "W3": lambda: w3().select(pl.col("z").count(), total("z")),
    }
    frame = frames.get(question)
    return frame and (lambda: frame().collect().row(0))


def main():
    engine, question, runs, sources = sys.argv[1], sys.argv[2], int(sys.argv[3]), json.loads(sys.argv[4])
    ask = {"duckdb": duckdb_answer, "polars": polars_answer}[engine](question, sources)
    if ask is None:
        print(json.dumps(None))
        return
    seconds = []
    for _ in range(runs):
        started = time.perf_counter()
        answer = ask()
        seconds.append(time.perf_counter() - started)
    print(json.dumps({"seconds": min(seconds), "answer": answer}, default=str))


if __name__ == "__main__":
    main()
