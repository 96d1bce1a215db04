"""The task of a reporting table: thirteen PostgreSQL databases in, one MySQL table out."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import ClassVar

from airflow.sdk import BaseOperator, TaskGroup

from genims.core.errors import Stopped
from genims.dag_defaults import SOURCES_POOL
from genims.engine.table import LoadedTable
from genims.engine.tries import earlier_tries, require_running
from genims.reporting.assets import inputs_of, table_asset
from genims.reporting.days import template_variables, window_of
from genims.reporting.tables import CATEGORIES, reporting_table


class SourcesToMySqlOperator(BaseOperator):
    """Recompute the business days of a run in one reporting table.

    It is safe to clear at any time: one transaction replaces the days of the run by what the sources hold now, or
    nothing changes. A table that is still empty is loaded whole; one that platform_setup has yet to create is skipped.
    Every attempt leaves a row in ``audit_etl_sync_log``.

    The params of a DAG may choose the days, or a rebuild.

    :param table: the table to load, or its name.
    :param least_lookback: how far back to recompute if the table's own lookback is shorter.
    :param sql: the query file over the sources, found by the name of the table. (templated)
    :param checks_sql: the statement that checks its rows. (templated)
    :param stage_sql: the statements that create the staging table in MySQL. (templated)
    :param keep_closed_sql: the statements that leave rows of closed days as they are. (templated)
    :param publish_sql: the statements that publish it. (templated)
    :param digest_sql: the statement that computes what is kept of it, to notice later changes. (templated)
    """

    template_fields = ("sql", "checks_sql", "stage_sql", "keep_closed_sql", "publish_sql", "digest_sql")
    template_ext = (".sql",)
    template_fields_renderers: ClassVar = {
        "sql": "sql",
        "checks_sql": "sql",
        "stage_sql": "mysql",
        "keep_closed_sql": "mysql",
        "publish_sql": "mysql",
        "digest_sql": "mysql",
    }
    ui_color = "#d5e8d4"

    def __init__(
        self,
        *,
        table: LoadedTable | str,
        task_id: str | None = None,
        least_lookback: timedelta = timedelta(0),
        checks_sql: str = "load/checks.sql",
        stage_sql: str = "load/stage.sql",
        keep_closed_sql: str = "load/keep_closed.sql",
        publish_sql: str = "load/publish.sql",
        digest_sql: str = "load/digest.sql",
        **kwargs,
    ):
        self.table = reporting_table(table) if isinstance(table, str) else table
        self.asset = table_asset(self.table.name)
        of_table = {
            "inlets": inputs_of(self.table),
            "outlets": [self.asset],
            "pool": SOURCES_POOL,
            "doc_md": self.table.description,
            "owner": self.table.owner,
        }
        super().__init__(task_id=task_id or self.table.name, **kwargs | of_table)
        self.least_lookback = least_lookback
        self.sql = f"reporting/{self.table.name}.sql"
        self.checks_sql = checks_sql
        self.stage_sql = stage_sql
        self.keep_closed_sql = keep_closed_sql
        self.publish_sql = publish_sql
        self.digest_sql = digest_sql
        self.unreachable: Exception | None = None
        # Whether a load is to leave when Airflow says so: on_kill also comes after a timeout, when the load has ended.
        self.stops = False

    def _do_render_template_fields(self, parent, template_fields, context, jinja_env, seen_oids) -> None:
        """Airflow calls this alone, and not ``render_template_fields``, for a mapped task."""
        self.variables = self._variables(context)
        variables = {**context, **self.variables}
        super()._do_render_template_fields(parent, template_fields, variables, jinja_env, seen_oids)

    def _variables(self, context) -> dict:
        params = context["params"]
        start, end = _day(params.get("from")), _day(params.get("to"))
        is_empty = self._is_empty()
        rebuild = params.get("rebuild") or (start is end is None and is_empty)
        window = window_of(
            self.table,
            run_end=context.get("data_interval_end") or context["dag_run"].run_after,
            now=datetime.now(UTC),
            start=start,
            end=end,
            rebuild=rebuild,
            least_lookback=self.least_lookback,
        )
        return template_variables(self.table, window, rebuild)

    def _is_empty(self) -> bool:
        from MySQLdb import MySQLError

        from genims.engine.mysql_target import is_empty

        try:
            return is_empty(self.table.name)
        except MySQLError as error:
            # The table must not pass for a filled one: execute raises the error, so that the run log has it.
            self.unreachable = error
            return False

    def execute(self, context) -> None:
        # Imported here, because the engine and the drivers would slow down every parse of the DAG file.
        from genims.audit.forms.fewer_rows import record_fewer_rows
        from genims.engine.load import Statements, load
        from genims.engine.missing_table import gone, is_missing
        from genims.engine.run_log import SyncAttempt

        window = self.variables["window"]
        attempt = SyncAttempt.of_task(self, context, "load", window)
        stage, swap = self.variables["stage"], self.variables["swap"]
        statements = Statements(
            self.sql,
            self.checks_sql,
            stage,
            self.stage_sql,
            self.keep_closed_sql,
            self.publish_sql,
            self.digest_sql,
            window,
            swap,
        )
        reason = (context["params"].get("accept_fewer_rows") or "").strip()
        self.log.info("Recomputing %s for the business days %s.", self.table.name, window)
        if self.unreachable and is_missing(self.unreachable):
            self.unreachable = gone(self.table.name)
        with attempt.recorded():
            if self.unreachable:
                raise self.unreachable
            attempt.record_killed(earlier_tries(context))
            self.stops = True
            try:
                load(self.table, statements, attempt, bool(reason), last_look=lambda: self._last_look(context["ti"]))
            except RuntimeError as error:
                # DuckDB has words of its own when it is stopped in the midst of its work.
                if isinstance(stopped := error.__cause__ or error.__context__, Stopped):
                    raise Stopped(*stopped.args) from error
                raise
            finally:
                self.stops = False
        if attempt.fallen:
            record_fewer_rows(self.table.name, attempt, context["dag_run"], reason)
        context["outlet_events"][self.asset].extra = attempt.in_short()
        self.log.info("Published %s rows of %s in %.3f s.", attempt.rows_loaded, self.table.name, attempt.seconds)

    def _last_look(self, ti) -> None:
        require_running(ti)
        self.stops = False

    def on_kill(self) -> None:
        """Leave at once, with a row in the run log; once the rows are being published, end as a success."""
        if self.stops:
            self.stops = False
            raise Stopped("nothing was published: Airflow ends the task, which was marked, cleared or stopped")


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def load_tasks(
    tables: list[LoadedTable], least_lookback: timedelta = timedelta(0)
) -> dict[str, SourcesToMySqlOperator]:
    """Add the loads of tables to the DAG whose ``with`` block calls this.

    Each category is a task group, each table a task. A table runs after the tables that its query reads.

    :param tables: the tables to load; those that another table reads are among them.
    :param least_lookback: how far back to recompute a table whose own lookback is shorter.
    :returns: the tasks by the names of their tables.
    """
    groups = {category: TaskGroup(category, prefix_group_id=False) for category in CATEGORIES}
    tasks = {
        table.name: SourcesToMySqlOperator(
            table=table,
            least_lookback=least_lookback,
            task_group=groups[table.category],
            # A table that is not created yet is skipped; those that read it are not, without a word.
            trigger_rule="none_failed",
        )
        for table in tables
    }
    for table in tables:
        tasks[table.name].set_upstream([tasks[name] for name in table.after])
    return tasks
