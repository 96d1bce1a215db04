"""Moving 200,000 rows from PostgreSQL to MySQL: this engine beside the floor and its peers, in one run.

The floor is ``COPY`` to a file and ``LOAD DATA LOCAL`` into a table with the same primary key, by hand: no
check, no staging, no atomic publish.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
from airflow.providers.postgres.hooks.postgres import PostgresHook
from sqlalchemy import URL, Engine, create_engine, text

from genims.core import connections, ddl
from genims.core.settings import settings
from genims.engine.digests import Digests
from genims.engine.mysql_target import MySqlTarget
from genims.engine.staging import Staging
from genims.engine.table import LoadedTable
from genims.hooks.mysql import GenimsMySqlHook
from genims.hooks.sources import SourcesHook
from tests.bench.measure import Measurement, Section, best_of
from tests.support.render import TEMPLATES
from tests.support.servers import source_owner

ROWS = 200_000
TABLE = "bench_rows"
DLT_DATABASE = "bench_dlt"
COLUMNS = "id, day, item_id, quantity, amount, note, changed_at"
SOURCE_DDL = f"""
    CREATE TABLE {TABLE} AS
    SELECT n::bigint AS id, DATE '2026-01-01' + (n % 300)::int AS day,
           'MAT-' || lpad((n % 997)::text, 6, '0') AS item_id,
           (n % 1000 + 0.1234)::numeric(15,4) AS quantity, (n * 1.07)::numeric(15,2) AS amount,
           CASE WHEN n % 7 = 0 THEN NULL ELSE 'note, with "quotes" no. ' || n END AS note,
           TIMESTAMP '2026-01-01' + n * INTERVAL '37 seconds' AS changed_at
    FROM generate_series(1, {ROWS}) AS n
