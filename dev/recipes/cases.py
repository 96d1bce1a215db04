"""Checks a case file: that it is YAML, and that the rows it gives are of declared tables and columns."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import yaml

from dev.recipes.findings import Finding, near, place
from genims.core.sources import SOURCES
from genims.engine.source_query import REPORTING, SourceTable, declared


def case_findings(path: Path) -> Iterator[Finding]:
    """What is wrong with a case file."""
    if not path.exists():
        return
    try:
        cases = yaml.safe_load(path.read_text())
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        yield Finding(path, mark.line + 1 if mark else 1, f"this is no YAML: {error}")
        return
    for case in cases:
        for name, rows in (case.get("given") or {}).items():
            yield from _given_findings(path, name, rows)


def _given_findings(path: Path, name: str, rows: list[dict]) -> Iterator[Finding]:
    database, _, table = name.partition(".")
    if database not in {*SOURCES, REPORTING}:
        yield Finding(path, place(path, name), f"{name}: no source is called {database}; {near(database, SOURCES)}")
        return
    found = declared(SourceTable(database, table))
    if found is None:
        yield Finding(path, place(path, name), f"{name}: the schema declares no such table")
        return
    for unknown in sorted({column for row in rows or [] for column in row} - set(found.columns)):
        message = f"{name} has no column {unknown}; {near(unknown, found.columns)}"
        yield Finding(path, place(path, unknown), message)
