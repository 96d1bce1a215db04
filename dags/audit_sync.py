"""
# audit_sync: every change of sensitive source rows into the audit tables, as it happens

- **When** always: two runs are active. One streams for `GENIMS_AUDIT_RUN_MINUTES` (60); the other waits with everything
  ready and takes over as soon as the first ends, for any reason. A new release therefore streams within two hours. The
  DAG is created paused: run `platform_setup`, then unpause it.
- **Reads** the outboxes (`genims_audit.event`) of all source databases, by one task or, with `GENIMS_AUDIT_SHARDS`, by
  several, and clears delivered events. A source without capture is shown as *not captured* and asked again each minute.
- **Writes** the chained tables of `genims_audit_db`: the rows of all events, the blocks that they close and the place
  in the source are one transaction.
- **Safe to clear** always, as are *mark failed* and a kill, at any moment and any number of times: the task ends within
  a second of the signal (`[workers] min_heartbeat_interval`, 1 s), and the next one continues from the last commit.
  Nothing is lost or written twice. Clear the task, not the run: Airflow takes half a minute to follow a run that is
  marked failed. To stop for long, pause the DAG and mark both runs failed: the outboxes in the sources then grow.

**To see its state** open the log of the task that streams; the map index of `stream` says which run *streams* and which
one *waits*. Each minute it shows for every source what
it streams, how old changes are when they arrive (lag), how many wait in its outbox, and how many the run has put into
quarantine; and how long after their closing blocks were anchored in Blob Storage. The XComs `health` and `anchors`
hold the same.

**When something is wrong** that table shows it.

- `lost`: the source does not answer; the others continue, and it is tried again. `no MySQL`: the same for the target.
- `another writer streams it`: perhaps a run of another Airflow.
- *quarantined*: an event could not be read or stored; it is kept whole in `system_audit_log` (operation `QUARANTINE`)
  and named in `security_events`.
- `failed`: the log above has the error, which says what to do; the source is tried each minute.
- *anchors* `waiting`: Blob Storage does not answer; nothing else waits for it, and blocks are anchored as soon as it
  does.
- *anchors* with a sentence: something that was anchored is gone from MySQL or from Blob Storage; it is in
  `security_events` (*chain_broken*), and anchoring goes on. Change nothing, and run `audit_verify`.
"""

from datetime import datetime, timedelta

from airflow.sdk import DAG, DeltaTriggerTimetable

from genims.core.settings import settings
from genims.core.sources import parse_shards
from genims.dag_defaults import DEFAULT_ARGS, described
from genims.operators.audit_stream import AuditStreamOperator

with DAG(
    dag_id="audit_sync",
    **described(__doc__),
    # Starts a run whenever one of the two has ended; @continuous allows for one alone.
    schedule=DeltaTriggerTimetable(timedelta(seconds=5)),
    start_date=datetime(2025, 1, 1),
    catchup=False,
    max_active_runs=2,
    is_paused_upon_creation=True,
    default_args=DEFAULT_ARGS
    | {
        "retry_delay": timedelta(seconds=1),
        "retry_exponential_backoff": False,
        # Ends a stream that hangs. One that works waits for one run's time at most, streams for another, and ends.
        "execution_timeout": timedelta(minutes=2 * settings().genims_audit_run_minutes + 10),
    },
    tags=["job", "always", "tier-1", "audit"],
) as dag:
    AuditStreamOperator.partial(
        task_id="stream",
        map_index_template="{{ task.role }}: {{ task.sources | join(', ') }}",
        doc_md="Streams its share of the sources.",
    ).expand(sources=parse_shards(settings().genims_audit_shards))
