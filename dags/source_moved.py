"""
# source_moved: a form to let the stream follow a source in its new cluster, for two persons

- **When** by hand: after a source database was moved to another PostgreSQL cluster (dump and restore, an upgrade,
  another server), or was set back by a restore. Until then `audit_sync` shows the source as *failed* and delivers
  nothing of it: it cannot know whether the server that answers is the right one.
- **Reads** the form, the name of the signed-in Airflow user, the source's cluster (`pg_control_system()`), and the last
  delivered number in `genims_audit_db.audit_sequence_manager`.
- **Writes** one row of `genims_audit_db.approval_audit_log`, an event of the chain: `requested`, `confirmed` or
  `declined`. A confirmation also lets the numbers of the source's outbox go on behind the last delivered one, so that
  none is given twice; for that the user that installs change capture signs in.
- **Safe to clear** always: a run enters its row once.

1. Stop the applications, move the database with its schema `genims_audit`, and let the connection
   (`POSTGRES_<NAME>_HOST` or `genims_<name>`) name the new server.
2. Run `platform_setup`, which puts capture in order there. Then let the applications go on: their changes wait in the
   outbox.
3. The first person fills in this form and chooses *request*, **another** one *confirm*. Both are the signed-in Airflow
   users of their runs. In Airflow's roles, give the right to trigger this DAG to those who may confirm a move.
4. Within a minute `audit_sync` compares the moved outbox with MySQL, clears what is delivered, delivers the rest, and
   puts one event `source_moved` into `security_events`. It names each gap: delivered events that the new cluster does
   not know (it was set back), and numbers that are neither delivered nor in the outbox.

**A form that is refused** ends green: `move` is skipped, and the log of `refused` says why, for example that the
cluster is still the same, or that the connection names another one than was requested. Nothing was written but that, in
`approval_audit_log`. Trigger it again.

**When the task fails**: connection errors are retried.
"""

from airflow.sdk import Param, task

from genims.audit.forms.fields import reason
from genims.core.sources import SOURCES
from genims.dag_defaults import SETUP_ARGS
from genims.form_dag import decision_param, form_dag, refusable, refused

with form_dag(
    "source_moved",
    __doc__,
    params={
        "source": Param(
            type="string", enum=list(SOURCES), title="Source", description="The source database that was moved"
        ),
        "decision": decision_param(
            request="it was moved to the server that its connection names now",
            confirm="another has asked, I agree, and it is followed there",
            decline="another has asked, and it is not followed there",
        ),
        "reason": reason("Reason", "Why it was moved, and how"),
    },
    default_args=SETUP_ARGS,
):

    @task
    @refusable
    def move(dag_run, params):
        from genims.audit.forms import source_moves
        from genims.audit.forms.form import Form

        return source_moves.move(Form.of_run(dag_run, params))

    move() >> refused()
