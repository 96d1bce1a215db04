"""
# audit_sync: every change of sensitive source rows into the audit tables, as it happens

**When** always: two runs are active. One streams for `GENIMS_AUDIT_RUN_MINUTES` (60); the other one, with everything
ready, takes over as soon as that one ends, whatever ends it. So a new release streams two hours later at the latest.
The DAG is created paused: run `platform_setup`, then unpause it.
**Reads** the outboxes (`genims_audit.event`) of all source databases, by one task or, with `GENIMS_AUDIT_SHARDS`, by
several, and clears what is delivered. A source without capture is shown as *not captured* and asked again each minute.
**Writes** the chained tables of `genims_audit_db`: the rows of all events, the blocks that they close and the place in
the source are one transaction.
**Safe to clear** always, as are *mark failed* and a kill, at any moment and any number of times: the task ends within
a second of hearing of it (`[workers] min_heartbeat_interval`, 1 s), the next one goes on from the last commit. Nothing
is lost or written twice. Clear the task, not the run: Airflow takes half a minute to follow a run that is marked
failed. To stop for long, pause the DAG and mark both runs failed: the outboxes in the sources then grow.

**To see how it does** open the log of the task that streams, that of the older run: each minute it shows for every
source what it streams, how old changes are when they arrive (lag), how many wait in its outbox, and how many went into
quarantine since the run began; and how soon after their closing blocks were anchored in Blob Storage. The same is in
the XComs `health` and `anchors`.

**When something is wrong** it is in that table. `lost`: the source does not answer; the others go on and it is tried
again. `no MySQL`: the same for the target. `another writer streams it`: so does a run of another Airflow, perhaps.
*quarantined*: an event could not be read or stored; it is kept whole in `system_audit_log` (operation `QUARANTINE`) and
named in `security_events`. `failed`: open the log above; the error says what to do, the source is tried each minute.
*anchors* `waiting`: Blob Storage does not answer; nothing else waits for it, blocks are anchored as soon as it does.
"""

from datetime import datetime, timedelta

from airflow.sdk import DAG, DeltaTriggerTimetable

from genims.core.settings import settings
from genims.core.sources import parse_shards
from genims.dag_defaults import DEFAULT_ARGS
from genims.operators.audit_stream import AuditStreamOperator

with DAG(
    dag_id="audit_sync",
    doc_md=__doc__,
    # Whenever one of the two runs has ended; @continuous allows for one only.
    schedule=DeltaTriggerTimetable(timedelta(seconds=5)),
    start_date=datetime(2025, 1, 1),
    catchup=False,
    max_active_runs=2,
    is_paused_upon_creation=True,
    default_args=DEFAULT_ARGS
    | {
        "retry_delay": timedelta(seconds=1),
        "retry_exponential_backoff": False,
        # A stream that hangs is ended; one that works ends by itself before, having waited for its turn as long.
        "execution_timeout": timedelta(minutes=2 * settings().genims_audit_run_minutes + 10),
    },
    tags=["tier-1", "audit"],
) as dag:
    AuditStreamOperator.partial(
        task_id="stream",
        map_index_template="{{ task.sources | join(', ') }}",
        doc_md="Streams its share of the sources.",
    ).expand(sources=parse_shards(settings().genims_audit_shards))
