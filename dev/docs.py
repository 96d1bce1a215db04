"""Generates what the documentation repeats: the table catalogue, and the generated parts of the README.

python -m dev.docs           write them
python -m dev.docs --check   exit with 1 if one is not up to date
"""

from __future__ import annotations

import re
import sys
from datetime import date
from pathlib import Path

import jinja2
import yaml

from genims.close.controls import read_controls
from genims.core import ddl
from genims.core.paths import ROOT, SQL
from genims.core.settings import BusinessRules
from genims.core.sources import SOURCES
from genims.dag_defaults import OPENING
from genims.engine.checks import Check
from genims.engine.fewer_rows import NUMBERS
from genims.engine.table import LoadedTable, loaded_columns, target
from genims.engine.window import Window
from genims.reporting.reconciled import Part, parts
from genims.reporting.tables import CATEGORIES, reporting_tables

CATALOGUE = ROOT / "docs" / "tables.md"
RECONCILED = ROOT / "docs" / "reconciliation.md"
README = ROOT / "README.md"
AUDITING = ROOT / "docs" / "auditing.md"
FAULTS = ROOT / "tests" / "cases" / "close" / "faults.yaml"


def generated() -> dict[Path, str]:
    """Each generated file with the text that it must hold."""
    return {
        CATALOGUE: catalogue(),
        RECONCILED: reconciled(),
        README: filled(README.read_text(), {"dags": dags_list()}),
        AUDITING: filled(AUDITING.read_text(), {"controls": controls_list()}),
    }


