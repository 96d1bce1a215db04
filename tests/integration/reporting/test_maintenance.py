"""mysql_maintenance on the real server: it deletes rows past retention, and touches nothing else."""

from __future__ import annotations

import json
import logging
import os
from contextlib import closing
from datetime import date, datetime, timedelta
from types import SimpleNamespace

import pytest

from genims.core.errors import MaintenanceError
from genims.core.settings import settings
from genims.engine.table import LoadedTable
from genims.hooks import mysql
from genims.reporting import maintenance
from genims.reporting.days import kept_from
from genims.reporting.tables import reporting_tables
from tests.support.faults.faults import PROCESSES, environment, query, root, sessions, until
from tests.support.servers import use
from tests.support.tasks import rendered, run

DAG = "mysql_maintenance"
TABLES = reporting_tables()
DATED = [table for table in TABLES if table.load != "replace"]
TODAY = datetime.now(settings().timezone).date()
KEPT_FROM = kept_from(TODAY)
LAST_EXPIRED = KEPT_FROM - timedelta(days=1)
BIG = "genims_reporting_db.labor_efficiency_daily"


def empty() -> None:
    with closing(root()) as connection, connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"DELETE FROM genims_reporting_db.{table.name}")


@pytest.fixture(autouse=True)
def _without_rows(platform):
    empty()
    yield
    empty()


def insert(table: LoadedTable, *periods: object) -> None:
    """A row for each value of the table's first grain column."""
    for period in periods:
        lenient(f"INSERT INTO genims_reporting_db.{table.name} ({table.period_column}) VALUES (%s)", (period,))


def insert_many(rows: int, day: date) -> None:
    """Up to 100,000 rows of one day into the table BIG."""
    lenient(
        f"INSERT INTO {BIG} (labor_date, employee_id, factory_name) "
        "WITH RECURSIVE digit (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM digit WHERE n < 9) "
        "SELECT %s, CONCAT(a.n, b.n, c.n, d.n, e.n), REPEAT('x', 200) "
        "FROM digit a, digit b, digit c, digit d, digit e LIMIT %s",
        (day, rows),
    )


def periods(table: LoadedTable, *days: date) -> list:
    """The days, or their months, as the table holds them."""
    return [f"{day:%Y-%m}" if table.by_month else day for day in days]


def lenient(sql: str, parameters: tuple) -> None:
    """Insert rows; columns that are not named hold 0 or an empty text."""
    with closing(root()) as connection, connection.cursor() as cursor:
        cursor.execute("SET SESSION sql_mode = ''")
        cursor.execute(sql, parameters)


def count(day: date) -> int:
    return query(f"SELECT COUNT(*) FROM {BIG} WHERE labor_date = %s", (day,))[0][0]


def purge_statements() -> str:
    """What the purge runs, in smaller steps."""
    return rendered(DAG, "purge").sql.replace("LIMIT 10000;", "LIMIT 100;")


def purge_elsewhere(sql: str, variables: dict[str, str]) -> None:
    logging.disable(logging.CRITICAL)
    use(variables)
    maintenance.purge(sql)


def purging():
    """A process that purges, as an Airflow worker runs it."""
    process = PROCESSES.Process(target=purge_elsewhere, args=(purge_statements(), dict(os.environ)), daemon=True)
    process.start()
    return process


def test_rows_of_expired_months_go_and_no_other(monkeypatch):
    logged = []
    monkeypatch.setattr(maintenance.log, "info", lambda text, *values: logged.append(text % values))
    kept = [KEPT_FROM, TODAY, TODAY + timedelta(days=300)]
    for table in DATED:
        insert(table, *periods(table, date(2001, 2, 28), LAST_EXPIRED, *kept))
    [replaced] = [table for table in TABLES if table not in DATED]
    insert(replaced, 2001)

    purged = run(DAG, "purge")

    for table in DATED:
        left = query(f"SELECT {table.period_column} FROM genims_reporting_db.{table.name} ORDER BY 1")
        assert [period for (period,) in left] == periods(table, *kept), table.name
    assert len(query(f"SELECT 1 FROM genims_reporting_db.{replaced.name}")) == 1
    months = ("2001-02", f"{LAST_EXPIRED:%Y-%m}")
    assert purged == [
        {"table_name": table.name, "month": month, "purged_rows": 1} for table in DATED for month in months
    ]
    assert f"DELETE FROM {BIG}: 2 rows" in logged
    assert run(DAG, "purge") == []


def test_a_purge_that_is_killed_is_finished_by_the_next():
    insert_many(20_000, LAST_EXPIRED)
    insert_many(500, TODAY)
    process = purging()
    until(lambda: count(LAST_EXPIRED) < 20_000)
    process.kill()
    process.join()
    until(lambda: sessions() == [])
    left = count(LAST_EXPIRED)
    assert 0 < left < 20_000
    assert left % 100 == 0

    assert run(DAG, "purge") == [
        {"table_name": "labor_efficiency_daily", "month": f"{LAST_EXPIRED:%Y-%m}", "purged_rows": left}
    ]
    assert (count(LAST_EXPIRED), count(TODAY)) == (0, 500)


def test_two_purges_at_once():
    insert_many(20_000, LAST_EXPIRED)
    insert_many(500, TODAY)
    processes = [purging(), purging()]
    for process in processes:
        process.join(30)
    assert [process.exitcode for process in processes] == [0, 0]
    assert (count(LAST_EXPIRED), count(TODAY)) == (0, 500)


