"""Random statements over the same Parquet files, answered by contango and by DuckDB: the answers must be the same.

    python tests/differential.py target/debug/contango                                   (a minute)
    python tests/differential.py target/debug/contango --seconds 3600 --seed 7           (a long run)

Each statement is made from a number, the seed and its place in the run; what differs is printed with that number, and `--only NUMBER` asks it
alone again. The files hold values in eighths, so that sums are exact, beside NaN, infinities, zeros of both signs and numbers of very different
size; every order is total. Where the two spell a thing differently a statement has both spellings.

`KNOWN` lists the differences that are meant, and why. An error is no wrong answer, but it must be among those that are meant too. Needs:
duckdb. Exit code 0: no difference beyond the known ones; 1: there is one; 2: contango cannot be run.
"""

import argparse
import csv
import io
import math
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import time

import duckdb

# (who says it, what is said, why the answers may differ)
KNOWN = [
    ("contango", r"verflow happened|too large for a whole number", "whole numbers have 64 bits, a sum of them has 128 in DuckDB"),
    ("contango", r"error: .*an INTERVAL is not ", "rows are not grouped by intervals: two spellings of one span would be two groups"),
    ("contango", r"error: .*IN \(SELECT \.\.\.\) is a condition of WHERE", "IN (SELECT ...) as a value is refused, with the way around"),
    ("DuckDB", r"is out of range!", "the deviation of what is not finite is NaN, in DuckDB an error"),
]
# What does not move has no correlation and no slope: NULL, as in PostgreSQL; NaN in DuckDB.
UNDEFINED = re.compile(r"\b(corr|regr_\w+)\(")

BATCH = 40
MARK = "-- statement "


def both(contango: str, other: str) -> str:
    """Two spellings of one thing."""
    return f"⟦{contango}¦{other}⟧"


def spelled(text: str, side: int) -> str:
    while True:
        shorter = re.sub(r"⟦([^⟦⟧¦]*)¦([^⟦⟧¦]*)⟧", lambda m: m.group(side + 1), text)
        if shorter == text:
            return text
        text = shorter


# ---------------------------------------------------------------------------------------------------------------------------------------- files

STRANGE = ["'nan'::DOUBLE", "'inf'::DOUBLE", "'-inf'::DOUBLE", "-0.0::DOUBLE", "0.0::DOUBLE", "1e16", "-1e16", "1e-3", "1e9", "NULL::DOUBLE"]


def write_files(folder: pathlib.Path, dice: random.Random, connection) -> None:
    """Tables a and b of one shape, and c without rows."""
    for name, n in (("a", 26), ("b", 21), ("c", 0)):
        rows = []
        for number in range(n):
            key = dice.choice(["'a'", "'b'", "'c'", "'a'", "NULL"])
            group = dice.choice(["0", "1", "2", "NULL"])
            day = f"DATE '2024-01-01' + {dice.randrange(60)}"
            instant = f"TIMESTAMP '2024-01-01 00:00:00' + INTERVAL '{number * 7 + dice.randrange(7)} hours'"
            value = dice.choice([f"{dice.randrange(-400, 400) / 8}", f"{dice.randrange(-400, 400) / 8}", "NULL"])
            strange = dice.choice(STRANGE + [f"{dice.randrange(-40, 40) / 8}"] * 20)
            whole = dice.choice([str(dice.randrange(-9, 9)), str(dice.randrange(-9, 9)), "NULL"])
            flag = dice.choice(["true", "false", "NULL"])
            rows.append(f"({number}, {key}, {group}, ({day})::DATE, {instant}, {value}, {strange}, {whole}, {flag})")
        if not rows:
            rows = ["(NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)"]
        kinds = "id::BIGINT id, k::VARCHAR k, g::BIGINT g, d::DATE d, t::TIMESTAMP t, v::DOUBLE v, x::DOUBLE x, n::BIGINT n, f::BOOLEAN f"
        query = f"SELECT {kinds} FROM (VALUES {', '.join(rows)}) r(id, k, g, d, t, v, x, n, f)" + ("" if n else " WHERE false")
        connection.execute(f"COPY ({query}) TO '{folder / name}.parquet' (FORMAT parquet)")


# ----------------------------------------------------------------------------------------------------------------------------------- statements

COLUMNS = {"id": "whole", "k": "text", "g": "whole", "d": "date", "t": "instant", "v": "number", "n": "whole", "f": "truth"}


