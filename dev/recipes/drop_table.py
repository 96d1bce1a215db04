"""Drops a reporting table from the checkout: removes the files that it has to itself, and names what else knows it."""

from __future__ import annotations

import re
import subprocess

from dev.recipes.names import check_table_name
from dev.recipes.new_table import files_of
from dev.stack.steps import StackError, say
from genims.core import ddl
from genims.core.paths import REPORTING_SCHEMA, ROOT


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
    if readers := [place for place in _mentions(name, "include/sql") if f"reporting.{name}" in place]:
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


def _mentions(name: str, folder: str = ".") -> list[str]:
    """The lines of the checkout that name the table, as ``file:line: text``; those of generated pages left out."""
    command = ["git", "grep", "--untracked", "--line-number", "--word-regexp", "--fixed-strings", name, "--", folder]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if found.returncode > 1:
        raise StackError(f"looking for what names {name} failed: {found.stderr.strip()}")
    generated = re.compile(r"docs/(tables|reconciliation)\.md:|docs/benchmarks/")
    lines = (line for line in found.stdout.splitlines() if not generated.match(line))
    return [re.sub(r":(\d+): *", r":\1: ", line, count=1)[:160] for line in lines]
