"""What the bench keeps in ``docs/benchmarks``: its tables, their plot, and EXPLAIN of every dashboard statement."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime

from genims.core.paths import ROOT
from tests.bench.dashboard_statements import Access
from tests.bench.dashboard_times import DashboardSection
from tests.bench.measure import Section

FOLDER = ROOT / "docs" / "benchmarks"

RESULTS = """\
# Benchmarks

Written by `python -m tests.bench --record` on {day}: {sources}, Python {python}, {cores} cores. `make bench` measures
again and names every figure whose ratio to the floor is more than a quarter above the recorded one. The floor is
`COPY` and `LOAD DATA` of 200,000 rows by hand, measured anew before each section. Noise is the worst repetition over
the best.

![Loads and dashboard queries](bench.svg)
{tables}"""

DASHBOARD_NOTES = """
Each dashboard statement ([tests/bench/dashboards](../../tests/bench/dashboards)) is asked with the values of a
hundred rows of its table, three times each; the fastest of the three counts, so the cache is warm and others on the
machine are left out. Noise is the 95th percentile of all asks over that of the fastest ones. In the larger section
there are ten times as many machines, customers, materials ... on the same days. How MySQL answers each statement:
[dashboards.md](dashboards.md).
"""

PLANS = """\
# How MySQL answers the dashboard statements

EXPLAIN of every statement in [tests/bench/dashboards](../../tests/bench/dashboards), written by
`python -m tests.bench --record`. None may read a whole table: no access `ALL` or `index`.
`const` and `ref` go to one value of a key, `range` to a stretch of it; an access without index reads no row at all.
"""


def write(sections: list[Section], sources: str) -> None:
    """Write the pages of one whole bench."""
    from tests.bench import plot  # matplotlib is installed for the bench alone

    FOLDER.mkdir(exist_ok=True)
    dashboards = [section for section in sections if isinstance(section, DashboardSection)]
    tables = "".join(f"\n```text\n{section.text}\n```\n" for section in sections)
    facts = dict(day=datetime.now(UTC).date(), sources=sources, python=platform.python_version(), cores=os.cpu_count())
    (FOLDER / "README.md").write_text(RESULTS.format(**facts, tables=tables) + DASHBOARD_NOTES)
    (FOLDER / "dashboards.md").write_text(PLANS + "".join(plans(section) for section in dashboards))
    plot.draw(sections, FOLDER / "bench.svg")


def plans(section: DashboardSection) -> str:
    """EXPLAIN of every statement of one section, as a table."""
    lines = [
        f"\n## {section.title}\n\n| table | statement | access | index | rows | extra |\n|---|---|---|---|---|---|\n"
    ]
    for table, answers in section.answers.items():
        for answer in answers:
            name = answer.statement.name
            lines += [f"| {table} | {name} | {_cells(access)} |\n" for access in answer.plan]
    return "".join(lines)


def _cells(access: Access) -> str:
    cells = (access.kind, access.key, access.rows, access.extra)
    return " | ".join("" if cell is None else str(cell) for cell in cells)
