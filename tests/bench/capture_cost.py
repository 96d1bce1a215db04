"""What change capture costs the source: a table without triggers, one that is captured, and one with a row-level
trigger that writes jsonb, in turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

import psycopg
from psycopg.conninfo import make_conninfo

from genims.core import connections
from tests.support.audit.capture_database import STANDS_FOR, CaptureDatabase, capture_database

ROWS = 100_000
STATEMENTS = 500
TIMES = 7
PLAIN, CAPTURED, JSONB = "plain", "captured", "row_jsonb"
MICROSECONDS_PER_ROW = 5.0
MILLISECONDS_PER_STATEMENT = 0.1

TABLE = """
CREATE TABLE {} (
    id          bigint PRIMARY KEY,
    code        varchar(50),
    name        varchar(200),
    price       numeric(15,4),
    quantity    numeric(15,2),
    is_active   boolean,
    created_at  timestamp,
    details     jsonb
)
"""
INSERT = """
INSERT INTO {0}
SELECT n, 'CODE-' || n, 'Name of material ' || n, n * 1.25, n, true, TIMESTAMP '2026-01-01', '{{"a": 1, "b": "text"}}'
FROM generate_series({1}) AS n
"""
BULK = {
    "INSERT": INSERT.replace("{1}", f"1, {ROWS}"),
    "UPDATE": "UPDATE {0} SET price = price + 1",
    "DELETE": "DELETE FROM {0}",
}
SINGLE = {
    "INSERT": INSERT.replace("{1}", "%(n)s::bigint, %(n)s::bigint"),
    "UPDATE": "UPDATE {0} SET price = price + 1 WHERE id = %(n)s",
    "DELETE": "DELETE FROM {0} WHERE id = %(n)s",
}
ROW_TRIGGER = f"""
CREATE TABLE row_log (
    log_id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    xid          xid8         NOT NULL DEFAULT pg_current_xact_id(),
    at           timestamptz  NOT NULL DEFAULT clock_timestamp(),
    user_name    text,
    application  text,
    address      inet,
    table_name   text,
    operation    text,
    before       jsonb,
    after        jsonb
);
CREATE FUNCTION log_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO row_log (user_name, application, address, table_name, operation, before, after)
    VALUES (
        session_user, current_setting('application_name'), inet_client_addr(), TG_TABLE_NAME, TG_OP,
        CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END, CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END
    );
    RETURN NULL;
END $$;
CREATE TRIGGER log_row AFTER INSERT OR UPDATE OR DELETE ON {JSONB} FOR EACH ROW EXECUTE FUNCTION log_row();
"""


@dataclass
class Cost:
    """Seconds of one operation on each of the tables, by the clock and of the server's processor.

    :param count: rows or statements of one repetition.
    """

    title: str
    count: int
    seconds: dict[str, list[float]] = field(default_factory=lambda: {PLAIN: [], CAPTURED: [], JSONB: []})
    processor: dict[str, list[float]] = field(default_factory=lambda: {PLAIN: [], CAPTURED: [], JSONB: []})

    def measure(self, session: psycopg.Connection, table: str, action: Callable[[], object]) -> None:
        used, began = processor_seconds(session), perf_counter()
        action()
        self.seconds[table].append(perf_counter() - began)
        self.processor[table].append(processor_seconds(session) - used)

    def added(self, table: str) -> float:
        """Microseconds that the table's trigger adds to each, best against best."""
        return (min(self.seconds[table]) - min(self.seconds[PLAIN])) / self.count * 1e6

    def processor_added(self, table: str) -> float:
        """The same in processor time, which does not depend on the machine's other work."""
        return (min(self.processor[table]) - min(self.processor[PLAIN])) / self.count * 1e6

    def __str__(self) -> str:
        plain = min(self.seconds[PLAIN]) / self.count * 1e6
        noise = max(max(times) / min(times) for times in self.seconds.values())
        added = [f"{self.added(t):9.2f} {self.processor_added(t):9.2f}" for t in (CAPTURED, JSONB)]
        return f"{self.title:24} {plain:8.2f} {added[0]} {added[1]} {noise:7.2f}"


def run() -> list[str]:
    """Measure, and print what is added to each row and to each statement.

    :returns: what is not as promised.
    """
    with prepared() as database, closing(database.connect()) as session:
        bulk = [Cost(f"{operation} of {ROWS:,} rows", ROWS) for operation in BULK]
        single = [Cost(f"{operation} of one row", STATEMENTS) for operation in SINGLE]
        for _ in range(TIMES):
            for table in (PLAIN, CAPTURED, JSONB):
                empty(session)
                for cost, statement in zip(bulk, BULK.values(), strict=True):
                    cost.measure(session, table, lambda s=statement, t=table: session.execute(s.format(t)))
                empty(session)
                for cost, statement in zip(single, SINGLE.values(), strict=True):
                    cost.measure(session, table, lambda s=statement, t=table: one_by_one(session, s.format(t)))
    print(f"\nCost on the source in microseconds, by the clock and of the processor; best of {TIMES}")
    print(f"{'':24} {'without':>8} {'capture adds':>19} {'row jsonb adds':>19} {'noise':>7}")
    for cost in (*bulk, *single):
        print(cost, flush=True)
    return [
        *(f"{cost.title}: {cost.added(CAPTURED):.1f} microseconds a row are added, expected at most "
          f"{MICROSECONDS_PER_ROW}" for cost in bulk if cost.added(CAPTURED) > MICROSECONDS_PER_ROW),
        *(f"{cost.title}: {cost.added(CAPTURED) / 1000:.2f} ms are added, expected at most "
          f"{MILLISECONDS_PER_STATEMENT}" for cost in single
          if cost.added(CAPTURED) > MILLISECONDS_PER_STATEMENT * 1000),
    ]  # fmt: skip


@contextmanager
def prepared() -> Iterator[CaptureDatabase]:
    owner = connections.connection(connections.capture_id(STANDS_FOR))
    server = make_conninfo(host=owner.host, port=owner.port, user=owner.login, password=owner.password)
    with capture_database(server, "genims_capture_bench", owner.login, owner.password) as database:
        for table in (PLAIN, JSONB):
            database.owner.execute(TABLE.format(table))
        database.owner.execute(ROW_TRIGGER)
        database.create(TABLE.format(CAPTURED), CAPTURED)
        yield database


def empty(session: psycopg.Connection) -> None:
    session.execute(f"TRUNCATE {PLAIN}, {CAPTURED}, {JSONB}, row_log, genims_audit.event")
    session.execute("CHECKPOINT")


def one_by_one(session: psycopg.Connection, statement: str) -> None:
    for n in range(STATEMENTS):
        session.execute(statement, {"n": n}, prepare=True)


def processor_seconds(session: psycopg.Connection) -> float:
    """Processor seconds that the session's server process has used."""
    return int(Path(f"/proc/{session.info.backend_pid}/schedstat").read_text().split()[0]) / 1e9