def filled(text: str, parts: dict[str, str]) -> str:
    """``text`` with each part put between its ``<!-- name -->`` and ``<!-- /name -->`` marks."""
    for name, part in parts.items():
        pattern = re.compile(f"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
        if not pattern.search(text):
            raise ValueError(f"expected the marks <!-- {name} --> and <!-- /{name} -->, found none in {text[:40]!r}")
        text = pattern.sub(lambda match, part=part: match[1] + part + match[2], text)
    return text


def dags_list() -> str:
    """One line per DAG, from the first lines of its docstring."""
    lines = ["| DAG | what it does | when |\n|---|---|---|\n"]
    for path in sorted((ROOT / "dags").glob("*.py")):
        title, when = (" ".join(part.split()) for part in OPENING.search(path.read_text()).groups())
        lines.append(f"| [{path.stem}](dags/{path.name}) | {title} | {when} |\n")
    return "".join(lines)


def controls_list() -> str:
    """One line per control of the close: what it proves, its level, and the seeded faults that it was shown to find."""
    faults = yaml.safe_load(FAULTS.read_text())
    lines = ["| control | level | from | what it proves | faults that it found |\n|---|---|---|---|---|\n"]
    for control in read_controls():
        found = "; ".join(fault["fault"] for fault in faults if fault["control"] == control.id)
        lines.append(
            f"| [{control.id}](../include/sql/close/controls/{control.id}.sql) | {control.level} | "
            f"{control.materiality:,} | {control.proves} | {found} |\n"
        )
    return "".join(lines)


def catalogue() -> str:
    """The table catalogue: grain, sources, load, owner and columns of every reporting table."""
    tables = reporting_tables()
    parts = [
        "# The reporting tables\n\nGenerated from the headers in `include/sql/reporting` and the comments in "
        "`schema/mysql_reporting_schema.sql` by `make docs`: change those.\n\n"
        "Loads: *window* recomputes the last days of every run, *snapshot* keeps one row set a day, *replace* swaps in "
        "the whole table.\n\n"
        "Checks look at the rows of a run before they are published: *fail* keeps them back, *warn* tells. Every table "
        "is also held to its columns and its grain (`not_null`, `fits_column`, `unique_grain`).\n\n## All of them\n\n"
        + tables_list(tables)
        + "\n## Lineage\n\n"
        + lineage(tables)
    ]
    for category in CATEGORIES:
        parts.append(f"\n## {category.capitalize()}\n")
        parts += [_entry(table) for table in tables if table.category == category]
    return "".join(parts)


def tables_list(tables: list[LoadedTable]) -> str:
    """One line per reporting table, with a link to its chapter."""
    lines = ["| table | what it holds | sources |\n|---|---|---|\n"]
    for table in tables:
        lines.append(f"| [{table.name}](#{table.name}) | {table.description} | {', '.join(table.reads)} |\n")
    return "".join(lines)


# What a number that is a mean, a share, an extreme, an age, a flag or a balance is called: its sum means nothing.
NOT_ADDITIVE = re.compile(
    r"_(pct|ppm|rating|ratio|score|average|avg|level|order|days|years|turns|delay_hours|stock_hours|per_\w+|differs)$|_is_|"
    r"^(average|avg|mean|maximum|oldest|longest|shortest|highest|peak|is|opening|closing|fiscal|mtbf|mttr|cpk)_|"
    r"^days_(of|since|inventory)|^(trir|ltifr|usd_rate)$"
)


def reconciled() -> str:
    """Which numbers the reconciliation compares with the sources or with their rows, and which with a digest alone."""
    lines = [
        "# What the reconciliation covers\n\nGenerated by `make docs` from `include/sql/reconcile` and "
        "`schema/mysql_reporting_schema.sql`.\n\n"
        "Every night each table's totals are compared with those that the source servers compute by other queries, for "
        "all days that are kept. Besides, **every column of every row** is held to the digest that was kept when its "
        "day was published: whatever is altered in MySQL afterwards is named, with its day and columns.\n\n"
        "- *Compared* are totals with an independent query. Amounts are compared in periods whose documents are all in "
        "functional currency; the others are held to their digest. A total that a source gives with more decimals than "
        "the column was rounded row by row in MySQL: it may differ by one in the last digit for each row.\n"
        "- *Held by identity* are columns that other columns of their row make, such as a difference, a sum or a "
        "ratio. The last digit may differ by one where the expression rounds or divides.\n"
        "- *By digest alone* are totals that depend on several databases at once, that no source can tell later (tasks "
        "that are open and maintenance that is due at this moment), or that are spread over days by rounding "
        "(campaigns).\n"
        "- *Not additive* are numbers whose sum means nothing: their parts are compared instead.\n\n"
        "| table | compared | held by identity | by digest alone | not additive |\n|---|---|---|---|---|\n"
    ]
    for table in reporting_tables():
        columns = target(table.name).columns
        numbers = [name for name in loaded_columns(table.name) if columns[name].type.upper().startswith(NUMBERS)]
        compared, derived = set(), set()
        for part in reconciled_parts(table):
            (compared if part.source else derived).update(part.columns)
        groups: dict[str, list[str]] = {name: [] for name in ("compared", "identity", "digest", "not additive")}
        for name in numbers:
            kind = "not additive" if NOT_ADDITIVE.search(name) else "digest"
            groups["compared" if name in compared else "identity" if name in derived else kind].append(name)
        lines.append(f"| {table.name} | {' | '.join(map(', '.join, groups.values()))} |\n")
    return "".join(lines)


def reconciled_parts(table: LoadedTable) -> list[Part]:
    """The parts of a table's reconciliation by the default rules; the days do not matter."""
    templates = jinja2.Environment(loader=jinja2.FileSystemLoader(SQL), undefined=jinja2.StrictUndefined)
    query = templates.get_template(f"reconcile/{table.name}.sql")
    window = Window(date(2025, 1, 1), date(2026, 1, 1), date(2025, 12, 31))
    return parts(table, query.render(table=table, window=window, rules=BusinessRules()))


def lineage(tables: list[LoadedTable]) -> str:
    """Which database feeds which category, as a Mermaid picture."""
    edges = sorted({(database, table.category) for table in tables for database in table.reads})
    lines = [f"    {database}[({SOURCES[database]})] --> {category}\n" for database, category in edges]
    return "```mermaid\nflowchart LR\n" + "".join(lines) + "```\n"


def _entry(table: LoadedTable) -> str:
    declared = target(table.name)
    load = f"{table.load}, {table.lookback.days} days back" if table.lookback else table.load
    after = f" · after: {', '.join(table.after)}" if table.after else ""
    checks = "; ".join(map(_check, table.checks))
    rows = "".join(_column(column) for column in declared.columns.values())
    return (
        f"\n### {table.name}\n\n{table.description}\n\n"
        f"Grain: {', '.join(table.grain)} · load: {load} · owner: {table.owner} · "
        f"reads: {', '.join(table.reads)}{after} · [query](../include/sql/reporting/{table.name}.sql)\n\n"
        f"Checks: {checks}\n\n"
        f"| column | type | what it holds |\n|---|---|---|\n{rows}"
    )


def _check(check: Check) -> str:
    columns = f" of {', '.join(check.columns)}" if check.columns else ""
    return f"{check}{columns}, *{check.level}*"


def _column(column: ddl.Column) -> str:
    kind = column.type.lower() + ("" if column.required else ", may be NULL")
    return f"| {column.name} | {kind} | {column.comment.replace('|', '/')} |\n"


def main() -> int:
    """Write or check the generated files; returns the exit code."""
    stale = {path: text for path, text in generated().items() if not path.exists() or path.read_text() != text}
    if "--check" in sys.argv:
        for path in stale:
            print(f"{path.relative_to(ROOT)} is not up to date: run `make docs`")
        return 1 if stale else 0
    for path, text in stale.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        print(f"wrote {path.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
