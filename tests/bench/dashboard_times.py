"""How long dashboards wait: every statement on twelve months of rows, with the values of a hundred rows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import ceil
from time import perf_counter

from MySQLdb.cursors import Cursor

from tests.bench import engine_times
from tests.bench.dashboard_rows import twelve_months
from tests.bench.dashboard_statements import Access, Statement, draw, plan, statements
from tests.bench.measure import Measurement, Section

SETS = 100
ASKS = 3
LIMIT = 0.010


@dataclass(frozen=True)
class Answer:
    """What one statement took.

    :param asks: seconds, by set of parameters and repetition.
    :param plan: EXPLAIN for the first set of parameters.
    :param scans: the number of sets for which MySQL would read the whole table.
    """

    statement: Statement
    asks: list[tuple[float, ...]]
    plan: list[Access]
    scans: int

    @property
    def times(self) -> list[float]:
        """Seconds of each set of parameters: of its fastest execution; the others also waited for the machine."""
        return [min(ask) for ask in self.asks]


@dataclass(frozen=True)
class DashboardSection(Section):
    """The section of the dashboards: a measurement is the time of all statements of one table.

    :param answers: by reporting table.
    :param table_rows: how many rows each of them had.
    """

    answers: dict[str, list[Answer]]
    table_rows: dict[str, int]

    @property
    def text(self) -> str:
        """Milliseconds of each table's statements, and its slowest; noise is the p95 of every ask over p95."""
        head = f"{'':34} {'rows':>9} {'p50 ms':>7} {'p95 ms':>7} {'max ms':>7} {'noise':>6}  slowest, its p95 in ms"
        lines = [self.title, head]
        for table, answers in self.answers.items():
            times = [seconds for answer in answers for seconds in answer.times]
            every = [seconds for answer in answers for ask in answer.asks for seconds in ask]
            p95, worst = percentile(times, 95), slowest(answers)
            lines.append(
                f"{table:34} {self.table_rows[table]:9,} {1000 * percentile(times, 50):7.2f} {1000 * p95:7.2f} "
                f"{1000 * max(times):7.2f} {percentile(every, 95) / p95:6.2f}  "
                f"{worst.statement.name} {1000 * percentile(worst.times, 95):.2f}"
            )
        return "\n".join(lines)

    @property
    def faults(self) -> list[str]:
        """Statements that are too slow or read a whole table."""
        found = []
        for answer in (answer for answers in self.answers.values() for answer in answers):
            name, p95 = f"{self.name}: {answer.statement.table}, {answer.statement.name}", percentile(answer.times, 95)
            if p95 > LIMIT:
                found.append(f"{name}: p95 {1000 * p95:.1f} ms, at most {1000 * LIMIT:.0f} ms")
            if answer.scans:
                found.append(f"{name}: reads the whole table for {answer.scans} of {SETS} sets of parameters")
        return found


def run(name: str, times: int, floor: Measurement) -> DashboardSection:
    """Ask every statement of ``times`` as many rows as twelve months of the sources give."""
    load_all()
    answers, table_rows = {}, {}
    with twelve_months(times) as cursor:
        for statement in statements():
            answers.setdefault(statement.table, []).append(ask(cursor, statement))
        for table in answers:
            cursor.execute(f"SELECT COUNT(*) FROM {table}")
            table_rows[table] = cursor.fetchone()[0]
    return DashboardSection(
        name=name,
        title=f"Dashboard queries on twelve months of rows, {times} x",
        floor=floor,
        measurements=[measurement(table, answers[table]) for table in answers],
        answers=answers,
        table_rows=table_rows,
    )


@cache
def load_all() -> None:
    """Rebuild every reporting table, once in this run."""
    for table in engine_times.in_order():
        engine_times.once(table, rebuild=True)


def ask(cursor: Cursor, statement: Statement) -> Answer:
    """Ask one statement ASKS times for each of SETS sets of parameters."""
    sets = draw(cursor, statement, SETS)
    plans = [plan(cursor, statement, parameters) for parameters in sets]
    return Answer(
        statement=statement,
        asks=[tuple(seconds(cursor, statement, parameters) for _ in range(ASKS)) for parameters in sets],
        plan=plans[0],
        scans=sum(not all(access.by_index for access in accesses) for accesses in plans),
    )


def seconds(cursor: Cursor, statement: Statement, parameters: dict) -> float:
    began = perf_counter()
    cursor.execute(statement.sql, parameters)
    cursor.fetchall()
    return perf_counter() - began


def measurement(table: str, answers: list[Answer]) -> Measurement:
    """The asks of one table as repetitions of one thing; its rows are the statements answered."""
    asks = [ask for answer in answers for ask in answer.asks]
    return Measurement(table, tuple(sum(repetition) for repetition in zip(*asks, strict=True)), len(asks))


def percentile(values: list[float], percent: int) -> float:
    """The value that ``percent`` of the values do not exceed (nearest rank)."""
    return sorted(values)[ceil(len(values) * percent / 100) - 1]


def slowest(answers: list[Answer]) -> Answer:
    return max(answers, key=lambda answer: percentile(answer.times, 95))
