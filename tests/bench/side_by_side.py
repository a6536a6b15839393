#!/usr/bin/env python3
"""What a user types into contango, beside DuckDB and Polars on the same rows, in one run.

    python tests/bench/side_by_side.py target/release/contango [--work FOLDER] [--scale 1] [--runs 5] [--only W1,W2]

Data is made up (`made_up.py`) and taken into a lake as a user would (`contango ingest`). Then each engine answers each question in a process
of its own on two cores, warm, and the best of the runs counts: contango runs a script (`contango run -v`), which reads the lake; the peers
(`peers.py`) read the files as they were made and, once more, the lake's own Parquet files. The answers must agree: counts to the row, sums to
what their printed digits can show. Prints a table in Markdown: seconds, how often the best peer's time holds ours, peak memory in MiB.

Needs `pip install duckdb polars pyarrow numpy`. FOLDER keeps data and lake for the next run; without it they are removed.
"""
import argparse
import glob
import json
import math
import os
import re
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))

CORES = 2
AT = "2010-06-01 00:00:00Z"
KNOWN = "SELECT count(*), round(sum(value), 3) FROM macro_series WHERE source = 'bench'"


def questions(folder, n_series, n_roots):
    """By name: what it asks, what comes before, and the statement."""
    width = len(str(n_series - 1))
    fifty = ", ".join(f"'S{number:0{width}d}'" for number in range(50))
    roots = ", ".join(f"'R{number:02d}'" for number in range(n_roots))
    clock = f"SET clock = '{AT}'"
    return {
        "W1": ("the history as known at one instant", clock, KNOWN),
        "one": ("series by name at one instant", clock, f"{KNOWN} AND series_id = '{one(n_series)}'"),
        "W2": (
            "the newest reading at each decision",
            None,
            f"SELECT count(*), round(sum(r.value), 3) FROM '{folder}/decisions.parquet' d ASOF JOIN "
            "(SELECT series_id, available_at, value FROM macro_series_readings WHERE source = 'bench') r "
            "MATCH_CONDITION (d.ts >= r.available_at) ON d.series_id = r.series_id",
        ),
        "W3": (
            "rolling z-score, window 252",
            None,
            "SELECT count(z), round(sum(z), 3) FROM (SELECT zscore(value) OVER (PARTITION BY series_id ORDER BY as_of ROWS 251 PRECEDING) z "
            "FROM macro_series WHERE source = 'prices')",
        ),
        "W4": (
            "z-score as known at 244 instants",
            None,
            f"SELECT count(*), round(sum(zscore), 3) FROM zscore('macro_series', [{fifty}], window => 60, source => 'bench', every => '30 days', "
            "from => '1990-01-01', to => '2010-01-01')",
        ),
        "W5": (
            "back-adjusted series of every root",
            None,
            f"SELECT count(*), round(sum(close), 1) FROM continuous_series([{roots}], roll => 'open_interest', adjust => 'ratio')",
        ),
        "scan": (
            "(our scan of the same columns, no clock)",
            None,
            "SELECT max(series_id), max(as_of), max(available_at), sum(value) FROM macro_series_vintages WHERE source = 'bench'",
        ),
    }


def one(n_series):
    return f"S{min(777, n_series - 1):0{len(str(n_series - 1))}d}"


def run(command, **options):
    """Output, errors, seconds and peak memory in MiB of a process that has two cores."""
    cores = sorted(os.sched_getaffinity(0))[:CORES] if hasattr(os, "sched_getaffinity") else None
    keep = (lambda: os.sched_setaffinity(0, cores)) if cores else None
    environment = {**os.environ, "POLARS_MAX_THREADS": str(CORES), "TOKIO_WORKER_THREADS": str(CORES)}
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        started = time.perf_counter()
        process = subprocess.Popen(command, stdout=out, stderr=err, preexec_fn=keep, env=environment, **options)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read().decode())
    if process.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))[:300]}\n{texts[1]}")
    return texts[0], texts[1], seconds, usage.ru_maxrss / (1024 if sys.platform != "darwin" else 1 << 20)


def contango(binary, data, before, statement, runs):
    """Best seconds of a statement in one session, its answer, and the peak of the process."""
    lines = ([f"{before};"] if before else []) + [f"{statement};"] * runs
    with tempfile.NamedTemporaryFile("w", suffix=".sql", delete=False) as script:
        script.write("\n".join(lines))
    try:
        out, err, _, peak = run([binary, "--data", data, "--format", "csv", "run", script.name, "-v"])
    finally:
        os.unlink(script.name)
    first = 2 if before else 1
    times = {int(line): float(number) / (1000 if unit == "ms" else 1) for line, number, unit in re.findall(r"time: line (\d+): ([\d.]+) (ms|s)", err)}
    seconds = [taken for line, taken in times.items() if line >= first]
    if len(seconds) != runs:
        sys.exit(f"{runs} statements gave {len(seconds)} times:\n{err}")
    answers = {line for line in out.splitlines() if line and not line[0].isalpha()}
    if len(answers) > 1:
        sys.exit(f"contango gave several answers: {answers}")
    return {"seconds": min(seconds), "answer": next(iter(answers), "").split(","), "peak": peak}


