"""Checks the files of tables and logs without a server: what is wrong, where, and what was probably meant."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from dev.recipes.cases import case_findings
from dev.recipes.findings import Finding, near, place
from dev.recipes.new_table import files_of
from dev.recipes.queries import log_findings, table_findings
from dev.stack.steps import StackError, say
from genims.audit.logs.source_log import KEYS, OPTIONAL_KEYS, SourceLog
from genims.core.paths import REPORTING_SQL, ROOT, SOURCE_LOGS_SQL
from genims.core.query_header import HeaderError, read_header
from genims.engine.table import read_table
from genims.reporting.tables import CATEGORIES


def check(name: str | None = None) -> int:
    """Print what is wrong with the files of a table or a log, or of all of them; returns the exit code.

    :raises StackError: there is no table and no log of that name.
    """
    names = (
        [name] if name else sorted(path.stem for path in (*REPORTING_SQL.glob("*.sql"), *SOURCE_LOGS_SQL.glob("*.sql")))
    )
    found = [finding for each in names for finding in findings(each)]
    for finding in found:
        say(f"{finding}")
    return 1 if found else 0


def findings(name: str) -> list[Finding]:
    """What is wrong with the files of a table or a log.

    :raises StackError: there is none of that name.
    """
    table, log = REPORTING_SQL / f"{name}.sql", SOURCE_LOGS_SQL / f"{name}.sql"
    if table.exists():
        return [*_of_table(name, table)]
    if log.exists():
        return [*_of_log(log)]
    known = [path.stem for path in (*REPORTING_SQL.glob("*.sql"), *SOURCE_LOGS_SQL.glob("*.sql"))]
    raise StackError(
        f"{name!r}: expected a table or a log; {near(name, known)}make new-table or make new-log begins one"
    )


def _of_table(name: str, path: Path) -> Iterator[Finding]:
    for file in files_of(name):
        if not file.exists():
            yield Finding(path, 1, f"expected {file.relative_to(ROOT)} beside it, found no such file")
    try:
        table = read_table(path, CATEGORIES)
    except HeaderError as error:
        yield header_finding(path, error)
        return
    yield from table_findings(table)
    yield from case_findings(files_of(name).case)


def _of_log(path: Path) -> Iterator[Finding]:
    try:
        log = SourceLog(name=path.stem, path=path, **read_header(path, KEYS, OPTIONAL_KEYS, lists=("reads",)))
    except HeaderError as error:
        yield header_finding(path, error)
        return
    yield from log_findings(log)
    case = ROOT / "tests" / "cases" / "audit" / "logs" / path.name
    yield from case_findings(case.with_suffix(".yaml"))


def header_finding(path: Path, error: HeaderError) -> Finding:
    """The place of an error in a header: the line that holds what the message quotes or names."""
    message = str(error).removeprefix(f"{path}: ")
    mark = getattr(error.__cause__, "problem_mark", None)
    if mark:
        return Finding(path, mark.line + 2, message)
    key, quoted = message.split()[0].rstrip(":"), re.findall(r"'([^']+)'", message.partition(";")[0])
    return Finding(path, place(path, f"{key}:", *reversed(quoted)), message)
