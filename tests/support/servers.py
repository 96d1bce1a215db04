"""How tests reach the stack's servers with more rights than the package has."""

from __future__ import annotations

import os
from contextlib import closing, contextmanager, suppress

from airflow.dag_processing.dagbag import DagBag
from airflow.sdk.exceptions import AirflowSkipException
from psycopg.conninfo import make_conninfo

from genims.core import connections, settings
from genims.core.paths import ROOT
from genims.hooks import sources
from genims.hooks.mysql import GenimsMySqlHook


def use(environment: dict[str, str]) -> None:
    """Let the package read its settings from ``environment`` from now on."""
    os.environ.update(environment)
    settings.settings.cache_clear()
    settings.business_rules.cache_clear()
    sources._engine.cache_clear()


def source_owner(environment: dict[str, str]) -> str:
    """Connection string of the source server's owner, without a database."""
    return make_conninfo(
        host=environment["POSTGRES_HOST"],
        port=environment["POSTGRES_PORT"],
        user=environment["STACK_POSTGRES_OWNER"],
        password=environment["STACK_POSTGRES_OWNER_PASSWORD"],
    )


def set_up_platform() -> None:
    """Run the tasks of platform_setup here, one after the other, without Airflow's scheduler."""
    dag = DagBag(ROOT / "dags" / "platform_setup.py").dags["platform_setup"]
    for task in dag.topological_sort():
        if hasattr(task, "python_callable"):
            with suppress(AirflowSkipException):
                task.python_callable()
        else:
            task.render_template_fields({})
            task.execute({})


@contextmanager
def administrator(database: str):
    """A session of the MySQL administrator in a database, committing by itself."""
    hook = GenimsMySqlHook(connections.ADMIN)
    hook.schema = database
    with closing(hook.get_conn()) as connection:
        connection.autocommit(True)
        yield connection


def checksums(tables: list, database: str) -> dict[str, tuple]:
    """Row count and content digest of each reporting table, ``updated_at`` aside.

    :param tables: ``genims.engine.table.LoadedTable``s.
    """
    from genims.engine.table import loaded_columns

    found = {}
    with administrator(database) as connection, connection.cursor() as cursor:
        for table in tables:
            values = ", ".join(f"COALESCE(CAST({name} AS CHAR), '\\\\N')" for name in loaded_columns(table.name))
            digest = f"CAST(CONV(LEFT(SHA2(CONCAT_WS('|', {values}), 256), 16), 16, 10) AS UNSIGNED)"
            cursor.execute(f"SELECT COUNT(*), BIT_XOR({digest}) FROM {table.name}")
            found[table.name] = cursor.fetchone()
    return found