def test_a_purge_locks_nobody_out():
    """While a step is not committed yet, dashboards read, and a load replaces other days."""
    insert_many(500, LAST_EXPIRED)
    insert_many(500, TODAY)
    delete = purge_statements().partition(f"DELETE FROM {BIG}")
    with closing(root()) as purge, purge.cursor() as cursor:
        purge.autocommit(False)
        cursor.execute("SET SESSION transaction_isolation = 'READ-COMMITTED'")
        assert cursor.execute(delete[1] + delete[2].partition(";")[0]) == 100
        assert (count(LAST_EXPIRED), count(TODAY)) == (500, 500)
        query(f"UPDATE {BIG} SET factory_name = 'read' WHERE labor_date = %s", (TODAY,))
        query(f"DELETE FROM {BIG} WHERE labor_date = %s", (TODAY,))
        purge.rollback()


def test_all_tables_are_analyzed():
    analyzed = (
        "SELECT table_name, MAX(last_update) FROM mysql.innodb_table_stats "
        "WHERE database_name = 'genims_reporting_db' GROUP BY table_name"
    )
    query("UPDATE mysql.innodb_table_stats SET last_update = '2001-01-01' WHERE database_name = 'genims_reporting_db'")
    messages = run(DAG, "analyze")
    assert {message["Msg_text"] for message in messages} == {"OK"}
    renewed = {table for table, updated in query(analyzed) if updated > datetime(2001, 1, 1)}
    assert renewed == {table.name for table in TABLES}


def test_what_mysql_could_not_do_fails_the_task_and_the_rest_is_done():
    sql = f"ANALYZE TABLE genims_reporting_db.capex_tracking UPDATE HISTOGRAM ON missing;\nANALYZE TABLE {BIG};\n"
    with pytest.raises(MaintenanceError, match=r"capex_tracking.*missing") as caught:
        maintenance.analyze(sql)
    assert BIG not in str(caught.value)


def test_a_table_that_is_not_created_yet_is_left_out_with_a_word(caplog):
    maintenance.analyze(f"ANALYZE TABLE genims_reporting_db.missing;\nANALYZE TABLE {BIG};\n")
    assert "genims_reporting_db.missing" in caplog.text


def rebuilt() -> dict[str, datetime]:
    """When each table was created or rebuilt last."""
    return dict(
        query(
            "SELECT table_name, create_time FROM information_schema.tables WHERE table_schema = 'genims_reporting_db'"
        )
    )


def free_mb() -> int:
    with closing(root()) as connection, connection.cursor() as cursor:
        cursor.execute("SET SESSION information_schema_stats_expiry = 0")
        cursor.execute(
            "SELECT data_free DIV 1048576 FROM information_schema.tables "
            "WHERE CONCAT(table_schema, '.', table_name) = %s",
            (BIG,),
        )
        return cursor.fetchone()[0]


def optimize(threshold_mb: int) -> list[dict]:
    """Run free_space, and optimize with what it found; returns what it found."""
    with environment(GENIMS_OPTIMIZE_FREE_MB=str(threshold_mb)):
        found = run(DAG, "free_space")
        run(DAG, "optimize", ti=SimpleNamespace(xcom_pull={"free_space": found}.__getitem__))
    return found


def test_only_tables_with_much_free_space_are_optimized():
    query(f"TRUNCATE TABLE {BIG}")
    insert_many(60_000, LAST_EXPIRED)
    insert_many(500, TODAY)
    run(DAG, "purge")
    until(lambda: free_mb() >= 12)
    before = rebuilt()

    assert optimize(threshold_mb=1000) == []
    assert rebuilt() == before

    [found] = optimize(threshold_mb=12)
    assert (found["table_name"], found["free_mb"] >= 12) == ("labor_efficiency_daily", True)
    assert {table for table, created in rebuilt().items() if created != before[table]} == {"labor_efficiency_daily"}
    assert free_mb() < 12
    assert count(TODAY) == 500


def test_a_table_that_a_reader_keeps_open_is_left_for_the_next_try(monkeypatch):
    monkeypatch.setattr(mysql, "LOCK_WAIT_SECONDS", 1)
    with closing(root()) as reader, reader.cursor() as cursor:
        reader.autocommit(False)
        cursor.execute(f"SELECT * FROM {BIG}")
        with pytest.raises(MaintenanceError, match="Lock wait timeout exceeded"):
            maintenance.optimize(f"OPTIMIZE TABLE {BIG};\n")
    maintenance.optimize(f"OPTIMIZE TABLE {BIG};\n")


def test_a_slow_statement_is_listed_without_its_values():
    # On a busy machine many others are slower.
    query("TRUNCATE TABLE performance_schema.events_statements_summary_by_digest")
    query("SELECT SLEEP(0.15), 'tell-no-one' AS dashboard_query", database="genims_reporting_db")
    query("SELECT 'tell-no-one' AS quick_query", database="genims_reporting_db")
    with environment(GENIMS_SLOW_STATEMENT_MS="100"):
        found = run(DAG, "slow_statements")
    [slow] = [row for row in found if "dashboard_query" in row["statement"]]
    assert slow["statement"] == "SELECT `SLEEP` (?) , ? AS `dashboard_query`"
    assert slow["times"] >= 1
    assert slow["max_ms"] >= 150
    said = json.dumps(found)
    assert "tell-no-one" not in said
    assert "quick_query" not in said
