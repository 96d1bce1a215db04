"""Which names a new table or log may have."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import duckdb
import yaml

from dev.stack.steps import StackError
from genims.audit.format.event import PIPELINE
from genims.audit.logs.source_log import LONGEST_NAME
from genims.core.sources import SOURCES
from genims.reporting.tables import CATEGORIES

RESERVED = Path(__file__).with_name("reserved_words.yaml")
LONGEST_TABLE_NAME = 63
# Tasks and groups of the DAGs that have a task for each table.
TASKS = (*CATEGORIES, "check_form", "reconcile")


def check_table_name(name: str) -> None:
    """Refuse a name that no reporting table may have.

    :raises StackError: with the rule that it breaks.
    """
    _check(name, LONGEST_TABLE_NAME, "crm_activity_daily")
    if name in TASKS:
        raise StackError(f"NAME={name}: the DAGs have a task or a group of that name; expected another name")


def check_log_name(name: str) -> None:
    """Refuse a name that no log may have.

    :raises StackError: with the rule that it breaks.
    """
    _check(name, LONGEST_NAME, "badge_readings")
    if name in (*SOURCES, PIPELINE):
        raise StackError(f"NAME={name}: a ledger has that name; expected a name that no source database has")


def _check(name: str, longest: int, example: str) -> None:
    if not re.fullmatch(rf"[a-z][a-z0-9_]{{2,{longest - 1}}}", name):
        raise StackError(
            f"NAME={name!r}: expected 3 to {longest} lower-case letters, digits and underscores, the first a letter, "
            f"such as NAME={example}"
        )
    if languages := [language for language, words in reserved_words().items() if name in words]:
        raise StackError(
            f"NAME={name}: a reserved word of {' and '.join(languages)}, which every statement would have to quote; "
            f"expected another name, such as NAME={name}_daily"
        )


@cache
def reserved_words() -> dict[str, set[str]]:
    """The words that no table may have as its name without quotes, by database."""
    words = {database: set(text.split()) for database, text in yaml.safe_load(RESERVED.read_text()).items()}
    asked = "SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category IN ('reserved', 'type_function')"
    return words | {"DuckDB": {word for (word,) in duckdb.sql(asked).fetchall()}}
