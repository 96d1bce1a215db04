"""Random legal edits of the sources alarm nobody; whatever is altered in MySQL is named.

``GENIMS_RANDOM_EDITS`` makes as many edits as it says, ``GENIMS_RANDOM_SEED`` others.
"""

from __future__ import annotations

import os
import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from genims.core.errors import RejectedRows
from genims.engine.load import load
from genims.engine.source_query import SourceQuery
from genims.reporting import reconciliation
from genims.reporting.days import template_variables, window_of
from genims.reporting.reconciled import parts
from genims.reporting.reconciliation import ROW, compare, compare_digests
from genims.reporting.tables import reporting_tables
from tests.support.company import empty_company, fill_company
from tests.support.faults.faults import Table
from tests.support.random_edits import AlteredColumns, SourceEdits, alter
from tests.support.render import TEMPLATES, reconciliation_sql, statements

EDITS = int(os.environ.get("GENIMS_RANDOM_EDITS", "60"))
SEED = int(os.environ.get("GENIMS_RANDOM_SEED", "1"))
ROWS = int(os.environ.get("GENIMS_RANDOM_ROWS", "20000"))
ALTERATIONS = 200
TABLES = sorted(reporting_tables(), key=lambda table: bool(table.after))


@pytest.fixture(scope="module")
def company(platform, source_rows, source_server):
    """Source databases with a year of a small company; empty again at the end."""
    fill_company(source_rows, source_server, ROWS, SEED)
    yield source_rows
    empty_company(source_rows)


def _windows():
    now = datetime.now(UTC)
    return {table.name: window_of(table, now, now, rebuild=True) for table in TABLES}


@contextmanager
def figures_that_no_column_holds() -> Iterator[list[str]]:
    """Random edits may make them, or dates that none holds: they are refused, with their rows, and told in the list."""
    refused = []
    try:
        yield refused
    except RejectedRows as error:
        if not re.search("does not fit DECIMAL|is outside the years", str(error)):
            raise
        refused.append(str(error))


def test_every_compared_column_is_named_once_it_is_altered(company, reporting):
    """With its day, digests aside. Before the edits, which make amounts foreign: such days are not compared."""
    windows = _windows()
    missed, others = {}, {}
    for table in TABLES:
        window = windows[table.name]
        query = reconciliation_sql(table, window)
        load(table, statements(table, window, rebuild=True), accept_fewer_rows=True)
        with reporting.cursor() as cursor:
            altered = AlteredColumns(table, window, cursor)
            for part in parts(table, query):
                altered.alter(part)
            _, found = compare(table, window, query)
            altered.undo()
        assert altered.columns, table.name
        missed[table.name] = altered.columns - {each.measure for each in found}
        others[table.name] = {(each.period, each.measure) for each in found if each.source != ROW} - altered.places
    assert {name: missed[name] for name in missed if missed[name]} == {}
    assert {name: others[name] for name in others if others[name]} == {}


def test_random_legal_edits_are_no_false_alarm(company):
    windows = _windows()
    columns = set().union(*(SourceQuery(statements(table, windows[table.name]).sql).columns for table in TABLES))
    edits = SourceEdits(company, columns, SEED).make(EDITS)
    found = {}
    for table in TABLES:
        window = windows[table.name]
        try:
            with figures_that_no_column_holds() as refused:
                load(table, statements(table, window, rebuild=True), accept_fewer_rows=True)
            if refused:
                continue
        except Exception as error:  # every table is told of
            found[table.name] = [f"{type(error).__name__}: {error}"]
            continue
        _, differences = compare(table, window, reconciliation_sql(table, window))
        if differences:
            found[table.name] = [f"{each.measure} of {each}" for each in differences]
    assert not found, "\n".join([*edits, *(f"{name}: {each}" for name in found for each in found[name][:5])])


def test_every_alteration_in_mysql_is_named(company, reporting, monkeypatch):
    monkeypatch.setattr(reconciliation, "LOOKS", 1)
    loaded = []
    for table in TABLES:
        with figures_that_no_column_holds() as refused:
            Table(table.name).load(rebuild=True, accept_fewer_rows="a test")
        loaded += [] if refused else [table]
    rng = random.Random(SEED)
    altered: dict[str, set[str]] = {}
    with reporting.cursor() as cursor:
        while sum(map(len, altered.values())) < ALTERATIONS:
            table = rng.choice(loaded)
            if (period := alter(table, cursor, rng)) and period not in altered.setdefault(table.name, set()):
                altered[table.name].add(period)
    windows = _windows()
    for table in loaded:
        variables = template_variables(table, windows[table.name])
        digest_sql = TEMPLATES.get_template("load/digest.sql").render(variables)
        _, found = compare_digests(table, digest_sql, "")
        assert {each.period for each in found} == altered.get(table.name, set()), table.name
    for table in TABLES:
        reporting.cursor().execute(f"DELETE FROM {table.name}")