class Maker:
    """Makes one statement."""

    def __init__(self, dice: random.Random):
        self.dice = dice

    def pick(self, *choices):
        return self.dice.choice(choices)

    def chance(self, share: float) -> bool:
        return self.dice.random() < share

    def table(self) -> str:
        return f"'{self.pick('a', 'a', 'b', 'b', 'c')}.parquet'"

    def column(self, kind: str, aliases) -> str:
        names = [name for name, of in COLUMNS.items() if of == kind]
        return f"{self.dice.choice(aliases)}.{self.dice.choice(names)}"

    def expression(self, kind: str, aliases, depth: int = 2) -> str:
        leaf = depth == 0 or self.chance(0.35)
        of = lambda kind: self.expression(kind, aliases, depth - 1)
        if leaf:
            if self.chance(0.75) and aliases:
                return self.column(kind, aliases)
            return {
                "whole": lambda: str(self.dice.randrange(0, 5)),
                "number": lambda: f"{self.dice.randrange(0, 40) / 8:.3f}::DOUBLE",
                "text": lambda: self.pick("'a'", "'b'", "'ab'", "''"),
                "date": lambda: f"DATE '2024-0{self.dice.randrange(1, 4)}-{self.dice.randrange(10, 29)}'",
                "instant": lambda: f"TIMESTAMP '2024-01-0{self.dice.randrange(1, 9)} {self.dice.randrange(10, 24)}:30:00'",
                "truth": lambda: self.pick("true", "false", "NULL::BOOLEAN"),
            }[kind]()
        if kind == "whole":
            return self.pick(
                lambda: f"({of('whole')} {self.pick('+', '-', '*')} {of('whole')})",
                lambda: f"({of('whole')} {both('/', '//')} {self.pick('2', '3', '-2')})",
                lambda: f"({of('whole')} % {self.pick('3', '-4', '7')})",
                lambda: f"abs({of('whole')})",
                lambda: f"length({of('text')})",
                lambda: f"date_part('{self.pick('year', 'month', 'day', 'hour', 'dow', 'doy')}', {of('instant')})",
                lambda: f"({of('date')} - {of('date')})",
                lambda: f"CASE WHEN {of('truth')} THEN {of('whole')} ELSE {of('whole')} END",
                lambda: f"coalesce({of('whole')}, {of('whole')})",
                lambda: f"nullif({of('whole')}, {of('whole')})",
                lambda: f"-({of('whole')})",
                lambda: f"date_part('{self.pick('day', 'hour', 'minute')}', ({of('instant')} - {of('instant')}))",
            )()
        if kind == "number":
            return self.pick(
                lambda: f"({of('number')} {self.pick('+', '-', '*')} {of('number')})",
                lambda: f"({of('number')} / 4.0::DOUBLE)",
                lambda: f"({of('number')} + {of('whole')})",
                lambda: f"{self.pick('abs', 'floor', 'ceil', 'round')}({of('number')})",
                lambda: f"CAST({of('whole')} AS DOUBLE)",
                lambda: f"CASE {of('text')} WHEN 'a' THEN {of('number')} ELSE {of('number')} END",
                lambda: f"greatest({of('number')}, {of('number')})",
                lambda: f"least({of('number')}, {of('number')})",
            )()
        if kind == "text":
            return self.pick(
                lambda: f"upper({of('text')})",
                lambda: f"({of('text')} || {of('text')})",
                lambda: f"substr({of('text')}, {self.pick('1', '2')}, 1)",
                lambda: f"replace({of('text')}, 'a', 'xy')",
                lambda: f"coalesce({of('text')}, {of('text')})",
                lambda: f"CAST({of('whole')} AS VARCHAR)",
            )()
        if kind == "date":
            return self.pick(
                lambda: f"({of('date')} + {self.dice.randrange(40)})",
                lambda: f"CAST({of('instant')} AS DATE)",
                lambda: f"CAST(({of('date')} {self.pick('+', '-')} INTERVAL '{self.pick('1 month', '3 days', '2 months')}') AS DATE)",
                lambda: f"CAST(date_trunc('{self.pick('month', 'week', 'year', 'quarter')}', {of('date')}) AS DATE)",
                lambda: f"greatest({of('date')}, {of('date')})",
            )()
        if kind == "instant":
            return self.pick(
                lambda: f"({of('instant')} {self.pick('+', '-')} INTERVAL '{self.pick('36 hours', '1 month', '90 minutes', '3 days')}')",
                lambda: f"({of('date')} {self.pick('+', '-')} INTERVAL '{self.pick('36 hours', '2 hours', '1 day 1 hour')}')",
                lambda: f"date_trunc('{self.pick('day', 'hour', 'month')}', {of('instant')})",
                lambda: f"CAST({of('date')} AS TIMESTAMP)",
                lambda: f"CASE WHEN {of('truth')} THEN {of('instant')} ELSE {of('instant')} END",
            )()
        return self.condition(aliases, depth - 1)

    def condition(self, aliases, depth: int = 2) -> str:
        of = lambda kind: self.expression(kind, aliases, max(depth - 1, 0))
        kind = self.pick("whole", "number", "text", "date", "instant")
        made = self.pick(
            lambda: f"{of(kind)} {self.pick('=', '<>', '<', '<=', '>', '>=')} {of(kind)}",
            lambda: f"{of(kind)} IS {self.pick('', 'NOT ')}NULL",
            lambda: f"{of(kind)} IS {self.pick('', 'NOT ')}DISTINCT FROM {of(kind)}",
            lambda: f"{of(kind)} {self.pick('', 'NOT ')}BETWEEN {of(kind)} AND {of(kind)}",
            lambda: f"{of(kind)} {self.pick('', 'NOT ')}IN ({of(kind)}, {of(kind)}, {of(kind)})",
            lambda: f"{of('text')} {self.pick('', 'NOT ')}LIKE {self.pick(chr(39) + 'a%' + chr(39), chr(39) + '_' + chr(39), chr(39) + '%b%' + chr(39))}",
            lambda: f"({of('instant')} - {of('instant')}) {self.pick('<', '>', '=', '>=')} INTERVAL '{self.pick('1 day', '36 hours', '4 days', '2 weeks')}'",
            lambda: f"{of('date')} {self.pick('<', '>=', '=')} {of('instant')}",
            lambda: f"{of('whole')} {self.pick('<', '=', '>=')} {of('number')}",
        )
        if depth <= 0 or self.chance(0.5):
            return f"({made()})"
        inner = lambda: self.condition(aliases, depth - 1)
        return self.pick(
            lambda: f"({inner()} {self.pick('AND', 'OR')} {inner()})",
            lambda: f"(NOT {inner()})",
            lambda: f"({inner()} IS {self.pick('TRUE', 'NOT TRUE', 'FALSE', 'NOT FALSE')})",
            lambda: f"(({aliases[0]}.n <> 0) AND ((8 {both('/', '//')} {aliases[0]}.n) > 1))",
            lambda: f"(({aliases[0]}.n = 0) OR ((8 {both('/', '//')} {aliases[0]}.n) > 1))",
            lambda: f"({self.column('whole', aliases)} {self.pick('', 'NOT ')}IN (SELECT s.n FROM {self.table()} s WHERE {self.condition(['s'], 0)} AND s.n IS NOT NULL))",
            lambda: f"({self.pick('', 'NOT ')}EXISTS (SELECT 1 FROM {self.table()} s WHERE s.k = {aliases[0]}.k{self.pick('', f' AND s.t < {aliases[0]}.t')}))",
        )()

    def where(self, aliases) -> str:
        return f" WHERE {self.condition(aliases)}" if self.chance(0.6) else ""

    def source(self):
        """A FROM clause and the names in it."""
        if self.chance(0.45):
            return f"{self.table()} p", ["p"]
        kind = self.pick("JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "CROSS JOIN")
        right = self.table()
        if self.chance(0.4):
            right = f"(SELECT * FROM {right} WHERE {self.pick('k = ' + chr(39) + 'a' + chr(39), 'g = 1', 'v > 0', 'f')})"
        if kind == "CROSS JOIN":
            return f"{self.table()} p CROSS JOIN (SELECT * FROM {right} ORDER BY id LIMIT 3) q", ["p", "q"]
        extra = f" AND {self.pick('p.v > q.v', 'p.t >= q.t', 'q.n < 3', 'p.g = q.g')}" if self.chance(0.4) and kind != "FULL JOIN" else ""
        key = self.pick("k", "g", "id", "n")
        return f"{self.table()} p {kind} {right} q ON p.{key} = q.{key}{extra}", ["p", "q"]

    def ordered(self, query: str, n: int) -> str:
        """The rows in an order that names every column."""
        columns = list(range(1, n + 1))
        self.dice.shuffle(columns)
        by = ", ".join(f"{c}{self.pick('', ' DESC')} NULLS {self.pick('FIRST', 'LAST')}" for c in columns)
        # where NULL and NaN stand in an order decides which rows a LIMIT keeps
        limit = f" LIMIT {self.dice.randrange(1, 9)}" if self.chance(0.4) and not UNDEFINED.search(query) else ""
        offset = f" OFFSET {self.dice.randrange(0, 4)}" if limit and self.chance(0.3) else ""
        return f"{query} ORDER BY {by}{limit}{offset}"

    def plain(self) -> str:
        source, aliases = self.source()
        kinds = [self.pick(*COLUMNS.values()) for _ in range(self.dice.randrange(1, 4))]
        items = ", ".join(f"{self.expression(kind, aliases)} AS c{at}" for at, kind in enumerate(kinds))
        distinct = "DISTINCT " if self.chance(0.2) else ""
        return self.ordered(f"SELECT {distinct}{items} FROM {source}{self.where(aliases)}", len(kinds))

    AGGREGATES = ["count({n})", "sum({n})", "sum({v})", "avg({v})", "min({d})", "max({t})", "min({k})", "max({v})", "count(DISTINCT {k})",
                  "sum(DISTINCT {n})", "stddev({v})", "var_pop({v})", "covar_samp({v}, {n})", "corr({v}, {n})", "bool_and({f})", "bool_or({f})",
                  "regr_slope({v}, {n})", "median({v})", "sum({x})", "max({x})", "min({x})", "avg({n})"]

    def aggregate(self, aliases) -> str:
        text = self.dice.choice(self.AGGREGATES)
        names = {"n": "whole", "v": "number", "d": "date", "t": "instant", "k": "text", "f": "truth"}
        fill = {name: self.expression(kind, aliases, 1) for name, kind in names.items()}
        fill["x"] = f"{aliases[0]}.x"
        made = text.format(**fill)
        return made + (f" FILTER (WHERE {self.condition(aliases, 1)})" if self.chance(0.25) else "")

    def grouped(self) -> str:
        source, aliases = self.source()
        keys = self.dice.sample(["k", "g", "f", "d"], self.dice.randrange(1, 3))
        keys = [f"{aliases[0]}.{key}" for key in keys]
        aggregates = [self.aggregate(aliases) for _ in range(self.dice.randrange(1, 4))]
        items = [f"{key} AS c{at}" for at, key in enumerate(keys)] + [f"{a} AS a{at}" for at, a in enumerate(aggregates)]
        listed = ", ".join(keys)
        groups = self.pick(listed, listed, f"ROLLUP ({listed})", f"CUBE ({listed})", f"GROUPING SETS (({listed}), ({keys[0]}), ())")
        having = " HAVING count(*) > 1" if self.chance(0.3) else ""
        where = self.pick(self.where(aliases), f" WHERE {keys[0]} = {keys[0]}", f" WHERE {aliases[0]}.k = 'a'", "")
        return self.ordered(f"SELECT {', '.join(items)} FROM {source}{where} GROUP BY {groups}{having}", len(items))

    def whole(self) -> str:
        source, aliases = self.source()
        items = [f"{self.aggregate(aliases)} AS a{at}" for at in range(self.dice.randrange(1, 5))]
        return f"SELECT {', '.join(items)} FROM {source}{self.where(aliases)}"

    def frame(self) -> str:
        n = lambda: self.dice.randrange(0, 4)
        if self.chance(0.25):
            return ""
        return self.pick(
            lambda: f" ROWS {n()} PRECEDING",
            lambda: f" ROWS BETWEEN {n() + 1} PRECEDING AND {self.dice.randrange(0, 2)} PRECEDING",
            lambda: f" ROWS BETWEEN {n()} PRECEDING AND {n()} FOLLOWING",
            lambda: f" ROWS BETWEEN {self.dice.randrange(0, 2)} FOLLOWING AND {n() + 1} FOLLOWING",
            lambda: " ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW",
            lambda: " ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING",
            lambda: " ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING",
        )()

    def window(self) -> str:
        source, aliases = self.pick((f"{self.table()} p", ["p"]), (f"(SELECT * FROM {self.table()} WHERE k = 'a') p", ["p"]))
        nth = self.pick("1", "2", "3")
        measure = self.pick("v", "x", "n")
        moving = ["sum", "avg", "count", "min", "max", "stddev", "stddev_pop", "var_samp", "var_pop"]
        pair = ["covar_samp", "covar_pop", "corr", "regr_slope", "regr_intercept", "regr_count", "regr_r2", "regr_avgx", "regr_avgy", "regr_sxx", "regr_syy", "regr_sxy"]
        partition = self.pick("", "PARTITION BY p.k ", "PARTITION BY p.g ", "PARTITION BY p.k, p.f ")
        order = f"ORDER BY {self.pick('', 'p.g NULLS FIRST, ', 'p.v DESC NULLS LAST, ')}p.id{self.pick('', ' DESC')}"
        items = []
        for _ in range(self.dice.randrange(1, 4)):
            items.append(self.pick(
                lambda: f"{self.dice.choice(moving)}(p.{measure}) OVER ({partition}{order}{self.frame()})",
                lambda: f"{self.dice.choice(moving)}(p.v) OVER ({partition}{order}{self.frame()})",
                lambda: f"{self.dice.choice(pair)}(p.v, CAST(p.n AS DOUBLE)) OVER ({partition}{order}{self.frame()})",
                lambda: f"{self.pick('row_number()', 'rank()', 'dense_rank()', 'ntile(3)', 'percent_rank()', 'cume_dist()')} OVER ({partition}{order})",
                lambda: f"{self.pick('rank()', 'dense_rank()')} OVER ({partition}ORDER BY p.{self.pick('k', 'g', 'v')} NULLS LAST)",
                lambda: both(f"{self.pick('lead', 'lag')}(p.v, {nth}) IGNORE NULLS", "@") + f" OVER ({partition}{order})",
                lambda: f"{self.pick('lead', 'lag')}(p.n, {nth}, -1) OVER ({partition}{order})",
                lambda: f"{self.pick('first_value', 'last_value')}(p.v) OVER ({partition}{order}{self.frame()})",
                lambda: both(f"{self.pick('first_value', 'last_value')}(p.v) IGNORE NULLS", "@") + f" OVER ({partition}{order}{self.frame()})",
                lambda: f"nth_value(p.v, {nth}) OVER ({partition}{order}{self.frame()})",
                lambda: f"sum(p.v) OVER ({partition}ORDER BY p.d RANGE BETWEEN INTERVAL '{self.pick('10 days', '1 month')}' PRECEDING AND CURRENT ROW)",
                lambda: f"sum(p.n) OVER ({partition}ORDER BY p.id RANGE BETWEEN {nth} PRECEDING AND 1 FOLLOWING)",
                lambda: f"sum(p.v) FILTER (WHERE p.f) OVER ({partition}{order}{self.frame()})",
            )())
        # DuckDB has IGNORE NULLS within the parentheses
        items = [re.sub(r"⟦(\w+)\((.*)\) IGNORE NULLS¦@⟧", lambda m: both(f"{m.group(1)}({m.group(2)}) IGNORE NULLS", f"{m.group(1)}({m.group(2)} IGNORE NULLS)"), item) for item in items]
        shown = ", ".join(f"{item} AS w{at}" for at, item in enumerate(items))
        query = f"SELECT p.id AS id, {shown} FROM {source}{self.where(aliases)}"
        limit = f" LIMIT {self.dice.randrange(1, 5)}" if self.chance(0.3) else ""
        return f"{query} ORDER BY id{self.pick('', ' DESC')}{limit}"

    def sets(self) -> str:
        kinds = [self.pick("whole", "text", "date", "truth") for _ in range(self.dice.randrange(1, 3))]
        names = {"whole": ["g", "n"], "text": ["k"], "date": ["d"], "truth": ["f"]}

        def side():
            columns = ", ".join(f"p.{self.dice.choice(names[kind])} AS c{at}" for at, kind in enumerate(kinds))
            return f"SELECT {columns} FROM {self.table()} p{self.where(['p'])}"

        op = lambda: self.pick("UNION", "UNION ALL", "INTERSECT", "INTERSECT ALL", "EXCEPT", "EXCEPT ALL")
        query = f"({side()}) {op()} ({side()})"
        if self.chance(0.3):
            query = f"({query}) {op()} ({side()})"
        return self.ordered(query, len(kinds))

    def using(self) -> str:
        kind = self.pick("JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN")
        names = self.pick("(p, q)", "(q, p)")[1:5].split(", ")
        left, right = names
        key = self.pick("id", "id", "g")
        fields = lambda alias, name: f"(SELECT {key}, {self.pick('v', 'k', 'n')} AS {name} FROM {self.table()}) {alias}"
        shown = self.pick("*", f"{key}, {left}.u, {right}.w", f"{key}, {left}.{key} AS l, {right}.{key} AS r")
        n = 3
        where = self.pick("", f" WHERE {key} > 1", f" WHERE {right}.{key} IS NULL", f" WHERE {left}.{key} IS NULL")
        return self.ordered(f"SELECT {shown} FROM {fields(left, 'u')} {kind} {fields(right, 'w')} USING ({key}){where}", n)

    def asof(self) -> str:
        op = self.pick(">=", ">", "<=", "<")
        keyed = self.chance(0.7)
        offset = self.pick("", "", " - INTERVAL '5 hours'", " + INTERVAL '1 day'")
        left = self.pick("p.t", "p.d")
        condition = f"{left}{offset} {op} q.t"
        right = f"{self.table()} q"
        join = both(
            f"ASOF JOIN {right} MATCH_CONDITION ({condition})" + (" ON p.k = q.k" if keyed else ""),
            f"ASOF LEFT JOIN {right} ON {'p.k = q.k AND ' if keyed else ''}{condition}",
        )
        return self.ordered(f"SELECT p.id, q.id AS other, q.v FROM {self.table()} p {join}{self.pick('', ' WHERE p.id > 3', ' WHERE q.v > 0')}", 3)

    def correlated(self) -> str:
        table = self.table()
        inner = self.pick("max(s.v)", "count(*)", "sum(s.n)", "min(s.d)", "count(s.v)", "avg(s.v)")
        tie = self.pick("s.t <= p.t", "s.t < p.t", "s.k = p.k", "s.k = p.k AND s.t <= p.t", "s.g = p.g AND s.v > p.v", "s.id = p.id")
        if self.chance(0.6):
            return self.ordered(f"SELECT p.id, (SELECT {inner} FROM {table} s WHERE {tie}) AS c FROM {self.table()} p{self.where(['p'])}", 2)
        order = self.pick("s.t DESC", "s.t", "s.id DESC", "s.v DESC NULLS LAST, s.id")
        kind, on = self.pick(("LEFT JOIN", " ON true"), ("CROSS JOIN", ""))
        limit = self.pick(1, 1, 2)
        lateral = f"LATERAL (SELECT s.id AS other, s.v AS w FROM {table} s WHERE {tie} ORDER BY {order} LIMIT {limit}) r"
        return self.ordered(f"SELECT p.id, r.other, r.w FROM {self.table()} p {kind} {lateral}{on}", 3)

    def nested(self) -> str:
        source, aliases = self.source()
        inner = f"SELECT {aliases[0]}.k AS k, {self.aggregate(aliases)} AS m FROM {source}{self.where(aliases)} GROUP BY {aliases[0]}.k"
        outer = self.pick("k = 'a'", "k IS DISTINCT FROM 'a'", "k IS NOT NULL", "true")
        cte = self.chance(0.5)
        text = f"WITH q AS ({inner}) SELECT k, m FROM q WHERE {outer}" if cte else f"SELECT k, m FROM ({inner}) q WHERE {outer}"
        return self.ordered(text, 2)

    def statement(self) -> str:
        made = self.pick(self.plain, self.plain, self.grouped, self.grouped, self.whole, self.window, self.window, self.window, self.sets, self.using,
                         self.asof, self.correlated, self.nested)
        return made()


def statement_of(number: int) -> str:
    return Maker(random.Random(number)).statement()


# -------------------------------------------------------------------------------------------------------------------------------------- answers


def cell(value):
    """One value of either side, in one spelling."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)) or type(value).__name__ == "Decimal":
        return float(value)
    text = str(value)
    if type(value).__name__ in ("datetime", "date"):
        text = value.isoformat()
    if text == "NULL":
        return None
    if re.fullmatch(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?Z?", text):
        text = re.sub(r"(\.\d*?)0+$", r"\1", text.replace(" ", "T").removesuffix("Z")).removesuffix(".").removesuffix("T00:00:00")
    try:
        return float(text)
    except ValueError:
        return text


def same(a, b) -> bool:
    if isinstance(a, float) and isinstance(b, float):
        return a == b or (math.isnan(a) and math.isnan(b)) or math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9)
    return a == b


def same_rows(left, right, in_order: bool, text: str) -> bool:
    if len(left) != len(right):
        return False
    if UNDEFINED.search(text):
        defined = lambda rows: [tuple(None if isinstance(v, float) and math.isnan(v) else v for v in row) for row in rows]
        left, right, in_order = defined(left), defined(right), False
    rank = lambda row: [(value is None, isinstance(value, str), str(round(value, 6)) if isinstance(value, float) else str(value)) for value in row]
    if not in_order:
        left, right = sorted(left, key=rank), sorted(right, key=rank)
    return all(len(a) == len(b) and all(map(same, a, b)) for a, b in zip(left, right))


def ask_contango(binary: str, folder: pathlib.Path, statements: list[str]):
    """The rows of each statement, or its error."""
    script = [".bail off", ".nullvalue NULL"]
    for at, statement in enumerate(statements):
        script += [f"SELECT '{MARK}{at}' AS m;", f"{statement};"]
    script.append(f"SELECT '{MARK}{len(statements)}' AS m;")
    file = folder / "statements.sql"
    file.write_text("\n".join(script))
    environment = {**os.environ, "NO_COLOR": "1"}
    # one after the other on stdout and stderr: an error stands where its answer would
    run = subprocess.run([binary, "--data", str(folder / "data"), "--no-init", "-q", "--format", "csv", "-f", str(file)],
                         cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=600)
    answers = {}
    at, lines = None, []
    text = run.stdout
    for line in text.splitlines():
        if line.startswith(MARK):
            answers[at], at, lines = lines, int(line.removeprefix(MARK)), []
        else:
            lines.append(line)
    answers[at] = lines
    out = []
    for at in range(len(statements)):
        lines = answers.get(at)
        if lines is None:
            out.append("no answer: " + (text[-2000:] or f"exit code {run.returncode}"))
            continue
        # the heading of the next mark
        if lines and lines[-1] == "m":
            lines = lines[:-1]
        wrong = next((i for i, line in enumerate(lines) if re.match(r"error\b|.*: error: |thread '", line)), None)
        if wrong is not None:
            out.append("\n".join(lines[wrong:]))
            continue
        rows = list(csv.reader(io.StringIO("\n".join(lines))))
        out.append([tuple(map(cell, row)) for row in rows[1:]])
    return out


def ask_duckdb(connection, statement: str):
    try:
        return [tuple(map(cell, row)) for row in connection.execute(statement).fetchall()]
    except Exception as error:
        return f"{type(error).__name__}: {error}".splitlines()[0]


def is_known(ours, theirs) -> bool:
    said = {"contango": ours, "DuckDB": theirs}
    return any(isinstance(said[who], str) and re.search(pattern, said[who]) for who, pattern, _ in KNOWN)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, help="asks the statement of this number alone")
    parser.add_argument("--show", type=int, default=20, help="differences that are printed")
    options = parser.parse_args()
    binary = str(pathlib.Path(options.binary).resolve())
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        connection = duckdb.connect()
        write_files(folder, random.Random(options.seed), connection)
        connection.execute(f"SET file_search_path = '{folder}'")
        start, number, n_asked, n_refused, n_known, found = time.monotonic(), options.seed * 1_000_000, 0, 0, 0, 0
        while time.monotonic() - start < options.seconds:
            numbers = [options.only] if options.only is not None else list(range(number, number + BATCH))
            number += BATCH
            made = [statement_of(n) for n in numbers]
            answers = ask_contango(binary, folder, [spelled(text, 0) for text in made])
            for n, text, ours in zip(numbers, made, answers):
                theirs = ask_duckdb(connection, spelled(text, 1))
                n_asked += 1
                in_order = bool(re.search(r" ORDER BY [^)]*$", text))
                if isinstance(ours, str) and isinstance(theirs, str):
                    n_refused += 1
                elif not isinstance(ours, str) and not isinstance(theirs, str) and same_rows(ours, theirs, in_order, text):
                    pass
                elif is_known(ours, theirs):
                    n_known += 1
                else:
                    found += 1
                    if found <= options.show:
                        print(f"\n{n}: {spelled(text, 0)}\n  contango: {ours}\n  DuckDB:   {theirs}", flush=True)
            if options.only is not None:
                break
        seconds = time.monotonic() - start
        print(f"{n_asked} statements in {seconds:.0f} s, seed {options.seed}: {found} differences, {n_known} known, {n_refused} refused by both")
        return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
