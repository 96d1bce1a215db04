"""How long a night's backup of the audit database takes after seven years, beside one after two months.

PYTHONPATH=plugins:. python -m tests.bench.backup_months [ROWS]

Every month has as many events as every other; ROWS is how many there are in 84 of them. The first night, which dumps
all closed months, is printed too. Two databases of its own are dropped again; MySQL's files take about 5 GB meanwhile.
"""

from __future__ import annotations

import logging
import os
import secrets
import sys
import tempfile
from contextlib import closing
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path
from statistics import median
from time import perf_counter

os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp(prefix="genims-bench-"))

from dev.stack import Stack
from dev.stack.mysql_programs import WRAPPERS
from genims.audit.format.chained_tables import EVENTS
from genims.backup.back_up import back_up
from genims.backup.databases import AUDIT
from genims.core.paths import ROOT, SCHEMA
from genims.core.settings import settings
from genims.core.sql_text import statements_of
from tests.support.containers import new_container
from tests.support.faults.faults import environment, query, root
from tests.support.servers import set_up_platform, use

MONTHS = 84
NIGHTS = 5
LAST = date(2026, 11, 1)
NIGHT = datetime(2026, 11, 20, 1)
ADD = f"""
INSERT INTO {EVENTS} (audit_timestamp, source_database, audit_sequence, operation, table_name, row_key,
    session_user_name, row_count, after_values, routed_to, recorded_at, row_hash, leaf_hash)
WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < %(rows)s)
SELECT /*+ SET_VAR(cte_max_recursion_depth = 10000000) */ %(first)s + INTERVAL i SECOND, 'erp', i + %(before)s,
    'INSERT', 'orders', CONCAT('PO-', i), 'genims_app', 1, JSON_OBJECT('order', i * 31, 'status', 'open', 'note',
    LEFT(SHA2(i, 256), 24)), '', %(first)s, UNHEX(SHA2(i, 256)), UNHEX(SHA2(-i, 256))
FROM n
"""


def month_before(month: date) -> date:
    return date(month.year - (month.month == 1), month.month - 1 or 12, 1)


def fill(database: str, count: int, rows: int) -> None:
    """An audit database with so many months that each have so many events, the last of them open."""
    months = [LAST]
    for _ in range(count):
        months.insert(0, month_before(months[0]))
    query(f"CREATE DATABASE {database} CHARACTER SET utf8mb4")
    query(f"GRANT SELECT, SHOW VIEW ON {database}.* TO %s@'%%'", (settings().mysql_backup_user,))
    parts = [f"PARTITION p{month:%Y_%m} VALUES LESS THAN ('{after}')" for month, after in pairwise(months)]
    with closing(root()) as connection, connection.cursor() as cursor:
        connection.select_db(database)
        for statement in statements_of((SCHEMA / "mysql_audit_schema.sql").read_text()):
            cursor.execute(statement)
        cursor.execute("SELECT table_name FROM information_schema.partitions WHERE table_schema = DATABASE() AND "
                       "partition_name = 'p_later'")  # fmt: skip
        for (table,) in cursor.fetchall():
            last = "PARTITION p_later VALUES LESS THAN (MAXVALUE)"
            cursor.execute(f"ALTER TABLE {table} REORGANIZE PARTITION p_later INTO ({', '.join([*parts, last])})")
        for number, month in enumerate(months):
            cursor.execute(ADD, {"rows": rows, "first": month, "before": number * rows})
        cursor.execute(
            "INSERT INTO audit_sequence_manager (source_database, last_audit_sequence, fence, last_block_number, "
            "open_events, updated_at) VALUES ('erp', %s, 1, 0, 0, NOW(6))",
            (len(months) * rows,),
        )


def seconds(act) -> float:
    began = perf_counter()
    act()
    return perf_counter() - began


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000_000
    logging.disable(logging.WARNING)
    stack = Stack(Path(ROOT) / ".local" / "tests" / "bench", dotenv=None)
    stack.up(only=["mysql", "postgres", "azurite"], sample_data=False)
    use(stack.env)
    set_up_platform()
    path = f"{WRAPPERS}{os.pathsep}{os.environ['PATH']}"
    databases = {count: f"bench_{secrets.token_hex(4)}" for count in (2, MONTHS)}
    places = {
        count: {"MYSQL_AUDIT_DB": name, "GENIMS_BACKUP_CONTAINER": new_container(), "PATH": path}
        for count, name in databases.items()
    }
    try:
        for count, name in databases.items():
            fill(name, count, rows // MONTHS)
            with environment(**places[count]):
                took = seconds(lambda: back_up(AUDIT, clock=lambda: NIGHT))
            print(f"{count} closed months: the first night {took:.1f} s", flush=True)
        nights = {count: [] for count in databases}
        for _ in range(NIGHTS):
            for count in databases:
                with environment(**places[count]):
                    nights[count].append(seconds(lambda: back_up(AUDIT, clock=lambda: NIGHT)))
        for count, each in nights.items():
            print(f"{count} closed months: a night {median(each):.2f} s ({min(each):.2f} to {max(each):.2f})")
    finally:
        for name in databases.values():
            query(f"DROP DATABASE IF EXISTS {name}")
        query("RESET BINARY LOGS AND GTIDS")
        stack.down()


if __name__ == "__main__":
    main()
