"""Generates what the documentation repeats: the table catalogue, and the generated parts of the README.

python -m dev.docs           write them
python -m dev.docs --check   exit with 1 if one is not up to date
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from genims.core import ddl
from genims.core.paths import ROOT
from genims.core.sources import SOURCES
from genims.engine.checks import Check
from genims.engine.table import LoadedTable, target
from genims.reporting.tables import CATEGORIES, reporting_tables

CATALOGUE = ROOT / "docs" / "tables.md"
README = ROOT / "README.md"


def generated() -> dict[Path, str]:
    """Each generated file with the text that it must hold."""
    return {CATALOGUE: catalogue(), README: filled(README.read_text(), {"dags": dags_list()})}


def filled(text: str, parts: dict[str, str]) -> str:
    """``text`` with each part put between its ``<!-- name -->`` and ``<!-- /name -->`` marks."""
    for name, part in parts.items():
        pattern = re.compile(f"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
        if not pattern.search(text):
            raise ValueError(f"README.md: expected the marks <!-- {name} --> and <!-- /{name} -->, found none")
        text = pattern.sub(lambda match, part=part: match[1] + part + match[2], text)
    return text


def dags_list() -> str:
    """One line per DAG, from the first lines of its docstring."""
    lines = ["| DAG | what it does | when |\n|---|---|---|\n"]
    for path in sorted((ROOT / "dags").glob("*.py")):
        doc = path.read_text()
        title = re.search(r"^# \w+: (.+)$", doc, re.MULTILINE)[1]
        when = re.search(r"\*\*When\*\* (.+?)(?=[;.]|: )", doc, re.DOTALL)[1]
        lines.append(f"| [{path.stem}](dags/{path.name}) | {title} | {' '.join(when.split())} |\n")
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
