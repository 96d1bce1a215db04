"""
# restore: a form to restore a backup of a MySQL database, whole, one table, or some months of one

- **When** by hand.
- **Reads** the form, the name of the signed-in Airflow user, and the backups in `GENIMS_BACKUP_CONTAINER`.
- **Writes** a row of `backup_recovery`, and a new database, as the administrator; or, for a live one, one row of
  `approval_audit_log` and, once another person has confirmed, the live database: its tables are exchanged in one
  statement, and what it held before stays in `genims_before_<run>` until somebody drops it.
- **Safe to clear** always: a new database gets its name, and a live one its tables, in the last statement alone. A run
  replaces a live database once. The next try drops what a killed one has left.

1. Trigger it. The log of `plan` lists the backups by date and proof, and says what will be restored, into which
   database and how long the last drill took. To see that alone, leave *into* empty and choose *request*: nothing
   happens then before another person confirms.
2. Blobs in the archive are moved out of it, which takes up to 15 hours; `readable` waits without a worker slot.
3. To replace the **live** database, leave *into* empty and name the backup; the first person chooses *request*,
   **another** one *confirm*, with the same backup. Pause the DAGs that write it first: `reporting_sync`,
   `reporting_nightly`, or `audit_sync`, `audit_logs` and all forms. After an audit database was set
   back, follow docs/operating.md.

**A form that is refused** ends green: `plan` is skipped, and the log of `refused` says why. Nothing was written but
that, in `approval_audit_log`. Trigger it again.

**When the task fails**

- `BackupRefused`: nothing was changed; the error says why.
- `BackupBroken`: the backup is missing something or altered; choose another proven one.
- Connection errors are retried.
"""

from datetime import timedelta

from airflow.sdk import Param, chain, task

from genims.audit.forms.fields import reason
from genims.audit.forms.vocabulary import TWO_PERSON_STEPS
from genims.form_dag import form_dag, refusable, refused

NAME = {"type": ["null", "string"], "pattern": r"^[a-z][a-z0-9_]{0,63}$(?!\n)"}
MONTH = {"type": ["null", "string"], "pattern": r"^20[0-9]{2}-(0[1-9]|1[0-2])$(?!\n)"}
BACKUP = {"type": ["null", "string"], "pattern": r"^backup_[a-z]+_[0-9]{8}[a-z0-9_]*\.sql\.gz(\.enc)?$(?!\n)"}

with form_dag(
    "restore",
    __doc__,
    params={
        "database": Param("reporting", enum=["reporting", "audit"], title="Database"),
        "backup": Param(None, **BACKUP, title="Backup", description="Its name; empty: the newest proven one"),
        "into": Param(None, **NAME, title="Into", description="A new database; empty: the live one, by two persons"),
        "table": Param(None, **NAME, title="Table", description="This table alone; empty: all"),
        "first_month": Param(None, **MONTH, title="First month", description="Of the closed months, as 2026-09"),
        "last_month": Param(None, **MONTH, title="Last month", description="Included"),
        "decision": Param(
            "request", enum=list(TWO_PERSON_STEPS), title="Decision", description="Counts for the live database alone"
        ),
        "reason": reason("Reason", "Why it is restored"),
    },
):

    @task
    @refusable
    def plan(params):
        from genims.backup.restore_form import wish_of
        from genims.backup.restoring import plan

        return plan(wish_of(params))

    @task.short_circuit
    @refusable
    def agree(dag_run, params):
        from genims.backup.restore_form import may_begin

        return may_begin(dag_run, params)

    @task.sensor(poke_interval=600, timeout=timedelta(hours=48).total_seconds(), mode="reschedule")
    def readable(params):
        from genims.backup.restore_form import wish_of
        from genims.backup.restoring import bring_back

        return bring_back(wish_of(params))

    @task(execution_timeout=timedelta(hours=24))
    def restore(dag_run, params):
        from genims.backup.restore_form import restore

        return restore(dag_run, params)

    agreed = agree()
    chain(plan(), agreed, readable(), restore())
    agreed >> refused()
