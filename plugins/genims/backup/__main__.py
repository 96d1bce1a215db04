"""Lists backups, and restores one after a server was lost: without Airflow's UI, forms or audit database.

python -m genims.backup list audit
python -m genims.backup restore audit                                    # the newest proven one, into its own database
python -m genims.backup restore audit --backup backup_audit_20261130.sql.gz --into audit_of_november
python -m genims.backup restore audit --into two_months --table system_audit_log --months 2026-09..2026-10

A database that holds tables is never replaced by this command: that takes two persons, and the form ``restore``.
"""

from __future__ import annotations

import argparse
import logging
import secrets
import sys

from genims.backup.databases import DATABASES
from genims.backup.restoring import Wish, bring_back, carry_out, list_backups, plan, tables_of
from genims.core.errors import FormRefused
from genims.hooks.mysql import admin


def main() -> int:
    """Run the command; returns its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m genims.backup", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    listing, restoring = commands.add_parser("list"), commands.add_parser("restore")
    for command in (listing, restoring):
        command.add_argument("database", choices=list(DATABASES))
    restoring.add_argument("--backup", help="name of the backup; without it, the newest proven one")
    restoring.add_argument("--into", help="name of a new database; without it, the lost one")
    restoring.add_argument("--table", help="this table alone")
    restoring.add_argument("--months", help="closed months as 2026-09..2026-10")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.WARNING)
    if arguments.command == "list":
        print(list_backups(DATABASES[arguments.database]))
        return 0
    months = tuple(arguments.months.split("..")) if arguments.months else None
    wish = Wish(arguments.database, arguments.backup, arguments.into, arguments.table, months)
    _refuse_to_replace(wish)
    print(plan(wish))
    if not bring_back(wish):
        print("The blobs are on their way out of the archive. Run this command again in some hours.")
        return 2
    print(f"Restored into {carry_out(wish, run=f'command {secrets.token_hex(8)}')}.")
    return 0


def _refuse_to_replace(wish: Wish) -> None:
    with admin() as cursor:
        if wish.is_live and (tables := tables_of(cursor, wish.declared.name)):
            raise FormRefused(
                f"{wish.declared.name}: expected a lost database, found {len(tables)} tables in it. Name a new "
                "database with --into, or fill in the form restore, which takes two persons"
            )


if __name__ == "__main__":
    sys.exit(main())
