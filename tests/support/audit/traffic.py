"""Writers that change captured rows at the rate a test wants.

Every change adds one to a number that a text column of the row holds. So what a row holds in the end says how many
changes there were, and the numbers in the audit tables say whether any is missing, doubled or out of order.
Databases of which no table is captured have names that change instead.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.errors import QueryCanceled

from dev.stack.postgres import find_postgres
from genims.core.sources import SOURCES
from tests.support.audit import renames as audit_renames
from tests.support.faults.faults import end_of
from tests.support.source_rows import SourceRows

# In each captured database a table, its key, and a column that nothing else depends on.
TABLES = {
    "erp": ("cost_centers", "cost_center_id", "cost_center_name"),
    "master": ("machines", "machine_id", "machine_name"),
    "financial": ("budget_headers", "budget_id", "budget_name"),
    "crm": ("accounts", "account_id", "account_name"),
    "service": ("warranty_claims", "claim_id", "notes"),
    "hr": ("employees", "employee_id", "middle_name"),
    "supplier": ("supplier_contracts", "contract_id", "contract_name"),
    "tms": ("carriers", "carrier_id", "website"),
    "maintenance": ("mro_parts", "mro_part_id", "part_name"),
    "wms": ("warehouses", "warehouse_id", "city"),
    "quality": ("control_plans", "control_plan_id", "process_name"),
    "sync": ("inventory_sync_mappings", "mapping_id", "last_sync_status"),
}
ROWS = 200
# A writer ends this long after it was cancelled, or after its own end if the cancel came before its loop began.
CANCELLED_SECONDS = 30


@dataclass(frozen=True)
class Numbers:
    """Where the numbers of a database are, in SQL.

    :param held: finds the key and the number of each row in the source.
    :param raised: adds one to the numbers of five rows, from pgbench's ``:row`` on.
    :param delivered: finds keys and numbers in the audit tables in the order of the audit trail, of a source database
        after an ``audit_sequence``.
    """

    held: str
    raised: str
    delivered: str

    @classmethod
    def of_rows(cls, table: str, key: str, column: str) -> Numbers:
        """Those that a column holds."""
        return cls(
            held=f"SELECT {key}, {column} FROM {table} WHERE {key} LIKE 'AUDIT-%'",
            raised=f"UPDATE {table} SET {column} = {column}::bigint + 1 "
            f"WHERE {key} IN (SELECT 'AUDIT-' || n FROM generate_series(:row, :row + 4) AS n)",
            delivered=f"""
                SELECT row_key, CAST(new_value AS UNSIGNED)
                FROM data_change_audit
                WHERE source_database = %s
                  AND audit_sequence > %s
                  AND column_name = '{column}'
                  AND row_key LIKE 'AUDIT-%%'
                ORDER BY audit_sequence
            """,
        )


# Of all source databases; writers rename sequences in those that are not captured.
NUMBERS = {database: Numbers.of_rows(*table) for database, table in TABLES.items()} | dict.fromkeys(
    audit_renames.DATABASES, Numbers(audit_renames.HELD, audit_renames.RENAME, audit_renames.RENAMED)
)

# Transactions one after the other; every twentieth is rolled back. The loop runs in the server, and sleeps 20 ms
# when it is ahead: a client that wakes up for each transaction would take processor time from the stream.
STEADY = """
DO $$
DECLARE
    due timestamptz := clock_timestamp();
    ends CONSTANT timestamptz := due + interval '{seconds} s';
BEGIN
    WHILE due < ends LOOP
        UPDATE {table}
        SET {column} = {column}::bigint + 1
        WHERE {key} = ANY (ARRAY (
            SELECT 'AUDIT-' || first + n
            FROM (SELECT 1 + floor(random() * ({rows} - {together} + 1))::integer) AS r (first)
            CROSS JOIN generate_series(0, {together} - 1) AS n
        ));
        IF random() < 0.05 THEN
            ROLLBACK;
        ELSE
            COMMIT;
        END IF;
        due := due - ln(1 - random()) * interval '{every} s';
        IF due > clock_timestamp() THEN
            PERFORM pg_sleep(greatest(0.02, extract(epoch FROM due - clock_timestamp())));
        END IF;
    END LOOP;
END $$
"""

# Some are rolled back, some are slow, so that transactions end in another order than they write.
UNRULY = """
\\set row random(1, {rows} - 4)
\\set fate random(1, 20)
BEGIN;
{change};
\\if :fate < 3
\\sleep 20 ms
\\endif
\\if :fate > 18
ROLLBACK;
\\else
COMMIT;
\\endif
"""


def prepare(source_rows: SourceRows, databases: Sequence[str] = tuple(TABLES), rows: int = ROWS) -> None:
    """Give every table ``rows`` rows, whose number is 0."""
    for database in databases:
        session = source_rows.connect(database)
        if database not in TABLES:
            session.execute(audit_renames.PREPARE.format(rows=rows))
            continue
        table, key, column = TABLES[database]
        session.execute(f"DELETE FROM {table} WHERE {key} LIKE 'AUDIT-%'")
        source_rows.insert(database, table, [{key: f"AUDIT-{n}", column: "0"} for n in range(1, rows + 1)])


def numbers(source_rows: SourceRows, databases: Sequence[str] = tuple(TABLES)) -> dict[tuple[str, str], int]:
    """How often each row was changed, by database and key."""
    found = {}
    for database in databases:
        rows = source_rows.connect(database).execute(NUMBERS[database].held)
        found |= {(database, row): int(number) for row, number in rows}
    return found


@contextmanager
def writers(
    server: str, rate: float, seconds: float, databases=tuple(TABLES), together: int = 1, rows: int = ROWS
) -> Iterator[None]:
    """One writer in each database, all of them together at a rate, until the end of the block at the latest.

    :param server: connection string of the sources' owner, without a database.
    :param rate: transactions per second that are committed.
    :param together: rows that a transaction changes by one statement.
    :param rows: how many rows of each table are changed.
    """
    every = 0.95 * len(databases) / rate
    with ExitStack() as stack:
        for database in databases:
            table, key, column = TABLES[database]
            loop = STEADY.format(
                table=table, key=key, column=column, rows=rows, together=together, every=every, seconds=seconds
            )
            session = stack.enter_context(psycopg.connect(server, dbname=SOURCES[database], autocommit=True))
            session.execute("SET enable_seqscan = off")  # find rows by index, as in a table of realistic size
            writer = Thread(target=_write, args=(session, loop), name=f"writer-{database}", daemon=True)
            writer.start()
            stack.callback(end_of, writer, seconds + CANCELLED_SECONDS)
            stack.callback(session.cancel)
        yield


def _write(session: psycopg.Connection, loop: str) -> None:
    with suppress(QueryCanceled):
        session.execute(loop)


def pgbench(server: str, database: str, script: Path, *options: str) -> subprocess.Popen:
    """One writer, started: PostgreSQL's own pgbench."""
    owner = conninfo_to_dict(server)
    environment = {"PGPASSWORD": str(owner["password"])}
    command = [
        find_postgres() / "pgbench",
        "--no-vacuum",
        "--protocol=prepared",
        f"--host={owner['host']}",
        f"--port={owner['port']}",
        f"--username={owner['user']}",
        f"--file={script}",
        *options,
        SOURCES[database],
    ]
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def unruly_script(folder: Path, database: str) -> Path:
    """A file of pgbench's that changes five rows in a transaction."""
    path = folder / f"{database}.sql"
    path.write_text(UNRULY.format(rows=ROWS, change=NUMBERS[database].raised))
    return path
