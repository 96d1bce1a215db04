"""Recipes of a developer.

python -m dev.recipes new-table crm_activity_daily sales
python -m dev.recipes new-log badge_readings user_activity_log
python -m dev.recipes drop-table crm_activity_daily
python -m dev.recipes check [crm_activity_daily]
"""

from __future__ import annotations

import argparse
import sys

import dev.quiet_start  # noqa: F401
from dev.recipes.check import check
from dev.recipes.drop_table import drop_table
from dev.recipes.new_log import new_log
from dev.recipes.new_table import new_table
from dev.stack.steps import StackError


def main(arguments: list[str]) -> int:
    """Run one recipe; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m dev.recipes", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    recipes = parser.add_subparsers(required=True, metavar="recipe")
    for recipe, run, names in (
        ("new-table", new_table, ("name", "category")),
        ("new-log", new_log, ("name", "table")),
        ("drop-table", drop_table, ("name",)),
    ):
        command = recipes.add_parser(recipe)
        for name in names:
            command.add_argument(name)
        command.set_defaults(run=lambda options, run=run, names=names: run(*(vars(options)[name] for name in names)))
    command = recipes.add_parser("check")
    command.add_argument("name", nargs="?", help="of a table or a log; all without one")
    command.set_defaults(run=lambda options: check(options.name))
    options = parser.parse_args(arguments)
    try:
        return options.run(options) or 0
    except StackError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