def peer(engine, question, sources, runs, series):
    out, _, _, peak = run([sys.executable, os.path.join(HERE, "peers.py"), engine, question, str(runs), json.dumps(sources), series])
    answer = json.loads(out)
    return answer and {**answer, "peak": peak}


def lake_files(data, table, partition):
    """The live Parquet files of a partition, by the table's Delta log."""
    root, live = os.path.join(data, "lake", table), set()
    for entry in sorted(glob.glob(f"{root}/_delta_log/*.json")):
        with open(entry) as lines:
            for action in map(json.loads, lines):
                if "add" in action:
                    live.add(action["add"]["path"])
                elif "remove" in action:
                    live.discard(action["remove"]["path"])
    return sorted(os.path.join(root, path) for path in live if path.startswith(partition))


def agree(question, answers):
    """Counts to the row; sums to the ninth figure, since floats do not add up the same in every order."""
    first, *others = ([float(cell) for cell in answer] for answer in answers)
    for other in others:
        if first[0] != other[0] or not math.isclose(first[1], other[1], rel_tol=1e-9, abs_tol=2e-3):
            sys.exit(f"{question}: the answers differ: {answers}")


def prepare(binary, work, scale):
    """Data and lake, made where they are not there; says what the ingest took.

    This process stays small and makes nothing itself: what it holds would count as the memory of its children.
    """
    files, data = os.path.join(work, "files"), os.path.join(work, "lake")
    sizes = os.path.join(files, "made.json")
    if not os.path.exists(sizes):
        subprocess.run([sys.executable, os.path.join(HERE, "made_up.py"), files, str(scale)], check=True)
    if not os.path.exists(os.path.join(data, "lake")):
        vintages = sorted(glob.glob(f"{files}/vintages-*.parquet"))
        given = [argument for file in vintages for argument in ("--file", file)]
        for what, command in {
            "vintages": ["ingest", "vintages", "--source", "bench", *given],
            "prices": ["ingest", "vintages", "--source", "prices", "--file", f"{files}/prices.parquet"],
            "contracts": ["ingest", "bars", "--file", f"{files}/contracts.parquet"],
        }.items():
            out, _, seconds, peak = run([binary, "--data", data, "--format", "csv", "--quiet", *command])
            rows = sum(int(line.split(",")[-5]) for line in out.splitlines()[1:])
            print(f"ingest of {what}: {rows:,} rows in {seconds:.1f} s, {peak:,.0f} MiB at most", file=sys.stderr)
    with open(sizes) as made:
        return files, data, json.load(made)


def main():
    parse = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parse.add_argument("binary")
    parse.add_argument("--work", help="keep data and lake in this folder")
    parse.add_argument("--scale", type=float, default=1.0)
    parse.add_argument("--runs", type=int, default=5)
    parse.add_argument("--only", help="questions, separated by commas")
    options = parse.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        compare(os.path.abspath(options.binary), os.path.abspath(options.work or scratch), options)


def compare(binary, work, options):
    files, data, made = prepare(binary, work, options.scale)
    n_series, n_roots = made["n_series"], made["n_roots"]
    vintages = sorted(glob.glob(f"{files}/vintages-*.parquet"))
    as_made = {
        "vintages": {"files": vintages, "columns": {}},
        **{name: {"files": [f"{files}/{name}.parquet"], "columns": {}} for name in ("decisions", "bars", "contracts")},
    }
    of_series = {"files": lake_files(data, "macro_series", "source=prices/"), "columns": {"symbol": "series_id", "as_of": "as_of", "close": "value"}}
    in_lake = {**as_made, "vintages": {"files": lake_files(data, "macro_series", "source=bench/"), "columns": {}}, "bars": of_series}
    chosen = options.only and options.only.split(",")
    print("| question | contango s | MiB | DuckDB s | MiB | Polars s | MiB | best peer / ours | on our files: DuckDB s | Polars s | best / ours |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|")
    for name, (what, before, statement) in questions(files, n_series, n_roots).items():
        if chosen and name not in chosen:
            continue
        ours = contango(binary, data, before, statement, options.runs)
        cells = [f"{name} {what}", f"{ours['seconds']:.3f}", f"{ours['peak']:,.0f}"]
        if name == "scan":
            print(f"| {' | '.join(cells)} | | | | | | | | |")
            continue
        peers = [peer(engine, name, as_made, options.runs, one(n_series)) for engine in ("duckdb", "polars")]
        # a contract's row is spread over several tables of the lake, so that there is nothing to read side by side
        lake = [None, None] if name == "W5" else [peer(engine, name, in_lake, options.runs, one(n_series)) for engine in ("duckdb", "polars")]
        agree(name, [ours["answer"]] + [answer["answer"] for answer in peers + lake if answer])
        ratio = lambda answers: f"{min(a['seconds'] for a in answers if a) / ours['seconds']:.1f}" if any(answers) else ""
        for answer in peers:
            cells += [f"{answer['seconds']:.3f}", f"{answer['peak']:,.0f}"] if answer else ["", ""]
        cells += [ratio(peers)] + [f"{answer['seconds']:.3f}" if answer else "" for answer in lake] + [ratio(lake)]
        print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
