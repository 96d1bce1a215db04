"""Drops a reporting table from the checkout: removes the files that it has to itself, and names what else knows it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from dev.recipes.names import check_table_name
from dev.recipes.new_table import files_of
from dev.stack.steps import StackError, say
from genims.core import ddl
from genims.core.paths import REPORTING_SCHEMA, ROOT

FOLDERS = ("dags", "docs", "include", "plugins", "schema", "tests")
TEXT = {".md", ".py", ".sql", ".yaml"}
GENERATED = re.compile(r"/docs/(tables|reconciliation)\.md$|/docs/benchmarks/")


def drop_table(name: str) -> None:
    """Remove what ``new_table`` wrote, and say what a person has to remove.

    :raises StackError: there is no such table, or other files read it.
    """
    check_table_name(name)
    files = [path for path in files_of(name) if path.exists()]
    block = ddl.tables(REPORTING_SCHEMA).get(name)
    if not files and block is None:
        raise StackError(
            f"NAME={name}: expected a reporting table, found no file of that name and no such CREATE TABLE"
        )
    if readers := [place for place in _mentions(name, ["include"]) if f"reporting.{name}" in place]:
        raise StackError(f"NAME={name}: other queries read it; change them first:\n  " + "\n  ".join(readers))

    # The query first: without it, no DAG has a task for the table.
    for path in files:
        path.unlink()
        say(f"removed  {path.relative_to(ROOT)}")
    if block:
        schema = REPORTING_SCHEMA.read_text()
        REPORTING_SCHEMA.write_text(schema.replace(f"\n{block.statement}\n", "", 1))
        say(f"removed  its CREATE TABLE in {REPORTING_SCHEMA.relative_to(ROOT)}")

    say("\nBy hand:")
    for place in _mentions(name):
        say(f"  {place}")
    say(
        "  make docs\n"
        f"  echo 'DROP TABLE IF EXISTS {name}' | make mysql      where platform_setup has created the table\n"
        "  include/sql, schema/sources: source columns that only this table read"
    )


def _mentions(name: str, folders: Iterable[str] = FOLDERS) -> list[str]:
    """The lines of the checkout that name the table, as ``file:line: text``; those of generated pages left out."""
    pattern = re.compile(rf"\b{name}\b")
    files = (path for folder in folders for path in sorted((ROOT / folder).rglob("*")) if path.suffix in TEXT)
    return [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:120]}"
        for path in files
        if not GENERATED.search(path.as_posix())
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if pattern.search(line)
    ]
