"""
# platform_setup: everything on the MySQL server that the other DAGs need, and change capture in the sources

**When** by hand: once at the start, after every release, and whenever in doubt.
**Reads** the files in `schema/`, the settings, and the catalogs of the source databases.
**Writes** on the MySQL server: the reporting, audit and staging databases (utf8mb4, utf8mb4_unicode_ci), missing
tables, columns (audit), indexes and partitions, and users with grants and passwords. It never drops or empties
anything. What it changed, and others since it looked last: `database_changes`, `permission_changes`.
In each source database: the schema `genims_audit` and triggers on the tables of `schema/audit_capture.yaml`.
**Safe to clear** always: what is there already is left as it is.

**When a task fails** `databases`, `users`, `grants`: the administrator (`MYSQL_ADMIN_USER`) cannot sign in or lacks a
right; the error names it. `verify`: the last error lists every difference from `schema/`, every user that cannot do its
work, and every source that does not answer. `capture`: a table does not belong to `POSTGRES_CAPTURE_USERNAME`, or a
long transaction holds it: clear the task when that has ended. Without such a user it is skipped, nothing is captured.

**To stop capturing** trigger it with `capture: remove`. What is captured already is still delivered; once it is, remove
again, and the schema is dropped too.
"""

from datetime import datetime

from airflow.sdk import DAG, Param, chain, task

from genims.core import connections
from genims.dag_defaults import DEFAULT_ARGS, TEMPLATES
from genims.operators.mysql_script import MySqlScriptOperator

with DAG(
    dag_id="platform_setup",
    doc_md=__doc__,
    schedule=None,
    start_date=datetime(2025, 1, 1),
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    template_searchpath=TEMPLATES,
    params={"capture": Param("install", enum=["install", "remove"], description="Change capture in the sources")},
    tags=["tier-2", "setup"],
) as dag:
    databases = MySqlScriptOperator(task_id="databases", sql="setup/databases.sql", conn_id=connections.ADMIN)

    schemas = [
        MySqlScriptOperator(
            task_id=f"{name}_schema",
            sql=f"mysql_{name}_schema.sql",
            conn_id=connections.ADMIN,
            database=f"mysql_{name}_db",
        )
        for name in ("reporting", "audit")
    ]

    @task
    def indexes_and_partitions():
        from genims.setup.schema import create_missing_columns, create_missing_indexes, create_missing_partitions

        create_missing_columns()
        create_missing_indexes()
        create_missing_partitions()

    @task
    def users():
        from genims.setup.schema import create_users

        create_users()

    @task
    def verify():
        from genims.setup.schema import verify

        verify()

    @task(trigger_rule="all_done")
    def changes(user="unknown"):
        from genims.audit.drift.definitions import record_deployment

        record_deployment(user)

    @task
    def capture(action="install"):
        from genims.audit.capture.all_sources import set_up

        set_up(action)

    grants = MySqlScriptOperator(task_id="grants", sql="mysql_roles.sql", conn_id=connections.ADMIN)

    deployed = [changes("{{ dag_run.triggering_user_name or 'platform_setup' }}"), verify()]
    chain(changes.override(task_id="changes_of_others")(), databases, schemas, indexes_and_partitions(), deployed)
    chain(databases, users(), grants, deployed)
    chain(schemas, grants)
    capture("{{ params.capture }}")
