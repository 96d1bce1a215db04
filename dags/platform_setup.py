"""
# platform_setup: everything on the MySQL server that the other DAGs need, and change capture in the sources

- **When** by hand: once at the start, after every release, and in case of doubt.
- **Reads** the files in `schema/`, the settings, and the catalogs of the source databases.
- **Writes** on the MySQL server: the reporting, audit and staging databases, missing tables, columns of audit tables,
  indexes, monthly partitions, and users with their grants and passwords; a password of before works until the next run.
  It revokes what `schema/mysql_roles.sql` does not grant, and never drops or empties anything. What changed is recorded
  (`database_changes`, `permission_changes`). In the sources: the schema `genims_audit` and triggers on captured tables.
- **Safe to clear** always: what exists stays unchanged.

**When a task fails**

- `databases`, `users`, `grants`: the administrator (`MYSQL_ADMIN_USER`) cannot sign in or lacks a right; the error
  names it.
- `verify`: the last error lists every difference between the server and `schema/`, every right too much or too little,
  and every source that does not answer.
- `capture`: a table does not belong to `POSTGRES_CAPTURE_USERNAME`, or a long transaction holds it: the log names the
  session; clear the task after it has ended. No application waits: a lock is tried for 100 ms at a time. Without such a
  user in the settings it is skipped. It refuses a list of captured tables that captures less or masks otherwise than
  before: two persons agree to that, in the form `capture_change`, which also removes capture.
"""

from datetime import datetime

from airflow.sdk import DAG, chain, task

from genims.core import connections
from genims.dag_defaults import SETUP_ARGS, TEMPLATES, described
from genims.operators.mysql_script import MySqlScriptOperator

with DAG(
    dag_id="platform_setup",
    **described(__doc__),
    schedule=None,
    start_date=datetime(2025, 1, 1),
    max_active_runs=1,
    default_args=SETUP_ARGS,
    template_searchpath=TEMPLATES,
    tags=["job", "by hand", "tier-2", "setup"],
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
    grants = MySqlScriptOperator(task_id="grants", sql="mysql_roles.sql", conn_id=connections.ADMIN)

    @task
    def indexes_and_partitions():
        from genims.audit.ledger.partitions import create_missing_partitions
        from genims.setup.schema import create_missing_columns, create_missing_indexes

        create_missing_columns()
        create_missing_indexes()
        create_missing_partitions()

    @task
    def users():
        from genims.setup.rights import set_up_users

        set_up_users()

    @task
    def verify():
        from genims.setup.verify import verify

        verify()

    @task(trigger_rule="all_done")
    def changes(user="unknown"):
        from genims.audit.drift.definitions import record_mysql_changes

        record_mysql_changes(user)

    @task
    def capture(user="unknown"):
        from genims.setup.capture import install_capture

        install_capture(by=user)

    deployed = [changes("{{ dag_run.triggering_user_name or 'platform_setup' }}"), verify()]
    chain(changes.override(task_id="changes_of_others")(), databases, schemas, indexes_and_partitions(), deployed)
    chain(databases, users(), grants, deployed)
    chain(schemas, grants, capture("{{ dag_run.triggering_user_name or 'unknown' }}"))