"""
TARGET_DDL = f"""CREATE TABLE IF NOT EXISTS {TABLE} (
    id          BIGINT         NOT NULL,
    day         DATE           NOT NULL,
    item_id     VARCHAR(50)    NOT NULL,
    quantity    DECIMAL(15,4)  NOT NULL,
    amount      DECIMAL(15,2)  NOT NULL,
    note        VARCHAR(100),
    changed_at  DATETIME(6)    NOT NULL,
    PRIMARY KEY (id)
) ENGINE = InnoDB;
"""


def run(name: str, floor: Measurement) -> Section:
    """Move the rows in every other way; each way is run three times and its best time kept."""
    with prepared():
        return Section(
            name,
            f"Moving {ROWS:,} rows from PostgreSQL to MySQL",
            floor,
            [
                best_of("this engine", by_engine, 3, before=empty),
                best_of("pandas to_sql", by_pandas, 3, before=empty, is_ours=False),
                best_of("dlt (pyarrow)", by_dlt, 3, before=empty, is_ours=False),
                best_of("Airflow insert_rows", by_insert_rows, 1, before=empty, is_ours=False),
            ],
        )


def floor() -> Measurement:
    """The floor, measured now."""
    with prepared():
        return best_of("COPY + LOAD DATA (floor)", by_hand, 5, before=empty)


@contextmanager
def prepared() -> Iterator[None]:
    with source() as connection:
        connection.execute(f"DROP TABLE IF EXISTS {TABLE}")
        connection.execute(SOURCE_DDL)
    empty()
    try:
        yield
    finally:
        with source() as connection:
            connection.execute(f"DROP TABLE {TABLE}")
        with target() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS {TABLE}")


def source() -> psycopg.Connection:
    return psycopg.connect(source_owner(dict(os.environ)), dbname="genims_erp_db", autocommit=True)


@contextmanager
def target() -> Iterator:
    with (
        closing(GenimsMySqlHook(connections.REPORTING, loads=True).get_conn()) as connection,
        connection.cursor() as cursor,
    ):
        yield cursor
        connection.commit()


def empty() -> None:
    with target() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {TABLE}")
        cursor.execute(TARGET_DDL.strip().rstrip(";"))


def moved() -> int:
    with target() as cursor:
        cursor.execute(f"SELECT count(*) FROM {TABLE}")
        return cursor.fetchone()[0]


def by_hand() -> int:
    with tempfile.NamedTemporaryFile() as file:
        unload = f"COPY (SELECT {COLUMNS} FROM {TABLE}) TO STDOUT"
        with source() as connection, connection.cursor() as cursor, cursor.copy(unload) as copy:
            for block in copy:
                file.write(block)
        file.flush()
        with target() as cursor:
            cursor.execute(f"LOAD DATA LOCAL INFILE '{file.name}' INTO TABLE {TABLE} ({COLUMNS})")
    return moved()


def by_engine() -> int:
    table = LoadedTable(
        name=TABLE,
        description="200,000 rows.",
        category="performance",
        reads=("erp",),
        grain=("id",),
        load="replace",
        owner="bench",
        path=Path(f"{TABLE}.sql"),
    )
    columns = list(_declared().columns.values())
    names = {
        "swap": True,
        "target": f"{settings().mysql_reporting_db}.{TABLE}",
        "stage": f"{settings().mysql_staging_db}.{TABLE}",
    }
    with MySqlTarget.locked(TABLE) as mysql, SourcesHook().open(table.reads) as duck:
        staging = Staging(duck, table, columns)
        staging.read(f"SELECT {COLUMNS} FROM erp.{TABLE}")
        staging.leave_sources("")
        staging.examine()
        mysql.run(TEMPLATES.get_template("load/stage.sql").render(names))
        staged = mysql.load(staging, ROWS, names["stage"], names["swap"])
        mysql.publish(TEMPLATES.get_template("load/publish.sql").render(names), staged, lambda _: Digests("none"))
    return moved()


def _declared() -> ddl.Table:
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(TARGET_DDL)
        file.flush()
        return ddl.tables(Path(file.name))[TABLE]


def by_pandas() -> int:
    rows = postgres_hook().get_df(f"SELECT {COLUMNS} FROM {TABLE}")
    rows.to_sql(TABLE, mysql_engine(), if_exists="append", index=False, chunksize=10_000)
    return moved()


def mysql_engine() -> Engine:
    # A URL would not carry every character that a password may hold.
    return create_engine("mysql+mysqldb://", creator=GenimsMySqlHook(connections.REPORTING).get_conn)


def by_insert_rows() -> int:
    rows = postgres_hook().get_records(f"SELECT {COLUMNS} FROM {TABLE}")
    GenimsMySqlHook(connections.REPORTING).insert_rows(TABLE, rows, target_fields=COLUMNS.split(", "))
    return moved()


def postgres_hook() -> PostgresHook:
    return PostgresHook(connection=connections.connection(connections.source_id("erp")))


def by_dlt() -> int:
    # It would look for its settings in the database of an Airflow that is not there.
    os.environ["PROVIDERS__ENABLE_AIRFLOW_SECRETS"] = "false"
    import dlt
    from dlt.sources.sql_database import sql_table

    with tempfile.TemporaryDirectory() as folder, root_engine().connect() as root:
        root.execute(text(f"DROP DATABASE IF EXISTS {DLT_DATABASE}"))  # of a bench that was killed
        root.execute(text(f"CREATE DATABASE {DLT_DATABASE}"))
        try:
            pipeline = dlt.pipeline(
                "bench",
                pipelines_dir=folder,
                destination=dlt.destinations.sqlalchemy(root_engine()),
                dataset_name=DLT_DATABASE,
            )
            engine = create_engine("postgresql+psycopg://", creator=postgres_hook().get_conn)
            pipeline.run(sql_table(credentials=engine, table=TABLE, backend="pyarrow"), write_disposition="append")
            return root.execute(text(f"SELECT count(*) FROM {DLT_DATABASE}.{TABLE}")).scalar_one()
        finally:
            root.execute(text(f"DROP DATABASE {DLT_DATABASE}"))


def root_engine() -> Engine:
    """dlt keeps tables without a primary key, which only root may allow."""
    url = URL.create(
        "mysql+mysqldb",
        username="root",
        password=os.environ["STACK_MYSQL_ROOT_PASSWORD"],
        host=os.environ["MYSQL_REPORTING_HOST"],
        port=int(os.environ["MYSQL_REPORTING_PORT"]),
        database="mysql",
        query={"charset": "utf8mb4"},
    )
    return create_engine(url, connect_args={"init_command": "SET SESSION sql_require_primary_key = OFF"})
