"""A small world of ledgers and figures for the controls of the close, changed and restored."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime, time, timedelta

from genims.core.settings import settings
from genims.core.sources import SOURCES
from genims.core.sql_text import statements_of
from tests.support.servers import administrator
from tests.support.source_rows import SourceRows

# The last day of a month.
DAY = date(2024, 2, 29)
CLOSED = ("profit_and_loss_daily", "cost_analysis_daily", "cash_flow_daily", "trial_balance_daily",
          "receivables_payables_aging", "budget_vs_actual", "financial_ratios")  # fmt: skip
PNL = dict(
    factory_id="FAC-1",
    currency="INR",
    gross_revenue=20_000_000,
    net_revenue=20_000_000,
    material_cost=6_000_000,
    total_cogs=8_000_000,
    gross_profit=12_000_000,
    depreciation=100,
    administrative_expenses=200,
    operating_expenses=200,
    operating_profit=11_999_800,
    tax_provision=1_000_000,
    net_profit=10_999_800,
)


class CloseWorld:
    """The world as ``tests/cases/close/world.yaml`` describes it, with P&L, loads and captured sources beside it.

    :param given: rows by database and table.
    :param sources: writes to the sources.
    """

    def __init__(self, given: dict, sources: SourceRows):
        self.given = given | {"audit": {"audit_etl_sync_log": loads(), "audit_sequence_manager": followed()}}
        self.given["reporting"]["profit_and_loss_daily"] = [
            PNL | {"pnl_date": DAY - timedelta(days=back)} for back in range(31)
        ]
        for database, table in (("tms", "shipments"), *(("manufacturing", t) for t in given["manufacturing"])):
            self.given[database][table] = delivered(table)
        self.sources = sources

    def __enter__(self) -> CloseWorld:
        with ExitStack() as opened:
            self.mysql = {
                "reporting": opened.enter_context(administrator(settings().mysql_reporting_db)),
                "audit": opened.enter_context(administrator(settings().mysql_audit_db)),
            }
            for session in self.mysql.values():
                # Columns that the world does not name hold 0 or an empty text, as lenient mode fills them.
                session.query("SET SESSION sql_mode = ''")
            self._followed = self._rows_of("audit_sequence_manager")
            self.restore(self.given)
            self._opened = opened.pop_all()
        return self

    def __exit__(self, *_) -> None:
        with self._opened:
            self._empty(self.given)
            self._insert("audit", "audit_sequence_manager", self._followed)

    def _rows_of(self, table: str) -> list[dict]:
        with self.mysql["audit"].cursor() as cursor:
            cursor.execute(f"SELECT * FROM {table}")
            return [dict(zip([name for name, *_ in cursor.description], row, strict=True)) for row in cursor]

    @contextmanager
    def changed(self, statements: dict[str, str]) -> Iterator[None]:
        """Run statements, by database, and restore its rows afterwards."""
        try:
            for database, script in statements.items():
                self.run(database, script)
            yield
        finally:
            self.restore(statements)

    def run(self, database: str, script: str) -> None:
        """Run a script as the owner of the database."""
        if database in SOURCES:
            self.sources.connect(database).execute(script)
            return
        with self.mysql[database].cursor() as cursor:
            for statement in statements_of(script + ";"):
                cursor.execute(statement)

    def restore(self, databases) -> None:
        """Let databases hold the rows of the clean world, and no others."""
        self._empty(databases)
        for database in databases:
            for table, rows in self.given[database].items():
                if database in SOURCES:
                    with self.sources.connect(database).transaction():
                        self.sources.insert(database, table, rows)
                else:
                    self._insert(database, table, rows)

    def _empty(self, databases) -> None:
        for database in databases:
            if database in SOURCES:
                self.sources.empty((database, table) for table in self.given[database])
                continue
            with self.mysql[database].cursor() as cursor:
                if database == "audit":
                    # Other tests have rows there, too.
                    cursor.execute("DELETE FROM audit_etl_sync_log WHERE run_id LIKE 'close-%'")
                    cursor.execute("DELETE FROM security_events WHERE detail LIKE 'close-%'")
                    cursor.execute("DELETE FROM audit_sequence_manager")
                else:
                    for table in self.given[database]:
                        cursor.execute(f"DELETE FROM {table}")

    def _insert(self, database: str, table: str, rows: list[dict]) -> None:
        with self.mysql[database].cursor() as cursor:
            for row in rows:
                marks = ", ".join(["%s"] * len(row))
                cursor.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", list(row.values()))


def begin_of(day: date) -> datetime:
    """The first instant of a business day, in UTC."""
    return datetime.combine(day, time(), settings().timezone).astimezone(UTC).replace(tzinfo=None)


def loads() -> list[dict]:
    """A load of every table in every hour of the day and in the one after, and a comparison at night."""
    return [
        dict(
            audit_timestamp=at,
            dag_id="reporting_nightly" if action == "reconcile" else "reporting_sync",
            run_id=f"close-{action}-{at:%H}",
            table_name=table,
            action=action,
            try_number=1,
            window_start=DAY if table == "receivables_payables_aging" and hour < 24 else DAY - timedelta(days=7),
            window_end=DAY if table == "receivables_payables_aging" and hour < 24 else DAY + timedelta(days=300),
            started_at=at,
            checks="[]",
            status="success",
        )
        for hour, action in [*((hour, "load") for hour in range(25)), (0, "reconcile")]
        for at in [begin_of(DAY) + timedelta(hours=hour, minutes=1)]
        for table in CLOSED
    ]


def followed() -> list[dict]:
    """Every source as the audit stream follows it."""
    return [dict(source_database=name, cluster_id="close", updated_at=begin_of(DAY)) for name in SOURCES]


def delivered(table: str) -> list[dict]:
    """A record of the day and of each of the seven days before."""
    key, day = {
        "shipments": ("shipment_id", "ship_date"),
        "material_transactions": ("transaction_id", "transaction_date"),
        "labor_transactions": ("labor_transaction_id", "transaction_date"),
    }[table]
    return [{key: f"X-{back}", day: DAY - timedelta(days=back)} for back in range(8)]
